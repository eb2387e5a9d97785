"""Lists of leaves on disk: asked for once, made again, each run kept as it was."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bordereaux import tables_listes as t
from bordereaux.listes import (
    Categorie,
    FormatListe,
    Frequence,
    Parametres,
    TypeListe,
    next_run,
)
from records.comptes import Perimetre
from records.journal import FaitNouveau, Tag
from records.periodes import Periode
from records.references import Sujet, new_reference, parse_reference
from records.store import journal
from records.store.listes import Liste, after, bounded, count, decode, encode
from records.store.perimetres import narrow
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError, RefusedError
from socle.storage import Recu

MAX_LISTES = 200  # of one collectivité, still scheduled
_ABSENT = "Aucune liste des arrêts à cette référence."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeVue:
    """A list asked for; `services` is None when it is about the whole collectivité."""

    id: int
    reference: str
    collectivite_id: int
    services: frozenset[int] | None
    parametres: Parametres
    prochaine_le: dt.date | None
    nb_executions: int
    auteur: str
    cree_at: dt.datetime

    @property
    def perimetre(self) -> Perimetre:
        """What a run of this list may read, and nothing more."""
        return Perimetre(
            collectivites=frozenset({self.collectivite_id}), services=self.services
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run; `contenu` is what its files say."""

    liste_id: int
    rang: int
    prevue_le: dt.date | None
    executee_at: dt.datetime
    periode: Periode
    nb_arrets: int
    nb_agents: int
    nb_jours: int
    pdf: Recu
    xlsx: Recu
    contenu: dict[str, Any]

    def octets(self, suffixe: str) -> Recu:
        """Return the bytes of one of its two files."""
        return self.pdf if suffixe == "pdf" else self.xlsx


def owner_of(collectivite_id: int) -> str:
    """Return the storage folder of the lists of a collectivité."""
    return f"listes{collectivite_id}"


def file_name(liste: ListeVue, rang: int, suffixe: str) -> str:
    """Return how a file is called: no name, no risk."""
    return f"liste-des-arrets-{liste.reference}-{rang}.{suffixe}"


# --- what is asked --------------------------------------------------------------------


