"""The command line as a person or a script meets it: codes, words, secrets shown once."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def _environment(folder: Path, **settings: str) -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()  # noqa: TID251 - a child needs its PATH
        if not k.startswith("VAGUEMESTRE_")
    }
    return kept | {
        "PYTHONPATH": str(ROOT),
        "VAGUEMESTRE_DONNEES": str(folder / "var"),
        "VAGUEMESTRE_RESERVE_DISQUE": "0",
        **settings,
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Start the command line in an empty folder."""

    def call(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "web", *words],
            cwd=tmp_path, env=_environment(tmp_path, **settings), check=False,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    return call


def test_help_in_french(run: Run) -> None:
    """Every command says what it does."""
    shown = run("--help")

    assert 0 == shown.returncode
    for word in ("serve", "work", "migrate", "demo", "comptes", "jetons", "importer",
                 "typer", "verifier", "bilan-typage", "surveiller"):  # fmt: skip
        assert word in shown.stdout


@pytest.mark.parametrize(
    "words", [["inconnue"], ["migrate", "--faux"], ["comptes", "creer"], ["typer"]]
)
def test_bad_usage_is_2(run: Run, words: list[str]) -> None:
    """A misspelt command or a missing option exits 2."""
    assert 2 == run(*words).returncode


def test_wrong_setting_is_one_line(run: Run) -> None:
    """A setting that does not exist stops the start with its name."""
    stopped = run("migrate", VAGUEMESTRE_PORTE="80")

    assert 2 == stopped.returncode
    assert "VAGUEMESTRE_PORTE" in stopped.stderr
    assert 1 == len(stopped.stderr.splitlines())


def test_migrate_twice(run: Run) -> None:
    """Migrating a migrated base changes nothing."""
    first, second = run("migrate", "--json"), run("migrate", "--json")

    assert 0 == first.returncode == second.returncode
    assert json.loads(first.stdout) == json.loads(second.stdout)


def test_account_secret_is_shown_once_and_not_kept(run: Run, tmp_path: Path) -> None:
    """The activation link is printed; the base holds only its hash."""
    run("migrate")
    made = run(
        "comptes", "creer", "--identifiant", "ana@ville.fr", "--role", "operateur"
    )
    found = re.search(r"http://127\.0\.0\.1:8080/activation\?code=(\S+)", made.stdout)
    again = run(
        "comptes", "creer", "--identifiant", "ANA@ville.fr", "--role", "operateur"
    )

    assert 0 == made.returncode, made.stderr
    assert found is not None
    assert found.group(1) not in _dump(tmp_path)
    assert 1 == again.returncode
    assert "existe déjà" in again.stderr


def test_token_is_printed_alone(run: Run, tmp_path: Path) -> None:
    """A script may take the token from stdout; the base holds only its hash."""
    run("migrate")
    made = run("jetons", "creer", "--role", "administrateur", "--expire", "90j")
    token = made.stdout.strip()

    assert re.fullmatch(r"vg_[A-Za-z0-9_-]{43}", token)
    assert token not in _dump(tmp_path)


@pytest.mark.parametrize("expire", ["2020-01-01", "demain", "12"])
def test_token_with_a_bad_expiry(run: Run, expire: str) -> None:
    """A past or unreadable expiry makes no token."""
    run("migrate")
    refused = run("jetons", "creer", "--role", "administrateur", "--expire", expire)

    assert (1, "") == (refused.returncode, refused.stdout)


def test_unknown_collectivite(run: Run) -> None:
    """A perimeter that does not exist makes no token, and says what to do."""
    run("migrate")
    refused = run("jetons", "creer", "--role", "collectivite", "--collectivite", "X")

    assert 1 == refused.returncode
    assert "importez" in refused.stderr


def _dump(folder: Path) -> str:
    base = sqlite3.connect(folder / "var/vaguemestre.sqlite")
    text = "\n".join(base.iterdump())
    base.close()
    return text


# --- serve ------------------------------------------------------------------


def free_port() -> int:
    """Return a port nobody uses now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _serve(folder: Path, port: int, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "web", "serve", "--port", str(port), *words],
        cwd=folder, env=_environment(folder, VAGUEMESTRE_TRAVAILLEURS="1"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _ready(port: int, seconds: float = 120) -> dict[str, object]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            asked = f"http://127.0.0.1:{port}/sante"
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("never ready")


def test_serve_starts_says_where_and_drains(tmp_path: Path) -> None:
    """`serve` migrates, prints its address, answers, and leaves on SIGTERM."""
    port = free_port()
    process = _serve(tmp_path, port, "--sans-travailleur")
    try:
        health = _ready(port)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()

    assert "vivant" == health["etat"]
    assert f"http://127.0.0.1:{port}" in out
    assert 0 == process.returncode


def test_serve_on_a_taken_port_says_so(tmp_path: Path) -> None:
    """The address being taken is one line, before any worker starts."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        process = _serve(tmp_path, sock.getsockname()[1])
        try:
            _, err = process.communicate(timeout=120)
        finally:
            process.kill()

    assert 1 == process.returncode
    assert "--port" in err


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def test_a_dead_worker_comes_back_and_dies_with_us(tmp_path: Path) -> None:
    """A killed worker is restarted; SIGKILL on `serve` leaves no worker behind."""
    port = free_port()
    process = _serve(tmp_path, port)
    try:
        _ready(port)
        assert _until(lambda: len(_children(process.pid)) == 1, 10)
        first = _children(process.pid)[0]
        os.kill(first, signal.SIGKILL)
        assert _until(
            lambda: (
                [c for c in _children(process.pid) if c != first and _alive(c)] != []
            ),
            15,
        )
        second = next(c for c in _children(process.pid) if c != first)
        process.kill()
        process.wait(10)
        gone = _until(lambda: not _alive(second), 15)
    finally:
        process.kill()

    assert gone


def test_the_web_process_carries_no_parser() -> None:
    """Nothing that reads hostile bytes, or takes seconds to load, is imported by web."""
    code = (
        "import sys, web.__main__, web.app, web.serving, web.routes;"
        "web.routes.every_route();"
        "print([m for m in ('sklearn', 'cv2', 'onnxruntime', 'tesserocr', 'PIL', 'pypdf',"
        " 'pypdfium2', 'rapidocr', 'numpy', 'pi_heif') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )

    assert "[]" == shown.stdout.strip()


def test_the_learned_model_is_led_from_the_command_line(run: Run) -> None:
    """Fit, list, stop, bring back, thresholds; the table of what people corrected."""
    fitted = json.loads(run("apprentissage", "ajuster", "--json").stdout)
    idle = run("apprentissage", "ajuster")
    stopped = run("apprentissage", "arreter")
    again = run("apprentissage", "revenir", "1")
    absent = run("apprentissage", "revenir", "7")
    set_ = run("apprentissage", "seuil", "RIB", "0.97")
    wrong = run("apprentissage", "seuil", "NEANT", "0.97")
    listed = json.loads(run("apprentissage", "seuils", "--json").stdout)
    versions = run("apprentissage", "versions").stdout
    bilan = json.loads(run("bilan-typage", "--json").stdout)

    assert (1, "sert") == (fitted["numero"], fitted["etat"])
    assert "Rien de nouveau" in idle.stdout
    assert [0, 0, 1, 0, 1] == [
        one.returncode for one in (stopped, again, absent, set_, wrong)
    ]
    assert [{"collectivite": None, "type": "RIB", "seuil": 0.97}] == listed
    assert "n° 1" in versions
    assert "en service" in versions
    assert {"documents", "confusions", "calibration", "abstentions"} <= set(bilan)
