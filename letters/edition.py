"""A run: for each collectivité, what is due today becomes letters, or nothing at all.

Rendering is slow and happens first, outside any transaction. Issuing then locks the
collectivité's journal chain — which every receipt also takes — composes again from the
state of that instant, and keeps the letter only when nothing has changed meanwhile.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import structlog

from letters import avis, compose, courriers, render
from letters.compose import EnTete, LigneLettre
from letters.courriers import (
    Courrier,
    CourrierNouveau,
    LigneNouvelle,
    NatureCourrier,
)
from letters.redaction import Modele, modele_of
from letters.schedule import Demande, Suspension, decide, thresholds
from records import coupons as codes
from records.natures import Catalogue
from records.parties import Collectivite, Contrat
from records.pieces import Couverture
from records.references import Sujet, new_reference
from records.store import collectivites, coupons, journal, pieces, relances
from records.store.coupons import CouponNouveau
from records.store.emissions import Registre, next_rank, numero
from records.store.relances import LigneOuverte
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.errors import UnavailableError
from socle.storage import Recu, Storage

MAX_LINES = 400
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
class Plan:
    """What is due for a collectivité on a day, and what waits; nothing is written."""

    collectivite: Collectivite
    contrat: Contrat | None
    on: dt.date
    lots: tuple[tuple[Demande, ...], ...]
    suspensions: tuple[Suspension, ...]
    lignes: Mapping[int, LigneOuverte]
    rang: int

    @property
    def demandes(self) -> tuple[Demande, ...]:
        """Every requirement to ask for."""
        return tuple(demande for lot in self.lots for demande in lot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tirage:
    """What is drawn at random for a letter, once: its reference, the words of its slips."""

    reference: str
    jetons: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fondements:
    """All that a letter is made from: the same grounds make the same letter."""

    collectivite: Collectivite
    contrat: Contrat | None
    rang: int
    demandes: tuple[Demande, ...]
    lignes: tuple[LigneOuverte, ...]
    couvertures: Mapping[int, Couverture]
    modele: Modele


@dataclass(frozen=True, slots=True, kw_only=True)
class Pret:
    """A letter composed, and what it was composed from."""

    tirage: Tirage
    fondements: Fondements
    tete: EnTete
    contenu: dict[str, Any]


def plan(
    session: ReadSession,
    collectivite_id: int,
    on: dt.date,
    *,
    only: Collection[int] | None = None,
) -> Plan:
    """Say what would be asked of a collectivité on a day, and what waits and why.

    `only` narrows it to some of its lines, by id.
    """
    found = relances.open_lines(session, collectivite_id, only)
    contrat = collectivites.contrat_au(session, collectivite_id, on)
    attentes = relances.waiting(session, collectivite_id)
    asked, waiting = decide(
        [ligne.piece for ligne in found],
        courriers.sent_of(session, [ligne.piece.id for ligne in found]),
        {x.piece.id: why for x in found if (why := attentes.why(x.piece))},
        seuils=thresholds(contrat.parametres if contrat else {}),
        on=on,
    )
    return Plan(
        collectivite=collectivites.by_id(session, collectivite_id),
        contrat=contrat,
        on=on,
        lots=tuple(_lots(asked)),
        suspensions=tuple(waiting),
        lignes={ligne.piece.id: ligne for ligne in found},
        rang=next_rank(session, Registre.COURRIERS, collectivite_id, on.year),
    )


def _lots(asked: list[Demande]) -> list[tuple[Demande, ...]]:
    """Group by rank, one letter each; a very long list makes several letters."""
    lots = []
    for rank in sorted({demande.relance for demande in asked}):
        same = [demande for demande in asked if demande.relance == rank]
        lots += [
            tuple(same[start : start + MAX_LINES])
            for start in range(0, len(same), MAX_LINES)
        ]
    return lots


def prepare(
    session: ReadSession,
    bureau: Bureau,
    found: Plan,
    demandes: tuple[Demande, ...],
) -> Pret:
    """Compose one letter of a plan, under the number it would take."""
    drawn = Tirage(
        reference=new_reference(Sujet.COURRIER, found.on.year),
        jetons={demande.piece.id: codes.new_jeton() for demande in demandes},
    )
    tete = EnTete(
        reference=drawn.reference,
        numero=numero(found.on.year, found.rang),
        date=found.on,
        collectivite=found.collectivite,
        contrat=found.contrat,
        nature=_nature(demandes[0]).code,
        relance=demandes[0].relance,
        is_derniere=demandes[0].is_derniere,
        adresse_portail=bureau.adresse_portail,
    )
    grounds = _of_lot(session, found, demandes)
    lignes = [
        _line(bureau, ligne, demande, grounds.couvertures.get(demande.piece.id), drawn)
        for ligne, demande in zip(grounds.lignes, demandes, strict=True)
    ]
    wording = grounds.modele.textes
    lettre = compose.missing(tete, lignes, wording, bureau.catalogue(found.on))
    return Pret(
        tirage=drawn, fondements=grounds, tete=tete, contenu=render.values(lettre)
    )


def _nature(demande: Demande) -> NatureCourrier:
    is_first = demande.relance == 1
    return NatureCourrier.DOCUMENT_MANQUANT if is_first else NatureCourrier.RELANCE


def _line(
    bureau: Bureau,
    ligne: LigneOuverte,
    demande: Demande,
    couverture: Couverture | None,
    tirage: Tirage,
) -> LigneLettre:
    return LigneLettre(
        piece=ligne.piece,
        agent=ligne.agent,
        evenement=ligne.evenement,
        consequence=ligne.consequence,
        couverture=couverture,
        premiere_demande=demande.premiere_demande,
        code=codes.payload(bureau.coffre, tirage.jetons[ligne.piece.id]),
    )


class _ChangedError(Exception):
    """The register moved between composing and issuing: compose again."""


def edit(
    bureau: Bureau, collectivite_id: int, on: dt.date, now: dt.datetime
) -> list[Courrier]:
    """Issue every letter due to a collectivité on a day; run again, it issues nothing.

    Raises `UnavailableError` when the register moves each time a letter is ready.
    """
    issued: list[Courrier] = []
    for _ in range(TRIES):
        found = bureau.db.read(plan, collectivite_id, on)
        try:
            for rank, lot in enumerate(found.lots):
                under = replace(found, rang=found.rang + rank)
                issued.append(_edit_one(bureau, under, lot, now))
        except _ChangedError:
            continue
        return issued
    raise UnavailableError(
        "service-occupe",
        "Les dossiers de cette collectivité changent en ce moment : le courrier partira "
        "à la prochaine édition.",
    )


def _edit_one(
    bureau: Bureau, found: Plan, lot: tuple[Demande, ...], now: dt.datetime
) -> Courrier:
    ready = bureau.db.read(prepare, bureau, found, lot)
    octets = render.pdf(ready.contenu, instant=instant_of(found.on))
    owner = courriers.owner_of(found.collectivite.id)
    recu = bureau.storage.put(owner, octets)

    def act(session: WriteSession) -> Courrier:
        journal.lock(session, found.collectivite.id)
        if _grounds(session, found, ready.tirage.jetons) != ready.fondements:
            raise _ChangedError
        return _issue(session, bureau, ready, recu, now)

    letter = bureau.db.write(act)
    log.info("courrier-emis", courrier=letter.reference, nombre=letter.nb_lignes)
    return letter


def instant_of(on: dt.date) -> dt.datetime:
    """Return the instant written inside a letter of a day."""
    return dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)


def _grounds(session: ReadSession, found: Plan, ids: Collection[int]) -> Fondements:
    """Read again, at this instant, all that the letter for these lines is made from."""
    again = plan(session, found.collectivite.id, found.on, only=ids)
    return _of_lot(session, again, again.demandes)


def _of_lot(
    session: ReadSession, found: Plan, demandes: tuple[Demande, ...]
) -> Fondements:
    asked = [demande.piece for demande in demandes]
    return Fondements(
        collectivite=found.collectivite,
        contrat=found.contrat,
        rang=found.rang,
        demandes=demandes,
        lignes=tuple(found.lignes[piece.id] for piece in asked),
        couvertures=pieces.coverages(session, asked),
        modele=modele_of(session, "document_manquant", found.collectivite.id),
    )


def _issue(
    session: WriteSession,
    bureau: Bureau,
    ready: Pret,
    recu: Recu,
    now: dt.datetime,
) -> Courrier:
    tete, place = ready.tete, ready.tete.collectivite
    coupons.add(
        session,
        [
            CouponNouveau(
                jeton=ready.tirage.jetons[d.piece.id], collectivite_id=place.id,
                piece_id=d.piece.id, courrier=tete.reference, emis_le=tete.date,
            )
            for d in ready.fondements.demandes
        ],
    )  # fmt: skip
    blocked = [d.piece.somme_bloquee for d in ready.fondements.demandes]
    amounts = [amount for amount in blocked if amount]
    new = CourrierNouveau(
        reference=tete.reference, collectivite_id=place.id,
        nature=_nature(ready.fondements.demandes[0]), annee=tete.date.year,
        rang=ready.fondements.rang,
        date=tete.date, relance=tete.relance, objet=ready.contenu["titre"],
        montant_eur=sum(amounts, Decimal(0)) if amounts else None, recu=recu,
        contenu=ready.contenu, lignes=tuple(_asked(d) for d in ready.fondements.demandes),
        mots=_words(ready),
    )  # fmt: skip
    letter = courriers.issue(session, new, auteur=bureau.auteur, now=now)
    avis.announce(
        session, letter, tete.contrat, bureau.adresse_portail, now,
        is_derniere=tete.is_derniere,
    )  # fmt: skip
    return letter


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
