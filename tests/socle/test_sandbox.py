"""A disposable child: what it may do, what stops it, and that the caller goes on."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.errors import UnavailableError
from socle.sandbox import (
    MIB,
    Depasse,
    Erreur,
    Limites,
    Message,
    Plante,
    Reponse,
    Sandbox,
)

MODULE = "assaillant"
SHORT = Limites(wall_s=5, silence_s=1.5, cpu_s=3, memory=512 * MIB)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Give a sandbox whose only parser is an attacker."""
    sys.path.insert(0, str(Path(__file__).parent))
    with Sandbox([MODULE]) as box:
        yield box
    sys.path.remove(str(Path(__file__).parent))


@pytest.fixture
def fichier(tmp_path: Path) -> Path:
    """Give a file of ten bytes."""
    path = tmp_path / "depot"
    path.write_bytes(b"0123456789")
    return path


def run(sandbox: Sandbox, name: str, fichier: Path, limites: Limites = SHORT) -> object:
    """Run one function of the attacker."""
    return sandbox.run(f"{MODULE}:{name}", fichier, {}, limites=limites)


def test_answers_come_back_as_values(sandbox: Sandbox, fichier: Path) -> None:
    """A function reads the file it is given and answers JSON and bytes."""
    issue = sandbox.run(f"{MODULE}:echo", fichier, {"a": [1]}, limites=SHORT)
    corps = {"lu": 10, "params": {"a": [1]}}
    assert Reponse(messages=(Message(corps=corps, octets=b"octets"),)) == issue


def test_the_parser_is_warmed_once(sandbox: Sandbox) -> None:
    """What the module said when it was warmed is kept."""
    assert sandbox.report(MODULE) == {"assaillant": "prêt"}


def test_controls_are_stripped(sandbox: Sandbox, fichier: Path) -> None:
    """Controls and lone surrogates never cross the wall; tab and newline do."""
    issue = run(sandbox, "controles", fichier)
    assert isinstance(issue, Reponse)
    assert issue.messages[0].corps == {
        "texte": "ab[31mcde\tf\ng",
        "liste": [{"x": ""}],
    }


def test_every_wall_stands_or_is_named(sandbox: Sandbox) -> None:
    """Each wall says whether it stands; limits and no-new-privileges always do."""
    walls = sandbox.walls(MODULE)
    names = {"namespaces", "landlock", "seccomp", "limits", "capabilities"}
    assert names | {"no_new_privileges"} == set(walls)
    assert walls["limits"]
    assert walls["no_new_privileges"]


def test_forbidden_acts_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    """Sockets, files, processes, signals, namespaces: none of forty acts succeeds."""
    if not all(sandbox.walls(MODULE).values()):
        pytest.skip("this machine lacks a wall: the service says so")
    secret = tmp_path / "secret"
    secret.write_text("confidentiel")
    params = {"dossier": str(tmp_path)}
    issue = sandbox.run(f"{MODULE}:actes", secret, params, limites=SHORT)
    assert isinstance(issue, Reponse), issue
    assert issue.messages[0].corps["permis"] == []
    assert issue.messages[0].corps["essayes"] >= 40
    assert secret.read_text() == "confidentiel"
    assert [secret] == list(tmp_path.iterdir())


