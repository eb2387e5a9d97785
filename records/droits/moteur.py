"""The simulation: replay the whole history, then say how each day of the leave is paid.

Pure, and nothing computed is ever stored: a requalification is a change of history,
replayed (`droits.md` §12).
"""

import datetime as dt
from collections.abc import Iterator

from records.bareme import Bareme, shipped
from records.droits.avertissements import Rejouees, warn
from records.droits.controle import refuse_untrue
from records.droits.profils import Profil
from records.droits.rejeu import FIN_CDD, MAINTIEN, Rejeu
from records.droits.resultat import UNPAID, Position, Resultat, Tranche
from records.droits.situation import AvisArret, Situation

__all__ = ["DEFAULT", "simulate"]
DEFAULT = Profil()


def simulate(
    situation: Situation,
    historique: tuple[AvisArret, ...],
    arret: AvisArret,
    *,
    profil: Profil = DEFAULT,
    bareme: Bareme | None = None,
) -> Resultat:
    """Say how each day of `arret` is paid, given the history.

    Raises `RefusedError` when the history cannot be true, naming its lines.
    """
    known = bareme or shipped()
    ordered = refuse_untrue(situation, historique, arret, known)
    replay = Rejeu(situation, profil, known)
    past: list[Tranche] = []
    studied: tuple[Tranche, ...] = ()
    back: dt.date | None = None
    for avis in ordered:
        tranches = replay.run(avis)
        if avis is arret:
            studied = tuple(tranches)
            back = _back_to_full(studied, replay)
        else:
            past.extend(tranches)
    rejouees = Rejouees(
        situation=situation,
        ordered=ordered,
        arret=arret,
        profil=profil,
        tranches=studied,
        assumed_returns=tuple(replay.assumed_returns),
        bareme=known,
    )
    return Resultat(
        tranches=studied,
        historique_calcule=tuple(past),
        profil=profil,
        passage_demi_traitement=_first(t for t in studied if _is_half(t)),
        epuisement_le=_first(t for t in studied if _is_spent(t)),
        retour_plein_le=back,
        avertissements=tuple(warn(rejouees)),
    )


def _first(tranches: Iterator[Tranche]) -> dt.date | None:
    return next((tranche.periode.debut for tranche in tranches), None)


def _is_half(tranche: Tranche) -> bool:
    return tranche.position is Position.DEMI and not _is_spent(tranche)


def _is_spent(tranche: Tranche) -> bool:
    """Tell whether rights are over, half pay being kept or not."""
    return tranche.position in UNPAID or tranche.regle == MAINTIEN


def _back_to_full(tranches: tuple[Tranche, ...], replay: Rejeu) -> dt.date | None:
    """Return the next day at full pay after a fall: in the leave, or for a new one."""
    has_fallen = False
    for tranche in tranches:
        if tranche.position is Position.PLEIN and has_fallen:
            return tranche.periode.debut
        has_fallen = has_fallen or tranche.position in {Position.DEMI, *UNPAID}
    last = tranches[-1]
    if not has_fallen or last.nature != "CMO" or last.regle == FIN_CDD:
        return None
    day = tranches[-1].periode.fin
    if replay.cmo.is_exhausted:
        day += dt.timedelta(days=1)  # a new right needs one day back at work
    return replay.cmo.full_pay_from(day)
