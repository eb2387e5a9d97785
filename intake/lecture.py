"""Pages of an accepted file → words, boxes, codes and pictures, whatever a page does.

Text layer first, else the reader of scans, else the photo engine; a page that loops or
kills its reader loses only itself.
"""

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from intake.apercus import checked
from intake.codec import page_from_dict
from intake.pages import PageLue, unreadable
from intake.triage import LECTEUR, PHOTOGRAPHE, PIXELS_MAX, Tri
from socle.sandbox import MIB, Depasse, Erreur, Limites, Message, Plante, Sandbox

_LOOK = re.compile(r"[0-9a-f]{16}")
# on a busy machine a page waits for its turn: only sleeping so long is being lost
BUSY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What reading one page may cost: `page_s` is in seconds of processor."""

    page_s: float = 30.0
    memory: int = 1536 * MIB
    pixels_max: int = PIXELS_MAX


def read_pages(
    sandbox: Sandbox,
    chemin: Path,
    tri: Tri,
    premiere: int,
    derniere: int,
    *,
    on_page: Callable[[PageLue], None] | None = None,
    budget: Budget | None = None,
) -> list[PageLue]:
    """Read pages `premiere` to `derniere` (from 1, both included), in order.

    Always returns one `PageLue` per page. `on_page` is told each page as it is done.
    """
    job = _Lecture(sandbox, chemin, tri, on_page, budget or Budget())
    numeros = list(range(premiere, min(derniere, tri.nb_pages) + 1))
    has_ocr = sandbox.report(LECTEUR).get("ocr") == "tesseract"
    if tri.is_photo or (tri.type != "pdf" and not has_ocr):
        job.read(PHOTOGRAPHE, numeros, has_ocr=has_ocr)
    else:
        job.read(LECTEUR, numeros, has_ocr=has_ocr)
        job.read(PHOTOGRAPHE, job.sent_back, has_ocr=has_ocr)
    return [job.done[numero] for numero in numeros]


def read_again(
    sandbox: Sandbox,
    chemin: Path,
    tri: Tri,
    numeros: Sequence[int],
    budget: Budget | None = None,
) -> list[PageLue]:
    """Read these pages a second time, slowly: handwriting, faint print.

    Only the pages that could be read come back; the first reading of the others stays.
    """
    job = _Lecture(sandbox, chemin, tri, None, budget or Budget(), is_thorough=True)
    job.read(LECTEUR, numeros, has_ocr=True)
    return [lue for lue in job.done.values() if not lue.page.is_illisible]


def _look(said: object) -> int | None:
    """Read the look of a page, as a child says it; None when it makes no sense."""
    if not isinstance(said, str) or not _LOOK.fullmatch(said):
        return None
    return int(said, 16)


@dataclass(slots=True)
class _Lecture:
    """The reading under way: pages done, pages to send to the other engine."""

    sandbox: Sandbox
    chemin: Path
    tri: Tri
    on_page: Callable[[PageLue], None] | None
    budget: Budget
    is_thorough: bool = False
    done: dict[int, PageLue] = field(default_factory=dict)
    sent_back: list[int] = field(default_factory=list)
    _apercus: dict[int, bytes] = field(default_factory=dict)
    _images: dict[int, int | None] = field(default_factory=dict)
    _awaited: set[int] = field(default_factory=set)

    def read(self, module: str, numeros: Sequence[int], *, has_ocr: bool) -> None:
        """Read these pages; each child that dies costs the page it was reading."""
        waiting = list(numeros)
        while waiting:
            self._awaited = set(waiting)
            why = self._run(module, waiting, has_ocr=has_ocr)
            waiting = [numero for numero in waiting if numero in self._awaited]
            if waiting:
                lost = waiting.pop(0)
                self._keep(unreadable(lost, self._apercus.get(lost), why))

    def _run(self, module: str, numeros: Sequence[int], *, has_ocr: bool) -> str:
        count = len(numeros)
        issue = self.sandbox.run(
            f"{module}:lire",
            self.chemin,
            {
                "type": self.tri.type,
                "pages": list(numeros),
                "pixels_max": self.budget.pixels_max,
                "page_s": self.budget.page_s,
                "ocr": has_ocr,
                "relecture": self.is_thorough,
            },
            limites=Limites(
                wall_s=BUSY * self.budget.page_s * count + 10,
                silence_s=BUSY * self.budget.page_s + 1,
                cpu_s=int(self.budget.page_s * count) + 5,
                memory=self.budget.memory,
            ),
            on_message=self._receive,
        )
        if isinstance(issue, Depasse):
            return issue.limite
        if isinstance(issue, Plante):
            if issue.signal == signal.SIGPROF:
                return "temps"
            return f"signal {issue.signal}, code {issue.code}"
        return issue.code if isinstance(issue, Erreur) else "absente"

    def _receive(self, message: Message) -> None:
        """Take one message of a child; anything unexpected is left aside."""
        corps = message.corps
        numero = corps.get("numero")
        if numero not in self._awaited or not isinstance(numero, int):
            return
        if "apercu" in corps:
            picture = checked(message.octets)
            if picture is not None:
                self._apercus[numero] = picture
                self._images[numero] = _look(corps.get("image"))
        elif "renvoi" in corps:
            self._awaited.discard(numero)
            self.sent_back.append(numero)
        elif "illisible" in corps:
            why = str(corps["illisible"])[:200]
            self._keep(unreadable(numero, self._apercus.get(numero), why))
        elif "page" in corps:
            self._keep(self._page(numero, message))

    def _page(self, numero: int, message: Message) -> PageLue:
        picture = self._apercus.get(numero)
        try:
            page = page_from_dict(message.corps["page"])
        except ValueError as error:
            return unreadable(numero, picture, str(error))
        if page.numero != numero:
            return unreadable(numero, picture, "numero")
        counted = message.corps.get("compteurs")
        compteurs = counted if isinstance(counted, dict) else {}
        return PageLue(
            page=page,
            apercu=picture,
            image=self._images.get(numero),
            compteurs={
                str(name)[:20]: value
                for name, value in list(compteurs.items())[:20]
                if isinstance(value, int)
            },
        )

    def _keep(self, lue: PageLue) -> None:
        self._awaited.discard(lue.page.numero)
        self._apercus.pop(lue.page.numero, None)
        self.done[lue.page.numero] = lue
        if self.on_page is not None:
            self.on_page(lue)
