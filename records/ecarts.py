"""What exists × what is implied: deriving again never loses what was proved. Pure.

Days already proved are not asked twice: only what settled lines leave out is asked again,
on a line of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from records.exigences import FROM_END, Exigence
from records.periodes import Periode, gaps
from records.pieces import PieceAttendue
from records.vocabulary import EtatPiece


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """What must change for the rows to say what the declaration implies.

    `sans_objet` are lines settled, waived or declared impossible that nothing implies any
    more: they stay as they are, shown as such.
    """

    a_ouvrir: tuple[Exigence, ...] = ()
    a_retirer: tuple[PieceAttendue, ...] = ()
    a_rouvrir: tuple[PieceAttendue, ...] = ()
    a_dater: tuple[tuple[PieceAttendue, Exigence], ...] = ()
    sans_objet: tuple[PieceAttendue, ...] = ()


def reconcile(
    existing: Iterable[tuple[str, PieceAttendue]],
    wanted: Iterable[Exigence],
    *,
    before: Iterable[Exigence] | None = None,
) -> Ecart:
    """Compare the rows (with their key) to what is implied now.

    A settled or waived line is never touched: what was proved stays proved, and only the
    days it leaves out are asked again, on a line of their own. An open line no longer
    implied is withdrawn; it comes back, the same, if it is implied again.

    `before` is what was implied before the change, for an event whose requirements were
    given by their owner: only what the change adds is then opened.
    """
    rows = dict(sorted(existing, key=lambda pair: pair[0]))
    wanted = tuple(wanted)
    taken = {cle for cle, piece in rows.items() if _is_settled(piece)}
    asked = [e for exigence in wanted for e in _left_to_ask(exigence, rows, taken)]
    matched, fresh = _match(rows, asked)
    if before is not None:
        known = {exigence.cle for exigence in before}
        fresh = [e for e in fresh if e.cle.split("+")[0] not in known]
    kept = {cle for cle, _ in matched} | _still_implied(rows, wanted)
    return Ecart(
        a_ouvrir=tuple(sorted(fresh, key=lambda e: e.cle)),
        a_retirer=tuple(
            piece
            for cle, piece in rows.items()
            if cle not in kept and piece.is_open and piece.origine == "matrice"
        ),
        a_rouvrir=tuple(
            rows[cle] for cle, _ in matched if rows[cle].etat == EtatPiece.RETIREE.code
        ),
        a_dater=tuple(
            (rows[cle], exigence)
            for cle, exigence in matched
            if rows[cle].origine == "matrice" and has_moved(rows[cle], exigence)
        ),
        sans_objet=tuple(
            piece
            for cle, piece in rows.items()
            if cle not in kept and _is_settled(piece) and piece.origine == "matrice"
        ),
    )


def _is_settled(piece: PieceAttendue) -> bool:
    return not piece.is_open and piece.etat != EtatPiece.RETIREE.code


def _same_paper(piece: PieceAttendue, exigence: Exigence) -> bool:
    return (
        piece.type == exigence.type
        and (piece.precision or "") == (exigence.precision or "")
        and (
            piece.consequence_id == exigence.consequence_id
            or piece.consequence_id is None
            or exigence.consequence_id is None
        )
    )


def _left_to_ask(
    exigence: Exigence, rows: dict[str, PieceAttendue], taken: set[str]
) -> Iterator[Exigence]:
    """Yield what settled lines leave out of a requirement: all of it, days, nothing.

    `taken` are the keys that a new line may not bear; those given here are added.
    """
    settled = [
        (cle, piece)
        for cle, piece in rows.items()
        if _is_settled(piece) and _same_paper(piece, exigence)
    ]
    if exigence.periode is None:
        is_answered = any(
            cle == exigence.cle
            or (piece.origine != "matrice" and piece.periode is None)
            for cle, piece in settled
        )
        if not is_answered:
            taken.add(exigence.cle)
            yield exigence
        return
    proved = [piece.periode or exigence.periode for _, piece in settled]
    for rest in gaps(exigence.periode, proved):
        cle = exigence.cle
        if cle in taken:
            cle = f"{exigence.cle}+{rest.debut}"
        while cle in taken:
            cle += "+"
        taken.add(cle)
        yield _on_days(exigence, rest, cle)


def _on_days(exigence: Exigence, rest: Periode, cle: str) -> Exigence:
    assert exigence.periode is not None
    moved = rest.debut - exigence.periode.debut
    if exigence.exigible_depuis == FROM_END:
        moved = rest.fin - exigence.periode.fin
    return replace(
        exigence,
        cle=cle,
        periode=rest,
        date_reference=rest.debut,
        exigible_le=exigence.exigible_le + moved,
        echeance=exigence.echeance + moved,
    )


def _match(
    rows: dict[str, PieceAttendue], asked: list[Exigence]
) -> tuple[list[tuple[str, Exigence]], list[Exigence]]:
    """Pair what is asked with lines not settled: by key, else by paper and days."""
    free = {cle: piece for cle, piece in rows.items() if not _is_settled(piece)}
    matched, fresh = [], []
    rest = []
    for exigence in asked:
        if free.pop(exigence.cle, None) is not None:
            matched.append((exigence.cle, exigence))
        else:
            rest.append(exigence)
    for exigence in rest:
        twin = next(
            (
                cle
                for cle, piece in free.items()
                if piece.is_open
                and _same_paper(piece, exigence)
                and _same_days(piece.periode, exigence.periode)
            ),
            None,
        )
        if twin is None:
            fresh.append(exigence)
        else:
            del free[twin]
            matched.append((twin, exigence))
    return matched, fresh


def _same_days(one: Periode | None, other: Periode | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.overlap(other) is not None


def _still_implied(
    rows: dict[str, PieceAttendue], wanted: Iterable[Exigence]
) -> set[str]:
    """Return the keys of settled lines that answer something implied now."""
    return {
        cle
        for cle, piece in rows.items()
        if _is_settled(piece)
        and any(
            cle == exigence.cle
            or (
                _same_paper(piece, exigence)
                and _same_days(piece.periode, exigence.periode)
            )
            for exigence in wanted
        )
    }


def has_moved(piece: PieceAttendue, exigence: Exigence) -> bool:
    """Tell whether a line no longer says what is implied."""
    return (
        piece.periode,
        piece.exigible_le,
        piece.echeance,
        piece.montant_eur,
        piece.base,
        piece.substituts,
    ) != (
        exigence.periode,
        exigence.exigible_le,
        exigence.echeance,
        exigence.montant_eur,
        exigence.base,
        exigence.substituts,
    )
