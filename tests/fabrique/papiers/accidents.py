"""Papers about an accident: declarations, enquête, prise en charge, recours."""

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
    grille,
    hr,
    jour,
    lettres,
    p,
    peigne,
    s,
    signature,
    tableau,
    tampon,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.monde import tell
from tests.fabrique.papiers.base import Papier, Sujet, entete_employeur, iso

GROUPES_NIR = (1, 2, 2, 2, 3, 3, 2)
SERRE = {"corps": 8.8, "espace": 0.62, "my": 11, "mx": 13}


def recit(x: Sujet) -> dict[str, str]:
    """Return the story of the event, always the same for one event."""
    assert x.evenement is not None
    return tell(x.evenement, x.tirage)


def decl_as(x: Sujet, variante: int, le: dt.date, *, temoin: bool = True) -> Papier:
    """Draw the agent's declaration (three layouts)."""
    r, on = recit(x), x.survenance
    way = x.evenement is not None and x.evenement["nature"] == "TRAJET"
    tiers = bool(x.evenement and x.evenement["tiers_implique"])
    draw = (_decl_cadres, _decl_tableau, _decl_cadres)[variante]
    champs: dict[str, Any] = {
        "type_accident": "trajet" if way else "service", "date_accident": iso(on),
        "heure": r["heure"], "lieu": r["lieu"], "lesions": f"{r['lesion']} {r['siege']}",
        "tiers": tiers, "date_declaration": iso(le),
    }  # fmt: skip
    if temoin:
        champs["temoin"] = r["temoin"]
    champs["matricule" if variante == 1 else "nir"] = x.agent[
        "matricule" if variante == 1 else "nir"
    ]
    return Papier("DECL_AS", draw(x, le, r, way, tiers, temoin), champs, medical=True,
                  main=variante != 1 and x.tirage.random() < 0.7, style=SERRE)  # fmt: skip


def _decl_cadres(
    x: Sujet, le: dt.date, r: dict[str, str], way: bool, tiers: bool, temoin: bool
) -> list[Bloc]:
    return [
        titre(
            "DÉCLARATION D'ACCIDENT DE SERVICE – ACCIDENT DE TRAJET",
            size=1.45,
            cadre=True,
        ),
        p(
            "Formulaire à remplir par l'agent et à adresser à son employeur dans "
            "les quinze jours",
            a="c",
            size=0.9,
        ),
        cases(
            [
                ("accident de service", not way),
                ("accident de trajet", way),
                ("en mission", False),
            ],
            label="Type d'accident :",
        ),
        cadre(
            "1. Renseignements concernant la victime",
            [
                grille(
                    [1, 1],
                    [
                        [champ("Nom de famille", x.agent["nom_famille"])],
                        [champ("Nom d'usage", x.agent["nom_usage"] or "")],
                        [champ("Prénom", x.prenom)],
                        [champ("Né(e) le", fr(x.naissance))],
                    ],
                ),
                peigne("Numéro de sécurité sociale", x.agent["nir"], GROUPES_NIR),
                champ("Adresse", x.adresse()),
                grille(
                    [1, 1],
                    [
                        [champ("Grade", x.agent["grade"])],
                        [champ("Service", x.agent["service"])],
                    ],
                ),
                cases(
                    [
                        ("titulaire", x.agent["statut"] == "titulaire"),
                        ("stagiaire", False),
                        ("contractuel", x.agent["statut"] != "titulaire"),
                    ],
                    label="Statut et catégorie :",
                ),
                champ("Employeur", x.employeur["nom"]),
            ],
        ),
        cadre(
            "2. L'accident",
            [
                grille(
                    [1, 1], [[jour("Date", x.survenance)], [champ("Heure", r["heure"])]]
                ),
                champ("Lieu précis", r["lieu"]),
                p("Circonstances détaillées :", size=0.9),
                p([s(r["texte"])]),
                champ("Nature des lésions", r["lesion"]),
                champ("Siège des lésions", r["siege"]),
            ],
        ),
        cadre(
            "3. Témoins et tiers",
            [
                champ("Témoin (nom, adresse)", r["temoin"] if temoin else ""),
                cases([("oui", tiers), ("non", not tiers)], label="Tiers en cause :"),
                cases(
                    [("oui", False), ("non", True)],
                    label="Rapport de police ou gendarmerie :",
                ),
            ],
        ),
        grille(
            [1, 1],
            [
                [p(["Fait à ", s(x.agent["adresse"]["ville"]), ", le ", s(fr(le))])],
                [signature(x.tirage, ["Signature de l'agent"], a="g")],
            ],
        ),
    ]


