"""Runs a parser on hostile bytes in a disposable child; its answer is untrusted too.

One warmed fork server per parser module (see `sandbox_server`), one child per call. The
outcome is a value: whatever the child did, the caller goes on.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from socle.errors import UnavailableError
from socle.sandbox_outcomes import (
    MIB,
    Depasse,
    Erreur,
    Issue,
    Limites,
    Message,
    Plante,
    Reponse,
    clean,
)
from socle.sandbox_server import END, EXIT_MEMORY, FAILURE, HEADER, MESSAGE

__all__ = [
    "MIB",
    "Depasse",
    "Erreur",
    "Issue",
    "Limites",
    "Message",
    "Plante",
    "Reponse",
    "Sandbox",
    "clean",
]

START_S = 60.0
ATTEMPTS = 2
# imported, not run as `__main__`: parsers raise the very `CodedError` that it catches
BOOT = "from socle.sandbox_server import main; main()"


class Sandbox:
    """The box: `run` may be called from any thread.

    `modules` are the only modules whose functions may be run. Each is imported in its own
    fork server, started at the first call; a module's `warm()` prepares it there and its
    answer is kept in `report`.
    """

    def __init__(
        self, modules: Sequence[str], *, readable: Sequence[Path] = ()
    ) -> None:
        self._modules = frozenset(modules)
        self._readable = (*_code_folders(), *readable)
        self._servers: dict[str, _Server] = {}
        self._lock = threading.Lock()

    def run(
        self,
        function: str,
        chemin: Path,
        params: Mapping[str, Any],
        *,
        limites: Limites | None = None,
        on_message: Callable[[Message], None] | None = None,
    ) -> Issue:
        """Run `module:function` on the file; messages go to `on_message` as they come.

        With `on_message`, the messages are not kept in the outcome. Raises
        `UnavailableError` when the fork server cannot start, OSError when the file cannot
        be opened.
        """
        module, _, name = function.partition(":")
        for _attempt in range(ATTEMPTS):
            server = self._server(module)
            call = _Call(limites or Limites(), on_message)
            with chemin.open("rb") as source:
                issue = server.run(name, source.fileno(), params, call)
            # the server itself was killed before the child said anything
            if call.received or issue != Plante() or server.is_alive():
                break
        return issue

    def walls(self, module: str | None = None) -> Mapping[str, bool]:
        """Tell which walls stand around the children (starts a server if none runs)."""
        return self._server(module or min(self._modules)).walls

    def report(self, module: str) -> Mapping[str, Any]:
        """Return what the module's `warm()` said of itself."""
        return self._server(module).report

    def close(self) -> None:
        """Kill every child and server."""
        with self._lock:
            servers, self._servers = self._servers, {}
        for server in servers.values():
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _server(self, module: str) -> "_Server":
        if module not in self._modules:
            raise ValueError(f"module outside the sandbox: {module}")
        with self._lock:
            server = self._servers.get(module)
            if server is None or not server.is_alive():
                if server is not None:
                    server.close()
                server = self._servers[module] = _Server(module, self._readable)
            return server


