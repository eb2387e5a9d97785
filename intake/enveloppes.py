"""An envelope seen from outside: what the child found in it, and its files one by one.

The child's answers are untrusted too: shapes, ranks and sizes are checked here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake import annonces
from intake.annonces import Liste
from intake.motifs import MOTIFS
from intake.triage import ENVELOPPE, Quarantaine, Refuse
from socle.sandbox import MIB, Depasse, Erreur, Issue, Limites, Message, Sandbox

ARCHIVE, LOT = "archive", "lot"
NAME_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitesColis:
    """What an envelope may hold; the defaults are the published limits."""

    membres_max: int = 20_000
    total_max: int = 4 << 30
    membre_max: int = 25 << 20

    def params(self) -> dict[str, int]:
        """Return the limits as the child takes them."""
        return {
            "membres_max": self.membres_max,
            "total_max": self.total_max,
            "membre_max": self.membre_max,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouve:
    """One file of an envelope; `refus` is the code under which it stays inside."""

    rang: int
    nom: str
    brut: bytes
    taille: int
    refus: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventaire:
    """What an envelope holds: its kind, its files, its list when it has one."""

    genre: str
    trouves: tuple[Trouve, ...] = ()
    liste: Liste | None = None

    @property
    def fichiers(self) -> tuple[Trouve, ...]:
        """The files, the list itself left out."""
        rang = self.liste.rang if self.liste else 0
        return tuple(one for one in self.trouves if one.rang != rang)


def open_envelope(
    sandbox: Sandbox, chemin: Path, limites: LimitesColis
) -> Inventaire | Refuse | Quarantaine:
    """Say what an envelope holds; a fault of the whole refuses the whole."""
    bornes = Limites(wall_s=120.0, cpu_s=90, answer_max=128 * MIB)
    issue = sandbox.run(
        f"{ENVELOPPE}:inventorier", chemin, limites.params(), limites=bornes
    )
    refused = _refused(issue)
    if refused is not None:
        return refused
    return _inventory([message.corps for message in issue.messages])


def _refused(issue: Issue) -> Refuse | Quarantaine | None:
    if isinstance(issue, Erreur) and issue.code in MOTIFS:
        detail = MOTIFS[issue.code]
        return Refuse(code=issue.code, detail=detail, technique=issue.detail)
    if isinstance(issue, Depasse):
        code = "analyse-trop-longue"
        return Quarantaine(code=code, detail=MOTIFS[code], technique=issue.limite)
    if isinstance(issue, Erreur) or not issue.messages:
        code = "analyse-impossible"
        detail = issue.detail if isinstance(issue, Erreur) else "no answer"
        return Quarantaine(code=code, detail=MOTIFS[code], technique=detail)
    return None


def _inventory(corps: Sequence[Any]) -> Inventaire | Quarantaine:
    genre = corps[0].get("genre")
    if genre == LOT:
        return Inventaire(genre=LOT)
    try:
        trouves = [_found(one) for part in corps for one in part.get("membres", ())]
    except (KeyError, TypeError, ValueError, AttributeError):
        code = "analyse-impossible"
        return Quarantaine(code=code, detail=MOTIFS[code], technique="answer")
    head = next((part for part in corps if "liste" in part), None)
    liste = None
    if head is not None:
        liste = annonces.read(
            str(head["liste"]),
            int(head.get("rang", 0)),
            dict(head.get("entete", {})),
            [one for part in corps for one in part.get("plis", ())],
            [one for part in corps for one in part.get("documents", ())],
        )
    return Inventaire(genre=ARCHIVE, trouves=tuple(trouves), liste=liste)


def _found(one: dict[str, Any]) -> Trouve:
    refus = str(one["refus"])
    return Trouve(
        rang=int(one["rang"]),
        nom=str(one["nom"]),
        brut=bytes.fromhex(one["brut"])[:NAME_BYTES_MAX],
        taille=max(0, int(one["taille"])),
        refus=(refus if refus in MOTIFS else "archive-illisible") if refus else None,
    )


@dataclass(slots=True)
class _Collecte:
    """Bytes of one file as they come, then handed over whole."""

    wanted: frozenset[int]
    membre_max: int
    keep: Callable[[int, bytes | None, str | None], None]
    held: bytearray
    rang: int = 0
    is_over: bool = False

    def take(self, message: Message) -> None:
        rang = message.corps.get("rang")
        if not isinstance(rang, int) or rang not in self.wanted:
            return
        if rang != self.rang:
            self.held.clear()
            self.rang, self.is_over = rang, False
        if message.corps.get("suite") is True:
            self.is_over = self.is_over or (
                len(self.held) + len(message.octets) > self.membre_max
            )
            if not self.is_over:
                self.held += message.octets
            return
        refus = str(message.corps.get("refus", ""))
        if self.is_over:
            refus = "archive-bombe"
        if refus:
            self.keep(rang, None, refus if refus in MOTIFS else "archive-illisible")
        else:
            self.keep(rang, bytes(self.held), None)
        self.held.clear()
        self.rang = 0


def take_out(
    sandbox: Sandbox,
    chemin: Path,
    rangs: Sequence[int],
    limites: LimitesColis,
    keep: Callable[[int, bytes | None, str | None], None],
) -> Refuse | Quarantaine | None:
    """Hand the bytes of these files to `keep(rang, bytes or None, code or None)`.

    One file at a time is in memory. Return why the envelope stopped answering, if it did.
    """
    collecte = _Collecte(
        wanted=frozenset(rangs),
        membre_max=limites.membre_max,
        keep=keep,
        held=bytearray(),
    )
    bornes = Limites(wall_s=300.0, cpu_s=240, answer_max=1024 * MIB)
    issue = sandbox.run(
        f"{ENVELOPPE}:sortir",
        chemin,
        {**limites.params(), "rangs": list(rangs)},
        limites=bornes,
        on_message=collecte.take,
    )
    if isinstance(issue, Erreur | Depasse):
        return _refused(issue)
    return None
