"""A line that says no period asks for the first months: a renewal answers another line."""

import datetime as dt

import pytest

from classifiers.verdict import Champ
from intake.constats import Lecture, Niveau
from intake.regles_arrets import part_time, stoppage
from records.evenements import Evenement
from records.pieces import PieceAttendue

PREMIER = dt.date(2026, 4, 1)
EVENEMENT = Evenement(
    id=1,
    reference="EV",
    collectivite_id=1,
    agent_id=1,
    nature="TPT",
    date_survenance=PREMIER,
)


def make_piece(kind: str) -> PieceAttendue:
    """Make a line without a period, asked from the first day."""
    return PieceAttendue(
        id=1,
        reference="PA",
        collectivite_id=1,
        evenement_id=1,
        agent_id=1,
        type=kind,
        exigible_le=PREMIER,
        echeance=PREMIER,
        date_reference=PREMIER,
        base="essai",
    )


def make_lecture(debut: dt.date | None, *elsewhere: dt.date) -> Lecture:
    """Make a reading whose first day was read, or stands somewhere, or neither."""
    champs = {}
    if debut:
        champs["debut"] = Champ(nom="debut", valeur=debut.isoformat(), confiance=0.9)
    return Lecture(
        type="DEMANDE_TPT",
        champs=champs,
        texte=" temps partiel therapeutique ",
        jours=frozenset(elsewhere),
    )


@pytest.mark.parametrize("kind", ["DEMANDE_TPT", "AAT"])
@pytest.mark.parametrize(
    ("debut", "elsewhere", "niveau"),
    [
        (PREMIER, (), Niveau.EXACTE),
        (dt.date(2026, 6, 30), (PREMIER,), Niveau.DISCORDANTE),
        (None, (PREMIER,), Niveau.UNIQUE),
        (None, (dt.date(2026, 6, 30),), Niveau.MUETTE),
    ],
)
def test_the_first_day_decides(
    kind: str, debut: dt.date | None, elsewhere: tuple[dt.date, ...], niveau: Niveau
) -> None:
    """The same first day proves, another one contradicts, an unread one is a doubt."""
    rule = part_time if kind == "DEMANDE_TPT" else stoppage

    met = rule(make_lecture(debut, *elsewhere), make_piece(kind), EVENEMENT)

    assert met is not None
    assert niveau is met.niveau
