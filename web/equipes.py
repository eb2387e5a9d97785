"""What workers do beside reading: the jobs and rounds of the other desks, joined once."""

from bordereaux import listes_jobs
from letters import jobs as courriers
from socle import mail
from socle.queue import Equipe
from web import courriers as lettres
from web import listes
from web.services import Services


def serveur_of(services: Services) -> mail.Serveur | None:
    """Return the mail server of the settings, None when there is none."""
    url = services.settings.smtp
    return mail.serveur_of(url.get_secret_value()) if url else None


def every_equipe(services: Services) -> tuple[Equipe, ...]:
    """Return what each desk asks of a worker."""
    bureau = lettres.bureau_of(services, "edition")
    return (
        courriers.equipe(bureau, services.clock, serveur_of(services)),
        listes_jobs.equipe(listes.bureau_of(services, "edition"), services.clock),
    )
