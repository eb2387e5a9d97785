"""Prometheus measures of this process; route shapes only, never an address asked."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram
from prometheus_client import generate_latest as _render

from intake import conservation_colis
from socle.db import ReadSession
from web.keys import SERVICES

REQUESTS = Histogram(
    "vaguemestre_requete_secondes",
    "Durée des requêtes HTTP",
    ["methode", "route", "statut"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
RECEIVED_BYTES = Counter("vaguemestre_octets_recus", "Octets reçus en dépôt")
DEPOSITS = Counter("vaguemestre_depots", "Dépôts reçus", ["canal", "etat"])
COLIS = Counter("vaguemestre_colis", "Colis reçus", ["canal", "etat"])
COLIS_GAP = Gauge(
    "vaguemestre_colis_ecart_conservation",
    "Reçu moins retrouvé, dans tous les colis : zéro, ou une alarme",
    ["unite"],
)
COLIS_STATE = Gauge("vaguemestre_colis_etat", "Colis par état", ["etat"])
ECARTS = Gauge("vaguemestre_colis_ecarts_ouverts", "Écarts ouverts", ["code"])
LOOP_LAG = Gauge(
    "vaguemestre_retard_boucle_secondes", "Retard de la boucle d'événements"
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_request(method: str, route: str, status: int, elapsed: float) -> None:
    """Count one request; unknown methods are folded, so that labels stay few."""
    known = method if method in _METHODS else "AUTRE"
    REQUESTS.labels(known, route, str(status)).observe(elapsed)


def _look_at_colis(session: ReadSession) -> None:
    """Measure the colis as they stand now."""
    found = conservation_colis.pulse(session)
    for unite, gap in found.ecarts.items():
        COLIS_GAP.labels(unite).set(gap)
    for gauge, counts in ((COLIS_STATE, found.etats), (ECARTS, found.codes)):
        gauge.clear()
        for label, count in counts.items():
            gauge.labels(label).set(count)


async def get_metrics(request: web.Request) -> web.Response:
    """Answer the measures in Prometheus' text form."""
    await request.app[SERVICES].db.aread(_look_at_colis)
    return web.Response(body=_render(), headers={"Content-Type": CONTENT_TYPE_LATEST})
