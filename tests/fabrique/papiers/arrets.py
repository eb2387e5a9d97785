"""Avis d'arrêt, certificats AT/MP and certificats d'arrêt: the forms of the doctor."""

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
    marge,
    p,
    peigne,
    peignes,
    s,
    signature,
    tampon,
    titre,
    v,
    z,
)  # fmt: skip
from tests.fabrique.papiers import denses
from tests.fabrique.papiers.base import Papier, Sujet, docteur, iso

GROUPES_NIR = (1, 2, 2, 2, 3, 3, 2)
ADRESSES = {
    1: "volet 1, à adresser par l'assuré(e) au service médical de sa caisse",
    2: "volet 2, à adresser par l'assuré(e) à l'organisme d'assurance maladie",
    3: "volet 3, à adresser par l'assuré(e) à l'employeur ou à France Travail",
}


DENSE = 3


def aat(
    x: Sujet,
    variante: int,
    debut: dt.date,
    fin: dt.date,
    *,
    cas: str = "initial",
    volet: int = 3,
    prescrit: dt.date | None = None,
    tiers: dt.date | None = None,
    date_at: dt.date | None = None,
    nir: bool = True,
    nom: str | None = None,
    main: bool | None = None,
    motif: str = "lombosciatique",
    anonyme: bool = False,
) -> Papier:
    """Draw an avis d'arrêt de travail (four layouts)."""
    tirage = x.tirage
    medecin, code, place = x.medecin()
    written = prescrit or debut
    marque = tirage.choice(("croix", "vee", "plein"))
    read = nom or x.nom()
    cerfa = ("10170*07", "10170*04", "10170*07", "10170*07")[variante]
    facts = {
        "debut": debut, "fin": fin, "cas": cas, "volet": volet, "prescrit": written,
        "tiers": tiers, "date_at": date_at, "marque": marque, "nom": read,
        "nir": numeros.spaced_nir(x.agent["nir"]) if nir else "", "cerfa": cerfa,
        "medecin": medecin, "rpps": code, "lieu": place, "motif": motif,
        "anonyme": anonyme,
    }  # fmt: skip
    draw = (_aat_peignes, _aat_lignes, _aat_sobre, denses.aat)[variante]
    champs: dict[str, Any] = {
        "volet": volet, "cas": cas, "cerfa": cerfa, "debut": iso(debut), "fin": iso(fin),
        "prescrit_le": iso(written), "tiers": tiers is not None,
        "prescripteur": docteur(medecin), "nom_lu": read,
    }  # fmt: skip
    if nir:
        champs["nir"] = x.agent["nir"]
    if date_at:
        champs["date_at"] = iso(date_at)
    if tiers:
        champs["date_accident_tiers"] = iso(tiers)
    return Papier(
        "AAT",
        draw(x, facts),
        champs,
        medical=volet == 1,
        main=tirage.random() < 0.55 if main is None else main,
        style=denses.SERRE
        if variante == DENSE
        else {
            "corps": (9.2, 10.4, 11)[variante],
            "espace": (0.9, 1.15, 1.0)[variante],
            "my": 10,
            "mx": 13,
        },
    )


def _head(f: dict[str, Any], *, republique: bool) -> list[Bloc]:
    two = f["cas"]
    ticks = cases(
        [("initial", two == "initial"), ("de prolongation", two == "prolongation")],
        marque=f["marque"], pas=10,
    )  # fmt: skip
    number = f["cerfa"].replace("*", " * ")
    left = [p([b("cerfa")], size=1.3), p(f"n° {number}", size=0.9)]
    return [
        grille([1.2, 4, 1.4], [
            left,
            [titre("avis d'arrêt de travail", size=1.9, apres=0.2),
             p("(articles L. 162-4-1, L. 321-1, R. 321-2 et R. 323-11-1 du Code de la "
               "sécurité sociale)", a="c", size=0.72)],
            [p([b("RÉPUBLIQUE FRANÇAISE")], a="d", size=0.7)] if republique
            else [p([b("l'Assurance Maladie")], a="d", size=0.9)],
        ]),
        grille([1, 2], [[ticks], [p(ADRESSES[f["volet"]], a="d", size=0.95)]]),
    ]  # fmt: skip


def _medical(f: dict[str, Any]) -> list[Bloc]:
    if f["volet"] != 1:
        return []
    return [cadre("les renseignements médicaux", [
        p("(ces renseignements sont destinés au seul service médical)", size=0.85),
        champ("éléments d'ordre médical justifiant l'arrêt", f["motif"]),
    ])]  # fmt: skip


