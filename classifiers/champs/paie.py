"""Fields of pay: payslips, attestations de salaire, slips of daily allowances."""

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from rapidfuzz.distance import Levenshtein

from classifiers import dates, montants
from classifiers.champs.arrets import read_accident_day
from classifiers.champs.communs import (
    read_box,
    read_cerfa,
    read_paper_day,
    read_siret,
    read_yes_no,
)
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve
from classifiers.feuille import Feuille, Rang

# how often a base comes back in the rows of cotisations
REPEATED = 3
_BONUS = (
    r"^\W*(?:\d{2,5}\W+)?(?:ifse|cia\b|rifseep|prime|"
    r"indemnite (?!de residence)|complement indemnitaire)"
)


def read_payslip(r: Releve) -> None:
    """Read a payslip."""
    _month(r)
    read_siret(r)
    _index(r)
    _rows(r)
    r.montant("brut", "total brut", "salaire brut", "rémunération brute", "brut total",
              "brut imposable", "brut", pick="first")  # fmt: skip
    r.montant("charges_patronales", "total des charges patronales",
              "total des cotisations patronales", "total cotisations patronales",
              "total charges patronales", "total employeur", "charges patronales",
              "cotisations patronales", "charges employeur", "part employeur")  # fmt: skip
    _employer_share(r)
    _net(r)
    _repair(r)
    _balance(r)
    r.montant("net_social", "montant net social")
    _payee(r)


def _employer_share(r: Releve) -> None:
    """Read the employer's total: the last amount of the row of totals, if it has two."""
    if r.has("charges_patronales"):
        return
    for feuille in r.feuilles:
        for rang in feuille.rangs:
            row = feuille.plat[rang.debut : rang.fin]
            if not re.search(
                r"total\W{1,3}(?:des )?(?:cotisations|retenues|charges)", row
            ):
                continue
            found = montants.find_amounts(row)
            if len(found) > 1:
                one = found[-1]
                span = (rang.debut + one.debut, rang.debut + one.fin)
                r.put("charges_patronales", one.valeur, feuille, span, 0.8)
                return


GAINS = ("tib", "nbi", "sft", "indemnite_residence", "primes")


def _balance(r: Releve) -> None:
    """Take as retenue the amount that makes the gains add up to the gross."""
    gross = r.champs.get("brut")
    gains = [Decimal(c.valeur) for nom in GAINS if (c := r.champs.get(nom))]
    if gross is None or not r.has("tib"):
        return
    wanted = sum(gains, Decimal(0)) - Decimal(gross.valeur)
    if wanted <= 0:
        return
    for feuille in r.feuilles:
        for one in montants.find_amounts(feuille.plat):
            if abs(one.montant) == wanted:
                r.champs.pop("retenue_maladie", None)
                span = (one.debut, one.fin)
                r.put("retenue_maladie", f"{wanted:.2f}", feuille, span, 0.97)
                return


