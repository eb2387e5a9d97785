"""Validating a colis without keeping it: opened in the box, compared, then forgotten."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from intake import cloture, enveloppes, inventaires, rapprochement
from intake.enveloppes import Inventaire, LimitesColis
from intake.triage import ENVELOPPE, Quarantaine, Refuse
from records.colis import CodeEcart, ColisNouveau, EcartNouveau, Fichier, Sens
from records.comptes import HOUSE
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.clock import legal_day
from socle.db import Database, WriteSession
from socle.sandbox import Sandbox
from socle.storage import Recu


@dataclass(frozen=True, slots=True, kw_only=True)
class Essai:
    """What receiving a colis would say, before any page is read."""

    enveloppe: str | None
    code: str | None = None
    motif: str | None = None
    fichiers: tuple[Fichier, ...] = ()
    ecarts: tuple[EcartNouveau, ...] = ()


def rehearse(
    db: Database,
    chemin: Path,
    nom: str,
    *,
    collectivite_id: int | None,
    limites: LimitesColis,
    now: dt.datetime,
) -> Essai:
    """Open an envelope apart and compare its list with its files; nothing is kept."""
    with Sandbox((ENVELOPPE,)) as sandbox:
        found = enveloppes.open_envelope(sandbox, chemin, limites)
    if isinstance(found, Refuse | Quarantaine):
        return Essai(enveloppe=None, code=found.code, motif=found.detail)
    recu = Recu(empreinte="0" * 64, taille=chemin.stat().st_size)
    nouveau = ColisNouveau(
        sens=Sens.ENTRANT,
        canal="essai",
        depose_par="essai",
        nom_fichier=nom,
        empreinte=recu.empreinte,
        taille=recu.taille,
        date_reception=legal_day(now),
        collectivite_id=collectivite_id,
    )
    return db.write(_compare, nouveau, found, now)


def _compare(
    session: WriteSession, nouveau: ColisNouveau, found: Inventaire, now: dt.datetime
) -> Essai:
    """Write the lines as a reception would, compare them, and take all of it back."""
    savepoint = session.begin_nested()
    colis = store.add(session, nouveau, now=now)
    colis = inventaires.keep(session, colis, found, now)
    ecarts = rapprochement.compare(cloture.gather(session, colis, now))
    said = contenu.ecarts(session, colis.id, HOUSE)
    essai = Essai(
        enveloppe=colis.enveloppe,
        fichiers=contenu.fichiers(session, colis.id, HOUSE),
        ecarts=(
            *ecarts,
            *(
                EcartNouveau(
                    cle="nom",
                    code=next(c for c in CodeEcart if c.code == one.code),
                    detail=one.detail,
                    proprietaire=one.proprietaire,
                )
                for one in said
            ),
        ),
    )
    savepoint.rollback()
    session.expunge_all()
    return essai
