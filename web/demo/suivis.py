"""Three invented agents on long leaves, dated from the day the demo is loaded.

One passes to half pay during the leave, one exhausts a year of rights, one is a contractuel
near the end of two months at full pay: what the simulator and its alerts are for. Their
papers are said to be kept apart, so that they add nothing to the baskets.
"""

import datetime as dt
from typing import Any

from records.periodes import Periode
from records.store import agents, evenements
from records.store.agents import NouvelAgent
from records.store.evenements import ConsequenceDeclaree, Declaration
from socle.crypto import Coffre
from socle.db import WriteSession

# each leave: days before today it starts, days it lasts; the first is initial
SUIVIS: tuple[dict[str, Any], ...] = (
    {
        "nom": "ROCHEMAURE", "prenom": "Solène", "sexe": "F", "regime": "CNRACL",
        "statut": "titulaire", "entree_jours": 4200,
        "arrets": (((310, 12),), ((74, 30), (44, 56))),
    },
    {
        "nom": "VALLERAND", "prenom": "Hugo", "sexe": "M", "regime": "CNRACL",
        "statut": "titulaire", "entree_jours": 6100,
        "arrets": (((352, 60), (292, 180), (112, 118)),),
    },
    {
        "nom": "TISSERAND", "prenom": "Inès", "sexe": "F", "regime": "IRCANTEC",
        "statut": "contractuel", "entree_jours": 900,
        "arrets": (((48, 20), (28, 40)),),
    },
)  # fmt: skip
NB_SUIVIS = sum(len(row["arrets"]) for row in SUIVIS)


def declare_followed(
    session: WriteSession,
    homes: dict[str, int],
    *,
    coffre: Coffre,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Create the three agents, one a collectivité, with their leaves."""
    today = now.date()
    for row, home in zip(SUIVIS, homes.values(), strict=True):
        nouvel = NouvelAgent(
            collectivite_id=home,
            nom_famille=row["nom"],
            prenoms=[row["prenom"]],
            sexe=row["sexe"],
            regime=row["regime"],
            statut=row["statut"],
            situation={"date_entree": _before(today, row["entree_jours"]).isoformat()},
            reference_externe=f"SUIVI-{row['nom']}",
        )
        agent = agents.create(session, nouvel, coffre=coffre, auteur=auteur, now=now)
        for spell in row["arrets"]:
            leaves = tuple(
                ConsequenceDeclaree(
                    type="PROLONG" if rank else "ARRET", periode=_days(today, *leave)
                )
                for rank, leave in enumerate(spell)
            )
            declaration = Declaration(
                agent_id=agent.id,
                collectivite_id=home,
                nature="CMO",
                date_survenance=_before(today, spell[0][0]),
                consequences=leaves,
                has_matrice=False,
            )
            evenements.declare(session, declaration, auteur=auteur, now=now)


def _before(today: dt.date, days: int) -> dt.date:
    return today - dt.timedelta(days=days)


def _days(today: dt.date, before: int, length: int) -> Periode:
    debut = _before(today, before)
    return Periode(debut, debut + dt.timedelta(days=length))
