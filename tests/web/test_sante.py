"""The health page tells what is missing; only what stops a deposit makes it not ready."""

import datetime as dt

import pytest

from socle import queue
from socle.errors import UnavailableError
from socle.storage import DiskStorage
from tests.web.maison import Maison


async def _health(maison: Maison) -> tuple[int, dict[str, object]]:
    answer = await maison.client.get("/sante")
    body = await answer.json()
    return answer.status, body


async def test_ready_without_worker_nor_scanner(maison: Maison) -> None:
    """Deposits can be received: ready; what waits and what is not scanned is said."""
    status, body = await _health(maison)
    states = {name: one["etat"] for name, one in body["dependances"].items()}

    assert (200, "vivant", True) == (status, body["etat"], body["pret"])
    assert ("ok", "ok") == (states["base"], states["stockage"])
    assert ("panne", "absent") == (states["travailleurs"], states["antivirus"])
    assert "non analysé" in body["dependances"]["antivirus"]["detail"]


async def test_workers_report_engines_and_walls(maison: Maison) -> None:
    """A missing wall or a missing French reader shows, without stopping anything."""
    report = {"ocr": "photo", "murs": {"landlock": True, "seccomp": False}}
    now = maison.clock.now()
    await maison.db.awrite(queue.describe, "poste-0", report, now)
    _, body = await _health(maison)
    maison.clock.advance(dt.timedelta(minutes=2))
    _, later = await _health(maison)

    assert "ok" == body["dependances"]["travailleurs"]["etat"]
    assert "seccomp" in body["dependances"]["cloison"]["detail"]
    assert "degrade" == body["dependances"]["ocr"]["etat"]
    assert "panne" == later["dependances"]["travailleurs"]["etat"]


async def test_full_storage_is_not_ready(
    maison: Maison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 when a deposit could not be kept; the rest is still told."""

    def full(_self: object) -> None:
        raise UnavailableError("stockage-plein", "Plus de place.")

    monkeypatch.setattr(DiskStorage, "ping", full)
    status, body = await _health(maison)

    assert (503, False) == (status, body["pret"])
    assert "ok" == body["dependances"]["base"]["etat"]


async def test_metrics_name_no_address(maison: Maison) -> None:
    """Prometheus gets route shapes, never a reference or a search."""
    await maison.client.get("/api/v1/agents/AG-2026-SECRET-X?q=dupont")
    answer = await maison.client.get("/metrics")
    text = await answer.text()

    assert "vaguemestre_requete_secondes" in text
    assert "/api/v1/agents/{reference}" in text
    assert "SECRET" not in text
    assert "dupont" not in text


async def test_the_learned_model_shows_its_state(maison: Maison) -> None:
    """None yet: the rules decide alone, and the page says so without closing the door."""
    status, body = await _health(maison)
    learned = body["dependances"]["apprentissage"]

    assert 200 == status
    assert "degrade" == learned["etat"]
    assert "les règles décident seules" in learned["detail"]