def _decl_tableau(
    x: Sujet, le: dt.date, r: dict[str, str], way: bool, tiers: bool, temoin: bool
) -> list[Bloc]:
    kind = "de trajet" if way else "de service"
    return [
        *entete_employeur(x), hr(),
        titre(f"Déclaration d'accident {kind}", size=1.5),
        p("à compléter par l'agent victime", a="c"),
        tableau(["Renseignements concernant la victime", ""], [
            ["Nom de famille / nom d'usage", s(x.nom().rsplit(" ", 1)[0])],
            ["Prénom", s(x.prenom)], ["Matricule", s(x.agent["matricule"])],
            ["Date de naissance", s(fr(x.naissance))], ["Grade", s(x.agent["grade"])],
            ["Service d'affectation", s(x.agent["service"])],
        ], cols=[1, 2], fond="#dfe7ee"),
        tableau(["Circonstances de l'accident", ""], [
            ["Date et heure", s(f"{fr(x.survenance)} à {r['heure']}")],
            ["Lieu", s(r["lieu"])], ["Récit", s(r["texte"])],
            ["Nature et siège des lésions", s(f"{r['lesion']} – {r['siege']}")],
            ["Témoins", s(r["temoin"] if temoin else "aucun")],
            ["Tiers responsable", s("oui" if tiers else "non")],
        ], cols=[1, 2], fond="#dfe7ee"),
        p("Je certifie exacts les renseignements ci-dessus.", size=0.95),
        signature(x.tirage, [f"Fait à {x.agent['adresse']['ville']}, le {fr(le)}",
                             "Signature de l'agent"]),
    ]  # fmt: skip