def _code_folders() -> tuple[Path, ...]:
    """Where code lives: interpreter, libraries, fonts; no folder of the service."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {Path(sysconfig.get_path(name)) for name in names}
    system = (
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/share",
        "/lib",
        "/lib64",
    )
    return (
        *sorted(folders),
        *map(Path, (*system, "/dev/urandom", "/etc/ld.so.cache")),
    )


class _Server:
    """The caller's end of one fork server."""

    def __init__(self, module: str, readable: Sequence[Path]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wish = {"module": module, "readable": [str(path) for path in readable]}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module
                [
                    *(sys.executable, "-P", "-c", BOOT),
                    *(json.dumps(wish), str(theirs.fileno())),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._lock = threading.Lock()
        hello = self._hello(module)
        self.walls: Mapping[str, bool] = hello["walls"]
        self.report: Mapping[str, Any] = hello["report"]

    def _hello(self, module: str) -> dict[str, Any]:
        self._control.settimeout(START_S)
        try:
            hello = json.loads(self._control.recv(1 << 16) or b'{"failure": "died"}')
        except (OSError, ValueError) as error:
            hello = {"failure": repr(error)}
        self._control.settimeout(None)
        if "failure" in hello:
            self.close()
            raise UnavailableError(
                "service-occupe",
                "L’analyse des fichiers ne peut pas démarrer sur cette machine "
                f"({module}) : {hello['failure']}",
            )
        return dict(hello)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(
        self, name: str, source: int, params: Mapping[str, Any], call: "_Call"
    ) -> Issue:
        answer, theirs_answer = os.pipe2(os.O_CLOEXEC)
        link, theirs_link = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps(
            {"function": name, "params": dict(params), "limits": call.limits()}
        ).encode()
        with link, os.fdopen(answer, "rb", buffering=0) as pipe:
            try:
                with self._lock:
                    socket.send_fds(
                        self._control,
                        [request],
                        [source, theirs_answer, theirs_link.fileno()],
                    )
            except OSError:
                return Plante()
            finally:
                os.close(theirs_answer)
                theirs_link.close()
            return call.follow(pipe.fileno(), link)


def _environment() -> dict[str, str]:
    """Build the child's environment from nothing: no secret of ours is in it."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        # one page is read by one thread; the machine is filled by several children
        "OMP_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # large pages: a third less time spent forking and touching fresh memory
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    }


@dataclass(slots=True)
class _Call:
    """One call being followed: what came, what is awaited, until when."""

    limites: Limites
    on_message: Callable[[Message], None] | None
    messages: list[Message] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)
    received: int = 0
    end: Issue | None = None

    def limits(self) -> dict[str, int]:
        return {
            "memory": self.limites.memory,
            "cpu_s": self.limites.cpu_s,
            "descriptors": self.limites.descriptors,
        }

    def follow(self, pipe: int, link: socket.socket) -> Issue:
        """Read until the end of the answer, a limit or a crash; the child then dies."""
        start = last = time.monotonic()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        while self.end is None:
            limite, left = self._left(start, last)
            if left <= 0:
                return Depasse(limite=limite, messages=tuple(self.messages))
            if not poll.poll(left * 1000):
                continue
            chunk = os.read(pipe, 1 << 18)
            if not chunk:
                return self._crash(link)
            self.received += len(chunk)
            self.buffer += chunk
            if self._take():
                last = time.monotonic()
        return self.end

    def _left(self, start: float, last: float) -> tuple[str, float]:
        now = time.monotonic()
        total = self.limites.wall_s - (now - start)
        if self.limites.silence_s is None:
            return "duree", total
        silence = self.limites.silence_s - (now - last)
        return ("silence", silence) if silence < total else ("duree", total)

    def _take(self) -> bool:
        """Take whole frames out of the buffer; answer whether there was one."""
        taken = False
        for kind, text, octets in self._frames():
            taken = True
            self._accept(kind, text, octets)
            if self.end is not None:
                break
        if self.received > self.limites.answer_max:
            self.end = Depasse(limite="reponse", messages=tuple(self.messages))
        return taken

    def _frames(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        while self.end is None and len(self.buffer) >= HEADER.size:
            kind, text_size, octets_size = HEADER.unpack_from(self.buffer)
            if text_size + octets_size > self.limites.message_max:
                self.end = Depasse(limite="reponse", messages=tuple(self.messages))
                return
            text_end = HEADER.size + text_size
            if len(self.buffer) < text_end + octets_size:
                return
            text = bytes(self.buffer[HEADER.size : text_end])
            octets = bytes(self.buffer[text_end : text_end + octets_size])
            del self.buffer[: text_end + octets_size]
            yield kind, text, octets

    def _accept(self, kind: bytes, text: bytes, octets: bytes) -> None:
        try:
            corps = clean(json.loads(text, parse_constant=_refuse_constant))
        except (ValueError, RecursionError):
            corps = None
        kept = tuple(self.messages)
        if not isinstance(corps, dict):
            self.end = Erreur(code="exception", detail="not an object", messages=kept)
        elif kind == MESSAGE:
            message = Message(corps=corps, octets=octets)
            if self.on_message is None:
                self.messages.append(message)
            else:
                self.on_message(message)
        elif kind == FAILURE:
            code, detail = str(corps.get("code")), str(corps.get("detail", ""))
            self.end = Erreur(code=code, detail=detail, messages=kept)
        elif kind == END:
            self.end = Reponse(messages=kept)
        else:
            self.end = Erreur(code="exception", detail="unknown frame", messages=kept)

    def _crash(self, link: socket.socket) -> Issue:
        """Ask the fork server how the child ended."""
        kept = tuple(self.messages)
        link.settimeout(5)
        code: int | None = None
        with contextlib.suppress(OSError, ValueError, KeyError):
            code = int(json.loads(link.recv(256))["exit"])
        if code == EXIT_MEMORY:
            return Depasse(limite="memoire", messages=kept)
        if code is not None and -code in CPU_SIGNALS:
            return Depasse(limite="cpu", messages=kept)
        if code is not None and code < 0:
            return Plante(signal=-code, messages=kept)
        return Plante(code=code, messages=kept)


CPU_SIGNALS = frozenset({24})  # SIGXCPU


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
