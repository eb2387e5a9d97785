"""Free medical papers: certificates, ordonnances, expertise, prescriptions."""

# ruff: noqa: ISC004 - prose cut for the width of the page
import datetime as dt
from typing import Any

from tests.fabrique import numeros
from tests.fabrique.blocs import (
    Bloc,
    b,
    bas,
    cadre,
    cases,
    champ,
    fr,
    grille,
    hr,
    jour,
    lettres,
    liste,
    p,
    peigne,
    s,
    signature,
    tampon,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.papiers.base import (
    Papier,
    Sujet,
    docteur,
    entete_employeur,
    iso,
)

GROUPES_NIR = (1, 2, 2, 2, 3, 3, 2)


def _cabinet(x: Sujet, medecin: str, code: str, place: str, what: str) -> list[Bloc]:
    return [
        grille([1, 1], [
            [p([b(medecin.replace("Dr", "Docteur"))], size=1.1), p(what), p(place),
             p(f"{x.employeur['code_postal']} {x.employeur['ville']}"),
             p(f"Tél. {numeros.phone(x.tirage)}"), p(f"RPPS {code}", size=0.9)],
            [],
        ]),
        v(6),
    ]  # fmt: skip


def cert_med(x: Sujet, variante: int, le: dt.date, objet: str, **plus: Any) -> Papier:
    """Draw a free certificate: `objet` is reprise, TPT or aptitude."""
    medecin, code, place = x.medecin()
    quotite, debut, fin = plus.get("quotite"), plus.get("debut"), plus.get("fin")
    name = plus.get("nom") or x.nom("prenom")
    born = (
        f", né{x.accord} le {fr(x.naissance)}," if plus.get("naissance", True) else ""
    )
    if objet == "TPT":
        text = (
            f"que son état de santé justifie un temps partiel pour raison thérapeutique à "
            f"{quotite} % du {fr(debut)} au {fr(fin)}."
        )
        head = "CERTIFICAT MÉDICAL"
    elif objet == "reprise":
        text = (
            "qu'une reprise du travail à temps plein est possible à compter du "
            f"{fr(debut)}."
        )
        head = ("CERTIFICAT DE REPRISE", "CERTIFICAT MÉDICAL DE REPRISE")[variante % 2]
    else:
        text = "que son état de santé est compatible avec son poste."
        head = "CERTIFICAT MÉDICAL"
    feminine = "e" if medecin.split()[1][-1] in "eaé" else ""
    body = [
        *_cabinet(x, medecin, code, place, "Médecine générale"),
        p(f"À {x.employeur['ville']}, le {lettres(le)}", a="d"), v(10),
        titre(head, size=1.4), v(8),
    ]  # fmt: skip
    if variante == 0:
        body.append(
            p(
                f"Je soussigné{feminine} {medecin.replace('Dr', 'Docteur')} certifie avoir "
                f"examiné ce jour {name}{born} et atteste {text}",
                alinea=8,
            )
        )
    else:
        body += [
            p(["Je soussigné, ", s(medecin), ", certifie avoir examiné"]),
            p([s(name + born.rstrip(","))]),
            p(["ce jour et atteste ", s(text)]),
        ]
    body += [
        v(8),
        p(
            "Certificat établi à la demande de l'intéressé et remis en main propre "
            "pour faire valoir ce que de droit."
        ),
        v(8),
        signature(x.tirage, [medecin]),
    ]
    champs: dict[str, Any] = {"date": iso(le), "prescripteur": docteur(medecin),
                              "objet": objet, "nom_lu": name}  # fmt: skip
    if objet == "TPT":
        champs |= {"quotite": quotite, "debut": iso(debut), "fin": iso(fin)}
    if objet == "reprise":
        champs["reprise_le"] = iso(debut)
    return Papier("CERT_MED", body, champs, main=variante == 1, medical=False,
                  style={"corps": 11, "espace": 0.9, "mx": 22, "my": 20})  # fmt: skip


def cert_final(
    x: Sujet,
    variante: int,
    le: dt.date,
    *,
    date_at: dt.date,
    issue: str,
    nom: str | None = None,
) -> Papier:
    """Draw a final certificate: guérison or consolidation."""
    medecin, code, place = x.medecin()
    name = nom or x.nom("prenom")
    cured = issue == "guerison"
    words = ("guérison avec retour à l'état antérieur" if cured
             else "consolidation avec séquelles")  # fmt: skip
    if variante == 0:
        body = [
            *_cabinet(x, medecin, code, place, "Médecine générale"),
            p(f"Le {fr(le)}", a="d"),
            v(6),
            titre("CERTIFICAT MÉDICAL FINAL", size=1.5),
            p(f"Accident de service du {fr(date_at)}", a="c"),
            v(8),
            p(
                f"Je soussigné certifie avoir examiné {name}, né{x.accord} le "
                f"{fr(x.naissance)}, "
                f"victime d'un accident de service le {fr(date_at)}."
            ),
            p([f"Conclusion : {words} à la date du ", b(fr(le)), "."]),
            p(
                "Pas de soins post-consolidation à prévoir."
                if not cured
                else "Reprise du travail sans réserve."
            ),
            v(8),
            signature(x.tirage, [medecin]),
        ]
    else:
        body = [
            titre("CERTIFICAT FINAL DESCRIPTIF", size=1.5),
            p("de guérison ou de consolidation", a="c"), hr(),
            champ("Nom et prénom de la victime :", x.nom()),
            champ("Né(e) le :", fr(x.naissance)),
            champ("Employeur :", x.employeur["nom"]),
            champ("Date de l'accident :", fr(date_at)), v(4),
            cases([("guérison avec retour à l'état antérieur", cured),
                   ("consolidation avec séquelles", not cured)], colonne=True),
            champ("à la date du :", fr(le)),
            champ("Soins post-consolidation :", "néant"), v(6),
            signature(x.tirage, ["Date, cachet et signature", s(fr(le))]),
            tampon(x.tirage, [medecin, place, f"RPPS {code}"], dx=10, dy=-12),
        ]  # fmt: skip
    champs = {"date": iso(le), "date_at": iso(date_at), "consolidation_le": iso(le),
              "issue": issue, "prescripteur": docteur(medecin), "nom_lu": name}  # fmt: skip
    return Papier("CERT_FINAL", body, champs, main=variante == 1, medical=True,
                  types_admis=["CMATMP"] if variante else [],
                  style={"corps": 10.5, "mx": 20, "my": 18})  # fmt: skip


def cert_grossesse(x: Sujet, variante: int, le: dt.date, terme: dt.date) -> Papier:
    """Draw a pregnancy paper: the form, or the midwife's letter."""
    medecin, code, place = x.medecin()
    start = terme - dt.timedelta(days=280)
    champs: dict[str, Any] = {
        "date_presumee_accouchement": iso(terme), "debut_grossesse": iso(start),
        "examen_le": iso(le), "nombre_attendus": 1, "praticien": docteur(medecin),
        "nom_lu": x.nom(),
    }  # fmt: skip
    if variante == 0:
        champs |= {"cerfa": "10112*05", "nir": x.agent["nir"]}
        body = [
            grille([1, 4], [[p([b("cerfa")], size=1.3), p("n° 10112*05")],
                            [titre("déclaration de grossesse", size=1.6),
                             p("premier examen médical prénatal", a="c")]]),
            cadre("la future mère", [
                peigne("numéro d'immatriculation", x.agent["nir"], GROUPES_NIR),
                champ("nom et prénom", x.nom(), forme="ligne"),
                jour("date de naissance", x.naissance),
                champ("adresse", x.adresse(), forme="ligne"),
                champ("employeur", x.employeur["nom"], forme="ligne"),
            ]),
            cadre("attestation du praticien ou de la sage-femme", [
                jour("date de l'examen", le), jour("date de début de grossesse", start),
                jour("date présumée de l'accouchement", terme),
                champ("nombre d'enfants attendus", "1", forme="boite"),
            ]),
            grille([1, 1], [[p([b(medecin)]), p(place), p(f"RPPS {code}")],
                            [signature(x.tirage, ["signature et cachet"], a="g")]]),
        ]  # fmt: skip
    else:
        body = [
            *_cabinet(x, medecin, code, place, "Sage-femme – Gynécologie obstétrique"),
            p(f"Le {lettres(le)}", a="d"),
            v(6),
            titre("CERTIFICAT DE GROSSESSE", size=1.4),
            v(6),
            p(
                f"Je certifie avoir examiné le {fr(le)} {x.nom('civil')}, née le "
                f"{fr(x.naissance)}, et constaté une grossesse unique (1 enfant attendu)."
            ),
            p(f"Début de grossesse : {fr(start)}"),
            p([b(f"Date présumée de l'accouchement : {fr(terme)}")]),
            v(8),
            signature(x.tirage, [medecin]),
        ]
    return Papier("CERT_GROSSESSE", body, champs, main=variante == 0, medical=True,
                  style={"corps": 10.5, "mx": 18, "my": 16})  # fmt: skip


MEDICAMENTS = (
    "PARACÉTAMOL 1 g : 1 comprimé trois fois par jour, qsp 8 jours",
    "KÉTOPROFÈNE gel 2,5 % : 2 applications par jour, qsp 10 jours",
    "Attelle de cheville, taille M : une",
    "Kinésithérapie : 15 séances de rééducation",
    "IBUPROFÈNE 400 mg : 1 comprimé matin et soir, qsp 5 jours",
    "Bas de contention classe 2 : une paire, à renouveler une fois",
)


def ordonnance(
    x: Sujet, variante: int, le: dt.date, *, date_at: dt.date | None
) -> Papier:
    """Draw a prescription."""
    medecin, code, place = x.medecin()
    rows = x.tirage.sample(MEDICAMENTS, x.tirage.randint(2, 4))
    about = f"En rapport avec l'accident du {fr(date_at)}" if date_at else ""
    name = x.nom("prenom")
    who = [
        p([s(name) if variante else b(name)]),
        p(f"né{x.accord} le {fr(x.naissance)}"),
    ]
    body = [
        *_cabinet(x, medecin, code, place, "Médecin généraliste conventionné"),
        p(f"Le {fr(le)}", a="d"),
        *who,
        v(5),
        titre("ORDONNANCE", size=1.3, gras=variante == 0),
        v(4),
        *([p(about)] if about else []),
        liste([[s(row)] for row in rows] if variante else list(rows), num=True),
        v(10),
        signature(x.tirage, [medecin]),
        bas(
            "Membre d'une association de gestion agréée, le règlement par chèque "
            "est accepté."
        ),
    ]
    champs: dict[str, Any] = {"date": iso(le), "prescripteur": docteur(medecin),
                              "rpps": code, "lignes": len(rows),
                              "nom_lu": name}  # fmt: skip
    if date_at:
        champs["date_at"] = iso(date_at)
    return Papier("ORDONNANCE", body, champs, main=variante == 1, medical=True,
                  style={"corps": 11, "mx": 20, "my": 18,
                         "hauteur": 210 if variante else 297})  # fmt: skip


def transport(x: Sujet, variante: int, le: dt.date, *, date_at: dt.date) -> Papier:
    """Draw a prescription of transport."""
    medecin, code, place = x.medecin()
    if variante == 0:
        body = [
            grille([1, 4], [[p([b("cerfa")], size=1.3), p("n° 11574*04")],
                            [titre("prescription médicale de transport", size=1.5)]]),
            cadre("le bénéficiaire", [
                peigne("numéro d'immatriculation", x.agent["nir"], GROUPES_NIR),
                champ("nom et prénom", x.nom(), forme="ligne"),
                champ("adresse", x.adresse(), forme="ligne"),
            ]),
            cadre("situation", [
                cases([("hospitalisation", False), ("accident du travail ou maladie "
                       "professionnelle", True), ("affection de longue durée", False)],
                      colonne=True),
                jour("date de l'accident", date_at),
            ]),
            cadre("mode de transport prescrit", [
                cases([("transport assis professionnalisé (VSL, taxi)", True),
                       ("ambulance", False), ("véhicule personnel", False)], colonne=True),
                cases([("aller", False), ("aller-retour", True)]),
                champ("trajet de", x.agent["adresse"]["ville"], forme="ligne"),
                champ("vers", "Centre hospitalier des Aulnaies", forme="ligne"),
            ]),
            grille([1, 1], [[p([b(medecin)]), p(place), p(f"RPPS {code}")],
                            [jour("date", le), signature(x.tirage, ["signature"], a="g")]]),
        ]  # fmt: skip
    else:
        body = [
            *_cabinet(x, medecin, code, place, "Chirurgie orthopédique"),
            p(f"Le {fr(le)}", a="d"), titre("PRESCRIPTION MÉDICALE DE TRANSPORT", size=1.3),
            p(f"Patient : {x.nom('civil')}, né{x.accord} le {fr(x.naissance)}"),
            p("Mode de transport : VSL, aller-retour, 34 km."),
            p(f"En rapport avec l'accident du travail du {fr(date_at)}."), v(6),
            signature(x.tirage, [medecin]),
        ]  # fmt: skip
    return Papier("TRANSPORT", body, {"date": iso(le), "nom_lu": x.nom()}, medical=True,
                  main=variante == 0)  # fmt: skip


def cert_deces(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the doctor's certificate of a death (a letter, or a form)."""
    medecin, code, place = x.medecin()
    name, born = x.nom("civil"), fr(x.naissance)
    if variante == 0:
        body = [
            *_cabinet(x, medecin, code, place, "Médecine générale"),
            titre("CERTIFICAT POST-MORTEM", size=1.5), v(8),
            p([f"Je soussigné {medecin}, certifie avoir constaté le décès de ", s(name),
               f", né{x.accord} le ", s(born), ", survenu le ", s(fr(le)), "."]),
            p("Le décès n'est pas consécutif à un fait de service."), v(8),
        ]  # fmt: skip
    else:
        body = [
            titre("CERTIFICAT MÉDICAL DE DÉCÈS", size=1.5, cadre=True),
            p("à remettre à l'autorité territoriale", a="c"), v(4),
            champ("Le docteur soussigné", medecin), champ("constate le décès de", name),
            champ("né(e) le", born), champ("survenu le", fr(le)),
            cases([("cause naturelle", True), ("obstacle médico-légal", False)]),
            p("La mort est réelle et constante."), v(8),
        ]  # fmt: skip
    body += [p(f"Fait le {fr(le)}"), signature(x.tirage, [medecin]),
             tampon(x.tirage, [medecin, place], dx=5, dy=-10)]  # fmt: skip
    return Papier("CERT_DECES", body, {"date": iso(le), "nom_lu": name}, main=True,
                  medical=True, style={"corps": 11, "mx": 22, "my": 20})  # fmt: skip


def expertise(x: Sujet, variante: int, le: dt.date, survenance: dt.date) -> Papier:
    """Draw the administrative conclusions of an approved doctor."""
    medecin, _, place = x.medecin()
    findings = ["Maladie imputable au service", "Absence d'état antérieur",
                "Aptitude à reprendre avec aménagement"]  # fmt: skip
    head = ("RAPPORT D'EXPERTISE MÉDICALE", "CONCLUSIONS ADMINISTRATIVES")[variante]
    body = [
        *(
            entete_employeur(x)
            if variante
            else [p([b(medecin)]), p("Médecin agréé"), p(place)]
        ),
        v(6),
        titre(head, size=1.4),
        p("établi par un médecin agréé", a="c"),
        v(6),
        p(f"Agent examiné : {x.nom('civil')}, né{x.accord} le {fr(x.naissance)}"),
        p(f"Grade : {x.agent['grade']} – {x.employeur['nom']}"),
        p(
            f"Maladie constatée le {fr(survenance)} – dossier {x.evenement['numero']}"
            if x.evenement
            else ""
        ),
        p(f"Examen du {fr(le)}, à la demande de l'autorité territoriale."),
        titre("Conclusions", a="g", size=1.1),
        liste(findings),
        p("La partie médicale du rapport est conservée sous pli confidentiel."),
        v(8),
        signature(x.tirage, [f"Le {fr(le)}", f"{medecin}, médecin agréé"]),
    ]
    champs = {"date": iso(le), "objet": "imputabilité", "medecin": docteur(medecin),
              "date_evenement": iso(survenance), "conclusions": findings}  # fmt: skip
    return Papier("EXPERTISE", body, champs, style={"corps": 10.5, "mx": 20, "my": 18})