def decl_mp(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the declaration of an occupational disease."""
    on = x.survenance
    ill, table = "syndrome du canal carpien droit", "57"
    rows = [
        champ("Nom de famille", x.agent["nom_famille"]), champ("Nom d'usage",
              x.agent["nom_usage"] or ""), champ("Prénom", x.prenom),
        champ("Né(e) le", fr(x.naissance)),
        peigne("Numéro de sécurité sociale", x.agent["nir"], GROUPES_NIR),
        champ("Grade et service", f"{x.agent['grade']}, {x.agent['service']}"),
        champ("Employeur", x.employeur["nom"]),
    ]  # fmt: skip
    ills = [
        champ("Désignation de la maladie", ill),
        champ("Tableau n°", table),
        jour("Date de la première constatation médicale", on),
        champ(
            "Travaux exposant au risque",
            "gestes répétés de préhension, taille de haies",
        ),
        champ("Depuis le", fr(on - dt.timedelta(days=2200))),
    ]
    head = ("DÉCLARATION DE MALADIE PROFESSIONNELLE", "Déclaration de maladie "
            "professionnelle ou contractée en service")[variante]  # fmt: skip
    body = [
        *(entete_employeur(x) if variante else []), titre(head, size=1.5),
        cadre("Renseignements concernant l'agent", rows),
        cadre("La maladie", ills, r=variante * 4),
        signature(x.tirage, ["Fait le", s(fr(le)), "Signature de l'agent"]),
    ]  # fmt: skip
    champs = {"date_declaration": iso(le), "nir": x.agent["nir"]}
    return Papier(
        "DECL_MP", body, champs, main=variante == 0, medical=True, style=SERRE
    )


def dat(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the employer's declaration to the CPAM."""
    r, home, on = recit(x), x.employeur, x.survenance
    tiers = bool(x.evenement and x.evenement["tiers_implique"])
    sans = bool(x.evenement and x.evenement["sans_arret"])
    cerfa = ("14463*03", "60-3682")[variante]
    boxed = variante == 0
    body = [
        grille(
            [1, 4, 1],
            [
                [p([b("cerfa")], size=1.3), p(f"n° {cerfa}")]
                if boxed
                else [p(f"n° {cerfa}")],
                [
                    titre(
                        "Déclaration d'accident du travail ou d'accident de trajet",
                        size=1.4,
                    ),
                    p(
                        "(articles L. 441-1 à L. 441-4 du Code de la sécurité sociale)",
                        a="c",
                        size=0.8,
                    ),
                ],
                [p("S6200", a="d", size=0.8)],
            ],
        ),
        cadre(
            "L'employeur",
            [
                champ("Nom, raison sociale", home["nom"], forme="ligne"),
                champ(
                    "Adresse",
                    f"{home['adresse']}, {home['code_postal']} {home['ville']}",
                    forme="ligne",
                ),
                peigne("N° SIRET de l'établissement d'attache", home["siret"], (14,))
                if boxed
                else champ("N° SIRET de l'établissement", home["siret"], forme="ligne"),
                champ(
                    "Service de santé au travail", "Santé au travail des Sept Rivières"
                ),
            ],
        ),
        cadre(
            "La victime",
            [
                peigne("N° d'immatriculation", x.agent["nir"], GROUPES_NIR),
                champ("Nom, prénom", x.nom(), forme="ligne"),
                champ("Adresse", x.adresse(), forme="ligne"),
                grille(
                    [1, 1],
                    [
                        [jour("Date de naissance", x.naissance)],
                        [
                            champ(
                                "Date d'embauche",
                                fr(dt.date.fromisoformat(x.agent["date_entree"])),
                            )
                        ],
                    ],
                ),
                champ("Qualification professionnelle", x.agent["grade"], forme="ligne"),
            ],
        ),
        cadre(
            "L'accident",
            [
                grille([1, 1], [[jour("Date", on)], [champ("Heure", r["heure"])]]),
                champ("Lieu de l'accident", r["lieu"], forme="ligne"),
                p("Activité de la victime lors de l'accident, nature de l'accident :"),
                p([s(r["texte"])]),
                champ("Éventuelles réserves motivées", "", forme="ligne"),
                champ("Siège des lésions", r["siege"], forme="ligne"),
                champ("Nature des lésions", r["lesion"], forme="ligne"),
                cases(
                    [
                        ("connu", True),
                        ("constaté", False),
                        ("décrit par la victime", False),
                    ],
                    label="Accident",
                ),
                cases(
                    [
                        ("sans arrêt de travail", sans),
                        ("avec arrêt de travail", not sans),
                        ("décès", False),
                    ],
                    label="Conséquences",
                ),
            ],
        ),
        cadre(
            "Témoin – tiers",
            [
                champ("Témoin", r["temoin"]),
                cases(
                    [("oui", tiers), ("non", not tiers)],
                    label="L'accident a-t-il été causé par un tiers ?",
                ),
            ],
        ),
        grille(
            [1, 1],
            [
                [champ("Fait à", home["ville"]), champ("le", fr(le))],
                [signature(x.tirage, ["Signature du déclarant"], a="g")],
            ],
        ),
    ]
    champs = {
        "cerfa": cerfa, "siret": home["siret"], "nir": x.agent["nir"],
        "date_accident": iso(on), "heure": r["heure"], "lieu": r["lieu"],
        "lesions": f"{r['lesion']} {r['siege']}", "sans_arret": sans,
        "date_declaration": iso(le), "tiers": tiers,
    }  # fmt: skip
    return Papier("DAT", body, champs, medical=True, main=x.tirage.random() < 0.3,
                  style={**SERRE, "corps": 8.3, "espace": 0.55})  # fmt: skip


def feuille_at(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the sheet given to a contractual victim (two layouts)."""
    home = x.employeur
    if variante == 0:
        body = [
            grille([1, 4], [[p([b("cerfa")], size=1.3), p("n° 11383*02")],
                            [titre("feuille d'accident du travail ou de maladie "
                                   "professionnelle", size=1.3),
                             p("S6201 – tiers payant", a="c")]]),
            cadre("la victime", [
                peigne("numéro d'immatriculation", x.agent["nir"], GROUPES_NIR),
                champ("nom et prénom", x.nom(), forme="ligne"),
                jour("date de l'accident", x.survenance),
            ]),
            cadre("l'employeur", [champ("dénomination", home["nom"], forme="ligne"),
                                  champ("SIRET", home["siret"], forme="ligne")]),
            tableau(["Date", "Actes et fournitures", "Praticien", "Signature"],
                    [["", "", "", ""] for _ in range(6)], cols=[1, 3, 2, 1.5], pad=8),
        ]  # fmt: skip
    else:
        body = [
            p("S6201 – cerfa 11383*02"),
            titre("FEUILLE D'ACCIDENT DU TRAVAIL OU DE MALADIE PROFESSIONNELLE", size=1.2),
            champ("Victime", x.nom()), champ("N° d'immatriculation", x.agent["nir"]),
            champ("Accident du", fr(x.survenance)), champ("Employeur", home["nom"]), hr(),
            p([b("Actes et fournitures (tiers payant)")]),
            *[champ(f"{rank}.", "") for rank in range(1, 12)],
        ]  # fmt: skip
    body += [
        p("Cette feuille permet à la victime de bénéficier du tiers payant."),
        grille([1, 1], [[jour("date", le)],
                        [signature(x.tirage, ["l'employeur"], a="g")]]),
    ]  # fmt: skip
    champs = {"nir": x.agent["nir"], "date_at": iso(x.survenance)}
    return Papier("FEUILLE_AT", body, champs, main=variante == 1)


def att_pec(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the attestation given to the agent so that nothing is advanced."""
    assert x.evenement is not None
    boss = x.tirage.choice(noms.TEMOINS)
    number = x.evenement["numero"]
    rule = p("À présenter aux professionnels de santé à la place de la carte Vitale. "
             "Aucune transmission ne doit être faite à la CPAM.")  # fmt: skip
    if variante == 0:
        body = [
            *entete_employeur(x), v(4), titre("ATTESTATION DE PRISE EN CHARGE", size=1.5),
            p("valant dispense d'avance des frais", a="c"), v(4),
            p(f"Je soussigné {boss}, autorité territoriale de {x.employeur['nom']}, "
              f"certifie que {x.nom('civil')}, {x.agent['grade']}, a été victime d'un "
              f"accident le {fr(x.survenance)} (dossier {number})."),
            p("Les soins en rapport avec cet accident sont pris en charge par la "
              "collectivité, sous réserve de la reconnaissance de l'imputabilité au "
              "service."),
            rule, v(6),
        ]  # fmt: skip
    else:
        body = [
            titre("CERTIFICAT PROVISOIRE DE PRISE EN CHARGE", size=1.4, cadre=True),
            cadre("La collectivité", [champ("Nom", x.employeur["nom"]),
                                      champ("SIRET", x.employeur["siret"]),
                                      champ("Signataire", boss)]),
            cadre("L'agent", [champ("Nom et prénom", x.nom("courant")),
                              champ("Grade", x.agent["grade"]),
                              champ("Date de l'accident", fr(x.survenance)),
                              champ("Dossier n°", number)]),
            p("Accordé sous réserve de la reconnaissance de l'imputabilité."), rule,
        ]  # fmt: skip
    body += [signature(x.tirage, [f"Le {lettres(le)}", boss]),
             tampon(x.tirage, [x.employeur["nom"]], dx=10, dy=-10)]  # fmt: skip
    champs = {"date": iso(le), "date_accident": iso(x.survenance),
              "numero_evenement": number, "signataire": boss}  # fmt: skip
    return Papier("ATT_PEC", body, champs, style={"corps": 11, "mx": 20, "my": 18})


def enquete(x: Sujet, variante: int, le: dt.date, *, numero: bool = True) -> Papier:
    """Draw the employer's fact-finding (two layouts, the second on two pages)."""
    assert x.evenement is not None
    r, tiers = recit(x), x.evenement["tiers_implique"]
    head = ("ENQUÊTE ADMINISTRATIVE", "RAPPORT DU SUPÉRIEUR HIÉRARCHIQUE")[variante]
    ident = [
        champ("Agent", x.nom("civil")), champ("Né(e) le", fr(x.naissance)),
        champ("Matricule", x.agent["matricule"]),
        champ("Grade et service", f"{x.agent['grade']} – {x.agent['service']}"),
    ]  # fmt: skip
    facts = [
        champ("Date et heure", f"{fr(x.survenance)} à {r['heure']}"),
        champ("Lieu", r["lieu"]),
        p([b("Circonstances : "), s(r["texte"])]),
        cases([("oui", tiers), ("non", not tiers)], label="Un tiers est-il en cause ?"),
        p([b("Témoignages : "), s(f"{r['temoin']} confirme les faits.")]),
    ]
    ends = [
        p([b("Mesures prises : "), s("rappel des consignes, vérification du matériel.")]),
        p([b("Avis du supérieur hiérarchique : "), s("accident survenu en service.")]),
        cases([("favorable", True), ("défavorable", False)],
              label="Avis sur l'imputabilité au service :"),
        signature(x.tirage, [f"Le {fr(le)}", "Le supérieur hiérarchique"]),
    ]  # fmt: skip
    body = [*entete_employeur(x), hr(), titre(head, size=1.5)]
    if numero:
        body.append(p(f"Dossier n° {x.evenement['numero']}", a="c"))
    body += [cadre("Identité de l'agent", ident), cadre("Les faits", facts)]
    if variante == 1:
        from tests.fabrique.blocs import saut

        body += [bas("page 1/2"), saut(), p([b(f"{head} (suite)")]),
                 p(f"Agent : {x.nom('civil')} – page 2/2")]  # fmt: skip
    body.append(cadre("Conclusions de l'enquête", ends))
    champs: dict[str, Any] = {"date_accident": iso(x.survenance), "date": iso(le),
                              "avis": "favorable", "matricule": x.agent["matricule"],
                              "tiers": tiers}  # fmt: skip
    if numero:
        champs["numero_evenement"] = x.evenement["numero"]
    return Papier("ENQUETE", body, champs, main=x.tirage.random() < 0.4,
                  style={"corps": 10, "mx": 17, "my": 15})  # fmt: skip


def recours(x: Sujet, variante: int, le: dt.date) -> Papier:
    """Draw the request against a third party, or the constat."""
    assert x.evenement is not None
    assureur = x.tirage.choice(noms.ASSUREURS)
    police = f"P{x.tirage.randint(100000, 999999)}"
    plate = f"WW-{x.tirage.randint(100, 999)}-ZZ"
    who = "Aymeric LANDRECOURT"
    r = recit(x) if x.evenement["nature"] in {"AS", "AT", "TRAJET"} else {
        "texte": "Renversé sur un passage protégé.", "lieu": "place du Lavoir"}  # fmt: skip
    rows = [
        ["Date de l'accident", s(fr(x.survenance))], ["Lieu", s(r["lieu"])],
        ["Victime", s(x.nom("civil"))], ["Née / né le", s(fr(x.naissance))],
        ["Tiers (nom, prénom)", s(who)], ["Immatriculation", s(plate)],
        ["Assureur du tiers", s(assureur)], ["N° de contrat", s(police)],
    ]  # fmt: skip
    if variante == 0:
        body = [
            *entete_employeur(x),
            hr(),
            titre("DEMANDE DE RECOURS CONTRE TIERS", size=1.5),
            p(f"Dossier n° {x.evenement['numero']}", a="c"),
            tableau(["Accident causé par un tiers", ""], rows, cols=[1, 2]),
            p("Pièces jointes : constat amiable, procès-verbal."),
            signature(x.tirage, [f"Le {fr(le)}", "Pour la collectivité"]),
        ]
    else:
        body = [
            titre("CONSTAT AMIABLE D'ACCIDENT AUTOMOBILE", size=1.4),
            grille(
                [1, 1],
                [
                    [
                        cadre(
                            "véhicule A",
                            [
                                champ("nom", x.courant),
                                champ("prénom", x.prenom),
                                champ("immatriculation", "WX-118-ZZ"),
                            ],
                        )
                    ],
                    [
                        cadre(
                            "véhicule B (tiers)",
                            [
                                champ("nom", who),
                                champ("assureur", assureur),
                                champ("n° de contrat", police),
                                champ("immatriculation", plate),
                            ],
                        )
                    ],
                ],
            ),
            champ("date de l'accident", fr(x.survenance)),
            champ("lieu", r["lieu"]),
            p([s(r["texte"])]),
            v(10),
            grille(
                [1, 1],
                [
                    [signature(x.tirage, ["conducteur A"], a="g")],
                    [signature(x.tirage, ["conducteur B"], a="g")],
                ],
            ),
        ]
    champs: dict[str, Any] = {
        "piece": ("formulaire", "constat")[variante], "date_accident": iso(x.survenance),
        "date": iso(le), "tiers": who, "assureur": assureur, "police": police,
        "immatriculation": plate,
    }  # fmt: skip
    if variante == 0:
        champs["numero_evenement"] = x.evenement["numero"]
    return Papier("RECOURS", body, champs, main=variante == 1)
