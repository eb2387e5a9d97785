"""One sending, from multipart to receipts: the same door for the API and the portal."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import hdrs, web
from sqlalchemy.exc import IntegrityError

from intake import reception
from intake.reception import Envoi, Guichet, Recepisse
from records.comptes import Identite
from records.natures import catalogue
from records.store import agents, collectivites, evenements, pieces
from records.vocabulary import Canal
from socle.clock import legal_day
from socle.db import ReadSession
from socle.errors import ErreurChamp, NotFoundError, RefusedError
from socle.storage import Recu
from web import metrics, uploads
from web.identity import identite
from web.keys import LIMITES, SERVICES
from web.services import Services
from web.uploads import MAX_PARTS, Formulaire

FIELDS = ("piece_attendue", "evenement", "agent", "type", "collectivite")
_KEY_MAX = 200
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Cible:
    """Where a sending belongs, resolved inside the sender's perimeter."""

    collectivite_id: int
    piece_id: int | None = None
    evenement_id: int | None = None
    agent_id: int | None = None
    type_declare: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Octets:
    """Bytes made durable, before anybody said for whom: `owner` is where they are."""

    nom: str
    recu: Recu
    owner: str


def guichet_of(services: Services) -> Guichet:
    """Return what receiving needs."""
    return Guichet(
        db=services.db,
        storage=services.storage,
        queue=services.queue,
        coffre=services.coffre,
        taille_max=services.settings.taille_max,
    )


async def receive_deposits(
    request: web.Request,
    *,
    canal: Canal,
    formulaire: Formulaire[Octets] | None = None,
    refus: list[tuple[str, RefusedError]] | None = None,
) -> tuple[Recepisse, ...]:
    """Read one multipart sending; return a receipt per file, in order.

    The bytes are durable first, whatever the order of the parts; the rows are then written
    together, in a task that the sender's departure does not cut. Raises `RefusedError`,
    `NotFoundError` (foreign reference), `UnavailableError`, `TropDeDemandesError`.

    A caller that shows the form again gives its own `formulaire`, filled as parts come.
    With `refus`, a file refused is noted there by name and does not sink the others.
    """
    services, who = request.app[SERVICES], identite(request)
    key = _idempotency_key(request)
    _spend(request, services, who)
    formulaire = Formulaire() if formulaire is None else formulaire

    async def receive(nom: str, chunks: AsyncIterator[bytes]) -> Octets:
        owner = await _owner(services, who, formulaire.champs)
        return await _keep(services, owner, nom, chunks)

    async def receive_or_note(nom: str, chunks: AsyncIterator[bytes]) -> Octets | None:
        try:
            return await receive(nom, chunks)
        except RefusedError as error:
            if refus is None or error.code == "envoi-tronque":
                raise
            refus.append((nom, error))
            async for _ in chunks:
                pass  # the next file starts where this one ends
            return None

    await uploads.read_multipart(request, receive_or_note, formulaire)
    if refus and not formulaire.fichiers:
        return ()
    _check_fields(formulaire)
    cible = await services.db.aread(resolve, services, who, formulaire.champs)
    task = asyncio.ensure_future(
        _register(services, who, formulaire.fichiers, cible, canal, key)
    )
    receipts = await asyncio.shield(task)
    for receipt in receipts:
        state = "deja-recu" if receipt.is_deja_recu else "recu"
        metrics.DEPOSITS.labels(canal.code, state).inc()
        metrics.RECEIVED_BYTES.inc(receipt.taille)
    return receipts


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    key = key.strip()
    if not key or len(key) > _KEY_MAX or not (key.isascii() and key.isprintable()):
        raise RefusedError(
            "cle-idempotence-invalide",
            f"Idempotency-Key compte de 1 à {_KEY_MAX} signes imprimables sans accent.",
        )
    return key


def _spend(request: web.Request, services: Services, who: Identite) -> None:
    """Count the sending; refuse before reading what is announced too large."""
    limites, at = request.app[LIMITES], services.clock.now().timestamp()
    announced = request.content_length or 0
    if announced > services.settings.taille_max * MAX_PARTS:
        raise _too_large(services)
    by_person = who.moyen == "session"
    if by_person:
        sentence = "Vous avez déposé beaucoup de fichiers en peu de temps."
        limites.spend(limites.uploads, who.reference, at, sentence)
    bucket = limites.bytes_person if by_person else limites.bytes_machine
    sentence = "Le volume déposé aujourd'hui atteint sa limite."
    limites.spend(bucket, who.reference, at, sentence, cost=announced)


def _too_large(services: Services) -> RefusedError:
    megabytes = services.settings.taille_max // (1 << 20)
    return RefusedError(
        "trop-volumineux",
        f"Un fichier ne doit pas dépasser {megabytes} Mo. Numérisez-le en noir et blanc "
        "à 200 ppp, ou envoyez-le en plusieurs fichiers.",
    )


async def _owner(services: Services, who: Identite, champs: dict[str, str]) -> str:
    """Return the folder of the collectivité, or one of our own while nobody said."""
    try:
        cible = await services.db.aread(resolve, services, who, champs)
    except RefusedError as error:
        if error.code != "collectivite-a-preciser":
            raise
        return f"attente-{secrets.token_hex(8)}"
    return reception.owner_of(cible.collectivite_id)


