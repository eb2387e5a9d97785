"""Forms as crowded as the official ones: every question, asked or not, on one sheet.

The sober layouts print what is answered; these print all that the form asks, so that the
right day must be found among many empty ones.
"""

from typing import Any

from tests.fabrique.blocs import (
    Bloc,
    b,
    bas,
    cadre,
    cases,
    champ,
    fr,
    grille,
    jour,
    lettres,
    marge,
    p,
    peigne,
    peignes,
    signature,
    tableau,
    titre,
)
from tests.fabrique.papiers.base import Sujet

GROUPES_NIR = (1, 2, 2, 2, 3, 3, 2)
VIDE = (2, 2, 4)
SERRE = {"corps": 7.6, "espace": 0.5, "my": 8, "mx": 9, "interligne": 0.42, "dent": 3.4,
         "case": 2.3}  # fmt: skip
VOLETS = {
    1: "volet 1, à conserver par le service médical de la caisse",
    2: "volet 2, à adresser sans délai à l'organisme gestionnaire",
    3: "volet 3, à adresser à l'employeur (salarié) ou à l'administration (fonctionnaire)",
}


def _tete(number: str, head: list[Bloc], ticks: Bloc, right: str) -> list[Bloc]:
    return [
        grille([1.1, 4, 1.5], [
            [p([b("cerfa")], size=1.5), p(f"N° {number.replace('*', '*')}", size=0.9)],
            head,
            [p(right, a="d", size=0.9)],
        ]),
        ticks,
    ]  # fmt: skip


def _day(day: Any) -> str:
    return f"{day:%d%m%Y}" if day else ""


