"""Logs: one JSON line per fact, made of an event name and allow-listed keys only.

What is not on the list is dropped: a name, a NIR or a file name cannot slip in by
mistake. An exception leaves its type and the places it crossed, never its message.
"""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "requete", "methode", "route", "statut",
        "duree_ms", "octets", "code", "reference", "depot", "empreinte", "collectivite",
        "compte", "role", "moyen", "exception", "trace", "travailleur", "pid", "rang",
        "etape", "essai", "essais", "nb_pages", "pages", "page", "type", "etat",
        "certitude", "nombre", "n", "adresse", "port", "sortie", "delai_s", "duree_s",
        "attente_s", "version", "revision", "moteur", "mur", "manque", "raison",
        "workflow", "job", "file", "lot", "libre_octets", "ecart", "dossier_nb",
        "slot", "executor", "reprises", "signal", "enfant", "cause", "limite", "ms",
        "logger",
    }
)  # fmt: skip


def configure(*, debug: bool = False) -> None:
    """Set structlog up for this process; standard logging goes the same way."""
    level = logging.DEBUG if debug else logging.INFO
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _exception_without_words,
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(logging.WARNING)


def keep_allowed(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Drop every key that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def _exception_without_words(
    _logger: WrappedLogger, _name: str, event: EventDict
) -> EventDict:
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    if isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event.update(describe(raised))
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """Return an exception as its type and its places, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    return {
        "exception": type(error).__name__,
        "trace": [
            f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}:{f.name}" for f in frames
        ],
    }


class _Bridge(logging.Handler):
    """Sends what libraries say to the same place, without their free text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line: which logger, which level, which exception."""
        log = structlog.get_logger()
        raised = record.exc_info[1] if record.exc_info else None
        known = {"logger": record.name} | (describe(raised) if raised else {})
        log.log(record.levelno, "bibliotheque", **known)
