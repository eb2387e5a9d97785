"""The wording of a collectivité's letters on disk: versions kept, the last one used.

A text changed by nobody is the one shipped; changed for the whole house, then for one
collectivité, the nearest wins. A broken text is refused when saved, never at run time.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from letters import tables as t
from letters import textes
from records.journal import FaitNouveau, Tag
from records.store import journal
from socle.db import ReadSession, WriteSession
from socle.errors import RefusedError

NATURES: Mapping[str, str] = {
    "document_manquant": "Documents manquants et relances",
    "attestation": "Attestation de prise en charge",
    "enquete": "Enquête administrative",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Modele:
    """Every text of a nature of letter, as a collectivité gets it; `version` 0: shipped."""

    textes: Mapping[str, str]
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionModele:
    """One wording saved: only the texts that differ from what is shipped."""

    version: int
    auteur: str
    cree_at: dt.datetime
    textes: Mapping[str, str] = field(default_factory=dict)


def modele_of(session: ReadSession, nature: str, collectivite_id: int | None) -> Modele:
    """Return the wording in force for a collectivité (None: for the whole house)."""
    return modeles_of(session, nature, [collectivite_id])[collectivite_id]


def modeles_of(
    session: ReadSession, nature: str, places: Sequence[int | None]
) -> dict[int | None, Modele]:
    """Return the wording in force for each collectivité (None: for the whole house)."""
    k = t.ModeleCourrier
    ids = [place for place in places if place is not None]
    newest = (
        sa.select(sa.func.max(k.id))
        .where(k.nature == nature)
        .where(sa.or_(k.collectivite_id.is_(None), k.collectivite_id.in_(ids)))
        .group_by(k.collectivite_id)
    )
    rows = session.scalars(sa.select(k).where(k.id.in_(newest)))
    last = {row.collectivite_id: row for row in rows}
    return {place: _in_force(nature, place, last) for place in places}


def _in_force(
    nature: str, place: int | None, last: Mapping[int | None, t.ModeleCourrier]
) -> Modele:
    kept = dict(textes.shipped(nature))
    version = 0
    for at in dict.fromkeys((None, place)):
        if at in last:
            given = last[at].textes
            kept |= {name: text for name, text in given.items() if name in kept}
            version = last[at].id
    return Modele(textes=kept, version=version)


def _last(
    session: ReadSession, nature: str, collectivite_id: int | None
) -> t.ModeleCourrier | None:
    k = t.ModeleCourrier
    return session.scalar(
        sa.select(k)
        .where(
            k.nature == nature, k.collectivite_id.is_not_distinct_from(collectivite_id)
        )
        .order_by(k.version.desc())
        .limit(1)
    )


def versions(
    session: ReadSession, nature: str, collectivite_id: int | None
) -> tuple[VersionModele, ...]:
    """Return every wording saved for a collectivité, the last first."""
    k = t.ModeleCourrier
    rows = session.scalars(
        sa.select(k)
        .where(
            k.nature == nature, k.collectivite_id.is_not_distinct_from(collectivite_id)
        )
        .order_by(k.version.desc())
    )
    return tuple(_version(row) for row in rows)


def _version(row: t.ModeleCourrier) -> VersionModele:
    return VersionModele(
        version=row.version, auteur=row.auteur, cree_at=row.cree_at, textes=row.textes
    )


def refuse_unknown(nature: str) -> None:
    """Raise `RefusedError` for a nature whose wording is not ours to change."""
    if nature not in NATURES:
        raise RefusedError("modele-inconnu", "Ce courrier n'a pas de modèle à rédiger.")


def save(
    session: WriteSession,
    nature: str,
    collectivite_id: int | None,
    given: Mapping[str, str],
    *,
    auteur: str,
    now: dt.datetime,
) -> VersionModele:
    """Keep a wording as a new version; every text is tried first.

    Raises `RefusedError` (`modele-refuse`) naming each text at fault: nothing is kept.
    """
    refuse_unknown(nature)
    clean = {name: text.replace("\r\n", "\n") for name, text in given.items()}
    textes.check(nature, clean)
    journal.lock(session, collectivite_id or journal.HOUSE_CHAIN)
    last = _last(session, nature, collectivite_id)
    known = textes.shipped(nature)
    row = t.ModeleCourrier(
        collectivite_id=collectivite_id,
        nature=nature,
        version=(last.version if last else 0) + 1,
        textes={n: text for n, text in clean.items() if text != known[n]},
        auteur=auteur,
        cree_at=now,
    )
    session.add(row)
    session.flush()
    fait = FaitNouveau(
        tag=Tag.MODELE_REDIGE, sujet=f"modele:{nature}", auteur=auteur,
        collectivite_id=collectivite_id,
        contenu={"nature": nature, "version": row.version},
    )  # fmt: skip
    journal.append(session, fait, now)
    return _version(row)
