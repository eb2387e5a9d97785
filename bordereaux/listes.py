"""Liste des arrêts: what is asked, which spells answer, what changed since the last run.

Pure: spells, parameters and a day in; the values of the list out. Nothing is drawn here.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from records.arrets import Arret
from records.natures import Catalogue
from records.noms import fold
from records.periodes import Periode
from records.vocabulary import Mot

Json = dict[str, Any]
MAX_DAY = 28  # every month has it
_ONE_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
_COMPARED = ("debut", "fin", "nb_avis", "reprise_le", "nature", "service", "risque")


class Categorie(Mot):
    """Whose leaves: by the pension scheme of the agent."""

    TOUTES = ("toutes", "Tous les agents")
    CNRACL = ("CNRACL", "Agents CNRACL")
    IRCANTEC = ("IRCANTEC", "Agents IRCANTEC")


class TypeListe(Mot):
    """Which leaves of the period."""

    EN_COURS = ("en_cours", "Arrêts en cours au dernier jour")
    PRESENTS = ("presents", "Arrêts présents dans la période")
    DEBUTES = ("debutes", "Arrêts débutés dans la période")
    TERMINES = ("termines", "Arrêts terminés dans la période")
    SANS_REPRISE = ("sans_reprise", "Arrêts terminés, sans reprise déclarée")


class Frequence(Mot):
    """How often the list is made again."""

    UNE_FOIS = ("une_fois", "Une seule fois")
    HEBDOMADAIRE = ("hebdomadaire", "Chaque semaine")
    MENSUELLE = ("mensuelle", "Chaque mois")
    TRIMESTRIELLE = ("trimestrielle", "Chaque trimestre")


class FormatListe(Mot):
    """How the list is edited."""

    PDF = ("pdf", "PDF")
    XLSX = ("xlsx", "Excel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parametres:
    """What is asked. No `risques` means all of them; no `budget`, every budget.

    `jour` is a day of the week (1 to 7, Monday first) or of the month (1 to 28). `du` and
    `au` (included) are the period of a list made once; a list made again takes the week,
    month or quarter that has just ended.
    """

    categorie: Categorie = Categorie.TOUTES
    type: TypeListe = TypeListe.EN_COURS
    budget: str | None = None
    risques: tuple[str, ...] = ()
    format: FormatListe = FormatListe.PDF
    frequence: Frequence = Frequence.UNE_FOIS
    jour: int | None = None
    du: dt.date | None = None
    au: dt.date | None = None
    destinataires: tuple[str, ...] = field(default=())


def period_of(asked: Parametres, on: dt.date) -> Periode:
    """Return the days a run made on a day is about."""
    if asked.du and asked.au:
        return Periode.inclusive(asked.du, asked.au)
    if asked.type is TypeListe.EN_COURS:
        return Periode.inclusive(on, on)
    if asked.frequence is Frequence.HEBDOMADAIRE:
        monday = on - dt.timedelta(days=on.weekday())
        return Periode(monday - _WEEK, monday)
    if asked.frequence is Frequence.TRIMESTRIELLE:
        start = _quarter(on)
        return Periode(_quarter(start - _ONE_DAY), start)
    first = on.replace(day=1)
    return Periode((first - _ONE_DAY).replace(day=1), first)


def _quarter(on: dt.date) -> dt.date:
    return on.replace(month=3 * ((on.month - 1) // 3) + 1, day=1)


def next_run(frequence: Frequence, jour: int | None, after: dt.date) -> dt.date | None:
    """Return the first chosen day after a day; None for a list made once.

    A quarterly list is made in the month that follows the quarter.

    >>> next_run(Frequence.MENSUELLE, 5, dt.date(2026, 9, 30))
    datetime.date(2026, 10, 5)
    """
    if frequence is Frequence.UNE_FOIS:
        return None
    day = after + _ONE_DAY
    while not _is_chosen(frequence, jour or 1, day):
        day += _ONE_DAY
    return day


def _is_chosen(frequence: Frequence, jour: int, day: dt.date) -> bool:
    if frequence is Frequence.HEBDOMADAIRE:
        return day.isoweekday() == jour
    in_month = frequence is Frequence.MENSUELLE or day.month % 3 == 1
    return in_month and day.day == min(jour, MAX_DAY)


def kept(
    arrets: Iterable[Arret], asked: Parametres, periode: Periode, known: Catalogue
) -> list[Arret]:
    """Return the spells that answer, by name then day."""
    found = [
        arret
        for arret in arrets
        if _is_in_category(arret, asked.categorie)
        and (asked.budget is None or fold(arret.budget or "") == fold(asked.budget))
        and (not asked.risques or risk_of(arret, known) in asked.risques)
        and _is_of_type(arret, asked.type, periode)
    ]
    return sorted(found, key=lambda a: (fold(a.agent.libelle), a.periode.debut))


def _is_in_category(arret: Arret, categorie: Categorie) -> bool:
    return categorie is Categorie.TOUTES or arret.agent.regime == categorie.code


def _is_of_type(arret: Arret, wanted: TypeListe, periode: Periode) -> bool:
    spell = arret.periode
    match wanted:
        case TypeListe.EN_COURS:
            return periode.dernier in spell
        case TypeListe.PRESENTS:
            return spell.overlap(periode) is not None
        case TypeListe.DEBUTES:
            return spell.debut in periode
        case TypeListe.TERMINES:
            return spell.dernier in periode
    return spell.dernier in periode and arret.reprise_le is None


def risks(known: Catalogue) -> tuple[str, ...]:
    """Return the insured risks of the catalogue, by name, each once."""
    return tuple(sorted({n.risque for n in known.natures.values()}, key=fold))


def risk_of(arret: Arret, known: Catalogue) -> str:
    """Return the insured risk of a spell."""
    nature = known.natures.get(arret.evenement.nature)
    return nature.risque if nature else "Autre"


def line(arret: Arret, periode: Periode, known: Catalogue) -> Json:
    """Return one line as it is frozen: texts and ISO days, `fin` included."""
    event, agent, spell = arret.evenement, arret.agent, arret.periode
    inside = spell.overlap(periode)
    return {
        "evenement": event.reference,
        "numero": event.numero or event.reference,
        "agent": agent.libelle,
        "agent_reference": agent.reference,
        "matricule": agent.matricule or "",
        "service": arret.service or "",
        "regime": agent.regime or "",
        "nature": known.nature(event.nature),
        "risque": risk_of(arret, known),
        "budget": arret.budget or "",
        "debut": spell.debut.isoformat(),
        "fin": spell.dernier.isoformat(),
        "nb_jours": spell.nb_jours,
        "nb_jours_periode": inside.nb_jours if inside else 0,
        "nb_avis": arret.nb_avis,
        "reprise_le": arret.reprise_le.isoformat() if arret.reprise_le else "",
    }


def changes(before: Iterable[Mapping[str, Any]], after: Iterable[Json]) -> Json:
    """Mark each line of `after` (new, changed, same) and say what left the list.

    A spell is the same when its event and its first day are; a spell whose first day was
    corrected is found again by its event when that leaves no doubt.
    """
    former = {_key(one): one for one in before}
    lines = list(after)
    left = dict(former)
    unmatched = []
    for one in lines:
        match = left.pop(_key(one), None)
        if match is None:
            unmatched.append(one)
        else:
            _mark(one, match)
    for one in unmatched:
        same = [key for key in left if key[0] == one["evenement"]]
        rivals = [u for u in unmatched if u["evenement"] == one["evenement"]]
        alone = len(same) == 1 and len(rivals) == 1
        _mark(one, left.pop(same[0]) if alone else None)
    return {
        "nouveaux": sum(one["etat"] == "nouveau" for one in lines),
        "modifies": sum(one["etat"] == "modifie" for one in lines),
        "disparus": [
            {name: one[name] for name in ("numero", "agent", "nature", "debut", "fin")}
            for one in left.values()
        ],
    }


def _key(one: Mapping[str, Any]) -> tuple[str, str]:
    return one["evenement"], one["debut"]


def _mark(one: Json, former: Mapping[str, Any] | None) -> None:
    moved = [
        name for name in _COMPARED if former is not None and former[name] != one[name]
    ]
    one["etat"] = "nouveau" if former is None else "modifie" if moved else "inchange"
    one["avant"] = {name: former[name] for name in moved} if former else {}


def sections(lines: Sequence[Json], wanted: Sequence[str]) -> list[Json]:
    """Group the lines by risk; a risk that was asked and has none keeps its section."""
    titles = dict.fromkeys([*wanted, *(one["risque"] for one in lines)])
    return [
        {"risque": risk, **totals(inside), "lignes": inside}
        for risk in titles
        for inside in [[one for one in lines if one["risque"] == risk]]
    ]


def totals(lines: Sequence[Json]) -> Json:
    """Return what the lines add up to."""
    return {
        "nb_arrets": len(lines),
        "nb_agents": len({one["agent_reference"] for one in lines}),
        "nb_jours": sum(one["nb_jours_periode"] for one in lines),
    }


def said(asked: Parametres) -> list[tuple[str, str]]:
    """Return the parameters as people read them."""
    return [
        ("Catégorie d'agent", asked.categorie.label),
        ("Type de liste", asked.type.label),
        ("Budget de cotisation", asked.budget or "Tous les budgets"),
        ("Risque", ", ".join(asked.risques) or "Tous les risques"),
        ("Fréquence", frequency(asked)),
    ]


def frequency(asked: Parametres) -> str:
    """Say how often, and which day.

    >>> frequency(Parametres(frequence=Frequence.HEBDOMADAIRE, jour=1))
    'Chaque semaine, le lundi'
    """
    if asked.frequence is Frequence.UNE_FOIS or asked.jour is None:
        return asked.frequence.label
    if asked.frequence is Frequence.HEBDOMADAIRE:
        return f"{asked.frequence.label}, le {WEEKDAYS[asked.jour - 1]}"
    return f"{asked.frequence.label}, le {'1er' if asked.jour == 1 else asked.jour}"


WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def french(day: str) -> str:
    """Return an ISO day as people write it, "" when there is none.

    >>> french("2026-09-30")
    '30/09/2026'
    """
    return dt.date.fromisoformat(day).strftime("%d/%m/%Y") if day else ""
