"""The operator's bench: one act per stuck or odd state, rehearsed first, with a reason.

Each act says what it would do (`plan`), refuses when the state does not allow it, and is
kept in the journal with its author and reason. Nothing is ever deleted.
"""

import datetime as dt
import enum
from dataclasses import dataclass

from intake import colis_reception, depots, reception
from intake import tables as t
from intake.colis import CLOSE_JOB, close_when_read
from intake.motifs import MOTIFS
from intake.reception import Guichet
from records import tables_colis as tc
from records.colis import Colis, EtatColis, EtatFichier, Fichier
from records.comptes import Perimetre
from records.journal import Tag
from records.store import colis as store
from records.store import colis_contenu as contenu
from records.store import collectivites, taches
from records.vocabulary import EtatDepot
from socle.db import ReadSession, WriteSession
from socle.errors import ConflictError, RefusedError

REASON_MIN = 3


class ActeColis(enum.Enum):
    """What may be done to a colis, or to one of its files: code, and its words."""

    REPRENDRE = ("reprendre", "Reprendre")
    QUARANTAINE = ("quarantaine", "Mettre à part")
    RENDRE = ("rendre", "Rendre à l’expéditeur")
    ATTRIBUER = ("attribuer", "Préciser la collectivité")
    CLORE = ("clore", "Clore avec un motif")

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """An act asked for: on a colis, or on the file of one rank, and why."""

    acte: ActeColis
    motif: str
    auteur: str
    now: dt.datetime
    perimetre: Perimetre
    rang: int | None = None
    # reference, external reference or SIRET
    collectivite: str | None = None
    version: int | None = None


_STATES = {
    ActeColis.REPRENDRE: (
        EtatColis.RECU, EtatColis.EN_COURS, EtatColis.QUARANTAINE, EtatColis.REFUSE,
        EtatColis.DEPOUILLE, EtatColis.CLOS,
    ),
    ActeColis.QUARANTAINE: (EtatColis.RECU, EtatColis.EN_COURS, EtatColis.REFUSE),
    ActeColis.RENDRE: (EtatColis.REFUSE, EtatColis.QUARANTAINE),
}  # fmt: skip
_FILE_STATES = {
    ActeColis.ATTRIBUER: (EtatFichier.A_ATTRIBUER,),
    ActeColis.REPRENDRE: (EtatFichier.DEPOSE, EtatFichier.REFUSE),
    ActeColis.CLORE: (EtatFichier.A_ATTRIBUER, EtatFichier.REFUSE),
}


def acts_on(colis: Colis) -> tuple[ActeColis, ...]:
    """Return what may be done to a colis as it stands."""
    return tuple(
        acte
        for acte, states in _STATES.items()
        if colis.etat in {state.code for state in states}
    )


def acts_on_file(fichier: Fichier, depot_etat: str | None) -> tuple[ActeColis, ...]:
    """Return what may be done to a file of a colis as it stands."""
    found = [
        acte
        for acte, states in _FILE_STATES.items()
        if fichier.etat in {state.code for state in states}
    ]
    aside = {EtatDepot.REFUSE.code, EtatDepot.QUARANTAINE.code}
    if fichier.etat == EtatFichier.DEPOSE.code and depot_etat not in aside:
        found.remove(ActeColis.REPRENDRE)
    return tuple(found)


def plan(session: ReadSession, reference: str, demande: Demande) -> str:
    """Say what an act would do, without doing it; raises what doing it would raise."""
    colis = store.get(session, reference, demande.perimetre)
    if demande.rang is None:
        _check(demande, acts_on(colis))
        return _PLANS[demande.acte].format(nom=colis.nom_fichier)
    fichier = contenu.fichier(session, colis.id, demande.rang, demande.perimetre)
    _check(demande, acts_on_file(fichier, _depot_state(session, fichier)))
    if demande.acte is ActeColis.ATTRIBUER:
        home = _home(session, demande)
        return (
            f"« {fichier.nom} » deviendra un dépôt de {home[1]} et sera lu. Le colis "
            "sera rapproché de nouveau."
        )
    return _FILE_PLANS[demande.acte].format(nom=fichier.nom)


_PLANS = {
    ActeColis.REPRENDRE: "« {nom} » sera ouvert de nouveau, ou rapproché s’il est ouvert "
    "; ce qui est déjà déposé ne l’est pas deux fois.",
    ActeColis.QUARANTAINE: "« {nom} » sera mis à part ; ses octets sont gardés.",
    ActeColis.RENDRE: "« {nom} » sera noté rendu à l’expéditeur ; ses octets sont gardés.",
}
_FILE_PLANS = {
    ActeColis.REPRENDRE: "« {nom} » sera sorti et lu de nouveau.",
    ActeColis.CLORE: "« {nom} » sera classé sans suite, avec ce motif ; ses octets restent "
    "dans le colis.",
}


