"""A fiche taken away whole: values, history, originals, letters, journal, and its check.

The manifest is signed: `verifier_export.py`, inside the archive, checks it offline.
"""

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web

from intake import depots
from intake.reception import owner_of
from letters import courriers
from records.journal import FaitNouveau, Tag
from records.store import (
    fiches,
    journal,
    justificatifs,
    lectures,
    renvois,
    revisions,
)
from records.store.fiches import Fiche
from records.store.journal import Tete
from records.store.justificatifs import Justificatif, is_sensible
from socle.db import ReadSession, WriteSession
from socle.storage import Storage
from web import downloads, scellement
from web.api import present, sinistres
from web.api.contexte import Contexte, contexte_of
from web.keys import SERVICES
from web.verifier_export import JOURNAL, MANIFEST, canonical

Json = dict[str, Any]
_SCRIPT = Path(__file__).with_name("verifier_export.py")
_STAMP = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file to copy from the store: its name in the archive, where it lies."""

    nom: str
    proprietaire: str
    cle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contenu:
    """All that goes in the archive."""

    fiche: Json
    historique: list[Json]
    faits: list[Json]
    tete: Tete
    pieces: tuple[Piece, ...]


async def get_export(request: web.Request) -> web.StreamResponse:
    """Send a fiche whole, as one archive; taking it away is itself noted."""
    ctx, services = contexte_of(request), request.app[SERVICES]
    reference = request.match_info["reference"]
    if request.method != hdrs.METH_HEAD:
        await services.db.awrite(_note, ctx, reference)
    found = await services.db.aread(_gather, ctx, reference)
    name = f"{found.fiche['reference']}.zip"
    headers: dict[str, str] = {
        hdrs.CONTENT_TYPE: "application/zip",
        hdrs.CONTENT_DISPOSITION: downloads.attachment(name),
        hdrs.CACHE_CONTROL: "private, no-store",
    }
    parts = _zipped(found, ctx, services.storage)
    return await downloads.stream(request, parts, headers=headers)


def _note(session: WriteSession, ctx: Contexte, reference: str) -> None:
    """Write who takes the fiche away, and each sensitive paper that goes with it."""
    found = fiches.fiche(session, reference, ctx.perimetre)
    event = found.evenement
    fait = FaitNouveau(
        tag=Tag.EVENEMENT_EXPORTE,
        sujet=event.reference,
        auteur=ctx.auteur,
        collectivite_id=event.collectivite_id,
        evenement_id=event.id,
    )
    journal.append(session, fait, ctx.now)
    taken = [one for one in found.papiers if is_sensible(one, ctx.catalogue)]
    lectures.note(session, taken, auteur=ctx.auteur, now=ctx.now)


def _gather(session: ReadSession, ctx: Contexte, reference: str) -> Contenu:
    found = fiches.fiche(session, reference, ctx.perimetre)
    faits = journal.whole_of_evenement(session, found.evenement.id)
    chain = found.evenement.collectivite_id
    return Contenu(
        fiche=sinistres.fiche(session, ctx, reference),
        historique=_history(session, found),
        faits=faits,
        tete=next(head for head in journal.heads(session) if head.chaine == chain),
        pieces=(*_originals(session, ctx, found), *_letters(session, ctx, found)),
    )


def _history(session: ReadSession, found: Fiche) -> list[Json]:
    event = found.evenement
    sujets = [
        event.reference,
        *(one.reference for one in event.consequences),
        *(one.reference for one in found.pieces),
        *(one.reference for one in found.papiers),
        *(one.reference for one in found.recours),
    ]
    return [
        {
            "sujet": act.sujet,
            "genre": act.genre,
            "auteur": act.auteur,
            "ecrite_le": present.instant(act.ecrite_at),
            "avant": {name: was for name, (was, _) in act.colonnes.items()},
            "apres": {name: now for name, (_, now) in act.colonnes.items()},
        }
        for act in revisions.history(session, *sujets)
    ]


def _originals(session: ReadSession, ctx: Contexte, found: Fiche) -> tuple[Piece, ...]:
    """Return the files received, and the pages seen.

    A file that also holds papers of someone else, or kept from this person, is not handed
    over whole: the pictures of its pages that belong here are.
    """
    by_depot: dict[int, list[Justificatif]] = {}
    for paper in found.papiers:
        by_depot.setdefault(paper.depot_id, []).append(paper)
    files = depots.by_ids(session, list(by_depot))
    pieces = []
    for depot_id, papers in by_depot.items():
        file = files[depot_id]
        owner = owner_of(file.collectivite_id)
        every = justificatifs.of_depot(session, depot_id, ctx.perimetre)
        is_ours = renvois.sees_every_paper(session, depot_id, perimetre=ctx.perimetre)
        if is_ours and all(one.evenement_id == found.evenement.id for one in every):
            nom = f"originaux/{file.reference}-{_plain(file.nom_fichier)}"
            pieces.append(Piece(nom=nom, proprietaire=owner, cle=file.empreinte))
        for paper in papers:
            for page in paper.pages:
                key = depots.preview_key(session, depot_id, page)
                if key is not None:
                    nom = f"pages/{paper.reference}-{page:03d}.webp"
                    pieces.append(Piece(nom=nom, proprietaire=owner, cle=key))
    return tuple(pieces)


def _plain(nom: str) -> str:
    """Return a file name that is one everywhere."""
    kept = "".join(
        c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in nom
    )
    return kept.strip("._")[-80:] or "fichier"


def _letters(session: ReadSession, ctx: Contexte, found: Fiche) -> tuple[Piece, ...]:
    """Return the letters about this event alone; the others name other people."""
    letters = courriers.of_evenement(session, found.evenement.id, ctx.perimetre)
    return tuple(
        Piece(
            nom=f"courriers/{one.reference}-{one.nom_fichier}",
            proprietaire=courriers.owner_of(one.collectivite_id),
            cle=one.empreinte,
        )
        for one in letters
        if one.evenement_id == found.evenement.id
    )


async def _zipped(
    found: Contenu, ctx: Contexte, storage: Storage
) -> AsyncIterator[bytes]:
    """Yield the archive as it is made: one file in memory at a time, the manifest last."""
    buffer = downloads.Draining()
    prints: dict[str, str] = {}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:

        def put(nom: str, octets: bytes) -> bytes:
            prints[nom] = hashlib.sha256(octets).hexdigest()
            archive.writestr(zipfile.ZipInfo(nom, _STAMP), octets)
            return buffer.drain()

        yield put("fiche.json", _readable(found.fiche))
        yield put("historique.json", _readable(found.historique))
        yield put(JOURNAL, _readable(found.faits))
        yield put(_SCRIPT.name, _SCRIPT.read_bytes())
        for piece in found.pieces:
            stream = storage.stream(piece.proprietaire, piece.cle)
            yield put(piece.nom, b"".join([part async for part in stream]))
        manifest = _manifest(found, ctx, prints)
        archive.writestr(zipfile.ZipInfo(MANIFEST, _STAMP), _readable(manifest))
    yield buffer.drain()


def _readable(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _manifest(found: Contenu, ctx: Contexte, prints: dict[str, str]) -> Json:
    said: Json = {
        "version": 1,
        "evenement": found.fiche["reference"],
        "exporte_le": present.instant(ctx.now),
        "exporte_par": ctx.auteur,
        "cle_publique": scellement.public_key(ctx.coffre),
        "tete": {"rang": found.tete.rang, "empreinte": found.tete.empreinte},
        "nb_faits": len(found.faits),
        "fichiers": dict(prints),
    }
    signature = scellement.key_of(ctx.coffre).sign(canonical(said)).hex()
    return said | {"signature": signature}