async def _keep(
    services: Services, owner: str, nom: str, chunks: AsyncIterator[bytes]
) -> Octets:
    try:
        recu = await services.storage.receive(
            owner, chunks, services.settings.taille_max
        )
    except RefusedError as error:
        if error.code == "fichier-trop-gros":
            raise _too_large(services) from error
        raise
    if recu.taille == 0:
        # nobody's bytes: an empty file is never a deposit
        await asyncio.to_thread(services.storage.delete, owner, recu.empreinte)
        raise RefusedError(
            "fichier-vide",
            "Ce fichier est vide : ouvrez-le pour vérifier, puis envoyez-le de nouveau.",
        )
    return Octets(nom=nom, recu=recu, owner=owner)


def _check_fields(formulaire: Formulaire[Octets]) -> None:
    unknown = [name for name in formulaire.champs if name not in FIELDS]
    erreurs = tuple(
        ErreurChamp(champ=name, code="inconnu", detail="Ce champ n'existe pas.")
        for name in unknown
    )
    if not formulaire.fichiers:
        detail = "Choisissez au moins un fichier."
        erreurs = (*erreurs, ErreurChamp(champ="fichier", code="absent", detail=detail))
    if erreurs:
        names = ", ".join(e.champ for e in erreurs)
        raise RefusedError(
            "demande-invalide",
            f"Corrigez, puis recommencez : {names}.",
            erreurs=erreurs,
        )


def resolve(
    session: ReadSession, services: Services, who: Identite, champs: dict[str, str]
) -> Cible:
    """Say where a sending belongs; a foreign reference is `NotFoundError`."""
    seen = who.perimetre
    given = {name: value for name, value in champs.items() if value}
    piece = evenement = agent_id = None
    homes: set[int] = set()
    if "piece_attendue" in given:
        piece = pieces.get(session, given["piece_attendue"], seen)
        homes.add(piece.collectivite_id)
        agent_id = piece.agent_id
    if "evenement" in given:
        evenement = evenements.get(session, given["evenement"], seen)
        homes.add(evenement.collectivite_id)
    if "agent" in given:
        agent = agents.find(session, given["agent"], perimetre=seen)
        homes.add(agent.collectivite_id)
        agent_id = agent.id
    if "collectivite" in given:
        homes.add(_home(session, given["collectivite"], who))
    if len(homes) > 1:
        raise RefusedError(
            "envoi-incoherent",
            "La pièce, l'évènement, l'agent et la collectivité indiqués ne vont pas "
            "ensemble. Vérifiez-les, puis recommencez.",
        )
    return Cible(
        collectivite_id=homes.pop() if homes else _only_home(who),
        piece_id=piece.id if piece else None,
        evenement_id=evenement.id if evenement else None,
        agent_id=agent_id,
        type_declare=_known_type(services, given.get("type")),
    )


def _home(session: ReadSession, word: str, who: Identite) -> int:
    found = collectivites.find(session, word, who.perimetre)
    if found is None:
        raise NotFoundError("introuvable", "Aucune collectivité à cette référence.")
    return found.id


def _only_home(who: Identite) -> int:
    seen = who.perimetre.collectivites
    if seen is not None and len(seen) == 1:
        return next(iter(seen))
    raise RefusedError(
        "collectivite-a-preciser",
        "Indiquez la collectivité (champ « collectivite »), ou la pièce attendue.",
    )


def _known_type(services: Services, code: str | None) -> str | None:
    if code is None:
        return None
    known = catalogue(legal_day(services.clock.now())).types
    if code not in known:
        detail = "Ce type de document n'est pas au catalogue (GET /api/v1/natures)."
        raise RefusedError(
            "type-inconnu",
            detail,
            erreurs=(ErreurChamp(champ="type", code="inconnu", detail=detail),),
        )
    return code


async def _register(
    services: Services,
    who: Identite,
    files: list[Octets],
    cible: Cible,
    canal: Canal,
    key: str | None,
) -> tuple[Recepisse, ...]:
    """Write the rows; a race with the same bytes or the same key is settled by a retry."""
    guichet = guichet_of(services)
    pairs = [(await _bring(services, file, cible), _envoi(file, cible, who, canal))
             for file in files]  # fmt: skip
    cle = (who.reference, key) if key else None
    for left in reversed(range(_TRIES)):
        try:
            return await reception.register(
                guichet, pairs, services.clock.now(), cle=cle
            )
        except IntegrityError:
            if left == 0:
                raise
    raise AssertionError("unreachable")


async def _bring(services: Services, file: Octets, cible: Cible) -> Recu:
    """Move bytes received before their collectivité was known to where they belong."""
    owner = reception.owner_of(cible.collectivite_id)
    if file.owner == owner:
        return file.recu
    storage = services.storage
    moved = await storage.receive(
        owner, storage.stream(file.owner, file.recu.empreinte), file.recu.taille
    )
    await asyncio.to_thread(storage.delete, file.owner, file.recu.empreinte)
    return moved


def _envoi(file: Octets, cible: Cible, who: Identite, canal: Canal) -> Envoi:
    return Envoi(
        collectivite_id=cible.collectivite_id,
        nom_fichier=file.nom,
        depose_par=who.reference,
        canal=canal.code,
        piece_id=cible.piece_id,
        evenement_id=cible.evenement_id,
        agent_id=cible.agent_id,
        type_declare=cible.type_declare,
    )


def location_of(receipts: tuple[Recepisse, ...]) -> dict[str, str]:
    """Return the address of what was received, when it is one file."""
    if len(receipts) != 1:
        return {}
    return {hdrs.LOCATION: f"/api/v1/depots/{receipts[0].reference}"}
