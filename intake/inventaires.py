"""What is written of a colis at its opening: plis, files found, papers announced.

Every file gets its line, even one that will never be read; a second writing of the same
envelope finds the lines of the first.
"""

import dataclasses
import datetime as dt
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from intake.annonces import ElementAnnonce, Liste
from intake.enveloppes import LOT, Inventaire, Trouve
from intake.motifs import MOTIFS
from intake.reception import displayed_name
from records import tables as t
from records import tables_colis as tc
from records.colis import CodeEcart, Colis, EcartNouveau, Enveloppe, EtatFichier
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.clock import legal_day
from socle.db import ReadSession, WriteSession

_KINDS = {"metadata": Enveloppe.METADATA, "index": Enveloppe.INDEX}
_EARLIEST = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proprietaire:
    """Whose papers: the collectivité, or None with what the list says wrongly."""

    collectivite_id: int | None
    is_contradiction: bool = False
    # the list names somebody, whom the register does not know
    is_unknown: bool = False

    @property
    def code(self) -> str | None:
        """Why nobody is found, None when nothing was said."""
        if self.is_contradiction:
            return CodeEcart.AUTRE_COLLECTIVITE.code
        return CodeEcart.COLLECTIVITE_INCONNUE.code if self.is_unknown else None


class Annuaire:
    """Collectivités by what a provider may write of them."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session
        self._known: dict[tuple[str, str], int | None] = {}

    def owner(self, annonce: Mapping[str, str]) -> Proprietaire:
        """Return the collectivité a line names; nobody when it names two."""
        found = {
            self._find(name, annonce[name])
            for name in ("collectivite", "siret", "contrat")
            if annonce.get(name)
        } - {None}
        if len(found) > 1:
            return Proprietaire(collectivite_id=None, is_contradiction=True)
        return Proprietaire(
            collectivite_id=next(iter(found), None), is_unknown=not found
        )

    def _find(self, name: str, word: str) -> int | None:
        key = (name, word)
        if key not in self._known:
            self._known[key] = self._session.scalar(_statement(name, word))
        return self._known[key]


def _statement(name: str, word: str) -> sa.Select[Any]:
    c = t.Collectivite
    if name == "siret":
        digits = "".join(sign for sign in word if sign.isdigit())
        return sa.select(c.id).where(c.siret == digits).limit(1)
    if name == "contrat":
        contrat = t.Contrat
        return (
            sa.select(sa.func.min(contrat.collectivite_id))
            .where(contrat.numero == word)
            .having(sa.func.count(sa.distinct(contrat.collectivite_id)) == 1)
        )
    return (
        sa.select(c.id)
        .where(
            sa.or_(c.reference == word, c.reference_externe == word, c.siret == word)
        )
        .limit(1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Registre:
    """Where an inventory is written: owners of plis, and the lines made."""

    annuaire: Annuaire
    proprietaires: dict[str, Proprietaire]
    plis: dict[str, int]
    # whose the whole colis is, by its sender and by the header of its list
    entier: Proprietaire


def keep(
    session: WriteSession, colis: Colis, found: Inventaire, now: dt.datetime
) -> Colis:
    """Write what an envelope holds; nothing twice."""
    if session.scalar(
        sa.select(tc.Fichier.id).where(tc.Fichier.colis_id == colis.id).limit(1)
    ):
        return store.by_ids(session, [colis.id])[colis.id]
    if found.genre == LOT:
        return _keep_batch(session, colis)
    liste, annuaire = found.liste, Annuaire(session)
    owners: dict[str, Proprietaire] = {}
    whole = _whole(colis, liste, annuaire)
    plis = _keep_plis(session, colis, liste, annuaire, owners) if liste else {}
    registre = _Registre(
        annuaire=annuaire, proprietaires=owners, plis=plis, entier=whole
    )
    by_name = _names(found.fichiers)
    said: dict[int, list[Proprietaire]] = defaultdict(list)
    elements = []
    for announced in liste.elements if liste else ():
        one = by_name.get(_folded(announced.fichier))
        owner = _owner(registre, announced)
        if one is not None:
            said[one.rang].append(owner)
        elements.append((_element(colis, registre, announced, owner), one))
    files = _keep_files(session, colis, found, said, _single(whole, owners.values()))
    for row, one in elements:
        row.fichier_id = files[one.rang] if one is not None else None
    session.add_all(row for row, _ in elements)
    session.flush()
    _compare_name(session, colis, liste, now)
    return store.change(session, colis.id, _header(colis, found))


def _element(
    colis: Colis, registre: _Registre, announced: ElementAnnonce, owner: Proprietaire
) -> tc.Element:
    return tc.Element(
        colis_id=colis.id,
        rang=announced.rang,
        pli_id=registre.plis.get(announced.pli or ""),
        rang_pli=announced.rang_pli,
        nom_fichier=displayed_name(announced.fichier),
        numero_controle=announced.numero_controle,
        type_annonce=announced.type,
        sous_type=announced.sous_type,
        nb_pages_annonce=announced.nb_pages,
        page_debut=announced.page_debut,
        page_fin=announced.page_fin,
        empreinte_annoncee=announced.empreinte,
        numerise_at=announced.numerise_at,
        collectivite_id=owner.collectivite_id,
        index=dict(announced.index),
    )


def _whole(colis: Colis, liste: Liste | None, annuaire: Annuaire) -> Proprietaire:
    """Return whose a colis is as a whole: nobody, most often, says it."""
    spoken = [Proprietaire(collectivite_id=colis.collectivite_id)]
    if liste is not None:
        names = ("collectivite", "siret", "contrat")
        said = {name: text for name in names if (text := liste.text(name))}
        header = annuaire.owner(said)
        # a depositor the register does not know says nothing of whose papers these are
        spoken += [] if header.is_unknown else [header]
    agreed = _agreed(spoken)
    return dataclasses.replace(agreed, is_unknown=False)


def _owner(registre: _Registre, announced: ElementAnnonce) -> Proprietaire:
    """Return whose a paper is: colis, pli and line must not name two collectivités."""
    spoken = []
    if announced.pli is not None:
        spoken.append(registre.proprietaires[announced.pli])
    if announced.annonce.keys() & {"collectivite", "siret", "contrat"}:
        spoken.append(registre.annuaire.owner(announced.annonce))
    whole = registre.entier
    if not spoken:
        return whole
    names_one = whole.is_contradiction or whole.collectivite_id is not None
    return _agreed([*spoken, whole] if names_one else spoken)


def _agreed(spoken: Sequence[Proprietaire]) -> Proprietaire:
    ids = {one.collectivite_id for one in spoken} - {None}
    if len(ids) > 1 or any(one.is_contradiction for one in spoken):
        return Proprietaire(collectivite_id=None, is_contradiction=True)
    return Proprietaire(collectivite_id=next(iter(ids), None), is_unknown=not ids)


def _single(whole: Proprietaire, owners: Iterable[Proprietaire]) -> Proprietaire:
    """Return whose an unannounced file is: only when the colis holds one collectivité."""
    ids = {one.collectivite_id for one in owners} or {whole.collectivite_id}
    return Proprietaire(collectivite_id=next(iter(ids)) if len(ids) == 1 else None)


def _compare_name(
    session: WriteSession, colis: Colis, liste: Liste | None, now: dt.datetime
) -> None:
    """Say when the list belongs to an archive of another name."""
    said = liste.text("nom_fichier", 255) if liste else None
    if said is None or _folded(said) == _folded(colis.nom_fichier):
        return
    nouveau = EcartNouveau(
        cle="nom",
        code=CodeEcart.NOM_DIFFERENT,
        detail=f"La liste est celle de « {displayed_name(said)} », l’archive reçue "
        f"s’appelle « {colis.nom_fichier} ».",
        proprietaire="prestataire",
    )
    contenu.open_ecart(session, colis.id, nouveau, auteur="ouverture", now=now)


def _keep_plis(
    session: WriteSession,
    colis: Colis,
    liste: Liste,
    annuaire: Annuaire,
    owners: dict[str, Proprietaire],
) -> dict[str, int]:
    rows = {}
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for element in liste.elements:
        if element.pli is not None:
            said[element.pli].update(element.annonce)
    for pli in liste.plis:
        annonce = dict(pli.annonce) or said[pli.numero]
        owner = annuaire.owner(annonce)
        if not annonce:
            owner = Proprietaire(collectivite_id=colis.collectivite_id)
        owners[pli.numero] = owner
        rows[pli.numero] = tc.Pli(
            colis_id=colis.id,
            numero=pli.numero,
            collectivite_id=owner.collectivite_id,
            nb_elements_annonce=pli.nb_elements,
            recu_at=pli.recu_at,
            annonce=annonce,
        )
    session.add_all(rows.values())
    session.flush()
    return {numero: row.id for numero, row in rows.items()}


def _keep_files(
    session: WriteSession,
    colis: Colis,
    found: Inventaire,
    said: Mapping[int, list[Proprietaire]],
    alone: Proprietaire,
) -> dict[int, int]:
    rows = {}
    for one in found.fichiers:
        owner = _agreed(said[one.rang]) if one.rang in said else alone
        code = one.refus or owner.code
        rows[one.rang] = tc.Fichier(
            colis_id=colis.id,
            rang=one.rang,
            nom=displayed_name(one.nom),
            nom_brut=one.brut,
            taille=one.taille,
            collectivite_id=owner.collectivite_id,
            etat=_state(one, owner.collectivite_id).code,
            code=code,
            motif=MOTIFS.get(code or ""),
        )
    session.add_all(rows.values())
    session.flush()
    return {rang: row.id for rang, row in rows.items()}


def _state(one: Trouve, owner: int | None) -> EtatFichier:
    if one.refus:
        return EtatFichier.REFUSE
    return EtatFichier.TROUVE if owner is not None else EtatFichier.A_ATTRIBUER


def _keep_batch(session: WriteSession, colis: Colis) -> Colis:
    """Write a batch of pages: the envelope is its only file."""
    known = colis.collectivite_id is not None
    session.add(
        tc.Fichier(
            colis_id=colis.id,
            rang=1,
            nom=colis.nom_fichier,
            taille=colis.taille,
            empreinte=colis.empreinte,
            collectivite_id=colis.collectivite_id,
            etat=(EtatFichier.TROUVE if known else EtatFichier.A_ATTRIBUER).code,
        )
    )
    session.flush()
    changes = {
        "enveloppe": Enveloppe.LOT.code,
        "nb_fichiers": 1,
        "nb_octets": colis.taille,
    }
    return store.change(session, colis.id, changes)


def _header(colis: Colis, found: Inventaire) -> dict[str, Any]:
    """Return what is learnt of the colis itself."""
    liste = found.liste
    changes: dict[str, Any] = {
        "nb_fichiers": len(found.fichiers),
        "nb_octets": sum(one.taille for one in found.fichiers),
        "enveloppe": colis.enveloppe or Enveloppe.ARCHIVE.code,
    }
    if liste is None:
        return changes
    if colis.enveloppe is None:
        changes["enveloppe"] = _KINDS[liste.genre].code
    changes["liste"] = next(o.nom for o in found.trouves if o.rang == liste.rang)[:255]
    for name in ("operateur", "boite_postale", "organisme", "classification",
                 "ref_dossier", "ref_client"):  # fmt: skip
        changes[name] = liste.text(name)
    changes |= {
        "numero": liste.text("numero_colis") or colis.numero,
        "renumerisation_de": liste.text("renumerisation_de", 255),
        "livre_at": liste.instant("recu_le"),
        "ouvert_at": liste.instant("ouvert_le"),
        "lot_cree_at": liste.instant("lot_cree_le"),
        "nb_plis_annonce": liste.number("nb_plis"),
        "nb_elements_annonce": liste.number("nb_documents"),
        "nb_pages_annonce": liste.number("nb_pages"),
        "non_numerisables": list(liste.entete.get("non_numerisables", []))[:200],
    }
    delivered = changes["livre_at"]
    if delivered is not None:
        day = legal_day(delivered)
        # the day the post came is the day that counts, when it makes sense
        if colis.date_reception - _EARLIEST <= day <= colis.date_reception:
            changes["date_reception"] = day
    return changes


def _names(trouves: Iterable[Trouve]) -> dict[str, Trouve]:
    """Return files by their whole name, then by their last part when it is unique."""
    named: dict[str, Trouve] = {}
    short: dict[str, list[Trouve]] = defaultdict(list)
    for one in trouves:
        named.setdefault(_folded(one.nom), one)
        short[_folded(one.nom.rpartition("/")[2])].append(one)
    for name, ones in short.items():
        if len(ones) == 1:
            named.setdefault(name, ones[0])
    return named


def _folded(nom: str) -> str:
    return unicodedata.normalize("NFC", nom.replace("\\", "/")).casefold().strip()