def _month(r: Releve) -> None:
    """Read the month of pay: beside its label, in the title, or from its period."""
    for _, touche, passage in r.beside(
        "période de paie", "mois de paie", "bulletin de paie", "bulletin de salaire",
        "bulletin de paye", "fiche de paie", "période", "mois", "paie du", "paye de",
        rows=2,
    ):  # fmt: skip
        days = dates.find_days(passage.plat)
        if len(days) > 1 and days[0].jour.day == 1:
            value = f"{days[0].jour:%Y-%m}"
            r.put(
                "mois",
                value,
                passage,
                (days[0].debut, days[1].fin),
                0.95 * touche.score,
            )
            return
        found = dates.find_months(passage.plat)
        if found:
            one = found[0]
            r.put("mois", one.mois, passage, (one.debut, one.fin), 0.97 * touche.score)
            return
    for feuille in r.feuilles[:1]:
        for period in dates.find_periods(feuille.plat):
            if period.debut.day == 1 and period.debut.month == period.fin.month:
                span = (period.depart, period.arrivee)
                r.put("mois", f"{period.debut:%Y-%m}", feuille, span, 0.9)
                return
        named = dates.find_months(feuille.plat[: len(feuille.plat) // 2])
        if named:
            r.put("mois", named[0].mois, feuille, (named[0].debut, named[0].fin), 0.6)


def _index(r: Releve) -> None:
    for motif in (
        r"indice majore\W{0,6}(\d{3,4})(?!\d)",
        r"\bi\.?m\.?\W{0,3}(\d{3,4})(?!\d)",
    ):
        if r.motif("indice_majore", motif):
            return


def _rows(r: Releve) -> None:
    """Read the lines of pay by their names; several bonuses are added up."""
    bonuses: list[tuple[Feuille, montants.MontantLu, Rang]] = []
    held: list[tuple[Feuille, montants.MontantLu, Rang]] = []
    for feuille in r.feuilles:
        for rang in feuille.rangs:
            row = feuille.plat[rang.debut : rang.fin]
            for nom, motif in _LINES.items():
                if re.search(motif, row):
                    _line(r, nom, feuille, rang)
            if re.search(_HELD, row) and (found := montants.find_amounts(row)):
                held.append((feuille, found[-1], rang))
            if re.search(_BONUS, row):
                found = montants.find_amounts(row)
                if found:
                    bonuses.append((feuille, found[-1], rang))
    for nom, lines in (("primes", bonuses), ("retenue_maladie", held)):
        if lines:
            feuille, amount, rang = lines[0]
            total = sum((abs(one.montant) for _, one, _ in lines), Decimal(0))
            span = (rang.debut + amount.debut, rang.debut + amount.fin)
            r.put(nom, f"{total:.2f}", feuille, span, 0.9)


_LINES = {
    "tib": r"traitement (?:de )?base|traitement (?:brut )?indiciaire|traitement brut",
    "nbi": r"bonification indiciaire|\bnbi\b",
    "sft": r"supplement familial|\bsft\b",
    "indemnite_residence": r"indemnite de residence",
}  # fmt: skip
# what illness takes from the pay; several rows are added up
_HELD = (
    r"(?:retenue|absence|demi[ -]traitement)[^\d]{0,30}(?:maladie|carence|arret)"
    r"|maladie[^\d]{0,12}(?:retenue|absence)|jours? de carence|retenue 1/30|"
    r"carence"
)


def _line(r: Releve, nom: str, feuille: Feuille, rang: Rang) -> None:
    row = feuille.plat[rang.debut : rang.fin]
    found = montants.find_amounts(row)
    if not found:
        _without_comma(r, nom, feuille, rang)
        return
    one = max(found, key=lambda m: m.montant)
    value = f"{abs(one.montant):.2f}"
    r.put(nom, value, feuille, (rang.debut + one.debut, rang.debut + one.fin), 0.95)


def _without_comma(r: Releve, nom: str, feuille: Feuille, rang: Rang) -> None:
    """Read an amount whose comma was lost, never surely."""
    row = feuille.plat[rang.debut : rang.fin]
    match = re.search(r"(?<![\d,.])(\d{1,2} ?\d{3}|\d{3,4})(\d{2})\s*$", row)
    if match and nom == "tib":
        value = f"{match.group(1).replace(' ', '')}.{match.group(2)}"
        span = (rang.debut + match.start(), rang.debut + match.end())
        r.put(nom, value, feuille, span, 0.55)


def _net(r: Releve) -> None:
    """Read what is paid, not the net before tax nor the net social."""
    for feuille, match in r.search(
        r"net\s{1,2}a\s{1,2}payer(?!\s?avant|\s?social)|net\s{1,2}pay[e\u00e9]\b|net\s{1,2}verse"
    ):
        row = feuille.rangs[feuille.rang_at(match.start())]
        found = montants.find_amounts(feuille.plat[match.end() : row.fin])
        if found:
            one = found[0]
            span = (match.end() + one.debut, match.end() + one.fin)
            r.put("net_a_payer", one.valeur, feuille, span, 0.97)
            return
    r.montant("net_a_payer", "net à payer", "net payé", score=0.9)


def _repair(r: Releve) -> None:
    """Mend a misread total with what the slip repeats: bases, and net below gross.

    A frame is easily read as a figure one before an amount.
    """
    counts = Counter(
        found.valeur for f in r.feuilles for found in montants.find_amounts(f.plat)
    )
    gross = r.champs.get("brut")
    if gross is not None and counts[gross.valeur] < REPEATED:
        often = [v for v, n in counts.most_common(3) if n >= REPEATED]
        near = [v for v in often if Levenshtein.distance(v, gross.valeur) == 1]
        if near:
            gross = replace(gross, valeur=near[0], confiance=min(gross.confiance, 0.85))
            r.champs["brut"] = gross
    if gross is None:
        return
    for nom in ("net_a_payer", "charges_patronales"):
        champ = r.champs.get(nom)
        if champ is None or Decimal(champ.valeur) < Decimal(gross.valeur):
            continue
        shorter = champ.valeur[1:]
        fits = (
            Decimal(shorter or "0")
            < Decimal(gross.valeur)
            < 10 * Decimal(shorter or "0")
        )
        if champ.valeur.startswith("1") and fits:
            sure = min(champ.confiance, 0.75)
            r.champs[nom] = replace(champ, valeur=shorter, confiance=sure)
        else:
            r.champs[nom] = replace(champ, confiance=min(champ.confiance, 0.4))


def _payee(r: Releve) -> None:
    """Read who is paid: a line by itself, or a civility; never the employer."""
    read_name(r, "nom et prénom", "nom prénom", "agent", "salarié", civil=True)


_SUBROGATION = {
    "true": r"(?:demande de )?subrogation|l'employeur demande (?:la|a etre)"
}


def read_attestation(r: Releve) -> None:
    """Read the attestation de salaire made for the CPAM."""
    read_cerfa(r, "11135", "11137", "15919")
    read_siret(r)
    r.jour("dernier_jour_travail", "date du dernier jour de travail",
           "date du dernier jour travaillé", "dernier jour de travail",
           "dernier jour travaillé", "a cessé le travail le", "travail cessé le",
           "date d'arrêt du travail")  # fmt: skip
    read_accident_day(r, "date_at")
    for feuille, match in r.search(
        r"(?:^|\n)\W{0,4}(?:0[1-9]|1[0-2])/\d{4}[^\n]{0,80}"
    ):
        found = montants.find_amounts(match.group())
        if found:
            one = found[0]
            span = (match.start() + one.debut, match.start() + one.fin)
            r.put("salaire_brut", one.valeur, feuille, span, 0.9)
            break
    r.montant("salaire_brut", "salaire brut", "montant brut")
    if not read_yes_no(r, "subrogation", "demande de subrogation", "subrogation"):
        read_box(r, "subrogation", _SUBROGATION)
    read_paper_day(r)
    if not r.has("date"):
        r.jour("date", "fait le", below=False, letters=2)
    read_name(r, "nom et prénom du salarié", "nom, prénom", "nom et prénom", "salarié")
