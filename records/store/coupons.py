"""Return coupons on disk: printed for a requirement, judged when they come back."""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from records.tables_courriers import Coupon
from socle.db import ReadSession, WriteSession

VALID_FOR = dt.timedelta(days=730)


class MotifCoupon(enum.Enum):
    """Why a coupon does not lead its paper: a code, and the sentence a clerk reads."""

    FAUX = (
        "coupon-faux",
        "Le code de retour n'a pas été imprimé par ce service : sa signature est fausse.",
    )
    INCONNU = (
        "coupon-inconnu",
        "Le code de retour est signé par ce service, mais ne désigne aucun document.",
    )
    AUTRE_COLLECTIVITE = (
        "coupon-autre-collectivite",
        "Le code de retour a été imprimé pour une autre collectivité.",
    )
    EXPIRE = (
        "coupon-expire",
        "Le code de retour n'est plus valable : il a été imprimé il y a trop longtemps.",
    )
    UTILISE = (
        "coupon-utilise",
        "Le code de retour a déjà servi : un document est arrivé derrière lui.",
    )
    SANS_PAPIER = (
        "coupon-sans-papier",
        "Aucun document ne suit le code de retour dans ce fichier.",
    )

    def __init__(self, code: str, phrase: str) -> None:
        self.code = code
        self.phrase = phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponNouveau:
    """A coupon about to be printed; `courrier` is None for a cover sheet."""

    jeton: str
    collectivite_id: int
    piece_id: int
    courrier: str | None
    emis_le: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponLu:
    """A coupon that came back, and what stands against it (None: nothing)."""

    id: int
    piece_id: int
    motif: MotifCoupon | None


def add(session: WriteSession, coupons: Iterable[CouponNouveau]) -> None:
    """Write coupons about to be printed."""
    session.add_all(
        Coupon(
            jeton=new.jeton,
            collectivite_id=new.collectivite_id,
            piece_id=new.piece_id,
            courrier=new.courrier,
            emis_le=new.emis_le,
            expire_le=new.emis_le + VALID_FOR,
        )
        for new in coupons
    )


def judge(
    session: ReadSession,
    jetons: Iterable[str],
    *,
    collectivite_id: int,
    depot_id: int,
    on: dt.date,
) -> Mapping[str, CouponLu]:
    """Return what each known word stands for, for a deposit of this collectivité.

    The same deposit read twice finds its own coupons as good as the first time.
    """
    rows = session.scalars(sa.select(Coupon).where(Coupon.jeton.in_(sorted(jetons))))
    return {
        row.jeton: CouponLu(
            id=row.id,
            piece_id=row.piece_id,
            motif=_against(row, collectivite_id, depot_id, on),
        )
        for row in rows
    }


def _against(
    row: Coupon, collectivite_id: int, depot_id: int, on: dt.date
) -> MotifCoupon | None:
    if row.collectivite_id != collectivite_id:
        return MotifCoupon.AUTRE_COLLECTIVITE
    if row.utilise_at is not None and row.utilise_depot_id != depot_id:
        return MotifCoupon.UTILISE
    return MotifCoupon.EXPIRE if on > row.expire_le else None


def use(session: WriteSession, coupon_id: int, depot_id: int, now: dt.datetime) -> bool:
    """Mark a coupon used by a deposit; tell whether it was still free."""
    row = session.get(Coupon, coupon_id, with_for_update=True)
    if row is None or row.utilise_at is not None:
        return False
    row.utilise_at, row.utilise_depot_id = now, depot_id
    session.flush()
    return True
