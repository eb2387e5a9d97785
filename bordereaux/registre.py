"""The bordereaux we issue: numbered without a hole, kept as bytes, never changed.

A list is composed outside any transaction, under the number it would take; the edition is
kept only when that number is still free. The same list is never issued twice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bordereaux import render, totals
from bordereaux import tables as t
from bordereaux.lines import Liste, to_json
from bordereaux.registre_prestations import owner_of
from records.journal import FaitNouveau, Tag
from records.references import Sujet, new_reference
from records.store import journal
from records.store.emissions import Registre, keep_bytes, next_rank, numero, take_rank
from records.vocabulary import Mot
from socle.clock import legal_day
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.storage import Recu, Storage

TRIES = 8


class NatureBordereau(Mot):
    """What an issued bordereau lists."""

    PRESTATIONS = ("prestations", "Bordereau de prestations")
    RECEPTION = ("reception", "Bordereau de réception")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A bordereau issued: its number, and where the bytes of its files are."""

    reference: str
    numero: str
    collectivite_id: int
    nature: str
    objet: str
    date: dt.date
    nb_lignes: int
    empreinte_lignes: str
    fichiers: dict[str, Recu]
    contenu: dict[str, Any]

    def nom_fichier(self, extension: str) -> str:
        """How a file of it is called: no name, no diagnosis."""
        return f"bordereau-{self.nature}-{self.numero}.{extension}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AEmettre:
    """What is to be issued: of which object, for whom, and how its list is read."""

    nature: NatureBordereau
    objet: str
    collectivite_id: int
    liste: Callable[[ReadSession], Liste]


@dataclass(frozen=True, slots=True, kw_only=True)
class Presse:
    """What issuing works with, and for whom."""

    db: Database
    storage: Storage
    auteur: str
    now: dt.datetime


class _TakenError(Exception):
    """Another edition took the number meanwhile: compose again."""


def issue(presse: Presse, asked: AEmettre) -> Edition:
    """Return the edition of a list as it stands now, issued if it never was. Blocking.

    Raises `UnavailableError` when its number is taken each time it is ready.
    """
    for _ in range(TRIES):
        liste = presse.db.read(asked.liste)
        controle = totals.control(liste)
        known = presse.db.read(_known, asked, controle.empreinte)
        if known is not None:
            return known
        try:
            return _issue_one(presse, asked, liste, controle)
        except (_TakenError, IntegrityError):
            continue
    raise UnavailableError(
        "service-occupe",
        "D’autres bordereaux de cette collectivité sont édités en ce moment : "
        "recommencez dans un instant.",
    )


def _known(session: ReadSession, asked: AEmettre, empreinte: str) -> Edition | None:
    e = t.EditionBordereau
    row = session.scalar(
        sa.select(e).where(
            e.collectivite_id == asked.collectivite_id,
            e.objet == asked.objet,
            e.empreinte_lignes == empreinte,
        )
    )
    return value(row) if row else None


def _issue_one(
    presse: Presse, asked: AEmettre, liste: Liste, controle: totals.Controle
) -> Edition:
    on, place = legal_day(presse.now), asked.collectivite_id
    rang = presse.db.read(next_rank, Registre.BORDEREAUX, place, on.year)
    made = render.files(liste, controle, numero(on.year, rang), on)
    kept = {
        name: presse.storage.put(owner_of(place), octets)
        for name, octets in made.items()
    }

    def act(session: WriteSession) -> Edition:
        if take_rank(session, Registre.BORDEREAUX, place, on.year) != rang:
            raise _TakenError
        row = _row(asked, liste, controle, kept, presse, rang, on)
        session.add(row)
        session.flush()
        for recu in kept.values():
            keep_bytes(
                session, owner_of(place), recu.empreinte, row.reference, presse.now
            )
        note(session, value(row), Tag.BORDEREAU_EMIS, presse.auteur, presse.now)
        return value(row)

    return presse.db.write(act)


def _row(
    asked: AEmettre,
    liste: Liste,
    controle: totals.Controle,
    kept: dict[str, Recu],
    presse: Presse,
    rang: int,
    on: dt.date,
) -> t.EditionBordereau:
    sums = [
        {
            "titre": total.titre,
            "somme": str(total.somme),
            "en_lettres": total.en_lettres,
        }
        for total in controle.totaux
    ]
    return t.EditionBordereau(
        reference=new_reference(Sujet.BORDEREAU, on.year),
        collectivite_id=asked.collectivite_id, nature=asked.nature.code,
        objet=asked.objet, annee=on.year, rang=rang, date_edition=on,
        emis_at=presse.now, emis_par=presse.auteur, nb_lignes=controle.nb_lignes,
        empreinte_lignes=controle.empreinte,
        contenu={**to_json(liste), "totaux": sums},
        fichiers={
            name: {"empreinte": recu.empreinte, "taille": recu.taille}
            for name, recu in kept.items()
        },
    )  # fmt: skip


def value(row: t.EditionBordereau) -> Edition:
    """Return an edition as a value."""
    return Edition(
        reference=row.reference, numero=numero(row.annee, row.rang),
        collectivite_id=row.collectivite_id, nature=row.nature, objet=row.objet,
        date=row.date_edition, nb_lignes=row.nb_lignes,
        empreinte_lignes=row.empreinte_lignes,
        fichiers={name: Recu(**kept) for name, kept in row.fichiers.items()},
        contenu=row.contenu,
    )  # fmt: skip


def note(
    session: WriteSession, edition: Edition, tag: Tag, auteur: str, now: dt.datetime
) -> None:
    """Write a fact about an edition."""
    fait = FaitNouveau(
        tag=tag, sujet=edition.objet, auteur=auteur,
        collectivite_id=edition.collectivite_id,
        contenu={"numero": edition.numero, "nature": edition.nature,
                 "empreinte": edition.empreinte_lignes},
    )  # fmt: skip
    journal.append(session, fait, now)