def aat(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    """Draw the avis d'arrêt with everything the official sheet asks."""
    ticks = cases(
        [("initial", f["cas"] == "initial"),
         ("de prolongation", f["cas"] == "prolongation")],
        marque=f["marque"], pas=26,
    )  # fmt: skip
    head = [
        titre("avis d'arrêt de travail", size=2.2, apres=0.1, avant=0.1),
        p("à établir en conformité avec l'article L. 162-4-4 du Code de la sécurité "
          "sociale", a="c", size=0.85),
    ]  # fmt: skip
    person = [
        grille([1.5, 1], [
            [peigne("• numéro d'immatriculation", x.agent["nir"] if f["nir"] else "",
                    GROUPES_NIR)],
            [peigne("• code de l'organisme de rattachement", "", (2, 3, 4))],
        ]),
        champ("• nom et prénom", f["nom"], forme="nu"),
        p("(nom de famille (de naissance) suivi du nom d'usage (facultatif et s'il y a "
          "lieu))", size=0.85),
        *([] if f["anonyme"] else [
            jour("• date de naissance", x.naissance),
            champ("• adresse où le malade peut être visité, si différente de l'adresse "
                  "habituelle", x.adresse(), forme="nu")]),
        grille([1, 1, 1], [
            [champ("bâtiment :", forme="points")], [champ("escalier, étage :")],
            [champ("code d'accès de la résidence :")],
        ]),
        cases([("salarié(e)", False), ("salarié(e) agricole", False),
               ("fonctionnaire ou agent public", True), ("élu(e) local(e)", False)],
              label="• votre situation :", marque=f["marque"], pas=5),
        grille([1.6, 1], [
            [cases([("sans emploi", False), ("artiste-auteur", False)],
                   marque=f["marque"])],
            [jour("date de cessation d'activité", None)],
        ]),
        grille([1.7, 1], [
            [cases([("oui", f["tiers"] is not None), ("non", f["tiers"] is None)],
                   label="• l'arrêt fait-il suite à un accident causé par un tiers ?",
                   marque=f["marque"])],
            [jour("date de l'accident", f["tiers"])],
        ]),
    ]  # fmt: skip
    leave = [
        grille([1.7, 1], [
            [cases([("accident du travail ou maladie professionnelle", f["date_at"]
                     is not None)], label="• en rapport avec un", marque=f["marque"])],
            [jour("date de l'AT ou de la 1re constatation de la MP", f["date_at"])],
        ]),
        peignes("• je prescris un arrêt de travail à temps complet", [
            ("du", _day(f["debut"]), VIDE), ("au", _day(f["fin"]), VIDE),
            ("inclus", "", ())]),
        champ("soit jusqu'au (en toutes lettres) :", lettres(f["fin"]), forme="points"),
        peignes("• je prescris un temps partiel pour raison médicale", [
            ("du", "", VIDE), ("au", "", VIDE), ("inclus", "", ())]),
        cases([("oui", False), ("non", True)], marque=f["marque"],
              label="• en rapport avec un état pathologique résultant de la grossesse :"),
        cases([("oui", False), ("non", True)], marque=f["marque"],
              label="• en rapport avec une affection de longue durée (ALD) :"),
        grille([1.5, 1], [
            [cases([("non", False), ("oui, sans restriction d'horaire", True)],
                   label="• sorties autorisées :", marque=f["marque"])],
            [jour("à partir du", None)],
        ]),
        grille([1.5, 1], [
            [cases([("oui", False), ("non", True)], marque=f["marque"],
                   label="• activité autorisée, laquelle :")],
            [jour("à partir du", None)],
        ]),
        cases([("oui", False), ("non", True)], marque=f["marque"],
              label="• cure thermale, soins à l'étranger :"),
    ]  # fmt: skip
    medical = (
        [cadre("les renseignements médicaux", [
            champ("• éléments d'ordre médical", f["motif"], forme="nu")])]
        if f["volet"] == 1 else []
    )  # fmt: skip
    return [
        *_tete(f["cerfa"], head, ticks, VOLETS[f["volet"]]),
        cadre("l'assuré(e)", person),
        cadre("l'employeur (ou France Travail)", [
            champ("• nom, prénom ou dénomination sociale", x.employeur["nom"], forme="nu"),
            champ("• adresse", f"{x.employeur['adresse']}, {x.employeur['code_postal']} "
                  f"{x.employeur['ville']}", forme="nu"),
            grille([1, 1], [[champ("n° de téléphone")], [champ("adresse électronique")]]),
        ]),
        *medical,
        cadre("l'arrêt prescrit", leave),
        cadre("identification du praticien et, le cas échéant, de l'établissement",
              [_praticien(x, f["medecin"], f["rpps"], f["lieu"], f["prescrit"])]),
        bas("Quiconque se rend coupable de fraude ou de fausse déclaration est passible de "
            "pénalités financières, d'amende et d'emprisonnement."),
        marge(f"S3116{f['volet']}", dx=192, dy=150),
    ]  # fmt: skip


def _praticien(x: Sujet, medecin: str, code: str, place: str, written: Any) -> Bloc:
    return grille([1.2, 1], [
        [grille([1, 1], [
            [champ("nom et prénom", medecin, forme="nu", dessus=True)],
            [champ("identifiant (RPPS)", code, forme="nu", dessus=True)]]),
         champ("raison sociale, adresse", place, forme="nu")],
        [jour("date", written),
         signature(x.tirage, ["signature du praticien"], a="g", largeur=60)],
    ])  # fmt: skip


def cmatmp(x: Sujet, f: dict[str, Any]) -> list[Bloc]:
    """Draw the certificat AT/MP with everything the official sheet asks."""
    words = ("initial", "de prolongation", "final", "de rechute")
    ticks = cases([(word, f["cas"] == word.split()[-1]) for word in words],
                  marque=f["marque"], pas=18)  # fmt: skip
    head = [titre("certificat médical", size=2, apres=0.1, avant=0.1),
            titre("accident du travail  –  maladie professionnelle", size=1.3, apres=0.1),
            p("(articles L. 441-6, L. 461-5, L. 443-1 du Code de la sécurité sociale)",
              a="c", size=0.85)]  # fmt: skip
    is_end = f["conso"] is not None
    return [
        *_tete(f["cerfa"], head, ticks, "volet 1, à adresser à l'organisme gestionnaire"),
        cadre("la victime", [
            grille([1.5, 1], [
                [peigne("• numéro d'immatriculation", x.agent["nir"], GROUPES_NIR)],
                [peigne("• code de l'organisme", "", (2, 3, 4))]]),
            champ("• nom et prénom", f["nom"], forme="nu"),
            champ("• adresse", x.adresse(), forme="nu"),
            grille([1.4, 1], [
                [cases([("accident du travail", True), ("maladie professionnelle", False)],
                       marque=f["marque"])],
                [jour("• date de l'accident ou de la 1re constatation", f["date_at"])]]),
        ]),
        cadre("l'employeur", [
            champ("• nom, prénom ou dénomination sociale", x.employeur["nom"], forme="nu"),
            champ("• adresse", x.employeur["ville"], forme="nu")]),
        cadre("les renseignements médicaux", [
            champ("• constatations détaillées (siège, nature des lésions, séquelles)",
                  f["lesions"], forme="nu", dessus=True), champ("", "", forme="points")]),
        cadre("les conséquences", [
            grille([1, 1], [[peignes("• soins sans arrêt de travail", [
                ("jusqu'au", _day(f["soins"]), VIDE)])],
                [cases([("sorties autorisées", False)], marque=f["marque"])]]),
            peignes("• arrêt de travail", [("jusqu'au", _day(f["arret"]), VIDE),
                                           ("inclus", "", ())]),
            peignes("• travail léger pour raison médicale", [("du", "", VIDE),
                                                             ("au", "", VIDE)]),
            jour("• reprise de travail le", None),
        ]),
        cadre("conclusions", [
            cases([("guérison avec retour à l'état antérieur", False),
                   ("guérison apparente avec possibilité de rechute", False),
                   ("consolidation avec séquelles", is_end)],
                  colonne=True, marque=f["marque"]),
            jour("date de la guérison ou de la consolidation", f["conso"])]),
        cadre("le praticien",
              [_praticien(x, f["medecin"], f["rpps"], f["lieu"], f["le"])]),
        marge("S6909", dx=192, dy=140),
    ]  # fmt: skip


def feuille_soins(
    x: Sujet, acts: list[tuple[Any, str, str]], total: str, f: dict[str, Any]
) -> list[Bloc]:
    """Draw the treatment sheet: acts in rows, the accident's day among the conditions."""
    rows = [[fr(day), code, amount, "", amount] for day, code, amount in acts]
    return [
        grille([1, 4, 1], [
            [p([b("cerfa")], size=1.4), p("n° 12541*02", size=0.9)],
            [titre("feuille de soins – auxiliaires médicaux", size=1.6, apres=0.1),
             p("(art. R. 161-40 et suivants du Code de la sécurité sociale)", a="c",
               size=0.85)],
            [p("S3110", a="d")]]),
        cadre("la personne recevant les soins et l'assuré(e)", [
            champ("• nom et prénom", x.nom(), forme="nu"),
            grille([1.5, 1], [
                [peigne("• numéro d'immatriculation", x.agent["nir"], GROUPES_NIR)],
                [jour("• date de naissance", x.naissance)]]),
        ]),
        cadre("le professionnel de santé", [
            grille([1, 1], [[champ("nom", f["medecin"], forme="nu")],
                            [champ("identifiant", f["rpps"], forme="nu")]])]),
        cadre("conditions de prise en charge des soins", [
            cases([("maladie", False), ("exonération du ticket modérateur", False),
                   ("maternité", False), ("AT/MP", f["date_at"] is not None)], pas=5),
            grille([1, 1], [[champ("numéro AT")], [jour("ou date", f["date_at"])]]),
            cases([("oui", False), ("non", True)],
                  label="accident causé par un tiers :"),
            jour("date de la prescription", f["prescrit"])]),
        cadre("actes effectués", [
            tableau(["dates des actes", "codes des actes", "montant des honoraires",
                     "frais de déplacement", "montant dû"], rows, cols=[1] * 5),
            champ("montant total", f"{total} €", forme="boite")]),
        grille([1, 1], [[cases([("l'assuré(e) n'a pas payé la part obligatoire", False)])],
                        [signature(x.tirage, ["signature du praticien"], a="g")]]),
    ]  # fmt: skip