def create(
    session: WriteSession,
    *,
    collectivite_id: int,
    perimetre: Perimetre,
    parametres: Parametres,
    auteur: str,
    now: dt.datetime,
    on: dt.date,
) -> ListeVue:
    """Keep what is asked; it is about the services its author sees, no others."""
    prochaine = next_run(parametres.frequence, parametres.jour, on)
    if prochaine is not None:
        _refuse_too_many(session, collectivite_id)
    row = t.ListeArrets(
        reference=new_reference(Sujet.LISTE, now.year),
        collectivite_id=collectivite_id,
        is_restreinte=perimetre.services is not None,
        categorie=parametres.categorie.code, type=parametres.type.code,
        budget=parametres.budget, risques=list(parametres.risques),
        format=parametres.format.code,
        destinataires=list(parametres.destinataires),
        frequence=parametres.frequence.code, jour=parametres.jour,
        du=parametres.du, au=parametres.au, prochaine_le=prochaine, auteur=auteur,
        cree_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(
        t.ListeService(liste_id=row.id, service_id=service)
        for service in sorted(perimetre.services or ())
    )
    session.flush()
    _note(session, row, Tag.LISTE_DEMANDEE, auteur, now, {"frequence": row.frequence})
    return _value(session, row)


def _refuse_too_many(session: ReadSession, collectivite_id: int) -> None:
    running = sa.select(sa.func.count()).where(
        t.ListeArrets.collectivite_id == collectivite_id,
        t.ListeArrets.prochaine_le.is_not(None),
    )
    if (session.scalar(running) or 0) >= MAX_LISTES:
        raise RefusedError(
            "trop-de-listes",
            f"{MAX_LISTES} listes sont déjà programmées : arrêtez celles qui ne servent "
            "plus, puis recommencez.",
        )


def stop(
    session: WriteSession,
    reference: str,
    perimetre: Perimetre,
    *,
    auteur: str,
    now: dt.datetime,
) -> ListeVue:
    """Make the list no more; its runs stay. Stopped twice, it stays stopped."""
    row = _row(session, reference, perimetre, is_locked=True)
    if row.prochaine_le is not None:
        row.prochaine_le = None
        session.flush()
        _note(session, row, Tag.LISTE_ARRETEE, auteur, now, {})
    return _value(session, row)


def get(session: ReadSession, reference: str, perimetre: Perimetre) -> ListeVue:
    """Return a list; `NotFoundError` when foreign or inexistent."""
    return _value(session, _row(session, reference, perimetre))


def listing(
    session: ReadSession,
    perimetre: Perimetre,
    *,
    curseur: str | None = None,
    limite: int = 50,
) -> Liste[ListeVue]:
    """List what was asked, the last first."""
    statement = _visible(perimetre)
    total, size = count(session, statement), bounded(limite)
    columns = (t.ListeArrets.cree_at, t.ListeArrets.id)
    if curseur:
        seen = decode(curseur, (dt.datetime.fromisoformat, int))
        statement = statement.where(after(columns, seen, is_descending=True))
    ordered = statement.order_by(*(column.desc() for column in columns))
    rows = session.scalars(ordered.limit(size + 1)).all()
    suivant = None
    if len(rows) > size:
        suivant = encode((rows[size - 1].cree_at, rows[size - 1].id))
    return Liste([_value(session, row) for row in rows[:size]], suivant, total)


def due(session: ReadSession, on: dt.date) -> list[tuple[str, dt.date]]:
    """Return the lists to make again by a day, with the day each was due."""
    statement = sa.select(t.ListeArrets.reference, t.ListeArrets.prochaine_le).where(
        t.ListeArrets.prochaine_le <= on
    )
    rows = session.execute(statement.order_by(t.ListeArrets.id))
    return [(reference, day) for reference, day in rows if day is not None]


def _visible(perimetre: Perimetre) -> Any:  # noqa: ANN401 - a select
    """Return the lists one may see: whole, or about services one sees all of."""
    k, s = t.ListeArrets, t.ListeService
    statement = narrow(sa.select(k), k, perimetre)
    if perimetre.services is None:
        return statement
    foreign = sa.select(s.liste_id).where(
        s.service_id.not_in(sorted(perimetre.services))
    )
    return statement.where(k.is_restreinte, k.id.not_in(foreign))


def _row(
    session: ReadSession,
    reference: str,
    perimetre: Perimetre,
    *,
    is_locked: bool = False,
) -> t.ListeArrets:
    canonical = parse_reference(reference) or reference
    statement = _visible(perimetre).where(t.ListeArrets.reference == canonical)
    if is_locked:
        statement = statement.with_for_update()
    row: t.ListeArrets | None = session.scalar(statement)
    if row is None:
        raise NotFoundError("introuvable", _ABSENT)
    return row


def _value(session: ReadSession, row: t.ListeArrets) -> ListeVue:
    services = None
    if row.is_restreinte:
        links = sa.select(t.ListeService.service_id).where(
            t.ListeService.liste_id == row.id
        )
        services = frozenset(session.scalars(links))
    return ListeVue(
        id=row.id, reference=row.reference, collectivite_id=row.collectivite_id,
        services=services, prochaine_le=row.prochaine_le,
        nb_executions=row.nb_executions, auteur=row.auteur, cree_at=row.cree_at,
        parametres=Parametres(
            categorie=_word(Categorie, row.categorie),
            type=_word(TypeListe, row.type),
            budget=row.budget, risques=tuple(row.risques),
            format=_word(FormatListe, row.format),
            frequence=_word(Frequence, row.frequence), jour=row.jour,
            du=row.du, au=row.au, destinataires=tuple(row.destinataires),
        ),
    )  # fmt: skip


def _word(words: Any, code: str) -> Any:  # noqa: ANN401 - a closed word of its class
    return words.of(code)


def _note(
    session: WriteSession,
    row: t.ListeArrets,
    tag: Tag,
    auteur: str,
    now: dt.datetime,
    contenu: dict[str, Any],
) -> None:
    fait = FaitNouveau(
        tag=tag,
        sujet=row.reference,
        auteur=auteur,
        collectivite_id=row.collectivite_id,
        contenu=contenu,
    )
    journal.append(session, fait, now)


# --- runs -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionNouvelle:
    """A run about to be kept, its bytes already in the storage."""

    rang: int
    prevue_le: dt.date | None
    periode: Periode
    totaux: dict[str, int]
    pdf: Recu
    xlsx: Recu
    contenu: dict[str, Any]


def lock(session: WriteSession, liste: ListeVue) -> ListeVue:
    """Hold a list until the end of the transaction; return it as it now stands."""
    row = session.get_one(
        t.ListeArrets, liste.id, with_for_update=True, populate_existing=True
    )
    return _value(session, row)


def keep(
    session: WriteSession,
    liste: ListeVue,
    new: ExecutionNouvelle,
    *,
    auteur: str,
    now: dt.datetime,
) -> Execution:
    """Write a run and, when it was due, the day of the next one."""
    row = session.get_one(t.ListeArrets, liste.id)
    made = t.ExecutionListe(
        liste_id=liste.id, rang=new.rang, prevue_le=new.prevue_le, executee_at=now,
        auteur=auteur, debut=new.periode.debut, fin=new.periode.fin, **new.totaux,
        pdf_empreinte=new.pdf.empreinte, pdf_taille=new.pdf.taille,
        xlsx_empreinte=new.xlsx.empreinte, xlsx_taille=new.xlsx.taille,
        contenu=new.contenu,
    )  # fmt: skip
    session.add(made)
    row.nb_executions = new.rang
    session.flush()
    contenu = {"rang": new.rang, "pdf": new.pdf.empreinte, "xlsx": new.xlsx.empreinte}
    _note(session, row, Tag.LISTE_EDITEE, auteur, now, contenu)
    return _execution(made)


def move_on(session: WriteSession, liste: ListeVue, on: dt.date) -> None:
    """Set the day of the next run; runs missed while nobody worked are made once."""
    asked = liste.parametres
    row = session.get_one(t.ListeArrets, liste.id)
    if row.prochaine_le is not None:
        row.prochaine_le = next_run(asked.frequence, asked.jour, on)
        session.flush()


def executions(session: ReadSession, liste: ListeVue) -> list[Execution]:
    """Return the runs of a list, the last first."""
    rows = session.scalars(
        sa.select(t.ExecutionListe)
        .where(t.ExecutionListe.liste_id == liste.id)
        .order_by(t.ExecutionListe.rang.desc())
    )
    return [_execution(row) for row in rows]


def execution(session: ReadSession, liste: ListeVue, rang: int) -> Execution:
    """Return one run; `NotFoundError` when there is none of this rank."""
    row = session.scalar(_of_rank(liste, rang))
    if row is None:
        raise NotFoundError("introuvable", _ABSENT)
    return _execution(row)


def last(session: ReadSession, liste: ListeVue) -> Execution | None:
    """Return the last run, None before the first."""
    row = session.scalar(_of_rank(liste, liste.nb_executions))
    return _execution(row) if row else None


def made_on(session: ReadSession, liste: ListeVue, due_on: dt.date) -> Execution | None:
    """Return the run that was due on a day, None when it is still to be made."""
    row = session.scalar(
        sa.select(t.ExecutionListe).where(
            t.ExecutionListe.liste_id == liste.id,
            t.ExecutionListe.prevue_le == due_on,
        )
    )
    return _execution(row) if row else None


def note_read(
    session: WriteSession,
    liste: ListeVue,
    *,
    rang: int,
    auteur: str,
    now: dt.datetime,
) -> None:
    """Write the fact that someone reads a run: it holds sensitive facts."""
    row = session.get_one(t.ListeArrets, liste.id)
    _note(session, row, Tag.LISTE_LUE, auteur, now, {"rang": rang})


def _of_rank(liste: ListeVue, rang: int) -> "sa.Select[t.ExecutionListe]":
    return sa.select(t.ExecutionListe).where(
        t.ExecutionListe.liste_id == liste.id, t.ExecutionListe.rang == rang
    )


def _execution(row: t.ExecutionListe) -> Execution:
    return Execution(
        liste_id=row.liste_id, rang=row.rang, prevue_le=row.prevue_le,
        executee_at=row.executee_at, periode=Periode(row.debut, row.fin),
        nb_arrets=row.nb_arrets, nb_agents=row.nb_agents, nb_jours=row.nb_jours,
        pdf=Recu(empreinte=row.pdf_empreinte, taille=row.pdf_taille),
        xlsx=Recu(empreinte=row.xlsx_empreinte, taille=row.xlsx_taille),
        contenu=row.contenu,
    )  # fmt: skip
