"""What the register tells a simulation: an agent's situation and past leaves. Pure.

Nothing computed is read or kept: the leaves are the conséquences declared, under the
nature that a requalification or a decision gives them today.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from records.conditions import day_of, is_yes
from records.droits.situation import FAMILLES, AvisArret, Carence, Situation, Statut
from records.evenements import Consequence, Evenement
from records.parties import Agent
from records.periodes import Periode
from socle.errors import RefusedError

LEAVES = ("ARRET", "PROLONG", "RECHUTE")
_ACCIDENTS = {"AS", "AT", "TRAJET", "MP"}
_REFUSED = "refusee"
CONTRACTUEL = "contractuel"


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneHistorique:
    """One past leave and the event it was declared on."""

    avis: AvisArret
    evenement: str
    nature_declaree: str

    @property
    def cle(self) -> str:
        """What names the line, for one who sets it aside."""
        return f"{self.avis.nature}-{self.avis.periode.debut}-{self.evenement}"

    @property
    def is_requalified(self) -> bool:
        """Tell whether its nature is no longer the declared one."""
        return self.avis.nature != self.nature_declaree


def situation_of(agent: Agent) -> Situation:
    """Return the situation of an agent.

    Raises `RefusedError` (`situation-inconnue`) when the régime is not filled in.
    """
    statut = _statut(agent)
    if statut is None:
        raise RefusedError(
            "situation-inconnue",
            "Le régime de cet agent n'est pas renseigné : complétez sa fiche (CNRACL, ou "
            "IRCANTEC avec son statut), puis relancez le calcul.",
        )
    return Situation(
        statut=statut,
        is_stagiaire=agent.statut == "stagiaire",
        date_entree=day_of(agent.situation.get("date_entree")),
        fin_contrat=_after(day_of(agent.situation.get("date_fin_contrat")), statut),
    )


def _after(dernier: dt.date | None, statut: Statut) -> dt.date | None:
    """Return the day after the last of a contract; a fonctionnaire has none."""
    if dernier is None or statut is not Statut.CONTRACTUEL:
        return None
    return dernier + dt.timedelta(days=1)


def _statut(agent: Agent) -> Statut | None:
    if (agent.statut or "").startswith(CONTRACTUEL):
        return Statut.CONTRACTUEL
    if agent.regime == Statut.CNRACL.value:
        return Statut.CNRACL
    return Statut.IRCANTEC if agent.regime == Statut.IRCANTEC.value else None


def lines_of(evenements: Iterable[Evenement]) -> tuple[LigneHistorique, ...]:
    """Return the leaves declared on these events, oldest first."""
    found = [line for event in evenements for line in _lines(event)]
    found.sort(key=lambda line: (line.avis.periode.debut, line.avis.periode.fin))
    return tuple(found)


def _lines(event: Evenement) -> Iterator[LigneHistorique]:
    if event.nature not in FAMILLES or event.is_sans_arret:
        return
    changes = sorted(_changes(event), key=lambda change: change[0])
    for consequence in event.consequences:
        avis = _avis(event, consequence)
        if avis is None:
            continue
        for part in _requalified(avis, changes):
            yield LigneHistorique(
                avis=part, evenement=event.reference, nature_declaree=avis.nature
            )


def _avis(event: Evenement, consequence: Consequence) -> AvisArret | None:
    if consequence.periode is None:
        return None
    if consequence.type == "REPRISE_TPT":
        return AvisArret(nature="TPT", periode=consequence.periode)
    if consequence.type not in LEAVES:
        return None
    carence = Carence.ALD if is_yes(event.champs.get("ald")) else Carence.APPLIQUEE
    is_pregnant = is_yes(event.champs.get("grossesse"))
    return AvisArret(
        nature=event.nature,
        periode=consequence.periode,
        is_prolongation=consequence.type == "PROLONG",
        carence=carence,
        motif_exoneration="grossesse" if is_pregnant else None,
    )


def _changes(event: Evenement) -> Iterator[tuple[dt.date, str]]:
    """Yield from which day the leaves of an event are of another nature."""
    if event.nature in _ACCIDENTS and event.champs.get("decision") == _REFUSED:
        yield dt.date.min, "CMO"  # days become CMO from the first (`droits.md` §12)
    for consequence in event.consequences:
        day = day_of(consequence.champs.get("effet_le"))
        target = str(consequence.champs.get("nature_cible", ""))
        if consequence.type == "REQUALIF" and day and target in FAMILLES:
            yield day, target


def _requalified(
    avis: AvisArret, changes: list[tuple[dt.date, str]]
) -> Iterator[AvisArret]:
    """Cut an avis where its nature changes; part-time for health never changes."""
    debut, nature = avis.periode.debut, avis.nature
    is_first = True
    for day, target in changes if avis.nature != "TPT" else ():
        if day > debut and day < avis.periode.fin:
            yield _part(avis, Periode(debut, day), nature, is_first=is_first)
            debut, is_first = day, False
        if day < avis.periode.fin:
            nature = target
    yield _part(avis, Periode(debut, avis.periode.fin), nature, is_first=is_first)


def _part(
    avis: AvisArret, periode: Periode, nature: str, *, is_first: bool
) -> AvisArret:
    return replace(
        avis,
        periode=periode,
        nature=nature,
        is_prolongation=avis.is_prolongation if is_first else True,
    )
