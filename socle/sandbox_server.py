"""The warmed fork server: imports a parser once, then forks one child per hostile file.

Started by `socle.sandbox`, it never imports the main program, never unpickles.
It reads no hostile byte itself: files go from the caller to the child by descriptor.
"""

import array
import contextlib
import fcntl
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from socle import sandbox_walls as walls

HEADER = struct.Struct(">cII")
MESSAGE, FAILURE, END = b"M", b"E", b"F"
REQUEST_MAX = 128 * 1024
EXIT_MEMORY = 71
PROBE_LIMITS = {"memory": 1 << 30, "cpu_s": 5, "descriptors": 64}

# What a sandboxed function yields: a JSON object, and bytes (a preview) or nothing.
Answer = tuple[Mapping[str, Any], bytes]
Function = Callable[[BinaryIO, Mapping[str, Any]], Iterator[Answer]]


class CodedError(Exception):
    """A finding of the parser that has a name: the code crosses the wall as it is."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class _Child:
    pid: int
    link: socket.socket


def main() -> None:
    """Warm up, raise the walls, say hello, then fork until the caller goes away."""
    wish = json.loads(sys.argv[1])
    control = socket.socket(fileno=int(sys.argv[2]))
    standing = {"namespaces": _isolate(control)}
    try:
        module = importlib.import_module(wish["module"])
        warm = getattr(module, "warm", None)
        report = warm() if warm is not None else {}
    except Exception:  # noqa: BLE001 whatever it is, the caller is told
        control.send(json.dumps({"failure": traceback.format_exc()[-2000:]}).encode())
        sys.exit(1)
    inherited = walls.address_space()
    standing["no_new_privileges"] = walls.set_no_new_privileges()
    standing["landlock"] = walls.restrict_files(Path(item) for item in wish["readable"])
    standing |= _probe(inherited)
    control.send(json.dumps({"walls": standing, "report": report}).encode())
    gc.freeze()
    _Server(control, module.__dict__, inherited).serve()


def _isolate(control: socket.socket) -> bool:
    """Enter private namespaces; the outer process only waits for the inner one."""
    isolated = walls.enter_namespaces()
    if not isolated:
        return False
    pid = os.fork()
    if pid == 0:
        walls.die_with_parent()
        return True
    control.close()
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _probe(inherited: int) -> dict[str, bool]:
    """Try the walls of one child in a child of its own."""
    pid = os.fork()
    if pid == 0:
        os._exit(_raise_walls(PROBE_LIMITS, inherited))
    _, status = os.waitpid(pid, 0)
    bits = os.waitstatus_to_exitcode(status)
    names = ("limits", "capabilities", "seccomp")
    return {
        name: bool(bits >= 0 and bits >> rank & 1) for rank, name in enumerate(names)
    }


def _raise_walls(limits: Mapping[str, int], inherited: int) -> int:
    """Raise what only this child must have; answer one bit per wall.

    `memory` comes on top of the address space inherited from the server.
    """
    filtered = walls.filter_calls()
    limited = walls.set_limits(
        memory=inherited + limits["memory"],
        cpu_s=limits["cpu_s"],
        descriptors=limits["descriptors"],
        threads_too=not filtered,
    )
    standing = (limited, walls.drop_capabilities(), filtered)
    return sum(bit << rank for rank, bit in enumerate(standing))


class _Server:
    """The loop: requests come on `control`, each child has its own link to the caller."""

    def __init__(
        self, control: socket.socket, functions: Mapping[str, Any], inherited: int
    ) -> None:
        self._control = control
        self._inherited = inherited
        self._functions = functions
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(control, selectors.EVENT_READ, self._receive)
        self._selector.register(self._wake, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                key.data(key.fileobj)

    def _receive(self, _: object) -> None:
        request, descriptors = _receive_with_descriptors(self._control)
        if not request:
            self._leave()
        source, answer, link = descriptors
        pid = os.fork()
        if pid == 0:
            _live(self._functions, json.loads(request), self._inherited, descriptors)
        os.close(source)
        os.close(answer)
        child = _Child(pid, socket.socket(fileno=link))
        self._children[pid] = child
        self._selector.register(
            child.link, selectors.EVENT_READ, lambda _: self._kill(child)
        )

    def _kill(self, child: _Child) -> None:
        """Kill on order, or when the caller closed its end."""
        if child.pid not in self._children:  # buried since the events were gathered
            return
        self._selector.unregister(child.link)
        _kill_group(child.pid)

    def _reap(self, _: object) -> None:
        os.read(self._wake, 4096)
        for pid in list(self._children):
            done = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if done is not None:
                self._bury(self._children.pop(pid))

    def _bury(self, child: _Child) -> None:
        # the number cannot be reused before waitpid: the rest of the group dies first
        _kill_group(child.pid)
        _, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if child.link in self._selector.get_map():
            self._selector.unregister(child.link)
        with contextlib.suppress(OSError):
            child.link.send(json.dumps({"exit": code}).encode())
        child.link.close()

    def _leave(self) -> None:
        for child in self._children.values():
            _kill_group(child.pid)
        os._exit(0)


def _kill_group(pid: int) -> None:
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _receive_with_descriptors(control: socket.socket) -> tuple[bytes, list[int]]:
    size = array.array("i").itemsize
    request, ancillary, _, _ = control.recvmsg(REQUEST_MAX, socket.CMSG_SPACE(3 * size))
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % size])
    return request, list(descriptors)


def _live(
    functions: Mapping[str, Any],
    request: Mapping[str, Any],
    inherited: int,
    descriptors: list[int],
) -> None:
    """Be a child: raise the walls, run one function, answer, disappear."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        walls.die_with_parent()
        _place(descriptors[:2])
        os.closerange(5, 4096)
        _raise_walls(request["limits"], inherited)
        with os.fdopen(3, "rb") as file, os.fdopen(4, "wb") as pipe:
            code = _answer(
                functions[request["function"]], file, request["params"], pipe
            )
    finally:
        os._exit(code)


def _place(descriptors: list[int]) -> None:
    """Give the file number 3 and the pipe number 4 (through numbers above both)."""
    high = [fcntl.fcntl(number, fcntl.F_DUPFD, 64) for number in descriptors]
    for number, descriptor in enumerate(high, start=3):
        os.dup2(descriptor, number)


def _answer(
    function: Function, file: BinaryIO, params: Mapping[str, Any], pipe: BinaryIO
) -> int:
    try:
        for message, octets in function(file, params):
            _write(pipe, MESSAGE, message, octets)
        _write(pipe, END, {})
    except CodedError as error:
        _write(pipe, FAILURE, {"code": error.code, "detail": error.detail[:500]})
    except MemoryError:
        return EXIT_MEMORY
    except Exception as error:  # noqa: BLE001 a parser may raise anything at all
        detail = f"{type(error).__name__}: {error}"[:500]
        _write(pipe, FAILURE, {"code": "exception", "detail": detail})
    return 0


def _write(
    pipe: BinaryIO, kind: bytes, message: Mapping[str, Any], octets: bytes = b""
) -> None:
    text = json.dumps(message, separators=(",", ":")).encode()
    pipe.write(HEADER.pack(kind, len(text), len(octets)) + text + octets)
    pipe.flush()