def test_no_secret_in_the_environment(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child's environment is built from nothing."""
    monkeypatch.setenv("VAGUEMESTRE_CLE", "00" * 32)
    path = tmp_path / "secret"
    path.write_text("x")
    params = {"dossier": str(tmp_path)}
    issue = sandbox.run(f"{MODULE}:actes", path, params, limites=SHORT)
    assert not [name for name in issue.messages[1].corps["environ"] if "VAGUE" in name]


@pytest.mark.parametrize(
    ("name", "limite"),
    [
        ("boucle", "silence"),
        ("dort", "silence"),
        ("sourd", "silence"),
        ("memoire", "memoire"),
        ("enorme", "reponse"),
        ("bavard", "reponse"),
    ],
)
def test_limits_stop_it(
    sandbox: Sandbox, fichier: Path, name: str, limite: str
) -> None:
    """A loop, a hang, four gibibytes, an endless answer: each meets its limit."""
    limites = Limites(
        wall_s=5, silence_s=1.0, cpu_s=3, memory=512 * MIB, answer_max=4 * MIB
    )
    start = time.monotonic()
    issue = run(sandbox, name, fichier, limites)
    assert isinstance(issue, Depasse)
    assert issue.limite == limite
    assert time.monotonic() - start < 4


def test_processor_time_is_bounded(sandbox: Sandbox, fichier: Path) -> None:
    """A child that ignores every signal still dies of its processor time."""
    limites = Limites(wall_s=15, cpu_s=1, memory=512 * MIB)
    issue = run(sandbox, "boucle", fichier, limites)
    assert isinstance(issue, Depasse | Plante)
    assert [1] == [message.corps["page"] for message in issue.messages]


def test_threads_are_bounded_by_memory(sandbox: Sandbox, fichier: Path) -> None:
    """A child cannot start threads without end."""
    limites = Limites(wall_s=20, cpu_s=15, memory=256 * MIB)
    issue = run(sandbox, "fils", fichier, limites)
    if isinstance(issue, Reponse):
        assert issue.messages[0].corps["fils"] < 500
    else:
        assert isinstance(issue, Depasse | Plante)


@pytest.mark.parametrize("name", ["menteur", "profond"])
def test_lies_are_refused(sandbox: Sandbox, fichier: Path, name: str) -> None:
    """Bytes that are no frame, or JSON beyond reason, end the call as an error."""
    assert isinstance(run(sandbox, name, fichier), Erreur | Depasse)


def test_a_crash_is_a_value(sandbox: Sandbox, fichier: Path) -> None:
    """A crash tells its signal and keeps what was already answered."""
    issue = run(sandbox, "segv", fichier)
    assert Plante(signal=11, messages=(Message(corps={"page": 1}),)) == issue


def test_leaving_without_a_word_is_a_value(sandbox: Sandbox, fichier: Path) -> None:
    """An exit without an end is no answer."""
    issue = run(sandbox, "abandonne", fichier)
    assert Plante(code=3, messages=(Message(corps={"page": 1}),)) == issue


def test_an_exception_is_a_value(sandbox: Sandbox, fichier: Path) -> None:
    """What a parser raises is a code; its text is for the log only."""
    issue = run(sandbox, "leve", fichier)
    assert isinstance(issue, Erreur)
    assert (issue.code, issue.detail) == ("exception", "IndexError: hors du tableau")


def test_messages_come_as_they_are_made(sandbox: Sandbox, fichier: Path) -> None:
    """The first message is known long before the child is given up."""
    seen: list[float] = []
    start = time.monotonic()
    sandbox.run(
        f"{MODULE}:dort",
        fichier,
        {},
        limites=SHORT,
        on_message=lambda _: seen.append(time.monotonic() - start),
    )
    assert seen[0] < 1


def test_only_named_modules_run(sandbox: Sandbox, fichier: Path) -> None:
    """A module that was not declared is refused before any child starts."""
    with pytest.raises(ValueError, match="outside"):
        sandbox.run("os:system", fichier, {})


def test_a_parser_that_does_not_import_says_so() -> None:
    """A fork server that cannot start is an unavailable resource."""
    with Sandbox(["module_qui_n_existe_pas"]) as box, pytest.raises(UnavailableError):
        box.walls()


def test_the_caller_is_unharmed(sandbox: Sandbox, fichier: Path) -> None:
    """After twenty deaths, the caller has the same descriptors and no child left."""
    run(sandbox, "echo", fichier)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ["segv", "leve", "abandonne", "enorme"] * 5:
        run(sandbox, name, fichier)
    assert before == len(list(Path("/proc/self/fd").iterdir()))
    assert isinstance(run(sandbox, "echo", fichier), Reponse)


def test_threads_share_a_sandbox(sandbox: Sandbox, fichier: Path) -> None:
    """Several threads call at once; each gets its own answer."""
    seen: dict[int, object] = {}

    def call(rank: int) -> None:
        issue = sandbox.run(f"{MODULE}:echo", fichier, {"n": rank}, limites=SHORT)
        seen[rank] = issue.messages[0].corps["params"]["n"]

    threads = [threading.Thread(target=call, args=(rank,)) for rank in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {rank: rank for rank in range(16)} == seen


def test_a_dead_server_is_replaced(fichier: Path) -> None:
    """When the fork server is killed, the next call starts another one."""
    sys.path.insert(0, str(Path(__file__).parent))
    with Sandbox([MODULE]) as box:
        assert isinstance(run(box, "echo", fichier), Reponse)
        box._servers[MODULE]._process.kill()
        box._servers[MODULE]._process.wait()
        assert isinstance(run(box, "echo", fichier), Reponse)
    sys.path.remove(str(Path(__file__).parent))
