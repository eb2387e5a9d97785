"""Acts of the collectivité: arrêtés, procès-verbaux, requests, slips and letters."""

# ruff: noqa: ISC004 - prose cut for the width of the page
import datetime as dt
from typing import Any

from tests.fabrique import noms
from tests.fabrique.blocs import (
    Bloc,
    b,
    bas,
    cadre,
    cases,
    champ,
    fr,
    hr,
    lettres,
    liste,
    p,
    rond,
    s,
    saut,
    signature,
    tableau,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.papiers.base import Papier, Sujet, entete_employeur, iso

CONGES = {
    "CMO": "congé de maladie ordinaire",
    "CLM": "congé de longue maladie",
    "CLD": "congé de longue durée",
    "CGM": "congé de grave maladie",
    "MAT": "congé de maternité",
    "PAT": "congé de paternité et d'accueil de l'enfant",
    "ADO": "congé d'adoption",
    "TPT": "temps partiel pour raison thérapeutique",
    "AS": "congé pour invalidité temporaire imputable au service",
    "TRAJET": "congé pour invalidité temporaire imputable au service",
    "MP": "congé pour invalidité temporaire imputable au service",
    "AT": "congé pour accident du travail",
}


# what an arrêté decides, said shorter than it prints
OBJETS = {
    "TPT": "temps partiel thérapeutique", "PAT": "congé de paternité",
    "AS": "CITIS", "TRAJET": "CITIS", "MP": "CITIS",
}  # fmt: skip


def arrete(
    x: Sujet,
    variante: int,
    le: dt.date,
    *,
    objet: str,
    debut: dt.date | None = None,
    fin: dt.date | None = None,
    taux: str | None = None,
    quotite: int | None = None,
    imputable: bool | None = None,
) -> Papier:
    """Draw an arrêté: `objet` is imputabilité, congé, TPT or both."""
    assert x.evenement is not None
    nature = x.evenement["nature"]
    conge = CONGES[nature]
    number = f"{le.year}-{x.tirage.randint(12, 980):03d}"
    who = f"{x.nom('civil')}, {x.agent['grade']}"
    head, articles = [], []
    on = x.survenance
    what = "la maladie constatée" if nature == "MP" else "l'accident survenu"
    if imputable is not None:
        verb = "est reconnu" if imputable else "n'est pas reconnu"
        head.append(f"portant reconnaissance de l'imputabilité au service de {what} "
                    f"le {lettres(on)}")  # fmt: skip
        articles.append(f"{what.capitalize()} le {fr(on)} à {x.nom('civil')} {verb} "
                        "imputable au service.")  # fmt: skip
    if quotite:
        head.append(f"autorisant {x.nom('prenom')} à exercer ses fonctions à temps partiel "
                    "pour raison thérapeutique")  # fmt: skip
        articles.append(
            f"{who}, est autorisé{x.accord} à accomplir un service à temps partiel "
            f"pour raison thérapeutique à {quotite} % du {fr(debut)} au {fr(fin)}."
            if debut and fin
            else ""
        )
    elif debut and fin:
        head.append(f"plaçant {x.nom('prenom')} en {conge}")
        pay = {"plein": "à plein traitement", "demi": "à demi-traitement",
               "90": "à 90 % du traitement", None: "à plein traitement"}[taux]  # fmt: skip
        articles.append(f"{who}, né{x.accord} le {fr(x.naissance)}, est placé{x.accord} en "
                        f"{conge} du {fr(debut)} au {fr(fin)} inclus, {pay}.")  # fmt: skip
    articles += [
        "Le directeur général des services est chargé de l'exécution du présent "
        "arrêté, dont "
        "ampliation sera adressée à l'intéressé et au comptable de la collectivité.",
        "Le présent arrêté peut faire l'objet d'un recours devant le tribunal "
        "administratif dans "
        "un délai de deux mois à compter de sa notification (voies et délais de recours).",
    ]
    draw = (_arrete_classique, _arrete_moderne, _arrete_classique)[variante]
    executif = lettres(le + dt.timedelta(days=2))
    body = draw(
        x, number, le, " et ".join(head), articles, executif, page=variante == 2
    )
    decided = [word for word, is_it in (
        ("imputabilité", imputable is not None),
        (OBJETS.get(nature, conge), bool(quotite or (debut and fin))),
    ) if is_it]  # fmt: skip
    champs: dict[str, Any] = {"numero_acte": number, "date": iso(le),
                              "objet": " + ".join(decided),
                              "grade": x.agent["grade"], "executif": _maire(x),
                              "executoire_le": iso(le + dt.timedelta(days=2))}  # fmt: skip
    if debut and fin:
        champs |= {"debut": iso(debut), "fin": iso(fin)}
    if imputable is not None:
        champs |= {"imputabilite": "reconnue" if imputable else "refusee",
                   "date_accident": iso(on)}  # fmt: skip
    if taux:
        champs["taux"] = {"plein": "plein traitement", "demi": "demi-traitement",
                          "90": "90 %"}[taux]  # fmt: skip
    if quotite:
        champs["quotite"] = quotite
    return Papier("ARRETE", body, champs, style={"corps": 10.3, "mx": 20, "my": 16})


def _visas(x: Sujet) -> list[Bloc]:
    return [
        p(text, a="j")
        for text in (
            "Vu le code général de la fonction publique, notamment ses articles "
            "L. 822-1 et suivants ;",
            "Vu le décret n° 87-602 du 30 juillet 1987 relatif aux congés de maladie des "
            "fonctionnaires territoriaux ;",
            f"Vu la situation de {x.nom('civil')}, matricule {x.agent['matricule']} ;",
            "Considérant les pièces médicales produites par l'intéressé ;",
        )
    ]


def _maire(x: Sujet) -> str:
    commune = x.employeur["type"] == "commune"
    return "Le Maire" if commune else "Le Président"


def _arrete_classique(
    x: Sujet, number: str, le: dt.date, head: str, articles: list[str], executif: str,
    *, page: bool,
) -> list[Bloc]:  # fmt: skip
    boss = x.tirage.choice(noms.TEMOINS)
    who = f"{_maire(x)} de {x.employeur['nom']},"
    body = [
        p([b("RÉPUBLIQUE FRANÇAISE")], a="c"),
        p(f"Département : {x.employeur['departement']}"),
        p(x.employeur["nom"]),
        v(3),
        titre(f"ARRÊTÉ N° {number}", size=1.4),
        titre(head, size=1.1),
        v(2),
        p([b(who)]),
        *_visas(x),
        titre("ARRÊTE", size=1.3, chasse=2),
    ]
    if page:
        body += [bas("1/2"), saut(), p(f"Arrêté n° {number} (suite) – page 2/2", a="d")]
    for rank, text in enumerate(articles, start=1):
        name = "Article 1er" if rank == 1 else f"Article {rank}"
        body.append(p([b(f"{name} : "), text], a="j"))
    return [
        *body,
        v(4),
        signature(
            x.tirage,
            [f"Fait à {x.employeur['ville']}, le {lettres(le)}", _maire(x), boss],
        ),
        rond(x.tirage, ["MAIRIE", x.employeur["ville"]], dx=62, dy=-26),
        p(f"Certifié exécutoire le {executif}", size=0.85),
    ]


def _arrete_moderne(
    x: Sujet, number: str, le: dt.date, head: str, articles: list[str], executif: str,
    *, page: bool,
) -> list[Bloc]:  # fmt: skip
    del page
    boss = x.tirage.choice(noms.TEMOINS)
    return [
        *entete_employeur(x), hr(1.2),
        titre(["ARRÊTÉ ", b(head)], size=1.15, a="g", fond="#eeeeee"),
        p([f"Acte n° {number}"], a="d", size=0.9),
        p([b(f"{_maire(x)} de {x.employeur['nom']}")]), *_visas(x),
        titre("ARRÊTE :", a="g", size=1.15),
        *[p([{"t": f"ARTICLE {rank}", "b": True, "u": True}, f" – {text}"], a="j")
          for rank, text in enumerate(articles, start=1)],
        v(3), p("Ampliation : comptable public, dossier de l'agent.", size=0.85),
        p(f"Rendu exécutoire le {executif}", size=0.85),
        signature(x.tirage, [f"{x.employeur['ville']}, le {fr(le)}", boss, _maire(x)]),
    ]  # fmt: skip


def pv_cm(
    x: Sujet, variante: int, seance: dt.date, *, objet: str,
    debut: dt.date | None = None, fin: dt.date | None = None, sens: str = "favorable",
) -> Papier:  # fmt: skip
    """Draw the opinion of the conseil médical (two layouts)."""
    full = objet == "imputabilité"
    formation = "plénière" if full else "restreinte"
    kind = CONGES.get(objet.rsplit(" ", 1)[-1], "")
    what = f"Octroi d'un {kind}" if kind else objet.capitalize()
    ask = (
        f"Imputabilité au service de la maladie du {fr(x.survenance)}" if full else what
    )
    span = f" pour la période du {fr(debut)} au {fr(fin)}" if debut and fin else ""
    said = f"AVIS {sens.upper()}{span}."
    members = ["Dr E. LACOMBLÉE, président", "Dr F. MINVIELLEZ", "Dr J. TAVERNAY"]
    dep = x.employeur["departement"]
    if variante == 0:
        body = [
            p([b(f"CONSEIL MÉDICAL DÉPARTEMENTAL – {dep}")]),
            p("Secrétariat : centre de gestion"),
            hr(),
            titre("PROCÈS-VERBAL", size=1.5),
            titre(f"Formation {formation} – séance du {lettres(seance)}", size=1.1),
            p(f"Agent : {x.nom('civil')}, né{x.accord} le {fr(x.naissance)}"),
            p(f"Grade : {x.agent['grade']} – {x.employeur['nom']}"),
            p(f"Objet de la saisine : {ask}"),
            p("Quorum atteint. Membres présents :"),
            liste(members),
            titre(said, size=1.15, cadre=True),
            p(
                "Le présent avis est consultatif ; la décision appartient à l'employeur."
            ),
            v(4),
            signature(x.tirage, ["Le président du conseil médical"]),
        ]
    else:
        body = [
            titre("AVIS DU CONSEIL MÉDICAL", size=1.5), p(f"{dep}", a="c"),
            tableau(["Rubrique", "Contenu"], [
                ["Formation", formation], ["Séance du", fr(seance)],
                ["Agent", x.nom("civil")], ["Date de naissance", fr(x.naissance)],
                ["Grade", x.agent["grade"]], ["Collectivité", x.employeur["nom"]],
                ["Demande", ask], ["Avis émis", f"{sens}{span}"],
            ], cols=[1, 2], pad=5, size=1),
            cases([("avis favorable", sens == "favorable"),
                   ("avis défavorable", sens != "favorable"), ("sursis à statuer", False)],
                  colonne=True),
            p(f"Membres présents : {', '.join(members)}"),
            signature(x.tirage, [f"Le {fr(seance)}", "Le secrétaire de séance"]),
        ]  # fmt: skip
    asked = ask.split(" du ")[0]
    champs: dict[str, Any] = {"formation": formation, "seance": iso(seance), "objet": asked,
                              "sens": sens, "grade": x.agent["grade"]}  # fmt: skip
    if debut and fin:
        champs |= {"debut": iso(debut), "fin": iso(fin)}
    return Papier("PV_CM", body, champs, style={"corps": 10.5, "mx": 19, "my": 17})


def demande_tpt(
    x: Sujet, variante: int, le: dt.date, debut: dt.date, fin: dt.date, quotite: int
) -> Papier:
    """Draw the agent's request for a thérapeutique part time."""
    if variante == 0:
        body = [
            *entete_employeur(x),
            hr(),
            titre(
                "DEMANDE D'AUTORISATION DE SERVIR À TEMPS PARTIEL POUR RAISON "
                "THÉRAPEUTIQUE",
                size=1.2,
            ),
            cadre(
                "L'agent",
                [
                    champ("Nom et prénom", x.nom("courant")),
                    champ("Né(e) le", fr(x.naissance)),
                    champ("Grade", x.agent["grade"]),
                    champ("Matricule", x.agent["matricule"]),
                ],
            ),
            cadre(
                "La demande",
                [
                    cases(
                        [(f"{q} %", q == quotite) for q in (50, 60, 70, 80, 90)],
                        label="Quotité demandée :",
                    ),
                    champ("Durée : du", fr(debut)),
                    champ("au", fr(fin)),
                    cases([("initiale", True), ("renouvellement", False)]),
                    champ("Modalités d'exercice", "matinées"),
                ],
            ),
            signature(x.tirage, ["Fait le", s(fr(le)), "Signature de l'agent"]),
        ]
    else:
        body = [
            p([b(x.nom("courant"))]),
            p(x.adresse()),
            p(f"Matricule {x.agent['matricule']}"),
            p(f"À l'attention de {_maire(x)} de {x.employeur['nom']}", a="d"),
            p(f"Le {lettres(le)}", a="d"),
            v(5),
            p([b("Objet : demande de temps partiel pour raison thérapeutique")]),
            p(
                f"Né{x.accord} le {fr(x.naissance)}, {x.agent['grade']}, j'ai "
                "l'honneur de demander "
                "l'autorisation de servir à temps partiel pour raison "
                f"thérapeutique à {quotite} % "
                f"du {fr(debut)} au {fr(fin)}, selon les modalités d'exercice jointes."
            ),
            p("Je joins le certificat médical."),
            signature(x.tirage, [x.nom("courant")]),
        ]
    champs = {"quotite": quotite, "debut": iso(debut), "fin": iso(fin), "date": iso(le)}
    return Papier("DEMANDE_TPT", body, champs, main=variante == 0,
                  style={"corps": 10.5, "mx": 18, "my": 16})  # fmt: skip


def bordereau(x: Sujet, variante: int, le: dt.date, pieces: list[str]) -> Papier:
    """Draw the slip that goes with papers (a table, or a list)."""
    number = f"B{le.year}-{x.tirage.randint(10, 300)}"
    to = p(f"Destinataire : service des prestations – Le {fr(le)}")
    if variante == 0:
        body = [
            *entete_employeur(x), to, titre(f"BORDEREAU D'ENVOI n° {number}", size=1.4),
            p("Veuillez trouver ci-joint :"),
            tableau(["Désignation des pièces", "Nombre", "Observations"],
                    [[piece, "1", ""] for piece in pieces], cols=[4, 1, 2], pad=5),
            p(f"Nombre de pièces : {len(pieces)}"), signature(x.tirage, ["Le responsable"]),
        ]  # fmt: skip
    else:
        body = [
            p([b(x.employeur["nom"])]),
            hr(),
            titre("BORDEREAU DE TRANSMISSION", size=1.4, cadre=True),
            p(f"N° {number}"),
            to,
            p("Je vous prie de trouver ci-joint les pièces suivantes :"),
            liste(list(pieces), num=True),
            p(f"Nombre de pièces : {len(pieces)}"),
            p("Retourner un exemplaire signé."),
            signature(x.tirage, ["Reçu le", "Signature"]),
        ]
    champs = {"numero": number, "date": iso(le), "nombre_pieces": len(pieces),
              "pieces": pieces}  # fmt: skip
    return Papier(
        "BORD_PAPIER", body, champs, style={"corps": 10.5, "mx": 18, "my": 16}
    )


def courrier(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw a letter that proves nothing."""
    if variante == 0:
        objet = "envoi de justificatifs"
        body = [
            *entete_employeur(x),
            p(f"{x.employeur['ville']}, le {lettres(le)}", a="d"),
            v(6),
            p([b("Objet : "), objet]),
            p("Madame, Monsieur,"),
            p(
                "Je vous prie de trouver ci-joint les pièces du dossier de "
                f"{x.nom('civil')}. "
                "Je reste à votre disposition pour tout renseignement.",
                a="j",
            ),
            p("Veuillez agréer mes salutations distinguées."),
            signature(x.tirage, ["La responsable des ressources humaines"]),
        ]
    else:
        objet = "retard"
        body = [
            p(x.nom("courant")),
            p(x.adresse()),
            p(f"le {lettres(le)}", a="d"),
            v(6),
            p([s("Bonjour,")]),
            p(
                [
                    s(
                        "Je n'ai pas encore reçu l'avis d'arrêt de travail de "
                        "mon médecin, je vous "
                        "l'envoie dès que possible."
                    )
                ]
            ),
            p([s("Cordialement,")]),
            signature(x.tirage, [s(x.nom("courant"))]),
        ]
    return Papier(
        "COURRIER",
        body,
        {"date": iso(le), "objet": objet},
        main=variante == 1,
        types_admis=["AUTRE"],
        style={"corps": 11, "mx": 22, "my": 20},
    )


def deliberation(x: Sujet, le: dt.date) -> Papier:
    """Draw the decision of the assembly to join a contract."""
    body = [
        p([b("EXTRAIT DU REGISTRE DES DÉLIBÉRATIONS")], a="c"),
        p(x.employeur["nom"], a="c"),
        p(f"Séance du {lettres(le)}", a="c"),
        hr(),
        titre(
            "DÉLIBÉRATION : adhésion au contrat d'assurance des risques statutaires",
            size=1.1,
        ),
        p(
            "L'assemblée, convoquée régulièrement, quorum atteint, sous la "
            "présidence de M. Alban "
            "FOURCADELLE,"
        ),
        p("Vu le code général des collectivités territoriales ;"),
        p(
            "Après en avoir délibéré, à l'unanimité, DÉCIDE d'adhérer au contrat "
            "groupe pour les "
            "risques décès, accident de service, longue maladie et maternité."
        ),
        p("Pour : 19 – Contre : 0 – Abstention : 0"),
        signature(x.tirage, ["Le secrétaire"]),
        rond(x.tirage, ["MAIRIE", x.employeur["ville"]], dx=20, dy=-22),
    ]
    return Papier("AUTRE", body, {"nature": "délibération", "date": iso(le)},
                  types_admis=["COURRIER"],
                  style={"corps": 10.5, "mx": 20, "my": 18})  # fmt: skip


def notice() -> Papier:
    """Draw the notice joined to the avis d'arrêt, which is not the form."""
    body = [
        p("N° 50069#07"),
        titre("notice d'information", size=1.5),
        titre("votre avis d'arrêt de travail", size=1.2),
        hr(),
        p([b("Que devez-vous faire ? ")]),
        p(
            "Vous devez adresser les volets 1 et 2 à votre organisme d'assurance "
            "maladie et le "
            "volet 3 à votre employeur dans les 48 heures.",
            a="j",
        ),
        p(
            "En cas de prolongation, votre médecin coche la case prolongation de "
            "l'avis d'arrêt de "
            "travail (cerfa 10170). En cas d'accident causé par un tiers, "
            "indiquez la date.",
            a="j",
        ),
        p([b("Pendant votre arrêt")]),
        p(
            "Respectez les heures de sortie autorisées. L'assuré(e) doit se "
            "soumettre aux contrôles. "
            "La loi n° 78-17 s'applique aux réponses faites à ce formulaire.",
            a="j",
        ),
    ]
    return Papier(
        "AUTRE", body, {"nature": "notice"}, style={"corps": 11, "mx": 20, "my": 18}
    )
