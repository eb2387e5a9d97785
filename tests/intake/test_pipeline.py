"""The life of a scan: every file reaches a named end, whatever is killed or missing."""

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import pytest

from classifiers import ensemble
from classifiers.verdict import Verdict
from intake import conservation, depots, jobs, orphelins, pipeline
from intake import tables as it
from intake.pipeline import MAX_RESUMES, MAX_TRIES, process
from records import tables as t
from records.vocabulary import EtatDepot, EtatJustificatif
from socle.antivirus import Analyse, Antivirus, EtatAnalyse
from socle.db import ReadSession
from socle.errors import UnavailableError
from tests.drills import papiers
from tests.intake.guichet import (
    Comptoir,
    gaps,
    papers,
    plain_step,
    tasks,
)


class Killed(BaseException):
    """The process dies here: nothing in the code may catch it."""


async def test_a_letter_is_read_to_its_end(comptoir: Comptoir, letter: bytes) -> None:
    """A text PDF ends treated, its page in one paper, in front of a person."""
    receipt = await comptoir.deposit(letter)
    assert comptoir.work() == 1
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.nb_pages, depot.nb_essais) == ("traite", 1, 1)
    ((pages, etat),) = comptoir.db.read(papers, depot.id)
    assert pages == (1,)
    assert etat in {EtatJustificatif.A_VERIFIER.code, EtatJustificatif.ANOMALIE.code}
    assert len(comptoir.db.read(tasks)) == 1
    assert gaps(comptoir) == []


async def test_what_was_read_is_kept_with_its_picture(
    comptoir: Comptoir, letter: bytes
) -> None:
    """The words of the page and its picture are there afterwards."""
    receipt = await comptoir.deposit(letter)
    comptoir.work()
    depot = comptoir.depot(receipt.reference)
    (page,) = comptoir.db.read(depots.pages, depot.id)
    assert "Courrier numero 1" in page.texte
    key = comptoir.db.read(depots.preview_key, depot.id, 1)
    assert key is not None
    assert comptoir.storage.exists(f"c{comptoir.collectivite}", key)
    assert depot.tri["antivirus"] == "non analysé"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"rien de lisible", "x.txt", "type-non-accepte"),
        (b"rien de lisible", "x.pdf", "type-different-de-l-extension"),
        (b"%PDF-1.7\nabc\n%%EOF", "x.pdf", "pdf-illisible"),
    ],
)
async def test_bad_files_end_refused_with_a_reason_and_a_task(
    comptoir: Comptoir, content: bytes, name: str, code: str
) -> None:
    """A refusal has its code, a French sentence, a task, and the bytes are kept."""
    receipt = await comptoir.deposit(content, nom_fichier=name)
    comptoir.work()
    depot = comptoir.depot(receipt.reference)
    assert depot.etat == EtatDepot.REFUSE.code
    assert depot.code == code
    assert depot.motif is not None
    assert depot.motif.endswith(".")
    assert comptoir.db.read(tasks) == [("dossier_en_anomalie", depot.code)]
    assert comptoir.storage.exists(f"c{comptoir.collectivite}", receipt.empreinte)
    assert gaps(comptoir) == []


async def test_a_job_that_runs_twice_writes_once(
    comptoir: Comptoir, letter: bytes
) -> None:
    """The same job again after its end changes nothing at all."""
    receipt = await comptoir.deposit(letter)
    comptoir.work()
    before = [comptoir.count(x) for x in (t.Fait, t.Justificatif, t.Tache, it.Page)]
    process(comptoir.atelier, receipt.reference, plain_step)
    after = [comptoir.count(x) for x in (t.Fait, t.Justificatif, t.Tache, it.Page)]
    assert before == after