def act(
    session: WriteSession, guichet: Guichet, reference: str, demande: Demande
) -> str:
    """Do an act, all of it or nothing; return what was done, in one sentence."""
    if len(demande.motif.strip()) < REASON_MIN:
        raise RefusedError("motif-obligatoire", "Dites pourquoi, en une phrase.")
    colis = store.get(session, reference, demande.perimetre)
    colis = store.hold(session, colis.id, demande.version)
    done = plan(session, reference, demande)
    if demande.rang is None:
        _act_on_colis(session, guichet, colis, demande)
    else:
        fichier = contenu.fichier(session, colis.id, demande.rang, demande.perimetre)
        _act_on_file(session, guichet, colis, fichier, demande)
    row = session.get_one(tc.Colis, colis.id)
    said = {"code": demande.acte.code, "motif": demande.motif[:500]}
    if demande.rang is not None:
        said["rang"] = str(demande.rang)
    store.note(
        session, row, Tag.COLIS_COMPLETE, demande.auteur, demande.now, dict(said)
    )
    return done


def _check(demande: Demande, allowed: tuple[ActeColis, ...]) -> None:
    if demande.acte not in allowed:
        raise ConflictError(
            "acte-impossible",
            f"« {demande.acte.label} » n’a pas de sens dans l’état présent. Rien n’a été "
            "changé.",
        )


def _depot_state(session: ReadSession, fichier: Fichier) -> str | None:
    if fichier.depot_id is None:
        return None
    found = depots.by_ids(session, [fichier.depot_id])
    return found[fichier.depot_id].etat


def _home(session: ReadSession, demande: Demande) -> tuple[int, str]:
    found = collectivites.find(session, demande.collectivite or "", demande.perimetre)
    if found is None:
        raise RefusedError(
            "collectivite-a-preciser", "Choisissez la collectivité de ce fichier."
        )
    return found.id, found.nom


def _act_on_colis(
    session: WriteSession, guichet: Guichet, colis: Colis, demande: Demande
) -> None:
    who, now = demande.auteur, demande.now
    if demande.acte is ActeColis.REPRENDRE:
        if colis.etat in {EtatColis.DEPOUILLE.code, EtatColis.CLOS.code}:
            key = f"{colis.reference}#clore{colis.version}"
            guichet.queue.defer(session, CLOSE_JOB, colis.reference, key=key)
            return
        colis_reception.retry(session, guichet.queue, colis, auteur=who, now=now)
        return
    etats = {
        ActeColis.QUARANTAINE: EtatColis.QUARANTAINE,
        ActeColis.RENDRE: EtatColis.RENDU,
    }
    store.move(
        session, colis.id, etats[demande.acte],
        now=now, auteur=who, code=demande.acte.code, motif=demande.motif[:500],
    )  # fmt: skip


def _act_on_file(
    session: WriteSession,
    guichet: Guichet,
    colis: Colis,
    fichier: Fichier,
    demande: Demande,
) -> None:
    row = session.get_one(tc.Fichier, fichier.id)
    if demande.acte is ActeColis.CLORE:
        row.etat, row.code = EtatFichier.CLOS.code, "clos"
        row.motif = demande.motif[:500]
    elif demande.acte is ActeColis.ATTRIBUER:
        row.collectivite_id = _home(session, demande)[0]
        row.etat, row.code, row.motif = EtatFichier.TROUVE.code, None, None
        for element in session.query(tc.Element).filter_by(fichier_id=fichier.id):
            element.collectivite_id = row.collectivite_id
    elif fichier.depot_id is not None:
        depot = depots.value(session.get_one(t.Depot, fichier.depot_id))
        taches.close_of(
            session,
            depot_id=depot.id,
            auteur=demande.auteur,
            motif=demande.motif,
            now=demande.now,
        )
        reception.retry(
            session, guichet.queue, depot, auteur=demande.auteur, now=demande.now
        )
    else:
        row.etat, row.code, row.motif = EtatFichier.TROUVE.code, None, None
        if row.collectivite_id is None:
            row.etat = EtatFichier.A_ATTRIBUER.code
            row.motif = MOTIFS.get(fichier.code or "")
    session.flush()
    _go_on(session, guichet, colis, row, demande)


def _go_on(
    session: WriteSession,
    guichet: Guichet,
    colis: Colis,
    row: tc.Fichier,
    demande: Demande,
) -> None:
    """Have the colis opened again for a file still inside; else reconcile it again."""
    if row.etat == EtatFichier.TROUVE.code:
        store.forget_attempts(session, colis.id)
        store.move(
            session, colis.id, EtatColis.RECU, now=demande.now, auteur=demande.auteur
        )
        key = f"{colis.reference}#{row.rang}-{int(demande.now.timestamp())}"
        guichet.queue.defer(session, colis_reception.JOB, colis.reference, key=key)
        return
    store.move(
        session, colis.id, EtatColis.DEPOUILLE, now=demande.now, auteur=demande.auteur
    )
    close_when_read(session, guichet, store.by_ids(session, [colis.id])[colis.id])
