"""Papers of costs: invoices, treatment sheets, estimates, mutual slips, RIB."""

import datetime as dt
from typing import Any

from tests.fabrique import numeros
from tests.fabrique.blocs import (
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
    logo,
    p,
    peigne,
    s,
    signature,
    tableau,
    tampon,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.papiers import denses
from tests.fabrique.papiers.base import Papier, Sujet, docteur, iso

FOURNISSEURS = (
    ("Pharmacie de la Halle", "Attelle et pansements"),
    ("Cabinet de kinésithérapie des Ormeaux", "Séances de rééducation"),
    ("Ambulances du Vieux Four", "Transport assis aller-retour"),
    ("Centre d'imagerie du Lavoir", "Radiographie, deux incidences"),
    ("Orthopédie Courtepaille", "Semelles orthopédiques"),
)


def facture(
    x: Sujet, variante: int, le: dt.date, montant: str, *, date_at: dt.date | None,
    patient: bool = True, avoir: bool = False, soins: dt.date | None = None,
    acquittee: bool = True,
) -> Papier:  # fmt: skip
    """Draw an invoice (three layouts), a credit note if `avoir`."""
    shop, what = FOURNISSEURS[x.tirage.randrange(len(FOURNISSEURS))]
    siret = numeros.siret(x.tirage, numeros.siren(x.tirage, "39"))
    number = f"{'AV' if avoir else 'F'}{le:%y%m}-{x.tirage.randint(100, 999)}"
    amount = f"-{montant}" if avoir else montant
    head = "AVOIR" if avoir else ("FACTURE", "NOTE D'HONORAIRES", "FACTURE")[variante]
    text = euros(amount)
    who = [
        p(["Patient : ", b(x.nom("civil"))]),
        p(f"né{x.accord} le {fr(x.naissance)}"),
    ]
    lines = [[what + (f" – soins du {fr(soins)}" if soins else ""), "1", text, text]]
    about = (
        [p(f"Accident du travail ou de service du {fr(date_at)}")] if date_at else []
    )
    body = [
        grille(
            [1, 1],
            [
                [
                    *([logo(x.tirage, shop[0], hauteur=12)] if variante == 2 else []),
                    p([b(shop)], size=1.1),
                    p(f"SIRET {siret}"),
                    p(f"Tél. {numeros.phone(x.tirage)}"),
                ],
                [
                    p(f"Date : {fr(le)}", a="d"),
                    p(x.employeur["nom"] if variante != 1 else "", a="d"),
                ],
            ],
        ),
        v(4),
        titre(f"{head} n° {number}", size=1.4, a="cgc"[variante]),
        *(who if patient else []),
        *about,
        tableau(
            ["Désignation", "Qté", "P.U.", "Montant TTC"],
            lines,
            cols=[5, 1, 2, 2],
            align="gcdd",
            fond=("#e8e8e8", "", "#dfe9df")[variante],
            bord=("tout", "tete", "colonnes")[variante],
            pad=5,
        ),
        p(f"Total HT : {text} €", a="d"),
        p("TVA non applicable, article 261 du CGI", a="d", size=0.85),
        p(
            [b(f"{'Net à déduire' if avoir else 'Net à payer'} TTC : {text} €")],
            a="d",
            size=1.1,
        ),
        *([p(f"Acquittée le {fr(le)}")] if acquittee and not avoir else []),
        *(
            [tampon(x.tirage, ["PAYÉ", fr(le)], dx=20, dy=0, size=14)]
            if acquittee and not avoir and variante == 0
            else []
        ),
        bas("Aucun escompte pour paiement anticipé."),
    ]
    champs: dict[str, Any] = {
        "fournisseur": shop, "siret": siret, "numero": number, "date": iso(le),
        "montant": amount, "acquittee": acquittee and not avoir,
    }  # fmt: skip
    if patient:
        champs["patient"] = x.nom("civil")
    if date_at:
        champs["date_at"] = iso(date_at)
    if soins:
        champs["date_soins"] = iso(soins)
    if avoir:
        champs["avoir"] = True
    return Papier("FACTURE", body, champs, style={"corps": 10.5, "mx": 17, "my": 16})


DENSE = 2


def feuille_soins(
    x: Sujet, variante: int, soins: dt.date, montant: str, *, date_at: dt.date
) -> Papier:
    """Draw a treatment sheet."""
    medecin, code, place = x.medecin()
    heads = ("feuille de soins – médecin", "feuille de soins – auxiliaire médical")
    head = heads[variante % len(heads)]
    acts = x.tirage.randint(1, 2)
    each = f"{float(montant) / acts:.2f}"
    rows = [[s(fr(soins)), s(("G(S)", "AMK 7,5", "AMK 8")[variante]), s(euros(each))]
            for _ in range(acts)]  # fmt: skip
    champs: dict[str, Any] = {
        "nir": x.agent["nir"], "date_at": iso(date_at), "date_soins": iso(soins),
        "nb_actes": acts, "montant": montant, "praticien": docteur(medecin),
        "nom_lu": x.nom(),
    }  # fmt: skip
    left = [p([b("cerfa")], size=1.3), p("n° 12541*03")] if variante == 0 else []
    if variante == DENSE:
        champs["cerfa"] = "12541*02"
        told = [(soins, "AMK 8", euros(each))] * acts
        facts = {"medecin": medecin, "rpps": code, "date_at": date_at,
                 "prescrit": soins - dt.timedelta(days=4)}  # fmt: skip
        return Papier("FEUILLE_SOINS", denses.feuille_soins(x, told, euros(montant), facts),
                      champs, main=x.tirage.random() < 0.5, medical=True,
                      style=denses.SERRE)  # fmt: skip
    if variante == 0:
        champs["cerfa"] = "12541*03"
    body = [
        grille([1, 4], [left, [titre(head, size=1.5)]]),
        cadre("personne recevant les soins et assuré(e)", [
            champ("nom et prénom", x.nom(), forme="ligne"),
            peigne("numéro d'immatriculation", x.agent["nir"], (1, 2, 2, 2, 3, 3, 2))
            if variante == 0
            else champ("N° d'immatriculation", numeros.spaced_nir(x.agent["nir"])),
            jour("date de naissance", x.naissance),
        ]),
        cadre("conditions de prise en charge des soins", [
            cases([("maladie", False), ("maternité", False),
                   ("accident du travail / maladie professionnelle", True)]),
            jour("date de l'accident", date_at),
        ]),
        cadre("actes effectués", [
            tableau(["Date des actes", "Code", "Honoraires"], rows, cols=[2, 2, 2], pad=6),
            champ("montant total (en euros)", euros(montant), forme="boite"),
        ]),
        cadre("paiement", [cases([("l'assuré(e) a payé la totalité", True), ("tiers payant",
              False)])]),
        grille([1, 1], [[p([b(medecin)]), p(place), p(f"RPPS {code}")],
                        [signature(x.tirage, ["signature du praticien"], a="g")]]),
    ]  # fmt: skip
    return Papier("FEUILLE_SOINS", body, champs, main=True, medical=True,
                  style={"corps": 9, "espace": 0.7})  # fmt: skip


def devis(x: Sujet, variante: int, le: dt.date, montant: str) -> Papier:
    """Draw an estimate (a table, or lines)."""
    who = p(f"Pour : {x.nom('civil')}, né{x.accord} le {fr(x.naissance)}")
    if variante == 0:
        body = [
            p([b("Orthopédie Courtepaille")], size=1.2), p(f"Le {fr(le)}", a="d"),
            titre("DEVIS", size=1.6), who,
            tableau(["Désignation", "Montant", "Prise en charge", "Reste à charge"],
                    [["Appareillage sur mesure", euros(montant), "0,00", euros(montant)]],
                    cols=[3, 1, 1, 1], align="gddd", pad=6),
            p([b(f"Total TTC : {euros(montant)} €")], a="d"),
        ]  # fmt: skip
    else:
        body = [
            titre("Devis d'optique médicale", size=1.4, a="g"),
            p("Optique des Tisserands – opticien diplômé"), hr(), who,
            champ("Monture et verres correcteurs", f"{euros(montant)} €", forme="nu"),
            champ("Prise en charge obligatoire", "0,00 €", forme="nu"),
            champ("Reste à charge", f"{euros(montant)} €", forme="nu"), hr(),
            p(["Montant total TTC : ", b(f"{euros(montant)} €")]),
            p(f"Établi le {fr(le)}"),
        ]  # fmt: skip
    body += [p("Devis valable trois mois. Bon pour accord :"),
             signature(x.tirage, ["Le client"])]  # fmt: skip
    return Papier("DEVIS", body, {"montant": montant, "date": iso(le)})


def decompte_mut(x: Sujet, variante: int, le: dt.date, montant: str) -> Papier:
    """Draw a slip of the agent's mutual insurer (two layouts)."""
    total = f"{float(montant) * 1.6:.2f}"
    care, due = le - dt.timedelta(days=9), euros(float(total) - float(montant))
    if variante == 0:
        body = [
            p([b("Mutuelle des Aulnaies")], size=1.2),
            p(f"Adhérent : {x.nom('civil')}", a="d"), p(f"Le {fr(le)}", a="d"),
            titre("DÉCOMPTE DE REMBOURSEMENT", size=1.4),
            tableau(["Date des soins", "Acte", "Dépense", "Base de remboursement",
                     "Part obligatoire", "Part complémentaire"],
                    [[fr(care), "Consultation", euros(total), euros(total), due,
                      euros(montant)]], align="ggdddd", size=0.85, pad=5),
            p([b(f"Montant viré sur votre compte : {euros(montant)} €")], a="d"),
        ]  # fmt: skip
    else:
        body = [
            grille(
                [1, 1],
                [
                    [p([b("Solidaire des Gabares")]), p("mutuelle")],
                    [p(x.nom("prenom"), a="d"), p(x.adresse(), a="d")],
                ],
            ),
            titre("Relevé de vos remboursements", size=1.3, a="g"),
            p(f"édité le {fr(le)}"),
            cadre(
                "Décompte de remboursement",
                [
                    champ("Soins du", fr(care)),
                    champ("Base de remboursement", euros(total)),
                    champ("Part obligatoire", due),
                    champ("Part complémentaire", euros(montant)),
                ],
            ),
            p(["Virement : ", b(f"{euros(montant)} €")]),
        ]
    return Papier("DECOMPTE_MUT", body, {"date": iso(le), "montant": montant})


def rib(x: Sujet, variante: int, titulaire: str) -> Papier:
    """Draw bank details (a table, or a form)."""
    number, bic, bank = numeros.iban(x.tirage)
    spaced = " ".join(number[k : k + 4] for k in range(0, 27, 4))
    parts = [number[4:9], number[9:14], number[14:25], number[25:]]
    names = ["Code banque", "Code guichet", "N° de compte", "Clé RIB"]
    if variante == 0:
        body = [
            grille([1, 2], [[logo(x.tirage, bank[0])], [p([b(bank)], size=1.3)]]), hr(),
            titre("RELEVÉ D'IDENTITÉ BANCAIRE", size=1.4),
            p(["Titulaire du compte : ", b(titulaire)]),
            tableau(names, [parts], align="cccc", pad=6),
            p(["IBAN : ", b(spaced)]), p(["BIC : ", b(bic)]),
            p("Domiciliation : agence des Tisserands"),
        ]  # fmt: skip
    else:
        body = [
            titre("Relevé d'identité bancaire / IBAN", size=1.3, a="g"),
            p(f"{bank} – agence des Gabares"),
            cadre("Intitulé du compte", [p([b(titulaire)]), p(x.adresse())]),
            cadre("RIB", [champ(name, part, forme="nu")
                          for name, part in zip(names, parts, strict=True)]),
            cadre("IBAN (International Bank Account Number)", [p([b(spaced)], a="c")]),
            cadre("BIC (Bank Identifier Code)", [p([b(bic)], a="c")]),
        ]  # fmt: skip
    return Papier("RIB", body, {"titulaire": titulaire, "iban": number, "bic": bic},
                  style={"corps": 11, "mx": 20, "my": 20})  # fmt: skip
