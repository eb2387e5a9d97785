"""What a hostile parser would try once it runs in the box. Imported by the child only."""

import ctypes
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

Answer = tuple[dict[str, Any], bytes]


def warm() -> dict[str, str]:
    """Say hello from the fork server."""
    return {"assaillant": "prêt"}


def echo(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Give back what came in."""
    yield {"lu": len(file.read()), "params": dict(params)}, b"octets"


def controles(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Say things no page may carry."""
    yield {"texte": "a\x00b\x1b[31mc\ud800d\x85e\tf\ng", "liste": [{"x": "\x07"}]}, b""


def actes(_file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Try each forbidden act; say which one succeeded."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = Path(str(params["dossier"]))
    secret = home / "secret"
    tried: dict[str, Callable[[], object]] = {
        "inet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "inet6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
        "unix": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "paire": socket.socketpair,
        "connexion": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "lire_passwd": lambda: Path("/etc/passwd").read_text(),
        "lire_shadow": lambda: Path("/etc/shadow").read_text(),
        "lire_secret": secret.read_text,
        "lister_dossier": lambda: list(home.iterdir()),
        "lister_racine": lambda: list(Path("/").iterdir()),
        "lister_proc": lambda: list(Path("/proc").iterdir()),
        "environ_voisin": lambda: Path("/proc/1/environ").read_bytes(),
        "memoire_voisine": Path("/proc/1/mem").read_bytes,
        "ecrire": lambda: (home / "trace").write_text("x"),
        "ecrire_tmp": lambda: (Path(tempfile.gettempdir()) / "trace").write_text("x"),
        "ecrire_code": lambda: Path(__file__).write_text(""),
        "supprimer": secret.unlink,
        "renommer": lambda: secret.rename(home / "autre"),
        "lien": lambda: (home / "lien").symlink_to("/etc/passwd"),
        "lien_dur": lambda: os.link(secret, home / "dur"),
        "dossier": (home / "d").mkdir,
        "mode": lambda: secret.chmod(0o777) or _must_have_changed(secret),
        "tube": lambda: os.mkfifo(home / "tube"),
        "fork": os.fork,
        "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "lancer": lambda: subprocess.run(["/bin/true"], check=True),
        "shell": lambda: _must_be_zero(os.system("true")),  # noqa: S605
        "tuer_parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
        "tuer_init": lambda: os.kill(1, signal.SIGTERM),
        "tuer_tous": lambda: os.kill(-1, signal.SIGTERM),
        "ptrace": lambda: _call(libc, 101, 16, os.getppid(), 0, 0),
        "monter": lambda: _must_be_zero(libc.mount(b"none", b"/mnt", b"tmpfs", 0, 0)),
        "espace": lambda: _must_be_zero(libc.unshare(0x10000000)),
        "racine": lambda: os.chroot(home),
        "bpf": lambda: _call(libc, 321, 0, 0, 0),
        "io_uring": lambda: _call(libc, 425, 4, 0),
        "keyctl": lambda: _call(libc, 250, 0, -3, 0),
        "memfd": lambda: os.memfd_create("x"),
        "module": lambda: _call(libc, 313, 0, 0, 0),
        "identite": lambda: os.setuid(12345),
        "hote": lambda: socket.sethostname("pris"),
        "fichiers": lambda: [os.dup(0) for _ in range(200)],
    }
    allowed = [name for name, act in tried.items() if _succeeds(act)]
    yield {"permis": allowed, "essayes": len(tried)}, b""
    yield {"environ": sorted(os.environ)}, b""  # noqa: TID251


def _succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return True


def _must_be_zero(code: int) -> None:
    if code != 0:
        raise OSError(code)


def _must_have_changed(path: Path) -> None:
    raise OSError(str(path))


def _call(libc: Any, *numbers: int) -> None:
    if libc.syscall(*numbers) < 0:
        raise OSError(ctypes.get_errno())


def boucle(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Answer once, then never end."""
    yield {"page": 1}, b""
    while True:
        pass


def dort(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Hang without burning anything."""
    yield {"page": 1}, b""
    time.sleep(3600)


def sourd(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Refuse to be asked politely."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGXCPU, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass
    yield {}, b""


def memoire(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Take four gibibytes."""
    yield {"pris": len(bytearray(4 << 30))}, b""


def fils(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Start threads until told no."""
    started = 0
    try:
        for _ in range(100_000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    yield {"fils": started}, b""


def bavard(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Answer without end."""
    while True:
        yield {"a": "x" * 100_000}, b""


def enorme(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Answer one message beyond any size."""
    yield {}, bytes(64 << 20)


def menteur(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Write on the pipe what is no frame."""
    os.write(4, b"\xff" * 64)
    yield {}, b""


def profond(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Answer JSON nested beyond reason."""
    text = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    os.write(4, b"M" + len(text).to_bytes(4, "big") + bytes(4) + text)
    yield {}, b""


def segv(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Crash after one message."""
    yield {"page": 1}, b""
    ctypes.string_at(0)


def abandonne(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Leave without a word."""
    yield {"page": 1}, b""
    os._exit(3)


def leve(_file: BinaryIO, _params: Mapping[str, Any]) -> Iterator[Answer]:
    """Raise what parsers raise."""
    yield {"page": 1}, b""
    raise IndexError("hors du tableau")
