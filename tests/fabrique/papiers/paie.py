"""Papers of pay: bulletins, attestations de salaire, décomptes of the CPAM."""

import datetime as dt
from typing import Any

from tests.fabrique import numeros
from tests.fabrique.blocs import (
    MOIS,
    b,
    bas,
    cadre,
    cases,
    champ,
    euros,
    fr,
    grille,
    hr,
    jour,
    p,
    peigne,
    signature,
    tableau,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.monde import mois_de
from tests.fabrique.papiers.base import Papier, Sujet, entete_employeur, iso

POINT = 4.92278


def bulletin(
    x: Sujet,
    variante: int,
    mois: dt.date,
    *,
    retenue: bool = True,
    nom: str | None = None,
) -> Papier:
    """Draw a payslip (three layouts)."""
    a, home = x.agent, x.employeur
    tib = round(a["indice_majore"] * POINT, 2)
    nbi = round(a["nbi_points"] * POINT, 2)
    sft = {0: 0.0, 1: 2.29, 2: 77.72, 3: 194.03}[a["enfants_a_charge"]]
    primes = round(180 + a["echelon"] * 21.5, 2)
    held = round(tib / 30 * x.tirage.randint(2, 12) * 0.1, 2) if retenue else 0.0
    brut = round(tib + nbi + sft + primes - held, 2)
    cuts = round(brut * 0.2107, 2)
    net, owner = round(brut - cuts, 2), round(brut * 0.4218, 2)
    rows: list[tuple[str, str, str, str]] = [
        (
            "0010",
            "Traitement de base indiciaire",
            f"IM {a['indice_majore']}",
            euros(tib),
        )
    ]
    if nbi:
        rows.append(("0020", "Nouvelle bonification indiciaire (NBI)",
                     f"{a['nbi_points']} pts", euros(nbi)))  # fmt: skip
    if sft:
        rows.append(("0040", "Supplément familial de traitement", "", euros(sft)))
    rows.append(("0110", "IFSE (RIFSEEP)", "", euros(primes)))
    if held:
        rows.append(("0300", "Retenue maladie 10 %", "", f"-{euros(held)}"))
    facts = {
        "tib": tib,
        "brut": brut,
        "cuts": cuts,
        "net": net,
        "owner": owner,
        "rows": rows,
        "mois": mois,
        "nom": nom or x.nom("courant"),
    }
    draw = (_bulletin_simple, _bulletin_large, _bulletin_sobre)[variante]
    champs: dict[str, Any] = {
        "mois": f"{mois:%Y-%m}", "siret": home["siret"], "matricule": a["matricule"],
        "nir": a["nir"], "indice_majore": a["indice_majore"], "tib": f"{tib:.2f}",
        "primes": f"{primes:.2f}", "brut": f"{brut:.2f}",
        "charges_patronales": f"{owner:.2f}", "net_a_payer": f"{net:.2f}",
    }  # fmt: skip
    if nbi:
        champs["nbi"] = f"{nbi:.2f}"
    if sft:
        champs["sft"] = f"{sft:.2f}"
    if held:
        champs["retenue_maladie"] = f"{held:.2f}"
    return Papier("BULLETIN", draw(x, facts), champs,
                  style={"corps": 9, "espace": 0.6, "mx": 12, "my": 12})  # fmt: skip


def _cotisations(x: Sujet, f: dict[str, Any]) -> list[list[Any]]:
    fund = "CNRACL" if x.agent["regime"] == "CNRACL" else "IRCANTEC tranche A"
    base = euros(f["brut"])
    return [
        [
            "1000",
            f"Cotisation {fund}",
            base,
            euros(f["cuts"] * 0.55),
            euros(f["owner"] * 0.6),
        ],
        [
            "1010",
            "RAFP" if fund == "CNRACL" else "Assurance vieillesse",
            base,
            euros(f["cuts"] * 0.1),
            euros(f["owner"] * 0.1),
        ],
        ["1020", "CSG déductible", base, euros(f["cuts"] * 0.25), ""],
        ["1030", "CSG-CRDS non déductible", base, euros(f["cuts"] * 0.1), ""],
        ["1040", "Maladie maternité", base, "", euros(f["owner"] * 0.3)],
    ]


def _who(x: Sujet, f: dict[str, Any]) -> list[Any]:
    a = x.agent
    return [
        p([b(f["nom"])]),
        *([p(f"Nom de naissance : {a['nom_famille']}")] if a["nom_usage"] else []),
        p(f"Matricule : {a['matricule']}"),
        p(f"N° SS : {numeros.spaced_nir(a['nir'])}"), p(f"Grade : {a['grade']}"),
        p(f"Échelon {a['echelon']} – Indice majoré {a['indice_majore']}"),
    ]  # fmt: skip


def _bulletin_simple(x: Sujet, f: dict[str, Any]) -> list[Any]:
    home, m = x.employeur, f["mois"]
    return [
        grille(
            [1, 1],
            [
                [
                    p([b(home["nom"])]),
                    p(home["adresse"]),
                    p(f"{home['code_postal']} {home['ville']}"),
                    p(f"SIRET {home['siret']} – APE 8411Z"),
                ],
                [
                    titre("BULLETIN DE PAIE", size=1.5),
                    p(f"Période : {MOIS[m.month - 1]} {m.year}", a="c"),
                ],
            ],
        ),
        cadre("", _who(x, f)),
        tableau(
            ["Code", "Libellé", "Base", "À payer"],
            [list(r) for r in f["rows"]],
            cols=[1, 5, 2, 2],
            align="ggdd",
            fond="#dddddd",
        ),
        tableau(
            ["Code", "Cotisations", "Base", "Part agent", "Part patronale"],
            _cotisations(x, f),
            cols=[1, 4, 2, 2, 2],
            align="ggddd",
            fond="#dddddd",
        ),
        tableau(
            ["Total brut", "Total retenues", "Charges patronales", "NET À PAYER"],
            [
                [
                    euros(f["brut"]),
                    euros(f["cuts"]),
                    euros(f["owner"]),
                    b(euros(f["net"])),
                ]
            ],
            align="cccc",
        ),
        p(f"Montant net social : {euros(f['net'] * 1.03)}"),
        bas("Conservez ce bulletin sans limitation de durée."),
    ]


def _bulletin_large(x: Sujet, f: dict[str, Any]) -> list[Any]:
    m = f["mois"]
    every = [[*r, ""] for r in f["rows"]]
    every += [[c, name, base, f"-{agent}" if agent else "", boss]
              for c, name, base, agent, boss in _cotisations(x, f)]  # fmt: skip
    return [
        *entete_employeur(x),
        hr(),
        titre(f"BULLETIN DE SALAIRE – {MOIS[m.month - 1].upper()} {m.year}", size=1.3),
        grille(
            [1, 1],
            [
                _who(x, f),
                [
                    p(x.nom("prenom")),
                    p(x.agent["adresse"]["voie"]),
                    p(
                        f"{x.agent['adresse']['code_postal']} {x.agent['adresse']['ville']}"
                    ),
                ],
            ],
        ),
        p(f"Période du {fr(m)} au {fr(mois_de(m, m)[0][1])}"),
        tableau(
            ["Rub.", "Désignation", "Base", "Montant", "Patronal"],
            every,
            cols=[1, 5, 2, 2, 2],
            align="ggddd",
            bord="colonnes",
        ),
        v(3),
        grille(
            [1, 1, 1],
            [
                [champ("Brut", euros(f["brut"]), forme="boite")],
                [champ("Charges patronales", euros(f["owner"]), forme="boite")],
                [champ("Net à payer", euros(f["net"]) + " €", forme="boite")],
            ],
        ),
    ]


def _bulletin_sobre(x: Sujet, f: dict[str, Any]) -> list[Any]:
    m, home = f["mois"], x.employeur
    return [
        p([b(home["nom"])]), p(f"N° SIRET : {home['siret']}    Code APE : 8411Z"),
        titre("Bulletin de paie", size=1.4, a="g"), p(f"Mois de paie : {m:%m/%Y}"), hr(0.3),
        *_who(x, f), hr(0.3),
        tableau(["Éléments de rémunération", "", "Montant"],
                [[r[1], r[2], r[3]] for r in f["rows"]], cols=[5, 2, 2], align="gdd",
                bord="tete"),
        tableau(["Cotisations", "Base", "Salarié", "Employeur"],
                [row[1:] for row in _cotisations(x, f)], cols=[5, 2, 2, 2], align="gddd",
                bord="tete"),
        p(["Total brut : ", b(euros(f["brut"]))], a="d"),
        p(["Total des charges patronales : ", euros(f["owner"])], a="d"),
        p(["NET À PAYER : ", b(euros(f["net"]) + " EUR")], a="d", size=1.15),
    ]  # fmt: skip


def att_salaire(
    x: Sujet, variante: int, le: dt.date, *, dernier: dt.date, at: dt.date | None
) -> Papier:
    """Draw the attestation to the CPAM, which is not a payslip."""
    home = x.employeur
    brut = f"{x.agent['indice_majore'] * POINT + 210:.2f}"
    cerfa = "11137*03" if at else "11135*04"
    what = (
        "accident du travail ou maladie professionnelle"
        if at
        else "maladie – maternité"
    )
    boxed = variante == 0
    number = (
        peigne("N° d'immatriculation", x.agent["nir"], (1, 2, 2, 2, 3, 3, 2))
        if boxed
        else champ("N° d'immatriculation", numeros.spaced_nir(x.agent["nir"]))
    )
    body = [
        grille(
            [1, 4],
            [
                [p([b("cerfa")], size=1.3), p(f"n° {cerfa}")],
                [titre("attestation de salaire", size=1.6), p(what, a="c")],
            ],
        ),
        cadre(
            "l'employeur", [champ("nom", home["nom"]), champ("SIRET", home["siret"])]
        ),
        cadre(
            "le salarié",
            [number, champ("nom, prénom", x.nom()), champ("emploi", x.agent["grade"])],
        ),
        cadre(
            "renseignements",
            [
                *([jour("date de l'accident", at)] if at else []),
                jour("date du dernier jour de travail", dernier)
                if boxed
                else champ("dernier jour de travail", fr(dernier)),
                tableau(
                    ["Salaires de référence", "Brut", "Cotisations"],
                    [[f"{dernier:%m/%Y}", euros(brut), euros(float(brut) * 0.21)]],
                    align="gdd",
                ),
                cases([("oui", True), ("non", False)], label="demande de subrogation"),
            ],
        ),
        grille(
            [1, 1],
            [
                [champ("fait le", fr(le))],
                [signature(x.tirage, ["signature de l'employeur"], a="g")],
            ],
        ),
    ]
    champs: dict[str, Any] = {
        "cerfa": cerfa, "nir": x.agent["nir"], "siret": home["siret"],
        "dernier_jour_travail": iso(dernier), "date": iso(le), "salaire_brut": brut,
        "subrogation": True,
    }  # fmt: skip
    if at:
        champs["date_at"] = iso(at)
    return Papier("ATT_SALAIRE", body, champs, main=x.tirage.random() < 0.3)


def decompte_ij(
    sujets: list[tuple[Sujet, dt.date, dt.date]], variante: int, le: dt.date
) -> Papier:
    """Draw a CPAM slip, for one agent or several."""
    x = sujets[0][0]
    rows, truth, total = [], [], 0.0
    for who, debut, fin in sujets:
        days = (fin - debut).days + 1
        rate = round(29 + who.tirage.random() * 12, 2)
        due = round(days * rate, 2)
        total += due
        rows.append(
            [
                who.nom("courant"),
                numeros.spaced_nir(who.agent["nir"]),
                f"du {fr(debut)} au {fr(fin)}",
                str(days),
                euros(rate),
                euros(due),
            ]
        )
        truth.append({"nom": who.nom("courant"), "nir": who.agent["nir"],
                      "debut": iso(debut), "fin": iso(fin), "jours": days,
                      "montant": f"{due:.2f}"})  # fmt: skip
    head = ("DÉCOMPTE D'INDEMNITÉS JOURNALIÈRES", "BORDEREAU DE PAIEMENT SUBROGATION",
            "ATTESTATION DE PAIEMENT DES INDEMNITÉS JOURNALIÈRES")[variante]  # fmt: skip
    single = variante == 2 and len(sujets) == 1
    body = [
        grille([1, 1], [
            [p([b("l'Assurance Maladie")], size=1.3), p("CPAM de l'Orne-et-Lisière"),
             p("TSA 90001 – 98600 CASTELBOSC CEDEX")],
            [p(x.employeur["nom"] if not single else x.nom("prenom"), a="d"),
             p(x.employeur["adresse"] if not single else x.adresse(), a="d")]]),
        p(f"Le {fr(le)}", a="d"), titre(head, size=1.35),
        p(f"SIRET de l'employeur : {x.employeur['siret']}"),
    ]  # fmt: skip
    if single:
        _, debut, fin = sujets[0]
        row = rows[0]
        body += [
            p(f"Assuré(e) : {x.nom('civil')}    N° {row[1]}"),
            p(
                f"Indemnités journalières (IJ) versées {row[2]} : {row[3]} jours à "
                f"{row[4]} € brut, soit {row[5]} €."
            ),
            p("Nature : maladie"),
        ]
    else:
        body.append(tableau(["Assuré", "N° de sécurité sociale", "Période", "Jours",
                             "Montant journalier", "Montant brut"], rows,
                            cols=[2.2, 2.4, 3, 0.8, 1.2, 1.2], align="gggddd", size=0.85,
                            fond="#e6eef5"))  # fmt: skip
    body += [p(f"CSG : {euros(total * 0.062)}   CRDS : {euros(total * 0.005)}"),
             p([b(f"Total brut : {euros(total)} €")], a="d"),
             bas("Ce document n'est pas un bulletin de paie.")]  # fmt: skip
    champs = {"date": iso(le), "lignes": truth, "montant": f"{total:.2f}"}
    return Papier("DECOMPTE_IJ", body, champs, style={"corps": 9.5, "mx": 14, "my": 14})
