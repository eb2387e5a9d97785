"""The walls of a disposable child: kernel calls that take rights away, and never give any.

Each function answers whether the wall stands: a machine that lacks one (old kernel,
container without namespaces) keeps the others, and the service says so.
"""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
SECCOMP_MODE_FILTER = 2
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
CAPABILITY_VERSION_3 = 0x20080522

# What the kernel of each generation can refuse (bits of `handled_access_fs`).
FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
FS_BITS_LATEST = 16
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14
TRUNCATE_ABI = 3
# libraries throw their chatter there, and some crash when they cannot
NOWHERE = Path("/dev/null")
NET_ABI, SCOPE_ABI = 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


class _Prog(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def set_no_new_privileges() -> bool:
    """Forbid for ever that an exec raises privileges."""
    return bool(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def die_with_parent() -> bool:
    """Ask the kernel for SIGKILL when the (single-threaded) parent dies."""
    return bool(_libc.prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0) == 0)


def enter_namespaces() -> bool:
    """Leave the network, the IPC objects and the process table of the machine.

    The caller must fork afterwards: its next child is the first of the new process table.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID
    if _libc.unshare(flags) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    except OSError:
        return False
    return True


def drop_capabilities() -> bool:
    """Give up every capability, even those of a private user namespace."""
    machine = platform.machine()
    number = {"x86_64": 126, "aarch64": 91}.get(machine)
    if number is None:
        return False
    header = struct.pack("<Ii", CAPABILITY_VERSION_3, 0)
    return bool(_libc.syscall(number, header, bytes(24)) == 0)


def set_limits(*, memory: int, cpu_s: int, descriptors: int, threads_too: bool) -> bool:
    """Bound this process: bytes of address space, CPU seconds, open descriptors.

    Nothing may be written to a file and no core is dumped. With `threads_too`, neither
    process nor thread may be started: the crude wall, for want of a filter of calls.
    """
    limits = [
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_NOFILE, descriptors),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ]
    if threads_too:
        limits.append((resource.RLIMIT_NPROC, 0))
    for name, value in limits:
        _, hard = resource.getrlimit(name)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (ceiling, ceiling))
    return True


def address_space() -> int:
    """Return the bytes of address space of this process (before files are closed off)."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def restrict_files(readable: Iterable[Path]) -> bool:
    """Allow reading beneath these folders and nothing else: no write, no connection.

    Writing to `/dev/null` stays allowed.
    """
    abi = _libc.syscall(LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return False
    handled_fs = (1 << FS_BITS.get(abi, FS_BITS_LATEST)) - 1
    handled_net = 0b11 if abi >= NET_ABI else 0
    scoped = 0b11 if abi >= SCOPE_ABI else 0
    attributes = struct.pack("<QQQ", handled_fs, handled_net, scoped)
    size = 24 if abi >= SCOPE_ABI else 16 if abi >= NET_ABI else 8
    ruleset = _libc.syscall(LANDLOCK_CREATE, attributes, size, 0)
    if ruleset < 0:
        return False
    try:
        for folder in readable:
            _allow(ruleset, folder, READ_FILE | READ_DIR | EXECUTE)
        truncate = TRUNCATE if abi >= TRUNCATE_ABI else 0
        _allow(ruleset, NOWHERE, READ_FILE | WRITE_FILE | truncate)
        return bool(_libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, folder: Path, allowed: int) -> None:
    try:
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not folder.is_dir():
        allowed &= ~READ_DIR
    rule = struct.pack("<Qi", allowed, descriptor)
    _libc.syscall(LANDLOCK_ADD, ruleset, 1, rule, 0)
    os.close(descriptor)


# Calls refused with EPERM: sockets, new processes, exec, ptrace, keys, modules, mounts,
# io_uring, other processes' memory. `kill` and `tgkill` may only aim at oneself.
_REFUSED = {
    "x86_64": (
        *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),
        *(57, 58, 59, 322),
        *(101, 310, 311, 312, 248, 249, 250),
        *(
            155,
            161,
            165,
            166,
            167,
            168,
            169,
            272,
            308,
            428,
            429,
            430,
            431,
            432,
            433,
            442,
        ),
        *(175, 176, 246, 313, 320, 321, 298, 323, 303, 304, 319, 425, 426, 427),
        *(129, 200, 297, 424, 434, 438, 133, 259, 105, 106, 113, 114, 117, 119),
    ),
    "aarch64": (
        *(198, 199, 200, 201, 202, 203, 206, 211, 242, 269),
        *(221, 281),
        *(117, 270, 271, 272, 217, 218, 219),
        *(39, 40, 41, 51, 97, 142, 224, 225, 268, 428, 429, 430, 431, 432, 433, 442),
        *(104, 105, 106, 273, 294, 280, 241, 282, 264, 265, 279, 425, 426, 427),
        *(130, 138, 240, 424, 434, 438, 33, 143, 144, 145, 146, 147, 149),
    ),
}
_SELF_ONLY = {"x86_64": (62, 234), "aarch64": (129, 131)}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE_THREAD = 0x10000
_CLONE3 = 435
_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def filter_calls() -> bool:
    """Install the seccomp filter in this process: parsing needs none of those calls."""
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        return False
    program = _program(machine, os.getpid())
    buffer = ctypes.create_string_buffer(program, len(program))
    prog = _Prog(len(program) // 8, ctypes.addressof(buffer))
    answer = _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(prog), 0, 0)
    return bool(answer == 0)


def _program(machine: str, pid: int) -> bytes:
    """Assemble the filter; `seccomp_data` is {nr, arch, instruction pointer, args}."""
    code = [
        _step(_LOAD, 4),
        _step(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, 0),
        # the x32 names of the same calls
        _step(_JUMP_GREATER, 0x40000000, 0, 1),
        _step(_RETURN, _EPERM),
        # the C library falls back to `clone`, whose refusal it understands
        _step(_JUMP_EQUAL, _CLONE3, 0, 1),
        _step(_RETURN, _ENOSYS),
    ]
    # a thread is not a process: the HEIC codec cannot do without one
    code += [
        _step(_JUMP_EQUAL, _CLONE[machine], 0, 4),
        _step(_LOAD, 16),
        _step(_JUMP_IF_SET, _CLONE_THREAD, 1, 0),
        _step(_RETURN, _EPERM),
        _step(_RETURN, _ALLOW),
    ]
    for number in _REFUSED[machine]:
        code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _EPERM)]
    for number in _SELF_ONLY[machine]:
        code += [
            _step(_JUMP_EQUAL, number, 0, 4),
            _step(_LOAD, 16),
            _step(_JUMP_EQUAL, pid, 1, 0),
            _step(_RETURN, _EPERM),
            _step(_RETURN, _ALLOW),
        ]
    code.append(_step(_RETURN, _ALLOW))
    return b"".join(code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
