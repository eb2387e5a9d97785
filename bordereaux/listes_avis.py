"""Telling the recipients of a list that an edition is ready: a link, never health data."""

import datetime as dt

from bordereaux.listes_registre import Execution, ListeVue
from socle import mail
from socle.db import WriteSession

SUJET = "Une liste des arrêts est prête"
CORPS = """\
Bonjour,

Une liste des arrêts que vous recevez est prête. Elle se lit et se télécharge ici, après
connexion :

{adresse}

Ce message ne contient aucune donnée de santé. Si vous ne devez plus le recevoir,
demandez-le à la personne qui a programmé la liste.
"""


def announce(
    session: WriteSession,
    liste: ListeVue,
    run: Execution,
    adresse_portail: str,
    now: dt.datetime,
) -> int:
    """Write one message for each recipient, in the transaction that keeps the run."""
    place = f"{adresse_portail}/listes-arrets/{liste.reference}/executions/{run.rang}"
    return sum(
        mail.post(
            session,
            mail.CourrielNouveau(
                cle=f"{liste.reference}-{run.rang}:{address}",
                objet=liste.reference,
                destinataire=address,
                proprietaire=liste.collectivite_id,
                sujet=SUJET,
                corps=CORPS.format(adresse=place),
            ),
            now,
        )
        for address in liste.parametres.destinataires
    )