async def test_two_workers_on_one_deposit_write_once(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker thought dead that comes back finds the deposit ended and leaves it."""
    receipt = await comptoir.deposit(letter)
    slow = comptoir.atelier
    real, first = pipeline._propose, []

    def late(session: ReadSession, *args: Any) -> Any:
        if not first:
            first.append(True)
            process(slow, receipt.reference, plain_step)
        return real(session, *args)

    monkeypatch.setattr(pipeline, "_propose", late)
    process(slow, receipt.reference, plain_step)
    assert comptoir.count(t.Justificatif) == 1
    assert comptoir.depot(receipt.reference).etat == EtatDepot.TRAITE.code
    assert gaps(comptoir) == []


async def test_killed_between_any_two_writes_the_deposit_ends_once(
    comptoir: Comptoir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before and after each transaction in turn, one run later all is written.

    The file has twelve pages, so that batches, pages and conclusion are all crossed.
    """
    content = papiers.letter(7, pages=12)
    write = comptoir.db.write
    for stop in itertools.count():
        receipt = await comptoir.deposit(content + b"%%%d\n" % stop)
        left = [stop]

        def dying(function: Any, *args: Any, left: Any = left, **kwargs: Any) -> Any:
            if left[0] == 0:
                left[0] = -1
                raise Killed
            left[0] -= 1
            result = write(function, *args, **kwargs)
            if left[0] == 0:
                left[0] = -1
                raise Killed
            left[0] -= 1
            return result

        monkeypatch.setattr(comptoir.db, "write", dying)
        try:
            process(comptoir.atelier, receipt.reference, plain_step)
            survived = True
        except Killed:
            survived = False
        monkeypatch.setattr(comptoir.db, "write", write)
        process(comptoir.atelier, receipt.reference, plain_step)
        depot = comptoir.depot(receipt.reference)
        assert (depot.etat, depot.nb_pages) == ("traite", 12)
        pages = sorted(
            n for numbers, _ in comptoir.db.read(papers, depot.id) for n in numbers
        )
        assert pages == list(range(1, 13))
        if survived:
            break
    assert stop >= 5
    assert gaps(comptoir) == []


async def test_a_file_that_kills_its_worker_stops_at_three(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt is counted before the work: the fourth puts the file aside."""
    receipt = await comptoir.deposit(letter)
    monkeypatch.setattr(ensemble, "judge", _die)
    for _ in range(MAX_TRIES):
        with pytest.raises(Killed):
            process(comptoir.atelier, receipt.reference, plain_step)
    process(comptoir.atelier, receipt.reference, plain_step)
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.code) == ("quarantaine", "analyse-impossible")
    assert comptoir.db.read(tasks) == [("dossier_en_anomalie", "analyse-impossible")]
    assert gaps(comptoir) == []


def _die(_liasse: object, **_: object) -> Verdict:
    raise Killed


def _fail(_liasse: object, **_: object) -> Verdict:
    raise ValueError("défaut")


async def test_a_failing_reader_ends_in_front_of_a_person(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in our own code is tried three times, then a person is told."""
    monkeypatch.setattr(pipeline, "WAIT_S", 0.0)
    monkeypatch.setattr(ensemble, "judge", _fail)
    receipt = await comptoir.deposit(letter)
    comptoir.work()
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.code) == ("quarantaine", "analyse-impossible")


async def test_stops_of_the_service_are_not_held_against_the_file(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten stops of the whole service later the file is read like any other."""
    receipt = await comptoir.deposit(letter)
    with monkeypatch.context() as patched:
        patched.setattr(ensemble, "judge", _die)
        for rank in range(10):
            comptoir.vie = f"vie-{rank}"
            with pytest.raises(Killed):
                process(comptoir.atelier, receipt.reference, plain_step)
    comptoir.vie = "vie-fin"
    process(comptoir.atelier, receipt.reference, plain_step)
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.nb_essais, depot.nb_reprises) == ("traite", 1, 10)


async def test_a_file_that_stops_the_service_again_and_again_is_put_aside(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even stops of the whole service have an end."""
    receipt = await comptoir.deposit(letter)
    with monkeypatch.context() as patched:
        patched.setattr(ensemble, "judge", _die)
        for rank in range(MAX_RESUMES + 1):
            comptoir.vie = f"vie-{rank}"
            with pytest.raises(Killed):
                process(comptoir.atelier, receipt.reference, plain_step)
    comptoir.vie = "vie-fin"
    process(comptoir.atelier, receipt.reference, plain_step)
    assert comptoir.depot(receipt.reference).etat == EtatDepot.QUARANTAINE.code


class Scanner(Antivirus):
    """A scanner that says what it is told to say."""

    def __init__(self, answer: EtatAnalyse | None) -> None:
        super().__init__("essai")
        self.answer = answer

    def scan(self, path: Path) -> Analyse:
        """Answer, or be away."""
        del path
        if self.answer is None:
            raise UnavailableError("antivirus-indisponible", "L'antivirus attend.")
        return Analyse(etat=self.answer)


def scanned(comptoir: Comptoir, answer: EtatAnalyse | None) -> pipeline.Atelier:
    """Return a workshop with this scanner."""
    from dataclasses import replace

    return replace(comptoir.atelier, antivirus=Scanner(answer))


async def test_a_silent_scanner_makes_files_wait_uncounted(
    comptoir: Comptoir, letter: bytes
) -> None:
    """With the scanner away nothing is read, the reason is shown, no try is spent."""
    receipt = await comptoir.deposit(letter)
    for _ in range(MAX_TRIES + 2):
        with pytest.raises(UnavailableError):
            process(scanned(comptoir, None), receipt.reference, plain_step)
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.code) == ("recu", "antivirus-indisponible")
    process(scanned(comptoir, EtatAnalyse.RIEN_TROUVE), receipt.reference, plain_step)
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.code, depot.nb_essais) == ("traite", None, 1)
    assert depot.tri["antivirus"] == "rien trouvé"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (EtatAnalyse.VIRUS, "virus-detecte"),
        (EtatAnalyse.LIMITE, "analyse-impossible"),
    ],
)
async def test_a_virus_is_put_aside_before_anything_is_read(
    comptoir: Comptoir, letter: bytes, answer: EtatAnalyse, code: str
) -> None:
    """Neither a virus nor a scan that could not finish goes any further."""
    receipt = await comptoir.deposit(letter)
    process(scanned(comptoir, answer), receipt.reference, plain_step)
    depot = comptoir.depot(receipt.reference)
    assert (depot.etat, depot.code, depot.nb_pages) == ("quarantaine", code, None)


