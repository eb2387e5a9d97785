"""Fields of the CPAM's slips of daily allowances: one line per person and period."""

import re
from collections.abc import Mapping

from classifiers import dates, montants, noms, numeros
from classifiers.champs.communs import (
    read_paper_day,
    read_period,
    read_siret,
)
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve
from classifiers.feuille import Feuille, Rang
from classifiers.verdict import Champ


def read_allowances(r: Releve) -> tuple[Mapping[str, Champ], ...]:
    """Read a CPAM slip; return one mapping per person and period."""
    read_paper_day(r)
    read_siret(r)
    r.montant("montant", "total brut", "montant total", "total versé", "total net",
              "total réglé", "net versé", "montant versé", "montant du virement",
              "soit", "total", pick="last")  # fmt: skip
    lines = tuple(_lines(r))
    if len(lines) == 1 or not lines:
        read_period(r, r"versees|indemn|periode|arret")
        read_name(r, "assuré", "assurée", "nom et prénom", "bénéficiaire", "salarié")
        for nom in ("nom_lu", "nir", "debut", "fin", "jours"):
            if lines and nom in lines[0] and nom not in r.champs:
                r.champs[nom] = lines[0][nom]
        return ()
    people = {row["nir"].valeur if "nir" in row else row["nom_lu"].valeur
              for row in lines if "nir" in row or "nom_lu" in row}  # fmt: skip
    if len(people) <= 1 and "nom_lu" not in r.champs:
        first = next((row["nom_lu"] for row in lines if "nom_lu" in row), None)
        if first is not None:
            r.champs["nom_lu"] = first
        else:
            read_name(r, "assuré", "assurée", "nom et prénom", "bénéficiaire")
    if len(people) > 1:
        for nom in ("nir", "nom_lu", "date_naissance", "matricule"):
            r.champs.pop(nom, None)
    return lines


def _lines(r: Releve) -> list[dict[str, Champ]]:
    """Read one mapping per row that bears a period; a name runs down to the next."""
    found: list[dict[str, Champ]] = []
    last: dict[str, Champ] = {}
    above: dict[str, Champ] = {}
    for feuille in r.feuilles:
        for rang in feuille.rangs:
            row = feuille.plat[rang.debut : rang.fin]
            periods = dates.find_periods(row) or _columns(row)
            people = _person(feuille, rang, periods[0].depart if periods else len(row))
            if "nir" in people and "nom_lu" not in people:
                # the name stands on the row above its number
                people = {**above, **people}
            above = _named_alone(feuille, rang)
            if people:
                last = people
            if not periods or not montants.find_amounts(row[periods[0].arrivee :]):
                continue
            found.append({**last, **_row(feuille, rang, periods[0])})
    return found


def _columns(row: str) -> list[dates.PeriodeLue]:
    """Read two days side by side and nothing between: « du » and « au » head the table."""
    days = dates.find_days(row)
    if len(days) != 2:  # noqa: PLR2004 a first day and a last one
        return []
    first, last = days
    if row[first.fin : last.debut].strip() or last.jour < first.jour:
        return []
    return [dates.PeriodeLue(first.jour, last.jour, first.debut, last.fin, 0.9)]


def _named_alone(feuille: Feuille, rang: Rang) -> dict[str, Champ]:
    raw = feuille.texte[rang.debut : rang.fin]
    name = noms.name_alone(raw)
    if name is None:
        return {}
    return {"nom_lu": _champ(feuille, rang, "nom_lu", name, (0, len(raw)), 0.85)}


_LEAD = re.compile(
    r"(?i)^\W*(?:assur\w*(?:\(e\))?|b[e\u00e9]n[e\u00e9]ficiaire|salari\w*"
    r"|nom(?: et pr[e\u00e9]noms?)?)\s*:\s*"
)


def _person(feuille: Feuille, rang: Rang, end: int) -> dict[str, Champ]:
    """Read the name and the NIR that start a row."""
    raw, plat = (
        feuille.texte[rang.debut : rang.fin],
        feuille.plat[rang.debut : rang.fin],
    )
    read: dict[str, Champ] = {}
    nirs = numeros.find_nirs(plat)
    if nirs:
        one = nirs[0]
        read["nir"] = _champ(
            feuille, rang, "nir", one.valeur, (one.debut, one.fin), 1.0
        )
    stop = min([n.debut for n in nirs] + [end])
    before = raw[:stop]
    if (
        nirs
        and re.search(r"[A-Za-z]{3}", raw[nirs[0].fin : end])
        and not re.search(r"[A-Za-z]{3}", before)
    ):
        before = raw[nirs[0].fin : end]
        offset = nirs[0].fin
    else:
        offset = 0
    name = re.split(r"\bdu\b|\d|\b[Nn]\u00b0", _LEAD.sub("", before))[0]
    name = re.sub(r"^\W+|[^\w.)'\u2019]+$", "", name)
    if (
        (nirs or end < len(raw))
        and noms.is_name(name)
        and not re.search(
            r"(?i)jours|total|montant|p[e\u00e9]riode|assur|csg|crds|brut", name
        )
    ):
        at = raw.find(name, offset)
        read["nom_lu"] = _champ(feuille, rang, "nom_lu", noms.clean_name(name),
                                (at, at + len(name)), 0.9)  # fmt: skip
    return read


def _row(feuille: Feuille, rang: Rang, period: dates.PeriodeLue) -> dict[str, Champ]:
    plat = feuille.plat[rang.debut : rang.fin]
    span = (period.depart, period.arrivee)
    read = {
        "debut": _champ(feuille, rang, "debut", period.debut.isoformat(), span, 0.95),
        "fin": _champ(feuille, rang, "fin", period.fin.isoformat(), span, 0.95),
    }
    amounts = montants.find_amounts(plat[period.arrivee :])
    if amounts:
        one = amounts[-1]
        at = (period.arrivee + one.debut, period.arrivee + one.fin)
        read["montant"] = _champ(feuille, rang, "montant", one.valeur, at, 0.9)
        if len(amounts) > 1:
            daily = amounts[0]
            at = (period.arrivee + daily.debut, period.arrivee + daily.fin)
            read["ij"] = _champ(feuille, rang, "ij", daily.valeur, at, 0.8)
    match = re.search(r"(?<![\d,.])(\d{1,3})(?![\d,.])", plat[period.arrivee :])
    if match:
        at = (period.arrivee + match.start(1), period.arrivee + match.end(1))
        read["jours"] = _champ(feuille, rang, "jours", match.group(1), at, 0.85)
    return read


def _champ(
    feuille: Feuille,
    rang: Rang,
    nom: str,
    valeur: str,
    span: tuple[int, int],
    score: float,
) -> Champ:
    debut, fin = rang.debut + span[0], rang.debut + span[1]
    return Champ(
        nom=nom,
        valeur=valeur,
        lu=" ".join(feuille.texte[debut:fin].split()),
        page=feuille.page,
        zone=feuille.zone(debut, fin),
        confiance=round(score * (0.5 + 0.5 * feuille.confiance(debut, fin)), 3),
    )
