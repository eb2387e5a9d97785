"""What comes out of the box, as values: answers, limits reached, crashes, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MIB = 1 << 20
# Controls (tab and newline apart), lone surrogates, non-characters: never shown, and
# PostgreSQL refuses the first of them.
_STRIPPED = dict.fromkeys(
    [
        *(code for code in range(32) if code not in (9, 10)),
        *range(0x7F, 0xA0),
        *range(0xD800, 0xE000),
        0xFFFE,
        0xFFFF,
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One answer of a child: a JSON object stripped of controls, and bytes beside it."""

    corps: Mapping[str, Any]
    octets: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reponse:
    """The function ended by itself; its messages in order."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Depasse:
    """A limit was reached: `duree`, `silence`, `cpu`, `memoire` or `reponse`."""

    limite: str
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plante:
    """The child died without an answer: killed by `signal`, or exited with `code`."""

    signal: int | None = None
    code: int | None = None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erreur:
    """The function refused under a code, or raised (`exception`).

    `detail` is technical: for the operator's log, never for a page.
    """

    code: str
    detail: str = ""
    messages: tuple[Message, ...] = ()


Issue = Reponse | Depasse | Plante | Erreur


@dataclass(frozen=True, slots=True, kw_only=True)
class Limites:
    """What one child may use; `silence_s` bounds the time between two messages."""

    wall_s: float = 20.0
    silence_s: float | None = None
    cpu_s: int = 15
    memory: int = 1536 * MIB
    descriptors: int = 64
    message_max: int = 8 * MIB
    answer_max: int = 256 * MIB


def clean(value: Any) -> Any:  # noqa: ANN401 any JSON value
    """Strip control characters from every text of a JSON value."""
    if isinstance(value, str):
        return value.translate(_STRIPPED)
    if isinstance(value, dict):
        return {clean(key): clean(child) for key, child in value.items()}
    if isinstance(value, list):
        return [clean(child) for child in value]
    return value
