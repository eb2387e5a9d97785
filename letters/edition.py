"""A run: for some collectivités, what is due today becomes letters, or nothing at all.

Rendering is slow and happens first, outside any transaction. Issuing then locks each
collectivité's journal chain — which every receipt also takes — reads again what the letters
were made from, and keeps those for which nothing has changed meanwhile. Letters go by small
batches, one transaction each: a batch cut short leaves no letter and takes no number.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import structlog

from letters import avis, compose, courriers, plans, render
from letters.compose import EnTete, LigneLettre
from letters.courriers import (
    Courrier,
    CourrierNouveau,
    LigneNouvelle,
    NatureCourrier,
)
from letters.plans import Fondements, Lot
from letters.schedule import Demande
from records import coupons as codes
from records.natures import Catalogue
from records.references import Sujet, new_reference
from records.store import coupons, journal
from records.store.coupons import CouponNouveau
from records.store.emissions import numero
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.storage import Recu, Storage

TRIES = 5
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """What issuing letters needs, built once."""

    db: Database
    storage: Storage
    coffre: Coffre
    catalogue: Callable[[dt.date], Catalogue]
    adresse_portail: str
    auteur: str = "edition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pret:
    """A letter composed: what it was made from, and the words of its slips, drawn once."""

    fondements: Fondements
    jetons: tuple[str, ...]
    tete: EnTete
    contenu: dict[str, Any]


def edit(
    bureau: Bureau, collectivite_id: int, on: dt.date, now: dt.datetime
) -> list[Courrier]:
    """Issue every letter due to a collectivité on a day; run again, it issues nothing.

    Raises `UnavailableError` when the register moves each time a letter is ready.
    """
    return list(edit_all(bureau, (collectivite_id,), on, now))


def edit_all(
    bureau: Bureau, ids: Sequence[int], on: dt.date, now: dt.datetime
) -> Iterator[Courrier]:
    """Issue, as `edit` does, what is due to several collectivités; yield what is kept."""
    left = ids
    for _ in range(TRIES):
        moved: set[int] = set()
        for lots in plans.fournees(
            plans.lots_of(bureau.db.read(plans.plans, left, on))
        ):
            ready = bureau.db.read(prepare, bureau, lots, on)
            recus = _printed(bureau, ready, on)
            kept, missed = bureau.db.write(_issue, bureau, ready, recus, now)
            moved |= missed
            for letter in kept:
                log.info(
                    "courrier-emis", courrier=letter.reference, nombre=letter.nb_lignes
                )
            yield from kept
        left = [place for place in left if place in moved]
        if not left:
            return
    raise UnavailableError(
        "service-occupe",
        "Les dossiers de cette collectivité changent en ce moment : le courrier partira "
        "à la prochaine édition.",
    )


def prepare(
    session: ReadSession, bureau: Bureau, lots: Sequence[Lot], on: dt.date
) -> list[Pret]:
    """Compose letters, each under the number it would take."""
    return [_composed(bureau, one, on) for one in plans.grounds(session, lots)]


def _composed(bureau: Bureau, grounds: Fondements, on: dt.date) -> Pret:
    first = grounds.demandes[0]
    jetons = tuple(codes.new_jeton() for _ in grounds.demandes)
    tete = EnTete(
        reference=new_reference(Sujet.COURRIER, on.year),
        numero=numero(on.year, grounds.rang),
        date=on,
        collectivite=grounds.collectivite,
        contrat=grounds.contrat,
        nature=_nature(first).code,
        relance=first.relance,
        is_derniere=first.is_derniere,
        adresse_portail=bureau.adresse_portail,
    )
    lignes = [
        LigneLettre(
            piece=ligne.piece,
            agent=ligne.agent,
            evenement=ligne.evenement,
            consequence=ligne.consequence,
            couverture=grounds.couvertures.get(ligne.piece.id),
            premiere_demande=demande.premiere_demande,
            code=codes.payload(bureau.coffre, jeton),
        )
        for ligne, demande, jeton in zip(
            grounds.lignes, grounds.demandes, jetons, strict=True
        )
    ]
    lettre = compose.missing(tete, lignes, grounds.modele.textes, bureau.catalogue(on))
    return Pret(
        fondements=grounds, jetons=jetons, tete=tete, contenu=render.values(lettre)
    )


def _nature(demande: Demande) -> NatureCourrier:
    is_first = demande.relance == 1
    return NatureCourrier.DOCUMENT_MANQUANT if is_first else NatureCourrier.RELANCE


def _printed(bureau: Bureau, ready: Sequence[Pret], on: dt.date) -> list[Recu]:
    """Print letters, keep their bytes: one reaches the disk while the next is laid out."""
    instant = instant_of(on)
    with ThreadPoolExecutor(1, thread_name_prefix="octets") as beside:
        kept = [
            beside.submit(
                bureau.storage.put,
                courriers.owner_of(one.tete.collectivite.id),
                render.pdf(one.contenu, instant=instant),
            )
            for one in ready
        ]
        return [one.result() for one in kept]


def instant_of(on: dt.date) -> dt.datetime:
    """Return the instant written inside a letter of a day."""
    return dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)


def _issue(
    session: WriteSession,
    bureau: Bureau,
    ready: Sequence[Pret],
    recus: Sequence[Recu],
    now: dt.datetime,
) -> tuple[list[Courrier], set[int]]:
    """Keep the letters whose grounds still hold; return them, and who moved meanwhile."""
    was = plans.by_place(one.fondements for one in ready)
    for place in sorted(was):
        journal.lock(session, place)
    again = plans.grounds_again(
        session, [one.fondements for one in ready], ready[0].tete.date
    )
    moved = {place for place in was if again.get(place) != was[place]}
    good = [
        (one, recu)
        for one, recu in zip(ready, recus, strict=True)
        if one.tete.collectivite.id not in moved
    ]
    return _keep(session, bureau, good, now), moved


def _keep(
    session: WriteSession,
    bureau: Bureau,
    good: Sequence[tuple[Pret, Recu]],
    now: dt.datetime,
) -> list[Courrier]:
    coupons.add(session, [slip for one, _ in good for slip in _slips(one)])
    new = [_new(one, recu) for one, recu in good]
    letters = courriers.issue_all(session, new, auteur=bureau.auteur, now=now)
    for letter, (one, _) in zip(letters, good, strict=True):
        avis.announce(
            session, letter, one.tete.contrat, bureau.adresse_portail, now,
            is_derniere=one.tete.is_derniere,
        )  # fmt: skip
    return letters


def _slips(ready: Pret) -> list[CouponNouveau]:
    return [
        CouponNouveau(
            jeton=jeton,
            collectivite_id=ready.tete.collectivite.id,
            piece_id=demande.piece.id,
            courrier=ready.tete.reference,
            emis_le=ready.tete.date,
        )
        for jeton, demande in zip(ready.jetons, ready.fondements.demandes, strict=True)
    ]


def _new(ready: Pret, recu: Recu) -> CourrierNouveau:
    tete, demandes = ready.tete, ready.fondements.demandes
    amounts = [d.piece.somme_bloquee for d in demandes if d.piece.somme_bloquee]
    return CourrierNouveau(
        reference=tete.reference, collectivite_id=tete.collectivite.id,
        nature=_nature(demandes[0]), annee=tete.date.year, rang=ready.fondements.rang,
        date=tete.date, relance=tete.relance, objet=ready.contenu["titre"],
        montant_eur=sum(amounts, Decimal(0)) if amounts else None, recu=recu,
        contenu=ready.contenu, lignes=tuple(_asked(d) for d in demandes),
        mots=_words(ready),
    )  # fmt: skip


def _words(ready: Pret) -> tuple[str, ...]:
    """Return what a clerk types to find the letter again."""
    found = [ready.tete.collectivite.nom, ready.contenu["titre"]]
    for dossier in ready.contenu["dossiers"]:
        found += [dossier["agent"], dossier["evenement"]]
    return tuple(found)


def _asked(demande: Demande) -> LigneNouvelle:
    piece = demande.piece
    return LigneNouvelle(
        piece_id=piece.id,
        piece_reference=piece.reference,
        evenement_id=piece.evenement_id,
        type=piece.type,
        relance=demande.relance,
        fonde_sur={
            "etat": piece.etat,
            "version": piece.version,
            "exigible_le": piece.exigible_le.isoformat(),
            "echeance": piece.echeance.isoformat(),
            "due_le": demande.due_le.isoformat(),
            "relance": demande.relance,
        },
    )


def for_bureau(bureau: Bureau, auteur: str) -> Bureau:
    """Return the same bureau, acting for someone."""
    return replace(bureau, auteur=auteur)
