"""Bordereaux of prestations coming in: a file → lines kept, each line answered.

The file is kept as received, opened in the box, compared with the register, then written
colis by colis, each in one transaction. Played again, it changes nothing.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bordereaux import fichiers, lignes_lues, lots
from bordereaux import tables as t
from bordereaux.ecriture import BordereauPret, Ecrit, LigneLiee, write_colis
from bordereaux.liens import identify, tie
from bordereaux.lignes_lues import Faute, Reader
from bordereaux.lots import BordereauLu, Lecture, Source
from bordereaux.rapport import LigneRapport, Rapport, answered, refused
from bordereaux.registre_prestations import owner_of
from records.colis import Colis, ColisNouveau, Enveloppe, EtatColis, Sens
from records.comptes import Perimetre
from records.designations import Annuaire
from records.importation import valeurs as v
from records.importation.valeurs import RefusError
from records.natures import Catalogue
from records.store import colis, collectivites, designations
from records.store.emissions import keep_bytes
from socle.clock import legal_day
from socle.db import Database, ReadSession, WriteSession
from socle.sandbox import Sandbox
from socle.storage import Recu, Storage

# files of the manager's tool speak of several collectivités: they are nobody's folder
OWNER = "prestations"
Progress = Callable[[int, int], None]
_HEAD = ("contrat", "budget_cotisation", "mode_paiement")
_SHOWN_OF_IBAN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Atelier:
    """What an import works with, and for whom."""

    db: Database
    storage: Storage
    sandbox: Sandbox
    catalogue: Callable[[dt.date], Catalogue]
    perimetre: Perimetre
    auteur: str
    canal: str
    now: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepare:
    """One bordereau compared with the register: what to write, what is refused."""

    pret: BordereauPret | None
    refus: tuple[LigneRapport, ...]
    remarques: Mapping[Source, tuple[Faute, ...]]


def import_kept(
    atelier: Atelier, recu: Recu, nom: str, progress: Progress | None = None
) -> Rapport:
    """Import a file whose bytes are already kept under `OWNER`.

    Raises `RefusedError` only when the file as a whole cannot be read.
    """
    with atelier.storage.local(OWNER, recu.empreinte) as chemin:
        fichier = fichiers.read(atelier.sandbox, chemin, nom)
    lecture = lots.gather(fichier)
    received = atelier.db.write(_receive, atelier, lecture, recu, nom)
    answers = [refused(source, (faute,)) for source, faute in lecture.refus]
    ecarts = list(lecture.ecarts)
    for many in lecture.colis.values():
        found = _import_colis(atelier, many, lecture, fichier.decomptes, received)
        answers += found
        ecarts += [ecart for one in many for ecart in one.ecarts]
        if progress is not None:
            progress(len(answers), sum(len(x.sources) for x in many))
    answers.sort(key=lambda line: (line.table, line.ligne))
    rapport = Rapport(
        colis=received.reference,
        lignes=tuple(answers),
        ecarts=tuple(ecarts),
        bordereaux=tuple(atelier.db.read(_references, received.id)),
    )
    atelier.db.write(_keep_report, atelier, received.id, rapport)
    return rapport


def _receive(
    session: WriteSession, atelier: Atelier, lecture: Lecture, recu: Recu, nom: str
) -> Colis:
    """Write the outgoing colis the file is; the same bytes are the same colis."""
    known = colis.same_bytes(session, Sens.SORTANT, recu.empreinte)
    if known is not None:
        return known
    numbers = list(lecture.colis)
    nouveau = ColisNouveau(
        sens=Sens.SORTANT, canal=atelier.canal, depose_par=atelier.auteur,
        nom_fichier=nom, empreinte=recu.empreinte, taille=recu.taille,
        date_reception=legal_day(atelier.now), enveloppe=Enveloppe.PRESTATIONS,
        numero=numbers[0] if len(numbers) == 1 else None,
    )  # fmt: skip
    made = colis.add(session, nouveau, now=atelier.now)
    keep_bytes(session, OWNER, recu.empreinte, made.reference, atelier.now)
    return colis.move(
        session, made.id, EtatColis.CLOS, now=atelier.now, auteur=atelier.auteur,
        nombre=len(lecture.ecarts),
    )  # fmt: skip


def _references(session: ReadSession, colis_id: int) -> list[str]:
    b = t.Bordereau
    chosen = sa.select(b.reference).where(b.colis_id == colis_id).order_by(b.id)
    return list(session.scalars(chosen))


def _keep_report(
    session: WriteSession, atelier: Atelier, colis_id: int, rapport: Rapport
) -> None:
    session.add(
        t.RapportImport(
            colis_id=colis_id, fait_at=atelier.now, auteur=atelier.auteur,
            contenu=rapport.plain(only_wrong=True),
        )
    )  # fmt: skip
    session.flush()


# --- one colis -------------------------------------------------------------------------


def _import_colis(
    atelier: Atelier,
    many: list[BordereauLu],
    lecture: Lecture,
    decomptes: Mapping[str, bytes],
    received: Colis,
) -> list[LigneRapport]:
    prepared = [atelier.db.read(_prepare, atelier, one, lecture.entete) for one in many]
    answers = [line for one in prepared for line in one.refus]
    ready = []
    for one, lu in zip(prepared, many, strict=True):
        if one.pret is None:
            continue
        owner = owner_of(one.pret.collectivite_id)
        for name in lu.decomptes:
            kept = atelier.storage.put(owner, decomptes[name])
            one.pret.decomptes.append((name.rsplit("/", 1)[-1], kept))
        ready.append(one.pret)
    written: list[Ecrit] = atelier.db.write(
        write_colis, ready, colis_id=received.id, auteur=atelier.auteur, now=atelier.now
    )
    remarks = {key: said for one in prepared for key, said in one.remarques.items()}
    return answers + [answered(x, remarks.get(x.source, ())) for x in written]


def _prepare(
    session: ReadSession, atelier: Atelier, lu: BordereauLu, entete: Mapping[str, str]
) -> _Prepare:
    """Compare one bordereau with the register; nothing is written."""
    refus: list[LigneRapport] = [
        refused(source, tuple(fautes))
        for source in lu.sources
        if source.is_total and (fautes := lots.check_total(lu, source))
    ]
    head = _head(session, atelier, lu, entete)
    if isinstance(head, Faute):
        refus += [refused(source, (head,)) for source in lu.lignes]
        return _Prepare(pret=None, refus=tuple(refus), remarques={})
    annuaire = _directory(session, head.collectivite_id, lu)
    known = atelier.catalogue(head.date_emission).types
    types = {code: kind.libelle for code, kind in known.items()}
    remarks: dict[Source, tuple[Faute, ...]] = {}
    taken: set[int] = set()
    for place, source in enumerate(lu.lignes, start=1):
        found = _line(source, head, lu, annuaire, types, place, taken)
        if isinstance(found, LigneRapport):
            refus.append(found)
            continue
        head.lignes.append(found)
        taken.add(found.rang)
        if found.lien.remarques:
            said = (Faute(colonne=c, detail=d) for c, d in found.lien.remarques)
            remarks[source] = tuple(said)
    pret = head if head.lignes or lu.decomptes else None
    return _Prepare(pret=pret, refus=tuple(refus), remarques=remarks)


def _head(
    session: ReadSession, atelier: Atelier, lu: BordereauLu, entete: Mapping[str, str]
) -> BordereauPret | Faute:
    """Say whose the bordereau is, and of which day: what most of its lines say."""
    code, siret = lu.commonest("code_collectivite"), lu.commonest("siret")
    column, word = ("code_collectivite", code) if code else ("siret", siret)
    place = collectivites.find(session, word, atelier.perimetre) if word else None
    if place is None:
        return Faute(colonne=column, detail=f"« {word} » : collectivité inconnue.")
    if code and siret and place.siret and siret != place.siret:
        return Faute(
            colonne="siret", detail="ce SIRET n'est pas celui de la collectivité."
        )
    announced = str(lu.annonce.get("collectivite") or word)
    if collectivites.find(session, announced, atelier.perimetre) != place:
        return Faute(
            colonne=column,
            detail=f"colis.json annonce ce bordereau pour « {announced[:80]} ».",
        )
    said = lu.commonest("date_emission") or entete.get("date_emission")
    try:
        day = v.needed_day({"date_emission": said}, "date_emission")
    except RefusError as error:
        return Faute(colonne=error.champ, detail=error.detail)
    head: dict[str, str | None] = {
        name: (lu.commonest(name) or entete.get(name) or None) for name in _HEAD
    }
    head = {name: text[:80] if text else None for name, text in head.items()}
    return BordereauPret(
        numero=lu.numero, colis=lu.colis, collectivite_id=place.id, date_emission=day,
        entete=head | {"iban": masked(lu.commonest("iban"))},
        annonce=dict(lu.annonce), ecarts=lu.ecarts,
    )  # fmt: skip


def masked(iban: str) -> str | None:
    """Return an account number of which only the last signs can be read.

    >>> masked("FR76 3000 4000 0300 0012 3456 943")
    'FR76 •••• 6943'
    """
    bare = "".join(iban.split())
    if len(bare) <= _SHOWN_OF_IBAN:
        return None
    return f"{bare[:_SHOWN_OF_IBAN]} •••• {bare[-_SHOWN_OF_IBAN:]}"


def _directory(session: ReadSession, collectivite_id: int, lu: BordereauLu) -> Annuaire:
    rows = [source.rangee.valeurs for source in lu.lignes]
    return designations.directory(
        session,
        collectivite_id,
        {row["matricule"] for row in rows if row.get("matricule")},
        {row["n_evenement"] for row in rows if row.get("n_evenement")},
    )


# --- one line --------------------------------------------------------------------------


def _line(
    source: Source,
    head: BordereauPret,
    lu: BordereauLu,
    annuaire: Annuaire,
    types: Mapping[str, str],
    place: int,
    taken: set[int],
) -> LigneLiee | LigneRapport:
    valeurs: Mapping[str, Any] = source.rangee.valeurs
    read, fautes = lignes_lues.read(valeurs, head.date_emission)
    reader = Reader(valeurs)
    reader.fautes += fautes
    _belongs(reader, lu)
    lien = None
    if read is not None and not reader.fautes:
        lien = tie(reader, read, annuaire, types)
    elif not reader.has_fault("matricule", "n_evenement", "nom"):
        # a wrong amount does not hide an unknown agent: both are said at once
        probe = Reader(valeurs)
        identify(probe, annuaire)
        reader.fautes += probe.fautes
    rang = read.rang if read and read.rang is not None else place
    if rang in taken:
        reader.wrong("n_ligne", f"la ligne {rang} est déjà dans ce bordereau.")
    if read is None or lien is None or reader.fautes:
        return refused(source, tuple(reader.fautes))
    return LigneLiee(source=source, rang=rang, ligne=read, lien=lien)


def _belongs(reader: Reader, lu: BordereauLu) -> None:
    """Refuse a line that says another collectivité, day or SIRET than its bordereau."""
    for column in ("code_collectivite", "siret", "date_emission"):
        said, most = reader.valeurs.get(column), lu.commonest(column)
        if said and said != most:
            reader.wrong(column, f"le reste du bordereau {lu.numero} dit « {most} ».")
