"""A letter told by mail: that it is there, and where; nothing of anybody.

Addresses are those the contract gives, by these names in its parameters: the collectivité,
and, for the last reminder, who else must know of it (the centre de gestion).
"""

import datetime as dt
from collections.abc import Iterator

import structlog

from letters.courriers import Courrier
from records.parties import Contrat
from socle import mail
from socle.db import WriteSession
from socle.errors import RefusedError

PARAMETRE = "avis_courriels"
DERNIERE = "avis_derniere_relance"
MAX_ADDRESSES = 20
SUJET = "Un courrier vous attend dans votre espace"
CORPS = """\
Bonjour,

Un courrier vous attend dans votre espace :

{adresse}

Ce message ne contient aucune donnée de vos dossiers. Identifiez-vous pour l’ouvrir.
Il est envoyé automatiquement : n'y répondez pas.
"""
log = structlog.get_logger()


def addresses(contrat: Contrat | None, *, is_derniere: bool) -> Iterator[str]:
    """Yield the addresses of a contract; what is no address is left aside, and told."""
    names = (PARAMETRE, DERNIERE) if is_derniere else (PARAMETRE,)
    lists = [contrat.parametres.get(name) for name in names] if contrat else []
    given = [str(one) for part in lists if isinstance(part, list) for one in part]
    for address in dict.fromkeys(given[:MAX_ADDRESSES]):
        try:
            yield mail.refuse_address(address)
        except RefusedError:
            log.warning("courriel-refuse", code="adresse")


def announce(
    session: WriteSession,
    letter: Courrier,
    contrat: Contrat | None,
    adresse_portail: str,
    now: dt.datetime,
    *,
    is_derniere: bool = False,
) -> int:
    """Write one message for each address, in the transaction that issues the letter."""
    place = f"{adresse_portail}/courriers/{letter.reference}"
    return sum(
        mail.post(
            session,
            mail.CourrielNouveau(
                cle=f"{letter.reference}:{address}",
                objet=letter.reference,
                destinataire=address,
                proprietaire=letter.collectivite_id,
                sujet=SUJET,
                corps=CORPS.format(adresse=place),
            ),
            now,
        )
        for address in addresses(contrat, is_derniere=is_derniere)
    )
