"""A line × the register → whose it is, what it follows, which paper holds it. Pure.

A line is tied on proof only: a matricule or a number of the collectivité, contradicted by
nothing else the line says. Otherwise it is refused, with the column to correct.
"""

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from bordereaux.lignes_lues import EtatLigne, LigneLue, Reader, TypeLigne
from records.designations import (
    AgentDesigne,
    Annuaire,
    EvenementDesigne,
    PieceDesignee,
)
from records.evenements import Consequence
from records.importation import valeurs as v
from records.noms import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Lien:
    """What a line is tied to; `remarques` say what could not be found (French)."""

    agent_id: int
    evenement_id: int
    consequence_id: int | None = None
    piece_id: int | None = None
    piece_libelle: str | None = None
    remarques: tuple[tuple[str, str], ...] = ()


def tie(
    reader: Reader, line: LigneLue, annuaire: Annuaire, types: Mapping[str, str]
) -> Lien | None:
    """Tie a line; None when it cannot be, `reader` then says why.

    `types` are the labels of the papers of the catalogue, by code.
    """
    agent = identify(reader, annuaire)
    if agent is None:
        return None
    event = _event(reader, annuaire, agent)
    if event is None or not _agrees(reader, line, event):
        return None
    remarks: list[tuple[str, str]] = []
    cause = _consequence(line, event)
    if cause is None:
        said = "aucune conséquence déclarée ne correspond à cette ligne."
        remarks.append(("consequence", said))
    piece, label = None, reader.get(v.text, "piece_attendue", longest=200)
    if line.etat is EtatLigne.BLOQUEE:
        piece = _piece(reader, line, event, cause, annuaire, types)
        if reader.fautes:
            return None
        if piece is None:
            said = "le document manquant n'a pas été retrouvé dans le dossier."
            remarks.append(("code_exigence", said))
    return Lien(
        agent_id=agent.id, evenement_id=event.id,
        consequence_id=cause.id if cause else None,
        piece_id=piece.id if piece else None, piece_libelle=label,
        remarques=tuple(remarks),
    )  # fmt: skip


def identify(reader: Reader, annuaire: Annuaire) -> AgentDesigne | None:
    """Return the agent of a line: known here, and contradicted by no name."""
    matricule = reader.get(v.text, "matricule", longest=40)
    numero = reader.get(v.text, "n_evenement", longest=80)
    if matricule is not None:
        agent = annuaire.par_matricule.get(matricule)
        column = "matricule"
    else:
        column = "n_evenement"
        owners = {event.agent_id for event in annuaire.par_mot.get(numero or "", ())}
        agent = annuaire.agents[owners.pop()] if len(owners) == 1 else None
    if agent is None:
        said = matricule or numero
        reader.wrong(
            column,
            f"« {said} » : agent inconnu dans cette collectivité."
            if said
            else "donnez le matricule de l'agent, ou le numéro de l'évènement.",
        )
        return None
    nom = reader.get(v.text, "nom", longest=240)
    prenom = reader.get(v.text, "prenom", longest=240)
    if not agent.is_named(nom, prenom):
        reader.wrong("nom", f"ce nom n'est pas celui de l'agent (voir {column}).")
        return None
    return agent


def _event(
    reader: Reader, annuaire: Annuaire, agent: AgentDesigne
) -> EvenementDesigne | None:
    numero = reader.get(v.text, "n_evenement", longest=80)
    on = reader.get(v.day, "date_survenance")
    nature = (reader.get(v.text, "nature", longest=40) or "").upper()
    if reader.fautes:
        return None
    if numero is not None:
        known = annuaire.par_mot.get(numero, [])
        mine = [event for event in known if event.agent_id == agent.id]
        if not mine:
            said = "n'est pas un évènement de cet agent" if known else "est inconnu"
            reader.wrong("n_evenement", f"« {numero} » {said}.")
            return None
    else:
        mine = [
            event
            for event in annuaire.par_agent.get(agent.id, [])
            if event.nature == nature and event.date_survenance == on
        ]
    if len(mine) != 1:
        reader.wrong("n_evenement", "l'évènement n'est pas désigné sans ambiguïté.")
        return None
    (event,) = mine
    _same(reader, "nature", nature or None, event.nature)
    _same(reader, "date_survenance", on, event.date_survenance)
    return None if reader.fautes else event