async def test_lost_jobs_are_found_again(comptoir: Comptoir, letter: bytes) -> None:
    """A deposit whose job vanished is queued again by the sweep, once a minute."""
    receipt = await comptoir.deposit(letter)
    comptoir.queue.waiting.clear()
    pending: Any = comptoir.queue
    assert jobs.sweep(comptoir.atelier, pending) == 0
    comptoir.clock.advance(dt.timedelta(minutes=3))
    assert jobs.sweep(comptoir.atelier, pending) == 1
    assert jobs.sweep(comptoir.atelier, pending) == 0
    comptoir.work()
    assert comptoir.depot(receipt.reference).etat == EtatDepot.TRAITE.code


async def test_a_failed_job_is_tried_again_later(
    comptoir: Comptoir, letter: bytes
) -> None:
    """A job that failed for want of the scanner comes back by the sweep."""
    receipt = await comptoir.deposit(letter)
    away = scanned(comptoir, None)
    comptoir.queue.run({"depot:lire": lambda ref: process(away, ref, plain_step)})
    assert comptoir.queue.done == {receipt.reference: "ERROR"}
    comptoir.clock.advance(dt.timedelta(minutes=3))
    pending: Any = comptoir.queue
    assert jobs.sweep(comptoir.atelier, pending) == 1
    comptoir.work()
    assert comptoir.depot(receipt.reference).etat == EtatDepot.TRAITE.code


async def test_orphan_bytes_leave_in_two_rounds(
    comptoir: Comptoir, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes nobody was promised are marked, then removed; promised ones never."""
    receipt = await comptoir.deposit(letter)
    comptoir.work()
    owner = f"c{comptoir.collectivite}"
    orphan = comptoir.storage.put(owner, b"abandon").empreinte
    stray = comptoir.storage.put("attente-0123", b"abandon").empreinte
    sweep = (comptoir.db, comptoir.storage)
    assert orphelins.sweep(*sweep, comptoir.clock.now()) == 0
    assert comptoir.count(it.OctetsOrphelins) == 0
    assert gaps(comptoir) == []
    monkeypatch.setattr(orphelins, "ORPHAN_AFTER_S", -1.0)
    monkeypatch.setattr(conservation, "FORGOTTEN_AFTER_S", -1.0)
    assert gaps(comptoir) == ["octets-sans-ligne"] * 2
    assert orphelins.sweep(*sweep, comptoir.clock.now()) == 0
    with pytest.raises(UnavailableError) as caught:
        await comptoir.deposit(b"abandon")
    assert caught.value.code == "service-occupe"
    comptoir.clock.advance(dt.timedelta(minutes=6))
    assert orphelins.sweep(*sweep, comptoir.clock.now()) == 2
    assert not comptoir.storage.exists(owner, orphan)
    assert not comptoir.storage.exists("attente-0123", stray)
    assert comptoir.storage.exists(owner, receipt.empreinte)
    assert gaps(comptoir) == []
    await comptoir.deposit(b"abandon")
