"""Papers behind a return coupon: the code leads them to their line, unless they disagree.

A coupon is a sheet of its own (slip, cover) or lies on the paper itself. It is never
believed against the paper: another person, other days, another type go to a clerk.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifiers import decoupage
from classifiers.evidence import CodeBarres, Liasse, Page
from classifiers.verdict import Certitude, Raison, Verdict
from intake.proposition import Contexte, Lien, Proposition, Registre
from intake.rattachement import propose
from records.coupons import CodeLu, read
from records.pieces import PieceAttendue
from records.store import coupons
from records.store.coupons import CouponLu, MotifCoupon
from records.vocabulary import EtatJustificatif
from socle.crypto import Coffre
from socle.db import ReadSession

COUPON = "COUPON"
# a slip or a cover sheet says little beside its code; more words than this are a paper
# with a slip laid on it
SHEET_WORDS = 15
WORD = 3
# what a slip prints beside its code, in sides of the code: left, right, above, below
_SLIP = (0.4, 3.6, 0.6, 1.8)
# what was not read does not contradict the code
_SILENT = frozenset({"agent-non-lu", "preuve-insuffisante"})
_UNKNOWN = "type-inconnu"
_SURE = 0.9
_SEVERAL = (
    "plusieurs-coupons",
    "Cette feuille porte plusieurs coupons : découpez-les, un devant chaque document.",
)

Judge = Callable[[Liasse], Verdict]
Split = Callable[[Sequence[Page]], tuple[Liasse, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pli:
    """One paper of a file, with the code that stands before it (or on it).

    `is_coupon`: the paper is the slip itself. `suite` are the ranks of the papers behind.
    """

    liasse: Liasse
    verdict: Verdict
    code: CodeLu | None = None
    is_coupon: bool = False
    nb_codes: int = 0
    nb_suite: int = 0


@dataclass(slots=True)
class _Troncon:
    """Pages from one coupon to the next."""

    sheet: Page | None = None
    codes: tuple[CodeLu, ...] = ()
    pages: list[Page] = field(default_factory=list)


def unfold(
    coffre: Coffre,
    pages: Sequence[Page],
    judge: Judge,
    split: Split = decoupage.split,
) -> list[Pli]:
    """Return the papers of a file, coupons included, in order; no page is lost."""
    folded: list[Pli] = []
    for part in _parts(coffre, pages):
        written = not all(page.is_blanche for page in part.pages)
        papers = split(part.pages) if written or part.sheet is None else ()
        code = part.codes[0] if len(part.codes) == 1 else None
        if part.sheet is not None:
            folded.append(
                Pli(
                    liasse=Liasse(pages=(part.sheet,)),
                    verdict=_coupon_verdict(part.sheet),
                    code=code,
                    is_coupon=True,
                    nb_codes=len(part.codes),
                    nb_suite=len(papers),
                )
            )
        folded += [Pli(liasse=paper, verdict=judge(paper), code=code)
                   for paper in papers]  # fmt: skip
    return folded


def _parts(coffre: Coffre, pages: Sequence[Page]) -> list[_Troncon]:
    parts = [_Troncon()]
    for page in pages:
        found = tuple(
            {
                code.contenu: code
                for bars in page.codes
                if (code := read(coffre, bars.contenu)) is not None
            }.values()
        )
        if not found:
            parts[-1].pages.append(page)
        elif len(found) > 1 or _words_beside(coffre, page) <= SHEET_WORDS:
            parts.append(_Troncon(sheet=page, codes=found))
        else:
            parts.append(_Troncon(codes=found, pages=[page]))
    return [part for part in parts if part.sheet is not None or part.pages]


def _words_beside(coffre: Coffre, page: Page) -> int:
    """Count the words of a page that its slip does not print."""
    zone = next(c.zone for c in page.codes if read(coffre, c.contenu) is not None)
    left, right = zone.x - _SLIP[0] * zone.largeur, zone.x + _SLIP[1] * zone.largeur
    top, low = zone.y - _SLIP[2] * zone.hauteur, zone.y + _SLIP[3] * zone.hauteur
    return sum(
        not (left <= mot.zone.x <= right and top <= mot.zone.y <= low)
        for mot in page.mots
        if len(mot.texte) >= WORD  # dust and streaks are read as single signs
    )


def _coupon_verdict(page: Page) -> Verdict:
    bars: CodeBarres = page.codes[0]
    why = Raison(
        code="code-de-retour",
        detail="La feuille porte un code de retour de ce service.",
        page=page.numero,
        zone=bars.zone,
        poids=1.0,
    )
    return Verdict(
        type=COUPON, certitude=Certitude.CERTAIN, confiance=1.0, raisons=(why,)
    )


def jetons(plis: Iterable[Pli]) -> set[str]:
    """Return the words of the genuine codes of a file."""
    return {pli.code.jeton for pli in plis if pli.code and pli.code.jeton}


@dataclass(slots=True)
class Meneur:
    """What the coupons of one deposit allow: each leads one paper, once."""

    lus: Mapping[str, CouponLu]
    choisie: int | None
    led: set[str] = field(default_factory=set)

    def leads(self, pli: Pli) -> CouponLu | None:
        """Return the coupon a paper should follow; None when it stands alone.

        The line a person chose in the portal always wins over a code.
        """
        if pli.is_coupon or pli.code is None or pli.code.jeton is None:
            return None
        found = self.lus.get(pli.code.jeton)
        if found is None or found.motif is not None or pli.code.jeton in self.led:
            return None
        is_other = self.choisie not in {None, found.piece_id}
        return None if is_other else found

    def note(self, pli: Pli) -> None:
        """Remember that the code has led its paper."""
        if pli.code and pli.code.jeton:
            self.led.add(pli.code.jeton)


def meneur(
    session: ReadSession,
    plis: Iterable[Pli],
    *,
    collectivite_id: int,
    depot_id: int,
    piece_id: int | None,
    on: dt.date,
) -> Meneur:
    """Look up every code of a deposit at once."""
    known = coupons.judge(
        session, jetons(plis), collectivite_id=collectivite_id, depot_id=depot_id, on=on
    )
    return Meneur(lus=known, choisie=piece_id)


def of_coupon(pli: Pli, lus: Mapping[str, CouponLu]) -> Proposition:
    """Say what becomes of the slip itself: filed, or an anomaly with its reason."""
    if pli.nb_codes > 1:
        return _filed(*_SEVERAL)
    motif = _motif(pli, lus)
    if motif is None:
        return _filed("coupon-lu", "Code de retour lu : il mène le document qui suit.")
    reason = Raison(
        code=motif.code, detail=motif.phrase, page=pli.liasse.numeros[0], poids=-1.0
    )
    return Proposition(
        etat=EtatJustificatif.ANOMALIE.code,
        code=motif.code,
        detail=motif.phrase,
        raisons=(reason,),
    )


def _motif(pli: Pli, lus: Mapping[str, CouponLu]) -> MotifCoupon | None:
    if pli.code is None or pli.code.jeton is None:
        return MotifCoupon.FAUX
    found = lus.get(pli.code.jeton)
    if found is None:
        return MotifCoupon.INCONNU
    if found.motif is not None:
        return found.motif
    return None if pli.nb_suite else MotifCoupon.SANS_PAPIER


def _filed(code: str, detail: str) -> Proposition:
    return Proposition(
        etat=EtatJustificatif.INTEGRE_SANS_PIECE.code, code=code, detail=detail
    )


def follow(
    pli: Pli, known: Registre, contexte: Contexte, coupon: CouponLu
) -> Proposition:
    """Propose for a paper behind a coupon: its line, unless the paper contradicts it."""
    led = replace(contexte, piece_choisie=coupon.piece_id)
    piece = next((p for p in known.pieces if p.id == coupon.piece_id), None)
    if piece is not None and piece.accepts(pli.verdict.type, pli.verdict.valeur("cas")):
        # the code says the same as the learned voter: no longer alone
        pli = replace(pli, verdict=replace(pli.verdict, is_to_confirm=False))
    found = propose(pli.verdict, pli.liasse, known, led)
    if piece is None or not piece.is_open:
        return found
    if found.code == _UNKNOWN and found.etat == EtatJustificatif.A_VERIFIER.code:
        # nothing says what the paper is: the code does, if the rest agrees
        said = replace(pli.verdict, type=piece.type, confiance=_SURE)
        found = propose(said, pli.liasse, known, led)
    if found.etat == EtatJustificatif.RATTACHE.code or _is_silent(found):
        return _led(piece, found)
    return found


def _is_silent(found: Proposition) -> bool:
    return found.etat == EtatJustificatif.A_VERIFIER.code and found.code in _SILENT


def _led(piece: PieceAttendue, found: Proposition) -> Proposition:
    detail = "Le code de retour placé devant le document désigne cette ligne."
    reason = Raison(code="coupon", detail=detail, poids=1.0)
    return Proposition(
        etat=EtatJustificatif.RATTACHE.code,
        code="coupon",
        detail=detail,
        agent_id=piece.agent_id,
        evenement_id=piece.evenement_id,
        liens=found.liens or (Lien(piece_id=piece.id),),
        raisons=(reason, *found.raisons),
        remarques=found.remarques,
    )
