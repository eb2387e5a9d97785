"""Lines of requirements → the register: taken as given, instead of those derived."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from records import tables as t
from records.evenements import Evenement
from records.exigences import Exigence
from records.importation import valeurs as v
from records.importation.evenements import find_evenement
from records.importation.parties import CREE, INCHANGE, MODIFIE, Chantier
from records.importation.valeurs import RefusError
from records.journal import Tag
from records.natures import catalogue
from records.noms import fold
from records.pieces import Substitut
from records.store import collectivites, evenements, matrice, pieces, valeurs
from records.vocabulary import OPEN_PIECE_STATES, EtatPiece

BASE = "Exigence transmise par le gestionnaire avec son référentiel"
REPLACED = "Remplacée par les exigences transmises par le gestionnaire."
_ACCEPTED = re.compile(r"([A-Z_]+)(?:\s*\(\s*cas\s+(.+?)\s*\))?")
_STATES = {
    "ouverte": EtatPiece.ATTENDUE, "attendue": EtatPiece.ATTENDUE,
    "integree": EtatPiece.SATISFAITE, "satisfaite": EtatPiece.SATISFAITE,
    "dispensee": EtatPiece.DISPENSEE,
}  # fmt: skip


def write_piece(chantier: Chantier, valeurs_: Mapping[str, Any]) -> str:
    """Create or change a requirement given by its owner; return what was done."""
    event = find_evenement(chantier, valeurs_)
    code = v.needed(valeurs_, "code", longest=80)
    session = chantier.session
    parent = evenements.by_id(session, event.id)
    wanted = _exigence(chantier, parent, valeurs_, code)
    etat = _state(valeurs_)
    row = session.scalar(
        sa.select(t.PieceAttendue).where(
            t.PieceAttendue.collectivite_id == event.collectivite_id,
            t.PieceAttendue.reference_externe == code,
        )
    )
    if row is None:
        evenements.open_piece(
            session,
            parent,
            wanted,
            auteur=chantier.auteur,
            now=chantier.now,
            origine=matrice.FROM_IMPORT,
            reference_externe=code,
            etat=etat,
        )
        return CREE
    if row.evenement_id != event.id:
        raise RefusError("evenement", "cette exigence est déjà celle d'un autre.")
    return _change_piece(chantier, row, wanted, etat)


def _change_piece(
    chantier: Chantier, row: t.PieceAttendue, wanted: Exigence, etat: EtatPiece
) -> str:
    """Bring an open line in step; what was closed here is never reopened by a file."""
    if row.etat not in OPEN_PIECE_STATES:
        return INCHANGE
    is_closing = etat is not EtatPiece.ATTENDUE
    is_moved = matrice.has_moved(valeurs.piece(row), wanted)
    if not is_closing and not is_moved:
        return INCHANGE
    session, auteur, now = chantier.session, chantier.auteur, chantier.now
    if is_moved:
        matrice.redate(session, row, wanted, auteur, now)
    if is_closing:
        row.etat = etat.code
        row.version += 1
        session.flush()
        tag = Tag.PIECE_DISPENSEE
        if etat is EtatPiece.SATISFAITE:
            tag = Tag.PIECE_SATISFAITE
        pieces.note(session, row, tag, auteur, now, {"origine": matrice.FROM_IMPORT})
    return MODIFIE


def _state(valeurs_: Mapping[str, Any]) -> EtatPiece:
    written = fold(v.text(valeurs_, "etat") or "ouverte").replace(" ", "_")
    if written not in _STATES:
        raise RefusError("etat", "écrivez ouverte ou integree.")
    return _STATES[written]


def _exigence(
    chantier: Chantier, parent: Evenement, valeurs_: Mapping[str, Any], code: str
) -> Exigence:
    known = catalogue(parent.date_survenance)
    field = "type" if v.is_empty(valeurs_.get("type_document")) else "type_document"
    type_document = v.needed(valeurs_, field, longest=40).upper()
    if type_document not in known.types:
        raise RefusError(field, f"« {type_document} » n'est pas un type du catalogue.")
    days = valeurs_.get("periode")
    periode = v.periode(days if isinstance(days, dict) else valeurs_)
    default = periode.debut if periode else parent.date_survenance
    exigible = v.needed_day(valeurs_, "exigible_le")
    return Exigence(
        cle=f"import|{code}",
        type=type_document,
        precision=v.text(valeurs_, "precision", longest=80),
        consequence_id=_cause(parent, valeurs_),
        periode=periode,
        date_reference=v.day(valeurs_, "date_reference") or default,
        exigible_le=exigible,
        echeance=v.day(valeurs_, "echeance") or _limit(chantier, parent, exigible),
        base=v.text(valeurs_, "base", longest=1000) or BASE,
        substituts=_accepted(valeurs_, type_document, known.types.keys()),
        montant_eur=v.amount(valeurs_, "montant"),
    )


def _limit(chantier: Chantier, parent: Evenement, exigible: dt.date) -> dt.date:
    delai = collectivites.delai_au(
        chantier.session, parent.collectivite_id, parent.date_survenance
    )
    return exigible + dt.timedelta(days=delai)


def _cause(parent: Evenement, valeurs_: Mapping[str, Any]) -> int | None:
    code = v.text(valeurs_, "consequence", longest=80)
    if code is None:
        return None
    for consequence in parent.consequences:
        if code in {consequence.reference_externe, consequence.reference}:
            return consequence.id
    raise RefusError("consequence", f"« {code} » n'est pas de cet évènement.")


def _accepted(
    valeurs_: Mapping[str, Any],
    own: str,
    known: Any,  # noqa: ANN401 - codes
) -> tuple[Substitut, ...]:
    found = []
    for written in v.several(valeurs_, "types_acceptes"):
        match = _ACCEPTED.fullmatch(written)
        if match is None or match[1] not in known:
            raise RefusError(
                "types_acceptes", f"« {written} » n'est pas un type du catalogue."
            )
        if match[1] != own:
            found.append(Substitut(type=match[1], cas=match[2]))
    return tuple(found)


def has_given(chantier: Chantier, evenement_id: int | None) -> bool:
    """Tell whether the requirements of an event were already given by their owner."""
    statement = sa.select(t.PieceAttendue.id).where(
        t.PieceAttendue.evenement_id == evenement_id,
        t.PieceAttendue.origine == matrice.FROM_IMPORT,
    )
    return chantier.session.scalar(statement.limit(1)) is not None


def retire_derived(chantier: Chantier, evenement_id: int) -> int:
    """Withdraw the open lines the matrix derived: their owner gave his own."""
    rows = list(
        chantier.session.scalars(
            sa.select(t.PieceAttendue).where(
                t.PieceAttendue.evenement_id == evenement_id,
                t.PieceAttendue.origine == matrice.FROM_MATRIX,
                t.PieceAttendue.etat.in_(OPEN_PIECE_STATES),
            )
        )
    )
    for row in rows:
        matrice.withdraw(
            chantier.session, row, REPLACED, auteur=chantier.auteur, now=chantier.now
        )
    return len(rows)