def _same(reader: Reader, column: str, said: object, known: object) -> None:
    if said is not None and said != known:
        shown = known.strftime("%d/%m/%Y") if isinstance(known, dt.date) else known
        reader.wrong(column, f"l'évènement déclaré dit {shown}.")


def _agrees(reader: Reader, line: LigneLue, event: EvenementDesigne) -> bool:
    column = "periode_du" if line.periode else "date_soins"
    first = line.periode.debut if line.periode else line.date_soins
    if first is not None and first < event.date_survenance:
        reader.wrong(
            column,
            f"ce jour précède l'évènement, survenu le {event.date_survenance:%d/%m/%Y}.",
        )
    return not reader.fautes


def _consequence(line: LigneLue, event: EvenementDesigne) -> Consequence | None:
    if line.type is TypeLigne.FRAIS:
        return _cost(line, event)
    said = line.champs.get("consequence", "").upper()
    covering = [
        cause
        for cause in event.consequences
        if cause.periode and line.periode and cause.periode.covers(line.periode)
    ]
    named = [cause for cause in covering if cause.type == said]
    found = named if said else covering
    return found[0] if len(found) == 1 else None


def _cost(line: LigneLue, event: EvenementDesigne) -> Consequence | None:
    """Return the declared cost of that day; the amount tells two of them apart."""
    same_day = [
        cause
        for cause in event.consequences
        if cause.type == TypeLigne.FRAIS.code
        and cause.champs.get("date_soins") == str(line.date_soins)
    ]
    same_amount = [
        cause
        for cause in same_day
        if _amount(cause.champs.get("montant")) == line.brut_eur
    ]
    for found in (same_amount, same_day):
        if len(found) == 1:
            return found[0]
    return None


def _amount(value: Any) -> Decimal | None:  # noqa: ANN401 - a JSON value
    try:
        return Decimal(str(value).replace(",", ".")).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None


def _piece(
    reader: Reader,
    line: LigneLue,
    event: EvenementDesigne,
    cause: Consequence | None,
    annuaire: Annuaire,
    types: Mapping[str, str],
) -> PieceDesignee | None:
    code = reader.get(v.text, "code_exigence", longest=80)
    known = annuaire.pieces_par_mot.get(code or "", [])
    mine = [piece for piece in known if piece.evenement_id == event.id]
    if len(mine) == 1:
        return mine[0]
    if known:
        reader.wrong(
            "code_exigence", f"« {code} » est l'exigence d'un autre évènement."
        )
        return None
    label = reader.get(v.text, "piece_attendue", longest=200)
    return _by_label(line, event, cause, _type_of(label, types))


def _type_of(label: str | None, types: Mapping[str, str]) -> str | None:
    """Return the type a label names: its code, or the longest label it starts with."""
    if label is None:
        return None
    if label.upper() in types:
        return label.upper()
    said = f"{_folded(label)} "
    named = [
        (len(known), code)
        for code, libelle in types.items()
        if (known := _folded(libelle)) and said.startswith(f"{known} ")
    ]
    return max(named)[1] if named else None


@functools.lru_cache(maxsize=4096)
def _folded(label: str) -> str:
    """Fold a label: the same ones come back on every line."""
    return fold(label)


def _by_label(
    line: LigneLue, event: EvenementDesigne, cause: Consequence | None, kind: str | None
) -> PieceDesignee | None:
    """Return the only open requirement of this type for these days, else none."""
    candidates = [
        piece
        for piece in event.pieces
        if piece.type == kind and piece.is_open and _about(piece, line, cause)
    ]
    return candidates[0] if len(candidates) == 1 else None


def _about(piece: PieceDesignee, line: LigneLue, cause: Consequence | None) -> bool:
    if piece.periode and line.periode:
        return piece.periode.overlap(line.periode) is not None
    if piece.consequence_id is not None and cause is not None:
        return piece.consequence_id == cause.id
    return True