def _tiers(f: dict[str, Any]) -> Bloc:
    return grille([1.7, 1], [
        [cases([("oui", f["tiers"] is not None), ("non", f["tiers"] is None)],
               label="accident causé par un tiers :", marque=f["marque"])],
        [jour("date", f["tiers"])],
    ])  # fmt: skip


def _risque(f: dict[str, Any]) -> list[Bloc]:
    """Draw the line of the AT/MP insurance, since the form serves both."""
    return [grille([1.7, 1], [
        [cases([("accident du travail, maladie professionnelle", f["date_at"] is not None)],
               marque=f["marque"])],
        [jour("date de l'AT/MP", f["date_at"])],
    ])]  # fmt: skip


def _aat_peignes(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    anonymous = f["anonyme"]
    nir = "" if not f["nir"] else x.agent["nir"]
    person = [
        peigne("numéro d'immatriculation", nir, GROUPES_NIR),
        champ("nom et prénom", f["nom"], forme="ligne"),
        p("(nom de famille (de naissance) suivi du nom d'usage (facultatif et s'il y a "
          "lieu))", size=0.75),
    ]  # fmt: skip
    if not anonymous:
        person += [
            jour("date de naissance", x.naissance),
            champ("adresse où le malade peut être visité", x.adresse(), forme="ligne"),
        ]
    person.append(
        cases([("salarié(e)", False), ("fonctionnaire", True),
               ("profession indépendante", False), ("sans emploi", False)],
              label="activité exercée :", marque=f["marque"], pas=4)
    )  # fmt: skip
    return [
        *_head(f, republique=True),
        cadre("l'assuré(e)", person),
        cadre(
            "l'employeur",
            [
                champ(
                    "nom, prénom ou dénomination sociale",
                    x.employeur["nom"],
                    forme="ligne",
                ),
                champ(
                    "adresse",
                    f"{x.employeur['adresse']}, {x.employeur['code_postal']} "
                    f"{x.employeur['ville']}",
                    forme="ligne",
                ),
            ],
        ),
        *_medical(f),
        cadre(
            "l'arrêt de travail",
            [
                p(
                    "je, soussigné(e), docteur en médecine, prescris un arrêt de "
                    "travail"
                ),
                peignes(
                    "",
                    [
                        ("à compter du", f"{f['debut']:%d%m%Y}", (2, 2, 4)),
                        ("jusqu'au", f"{f['fin']:%d%m%Y}", (2, 2, 4)),
                        ("inclus", "", ()),
                    ],
                ),
                champ("(en toutes lettres)", lettres(f["fin"]), forme="ligne"),
                *_risque(f),
                cases(
                    [("oui", False), ("non", True)],
                    label="en rapport avec un état pathologique résultant de la "
                    "grossesse :",
                    marque=f["marque"],
                ),
                _tiers(f),
                cases(
                    [
                        ("sorties autorisées à partir du", True),
                        ("sans restriction d'horaire", False),
                    ],
                    marque=f["marque"],
                ),
                cases(
                    [("temps partiel pour raison médicale", False)], marque=f["marque"]
                ),
            ],
        ),
        _praticien(x, f),
        bas(
            "La loi rend passible d'amende et/ou d'emprisonnement quiconque se "
            "rend coupable "
            "de fraudes ou de fausses déclarations."
        ),
        marge(f"S3116{f['volet']}", dx=184, dy=150),
    ]


def _praticien(x: Sujet, f: dict[str, Any]) -> Bloc:
    written = f["prescrit"]
    return cadre("identification du praticien", [grille([1, 1], [
        [p([b(f["medecin"].replace("Dr", "Docteur"))]), p("Médecine générale", size=0.9),
         p(f["lieu"], size=0.9), p(f"RPPS {f['rpps']}", size=0.9)],
        [jour("date", written), v(2),
         signature(x.tirage, ["signature du praticien"], a="g", largeur=60)],
    ])])  # fmt: skip


def _aat_lignes(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    rows = [
        grille([1.4, 1], [
            [champ("Nom et prénom de l'assuré(e) :", f["nom"])],
            [champ("Né(e) le :", "" if f["anonyme"] else fr(x.naissance))],
        ]),
        champ("Numéro d'immatriculation :", f["nir"]),
        champ("Code de l'organisme de rattachement :", "98 1 4410"),
    ]  # fmt: skip
    if not f["anonyme"]:
        rows.append(champ("Adresse où le malade peut être visité :", x.adresse()))
    rows.append(champ("Employeur (nom et adresse) :", x.employeur["nom"]))
    return [
        *_head(f, republique=False),
        hr(),
        p([b("L'ASSURÉ(E)")]),
        *rows,
        hr(),
        *_medical(f),
        p([b("LE PRATICIEN")]),
        champ("Arrêt de travail prescrit à compter du", fr(f["debut"])),
        champ("jusqu'au (inclus)", f"{fr(f['fin'])}  soit le {lettres(f['fin'])}"),
        *_risque(f),
        _tiers(f),
        cases(
            [("oui", False), ("non", True)],
            label="Sorties autorisées",
            marque=f["marque"],
        ),
        cases(
            [("cure thermale", False), ("pensionné(e) de guerre", False)],
            marque=f["marque"],
        ),
        v(4),
        grille(
            [1, 1],
            [
                [p(["Fait le ", s(fr(f["prescrit"]))]), v(16)],
                [signature(x.tirage, ["Signature du praticien"], a="g")],
            ],
        ),
        tampon(
            x.tirage,
            [f["medecin"].replace("Dr", "Docteur"), f["lieu"], f"N° RPPS {f['rpps']}"],
            dx=12,
            dy=-18,
        ),
        v(6),
        p(
            "Conservez une copie. Tout arrêt doit être transmis dans les 48 heures.",
            size=0.8,
        ),
    ]


def _aat_sobre(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    """Draw the print-out of the doctor's software."""
    who = [p([b(f["nom"])])]
    if not f["anonyme"]:
        who.append(p(f"né(e) le {fr(x.naissance)}"))
    if f["nir"]:
        who.append(p(f"N° {f['nir']}"))
    kind = "INITIAL" if f["cas"] == "initial" else "DE PROLONGATION"
    rows = [
        [b("Début de l'arrêt"), fr(f["debut"])],
        [b("Fin de l'arrêt (inclus)"), fr(f["fin"])],
        [b("Accident causé par un tiers"),
         f"oui, le {fr(f['tiers'])}" if f["tiers"] else "non"],
        [b("Sorties"), "autorisées"],
    ]  # fmt: skip
    if f["date_at"]:
        rows.insert(2, [b("AT/MP du"), fr(f["date_at"])])
    from tests.fabrique.blocs import tableau

    return [
        grille(
            [1, 1],
            [
                [
                    p([b(f["medecin"].replace("Dr", "Docteur"))]),
                    p("Médecin généraliste"),
                    p(f["lieu"]),
                    p(f"RPPS : {f['rpps']}"),
                ],
                [
                    p(f"cerfa n° {f['cerfa']}", a="d"),
                    p(ADRESSES[f["volet"]], a="d", size=0.9),
                ],
            ],
        ),
        titre(
            ["AVIS D'ARRÊT DE TRAVAIL ", b(kind)],
            size=1.5,
            cadre=True,
            avant=2,
            apres=1,
        ),
        cadre("Assuré(e)", [*who, *([] if f["anonyme"] else [p(x.adresse())])], r=3),
        cadre("Employeur", [p(x.employeur["nom"]), p(x.employeur["ville"])], r=3),
        *_medical(f),
        tableau(
            ["Prescription", ""], rows, cols=[1, 1], size=1.05, pad=5, fond="#ededed"
        ),
        v(4),
        p(["Établi par voie électronique le ", fr(f["prescrit"])]),
        signature(x.tirage, ["Le prescripteur"], a="d"),
        bas([z("Document édité par un logiciel d'aide à la prescription", 7)]),
    ]


def cert_arret(
    x: Sujet, variante: int, debut: dt.date, fin: dt.date, *, cas: str,
    date_at: dt.date | None,
) -> Papier:  # fmt: skip
    """Draw the employer's copy of the old AT/MP form (two layouts)."""
    medecin, code, place = x.medecin()
    two = [("initial", cas == "initial"), ("de prolongation", cas == "prolongation")]
    nir = numeros.spaced_nir(x.agent["nir"])
    if variante == 0:
        body = [
            grille(
                [1, 4],
                [
                    [p([b("cerfa")], size=1.3), p("n° 11138*03")],
                    [
                        titre("certificat d'arrêt de travail", size=1.7),
                        p("volet 4, à adresser à l'employeur ou à Pôle emploi", a="c"),
                    ],
                ],
            ),
            cases(two, pas=12),
            cadre(
                "la victime",
                [
                    peigne("numéro d'immatriculation", x.agent["nir"], GROUPES_NIR),
                    champ("nom et prénom", x.nom(), forme="ligne"),
                    champ("adresse", x.adresse(), forme="ligne"),
                    jour(
                        "date de l'accident ou de la première constatation médicale",
                        date_at,
                    ),
                ],
            ),
            cadre(
                "l'employeur",
                [champ("dénomination", x.employeur["nom"], forme="ligne")],
            ),
            cadre(
                "certificat",
                [
                    p("je, soussigné(e), docteur en médecine, certifie avoir prescrit"),
                    peignes(
                        "un arrêt de travail",
                        [
                            ("du", f"{debut:%d%m%Y}", (2, 2, 4)),
                            ("jusqu'au", f"{fin:%d%m%Y}", (2, 2, 4)),
                            ("inclus", "", ()),
                        ],
                    ),
                ],
            ),
            grille(
                [1, 1],
                [
                    [p([b(medecin)]), p(place), p(f"AM {code[2:]}")],
                    [
                        p(["fait le ", s(fr(debut))]),
                        signature(x.tirage, ["signature"], a="g"),
                    ],
                ],
            ),
        ]
    else:
        body = [
            p([b(medecin)]),
            p(place),
            v(6),
            titre("CERTIFICAT D'ARRÊT DE TRAVAIL", size=1.4),
            p(
                "(à remettre à l'employeur – sans renseignement médical) – réf. 11138*03",
                a="c",
            ),
            v(5),
            cases(two),
            champ("Victime :", x.nom()),
            champ("N° de sécurité sociale :", nir),
            champ("Accident du :", fr(date_at) if date_at else ""),
            champ("Arrêt de travail du :", fr(debut)),
            champ("au :", fr(fin)),
            champ("Employeur :", x.employeur["nom"]),
            v(8),
            signature(x.tirage, ["Fait le", s(fr(debut))]),
        ]
    champs = {"cas": cas, "cerfa": "11138*03", "nir": x.agent["nir"], "debut": iso(debut),
              "fin": iso(fin), "prescripteur": docteur(medecin)}  # fmt: skip
    if date_at:
        champs["date_at"] = iso(date_at)
    return Papier("CERT_ARRET", body, champs, main=x.tirage.random() < 0.5)


def cmatmp(
    x: Sujet,
    variante: int,
    le: dt.date,
    *,
    cas: str = "initial",
    date_at: dt.date | None,
    arret: dt.date | None = None,
    soins: dt.date | None = None,
    consolidation: dt.date | None = None,
    lesions: str = "entorse de la cheville droite",
    nom: str | None = None,
) -> Papier:
    """Draw a certificat médical AT/MP (four layouts)."""
    medecin, code, place = x.medecin()
    read = nom or x.nom()
    cerfa = ("11138*06", "11138*05", "11138*06", "11138*06")[variante]
    f = {"le": le, "cas": cas, "date_at": date_at, "arret": arret, "soins": soins,
         "conso": consolidation, "lesions": lesions, "nom": read, "medecin": medecin,
         "rpps": code, "lieu": place, "cerfa": cerfa,
         "marque": x.tirage.choice(("croix", "vee", "plein"))}  # fmt: skip
    champs: dict[str, Any] = {
        "cas": cas, "cerfa": cerfa, "nir": x.agent["nir"], "lesions": lesions,
        "date": iso(le), "prescripteur": docteur(medecin), "nom_lu": read,
    }  # fmt: skip
    days = {
        "date_at": date_at, "arret_jusquau": arret, "soins_jusquau": soins,
        "consolidation_le": consolidation,
    }  # fmt: skip
    for key, value in days.items():
        if value:
            champs[key] = iso(value)
    if consolidation:
        champs["issue"] = "consolidation"
    if cas == "rechute":
        champs["rechute_le"] = iso(le)
    draw = (_cm_peignes, _cm_lignes, _cm_peignes, denses.cmatmp)[variante]
    return Papier(
        "CMATMP",
        draw(x, f),
        champs,
        medical=True,
        main=variante == 1 or x.tirage.random() < 0.4,
        style=denses.SERRE
        if variante == DENSE
        else {"corps": (9.2, 10.4, 9.2)[variante], "espace": 0.85, "my": 11, "mx": 13},
    )


def _cm_cases(f: dict[str, Any]) -> Bloc:
    return cases(
        [(word, f["cas"] == word.split()[-1])
         for word in ("initial", "de prolongation", "final", "de rechute")],
        marque=f["marque"], pas=9,
    )  # fmt: skip


def _cm_peignes(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    number = f["cerfa"].replace("*", " * ")
    return [
        grille(
            [1, 3.4, 1.2],
            [
                [p([b("cerfa")], size=1.3), p(f"n° {number}", size=0.9)],
                [
                    titre("certificat médical", size=1.8, apres=0.2),
                    titre("accident du travail – maladie professionnelle", size=1.2),
                ],
                [p("volet 1", a="d"), p("S6909", a="d", size=0.8)],
            ],
        ),
        p(
            "(articles L. 441-6 et L. 461-5 du Code de la sécurité sociale)",
            a="c",
            size=0.8,
        ),
        _cm_cases(f),
        cadre(
            "la victime",
            [
                peigne("numéro d'immatriculation", x.agent["nir"], GROUPES_NIR),
                champ("nom et prénom", f["nom"], forme="ligne"),
                champ("adresse", x.adresse(), forme="ligne"),
                cases(
                    [("accident du travail", True), ("maladie professionnelle", False)],
                    marque=f["marque"],
                ),
                jour(
                    "date de l'accident ou de la première constatation médicale",
                    f["date_at"],
                ),
            ],
        ),
        cadre(
            "l'employeur",
            [champ("nom ou dénomination", x.employeur["nom"], forme="ligne")],
        ),
        cadre(
            "les renseignements médicaux",
            [
                p(
                    "constatations détaillées (siège, nature des lésions ou de la maladie, "
                    "séquelles fonctionnelles)",
                    size=0.85,
                ),
                champ("", f["lesions"], forme="ligne"),
                champ("", "", forme="ligne"),
            ],
        ),
        cadre(
            "les conséquences",
            [
                peignes(
                    "soins sans arrêt de travail",
                    [
                        (
                            "jusqu'au",
                            f"{f['soins']:%d%m%Y}" if f["soins"] else "",
                            (2, 2, 4),
                        )
                    ],
                ),
                peignes(
                    "arrêt de travail",
                    [
                        (
                            "jusqu'au",
                            f"{f['arret']:%d%m%Y}" if f["arret"] else "",
                            (2, 2, 4),
                        ),
                        ("inclus", "", ()),
                    ],
                ),
                cases(
                    [
                        ("guérison avec retour à l'état antérieur", False),
                        ("consolidation avec séquelles", f["conso"] is not None),
                    ],
                    marque=f["marque"],
                ),
                jour("date de consolidation ou de guérison", f["conso"]),
                jour("reprise du travail le", None),
            ],
        ),
        cadre(
            "identification du praticien",
            [
                grille(
                    [1, 1],
                    [
                        [p([b(f["medecin"])]), p(f["lieu"]), p(f"RPPS {f['rpps']}")],
                        [
                            jour("date", f["le"]),
                            signature(x.tirage, ["signature"], a="g"),
                        ],
                    ],
                )
            ],
        ),
    ]


def _cm_lignes(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    return [
        titre("CERTIFICAT MÉDICAL", size=1.6),
        titre("ACCIDENT DU TRAVAIL – MALADIE PROFESSIONNELLE", size=1.1),
        p(f"cerfa n° {f['cerfa']}   (réf. S 6909)", a="c", size=0.85),
        _cm_cases(f), hr(),
        champ("La victime – nom, prénom :", f["nom"]),
        champ("N° d'immatriculation :", numeros.spaced_nir(x.agent["nir"])),
        champ("Adresse :", x.adresse()),
        champ("Employeur :", x.employeur["nom"]),
        champ("Date de l'accident ou de la première constatation médicale :",
              fr(f["date_at"]) if f["date_at"] else ""),
        hr(),
        p([b("Constatations détaillées")]), champ("", f["lesions"]), champ(""), champ(""),
        champ("Soins sans arrêt jusqu'au :", fr(f["soins"]) if f["soins"] else ""),
        champ("Arrêt de travail jusqu'au (inclus) :", fr(f["arret"]) if f["arret"] else ""),
        champ("Consolidation avec séquelles le :", fr(f["conso"]) if f["conso"] else ""),
        champ("Guérison apparente le :", ""), champ("Reprise le :", ""),
        v(4),
        signature(x.tirage, ["Fait le", s(fr(f["le"])), f["medecin"]]),
        tampon(x.tirage, [f["medecin"], f["lieu"], f"RPPS {f['rpps']}"], dx=15, dy=-14),
    ]  # fmt: skip
