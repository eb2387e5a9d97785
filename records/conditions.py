"""When a paper is asked « under conditions »: the closed list, one small function each.

A condition is about one event, one agent and, possibly, one conséquence. What is not
known does not hold: nothing is asked on a guess.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from records.evenements import Consequence, Evenement
from records.noms import fold
from records.periodes import Periode, union

LEAVES = ("ARRET", "PROLONG", "RECHUTE")
THERAPEUTIC = "REPRISE_TPT"
_YES = frozenset({"oui", "true", "1", "vrai", "x"})
_REGISTERED = frozenset({"titulaire", "stagiaire"})
_SIX_MONTHS = 183
_A_YEAR = 365
_PRESCRIBED = (
    "pharmac", "medicament", "kine", "transport", "ambulance", "appareil", "optique",
    "infirmier", "radio", "analyse", "biolog", "orthese", "prothese",
)  # fmt: skip
_CARE = ("consult", "visite", "kine", "infirmier", "soins", "honoraire", "dentaire")
_TRAVEL = ("transport", "ambulance", "taxi", "vsl")
_DEVICES = ("appareil", "optique", "lunette", "orthese", "prothese", "audio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cas:
    """What a condition may look at."""

    evenement: Evenement
    regime: str
    statut: str | None = None
    consequence: Consequence | None = None

    @property
    def champs(self) -> Mapping[str, Any]:
        """The fields of the event."""
        return self.evenement.champs

    @property
    def suite(self) -> Mapping[str, Any]:
        """The fields of the conséquence, empty without one."""
        return self.consequence.champs if self.consequence else {}


def day_of(value: object) -> dt.date | None:
    """Read a day kept as ISO text, None when it is not one."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return None


def is_yes(value: object) -> bool:
    """Tell whether a ticked box is ticked."""
    return value is True or str(value).strip().lower() in _YES


def spells(
    evenement: Evenement, kinds: tuple[str, ...]
) -> Iterator[tuple[Consequence | None, Periode]]:
    """Yield the leaves declared: conséquences, else the days of the event's own form.

    A nature whose form asks for the first and last day (CMO, CLM…) may be declared
    without conséquence: its days are then a first leave.
    """
    found = [c for c in evenement.consequences if c.type in kinds and c.periode]
    for consequence in sorted(found, key=lambda c: (c.periode or 0, c.id)):
        assert consequence.periode is not None
        yield consequence, consequence.periode
    if found or not {"ARRET", THERAPEUTIC} & set(kinds):
        return
    is_therapeutic = evenement.nature == "TPT"
    if is_therapeutic != (THERAPEUTIC in kinds):
        return
    debut, fin = (day_of(evenement.champs.get(name)) for name in ("debut", "fin"))
    if debut and fin and debut <= fin:
        yield None, Periode.inclusive(debut, fin)


def leaves(evenement: Evenement) -> tuple[Periode, ...]:
    """Return the days away from work, merged."""
    return union(periode for _, periode in spells(evenement, LEAVES))


def _says(value: object, *beginnings: str) -> bool:
    folded = fold(str(value or ""))
    return any(folded.startswith(beginning) for beginning in beginnings)


def _is_act(cas: Cas, words: tuple[str, ...]) -> bool:
    act = fold(str(cas.suite.get("nature", "")))
    return any(word in act for word in words)


def _length(cas: Cas) -> int:
    found = leaves(cas.evenement)
    return sum(periode.nb_jours for periode in found)


def _is_decided(cas: Cas) -> bool:
    decision = cas.champs.get("decision")
    return _says(decision, "reconnu", "refus", "rejet", "accept", "favorable")


def _before_decision(cas: Cas) -> bool:
    held = day_of(cas.champs.get("seance_le"))
    periode = cas.consequence.periode if cas.consequence else None
    debut = periode.debut if periode else day_of(cas.champs.get("debut"))
    return held is None or (debut is not None and debut < held)


def _back_early(cas: Cas) -> bool:
    back = day_of(cas.suite.get("date"))
    found = leaves(cas.evenement)
    return back is not None and bool(found) and back < found[-1].fin


def _no_end_yet(cas: Cas) -> bool:
    return all(c.type != "CONSOLID" for c in cas.evenement.consequences)


def _pathological_apart(cas: Cas) -> bool:
    flagged = is_yes(cas.champs.get("pathologique_prenatal")) or is_yes(
        cas.champs.get("suites_de_couches")
    )
    return flagged and not any(
        is_yes(c.champs.get("pathologique")) for c in cas.evenement.consequences
    )


def _half_pay_renewal(cas: Cas) -> bool:
    renewal = _says(cas.champs.get("decision"), "renouvel")
    return renewal and _says(cas.champs.get("taux"), "demi", "50")


CONDITIONS: Mapping[str, Callable[[Cas], bool]] = {
    "tiers": lambda cas: (
        cas.evenement.has_tiers or is_yes(cas.champs.get("tiers_vie_privee"))
    ),
    "fonctionnaire": lambda cas: (cas.statut or "") in _REGISTERED,
    "decision_rendue": _is_decided,
    "decision_refusee": lambda cas: _says(cas.champs.get("decision"), "refus", "rejet"),
    "conseil_saisi": lambda cas: is_yes(cas.champs.get("conseil_saisi")),
    "conseil_non_refuse": lambda cas: (
        is_yes(cas.champs.get("conseil_saisi"))
        and not _says(cas.champs.get("decision"), "refus", "rejet")
    ),
    "hors_tableau": lambda cas: is_yes(cas.champs.get("hors_tableau")),
    "expertise": lambda cas: is_yes(cas.champs.get("expertise")),
    "imputable": lambda cas: is_yes(cas.champs.get("imputable")),
    "acte_devouement": lambda cas: is_yes(cas.champs.get("acte_devouement")),
    "avant_decision": _before_decision,
    "octroi": lambda cas: not _says(cas.champs.get("decision"), "renouvel"),
    "renouvellement_a_demi": _half_pay_renewal,
    "six_mois": lambda cas: _length(cas) > _SIX_MONTHS,
    "douze_mois": lambda cas: _length(cas) >= _A_YEAR,
    "reprise_anticipee": _back_early,
    "sans_consolidation": _no_end_yet,
    "pathologique": lambda cas: is_yes(cas.suite.get("pathologique")),
    "pathologique_sans_dates": _pathological_apart,
    "frais_prescrits": lambda cas: _is_act(cas, _PRESCRIBED),
    "frais_soins": lambda cas: (
        _is_act(cas, _CARE) and not _is_act(cas, (*_TRAVEL, *_DEVICES))
    ),
    "frais_transport": lambda cas: _is_act(cas, _TRAVEL),
    "frais_autres": lambda cas: not _is_act(cas, (*_CARE, *_TRAVEL)),
    "frais_appareillage": lambda cas: _is_act(cas, _DEVICES),
    "frais_mutuelle": lambda cas: is_yes(cas.suite.get("mutuelle")),
    "paye_par_agent": lambda cas: _says(cas.suite.get("paye_par"), "agent"),
    "paye_par_collectivite": lambda cas: _says(
        cas.suite.get("paye_par"), "collectivite"
    ),
    "tiers_payant": lambda cas: _says(cas.suite.get("paye_par"), "tiers payant"),
}
