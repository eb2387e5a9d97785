"""Liste des arrêts: what answers, when it is made again, what changed, bytes kept."""

import datetime as dt
import doctest
import hashlib
import io
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
import python_calamine
import sqlalchemy as sa

from bordereaux import (
    listes,
    listes_jobs,
    listes_registre,
    listes_rendu,
    listes_tirage,
)
from bordereaux.listes import Frequence, Parametres, TypeListe, next_run, period_of
from bordereaux.listes_registre import ListeVue
from bordereaux.listes_tirage import Bureau
from records.comptes import Perimetre
from records.natures import catalogue
from records.parties import Collectivite
from records.periodes import Periode
from records.store import evenements, journal
from records.store.evenements import ConsequenceDeclaree
from socle import mail
from socle.clock import ManualClock
from socle.db import Database, ReadSession, WriteSession
from socle.errors import NotFoundError
from socle.queue import Queue
from socle.storage import DiskStorage
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    TODAY,
    day,
    days,
    leave,
    make_agent,
    make_collectivite,
    make_evenement,
    seen_by,
)

SEPTEMBRE = {"du": day("2026-09-01"), "au": day("2026-09-30")}


@pytest.fixture
def bureau(database: Database, tmp_path: Path) -> Bureau:
    return Bureau(
        db=database, storage=DiskStorage(tmp_path / "octets"), catalogue=catalogue,
        adresse_portail="https://portail.exemple.fr",
    )  # fmt: skip


def ask(db: Database, place: Collectivite, **asked: Any) -> ListeVue:
    perimetre = asked.pop("perimetre", seen_by(place))

    def act(session: WriteSession) -> ListeVue:
        return listes_registre.create(
            session, collectivite_id=place.id, perimetre=perimetre,
            parametres=Parametres(**asked), auteur=AUTEUR, now=NOW, on=TODAY,
        )  # fmt: skip

    return db.write(act)


def lines(contenu: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for section in contenu["sections"] for one in section["lignes"]]


def add(db: Database, evenement: str, suite: ConsequenceDeclaree) -> None:
    db.write(
        evenements.add_consequence, evenement, suite, perimetre=EVERYWHERE,
        auteur=AUTEUR, now=NOW, is_importee=True,
    )  # fmt: skip


# --- what is asked --------------------------------------------------------------------


def test_the_examples_are_true() -> None:
    """The examples of the docstrings hold."""
    for module in (listes, listes_rendu, listes_tirage):
        found = doctest.testmod(module)
        assert 0 == found.failed
        assert found.attempted > 0


@pytest.mark.parametrize(
    ("frequence", "jour", "after", "expected"),
    [
        (Frequence.UNE_FOIS, None, "2026-09-30", None),
        (Frequence.HEBDOMADAIRE, 1, "2026-09-30", "2026-10-05"),
        (Frequence.HEBDOMADAIRE, 3, "2026-09-30", "2026-10-07"),
        (Frequence.MENSUELLE, 1, "2026-12-31", "2027-01-01"),
        (Frequence.MENSUELLE, 28, "2027-01-31", "2027-02-28"),
        (Frequence.TRIMESTRIELLE, 10, "2026-09-30", "2026-10-10"),
        (Frequence.TRIMESTRIELLE, 10, "2026-10-10", "2027-01-10"),
    ],
)
def test_the_chosen_day_comes_again(
    frequence: Frequence, jour: int | None, after: str, expected: str | None
) -> None:
    """Weekly, monthly, quarterly: the first chosen day after the one given."""
    assert (day(expected) if expected else None) == next_run(
        frequence, jour, day(after)
    )


@pytest.mark.parametrize(
    ("frequence", "on", "expected"),
    [
        (Frequence.HEBDOMADAIRE, "2026-10-05", ("2026-09-28", "2026-10-04")),
        (Frequence.MENSUELLE, "2026-10-05", ("2026-09-01", "2026-09-30")),
        (Frequence.MENSUELLE, "2027-01-01", ("2026-12-01", "2026-12-31")),
        (Frequence.TRIMESTRIELLE, "2027-01-10", ("2026-10-01", "2026-12-31")),
    ],
)
def test_a_list_made_again_is_about_what_has_just_ended(
    frequence: Frequence, on: str, expected: tuple[str, str]
) -> None:
    """The week, the month or the quarter before the day of the run."""
    asked = Parametres(frequence=frequence, type=TypeListe.PRESENTS)

    assert days(*expected) == period_of(asked, day(on))


# --- which leaves answer --------------------------------------------------------------


def test_avis_that_touch_make_one_spell(bureau: Bureau) -> None:
    """A prolongation that follows without a gap is the same leave; a gap makes two."""
    place = make_collectivite(bureau.db)
    agent = make_agent(bureau.db, place)
    make_evenement(
        bureau.db, agent, date_survenance=day("2026-09-01"),
        consequences=(
            leave("2026-09-01", "2026-09-07"), leave("2026-09-08", "2026-09-14", "PROLONG"),
            leave("2026-09-20", "2026-09-22"),
        ),
    )  # fmt: skip
    liste = ask(bureau.db, place, type=TypeListe.PRESENTS, **SEPTEMBRE)
    found = lines(listes_tirage.edit(bureau, liste, NOW).contenu)

    assert [("2026-09-01", "2026-09-14", 14, 2), ("2026-09-20", "2026-09-22", 3, 1)] == [
        (x["debut"], x["fin"], x["nb_jours"], x["nb_avis"]) for x in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (TypeListe.EN_COURS, {"2026-09-20"}),
        (TypeListe.PRESENTS, {"2026-08-20", "2026-09-10", "2026-09-20"}),
        (TypeListe.DEBUTES, {"2026-09-10", "2026-09-20"}),
        (TypeListe.TERMINES, {"2026-08-20", "2026-09-10"}),
        (TypeListe.SANS_REPRISE, {"2026-08-20"}),
    ],
)
def test_each_type_of_list_keeps_its_leaves(
    bureau: Bureau, kind: TypeListe, expected: set[str]
) -> None:
    """In progress, present, begun, ended, ended without a return."""
    place = make_collectivite(bureau.db)
    spells = (
        ("2026-07-01", "2026-07-31", None), ("2026-08-20", "2026-09-05", None),
        ("2026-09-10", "2026-09-12", "2026-09-13"), ("2026-09-20", "2026-10-20", None),
    )  # fmt: skip
    for debut, fin, reprise in spells:
        event = make_evenement(
            bureau.db, make_agent(bureau.db, place), date_survenance=day(debut),
            consequences=(leave(debut, fin),),
        )  # fmt: skip
        if reprise:
            back = ConsequenceDeclaree(type="REPRISE", champs={"date": reprise})
            add(bureau.db, event.reference, back)
    liste = ask(bureau.db, place, type=kind, **SEPTEMBRE)

    found = lines(listes_tirage.edit(bureau, liste, NOW).contenu)
    assert expected == {x["debut"] for x in found}


def test_category_budget_and_risk_narrow(bureau: Bureau) -> None:
    """Each parameter keeps its own; together they keep what answers all."""
    place = make_collectivite(bureau.db)
    for regime, budget, nature in (
        ("CNRACL", "Eau", "CMO"), ("IRCANTEC", "Eau", "CMO"),
        ("CNRACL", "Principal", "CMO"), ("CNRACL", "Eau", "AS"),
    ):  # fmt: skip
        agent = make_agent(
            bureau.db, place, regime=regime, nom_famille=f"{regime} {budget}"
        )
        make_evenement(
            bureau.db, agent, nature, date_survenance=day("2026-09-10"),
            champs={"budget": budget}, consequences=(leave("2026-09-10", "2026-09-20"),),
            is_importee=True,
        )  # fmt: skip
    common = {"type": TypeListe.PRESENTS, **SEPTEMBRE}
    seen = [
        listes_tirage.edit(
            bureau, ask(bureau.db, place, **common, **asked), NOW
        ).nb_arrets
        for asked in (
            {}, {"categorie": listes.Categorie.IRCANTEC}, {"budget": "eau"},
            {"risques": ("Maladie ordinaire",)},
            {"categorie": listes.Categorie.CNRACL, "budget": "Eau",
             "risques": ("Maladie ordinaire",)},
        )
    ]  # fmt: skip

    assert [4, 1, 3, 3, 1] == seen


def test_an_empty_list_says_so_section_by_section(bureau: Bureau) -> None:
    """Nothing answers: each risk asked for keeps its section, and its sentence."""
    place = make_collectivite(bureau.db)
    asked = ("Maladie ordinaire", "Longue maladie")
    liste = ask(bureau.db, place, risques=asked, type=TypeListe.PRESENTS, **SEPTEMBRE)
    run = listes_tirage.edit(bureau, liste, NOW)
    text = pdf_text(bureau, liste, run.pdf.empreinte)

    assert asked == tuple(s["risque"] for s in run.contenu["sections"])
    assert 2 == text.count(listes_rendu.VIDE)
    assert 0 == run.nb_arrets


# --- frozen ---------------------------------------------------------------------------


def pdf_text(bureau: Bureau, liste: ListeVue, empreinte: str) -> str:
    owner = listes_registre.owner_of(liste.collectivite_id)
    with bureau.storage.local(owner, empreinte) as path:
        book = pdfium.PdfDocument(path.read_bytes())
        return "\n".join(page.get_textpage().get_text_bounded() for page in book)


def kept_bytes(bureau: Bureau, liste: ListeVue, empreinte: str) -> bytes:
    owner = listes_registre.owner_of(liste.collectivite_id)
    with bureau.storage.local(owner, empreinte) as path:
        return path.read_bytes()


def test_a_run_opens_again_to_the_same_bytes_whatever_happens_after(
    bureau: Bureau,
) -> None:
    """The register moves on; the run stays what it was, to the byte and the hash."""
    place = make_collectivite(bureau.db)
    event = make_evenement(
        bureau.db, make_agent(bureau.db, place), date_survenance=day("2026-09-10"),
        consequences=(leave("2026-09-10", "2026-09-20"),),
    )  # fmt: skip
    liste = ask(bureau.db, place, type=TypeListe.PRESENTS, **SEPTEMBRE)
    first = listes_tirage.edit(bureau, liste, NOW)
    before = [kept_bytes(bureau, liste, x.empreinte) for x in (first.pdf, first.xlsx)]
    add(bureau.db, event.reference, leave("2026-09-21", "2026-09-25", "PROLONG"))
    listes_tirage.edit(bureau, liste, NOW + dt.timedelta(days=1))
    again = bureau.db.read(listes_registre.execution, liste, 1)
    after = [kept_bytes(bureau, liste, x.empreinte) for x in (again.pdf, again.xlsx)]

    assert before == after
    assert [first.pdf.empreinte, first.xlsx.empreinte] == [
        hashlib.sha256(octets).hexdigest() for octets in after
    ]
    assert () == bureau.db.read(journal.verify)


@pytest.mark.parametrize("verb", ["UPDATE execution_liste SET nb_arrets = 0",
                                  "DELETE FROM execution_liste"])  # fmt: skip
def test_the_base_itself_refuses_to_change_a_run(bureau: Bureau, verb: str) -> None:
    """Whoever holds the pen: an edition is neither changed nor removed."""
    liste = ask(bureau.db, make_collectivite(bureau.db))
    listes_tirage.edit(bureau, liste, NOW)

    with pytest.raises(sa.exc.DatabaseError, match="ne se modifie pas"):
        bureau.db.write(lambda session: session.execute(sa.text(verb)))


def test_what_changed_since_the_last_run_is_said(bureau: Bureau) -> None:
    """A new leave, a longer one, one that left: counted, marked, listed."""
    db = bureau.db
    place = make_collectivite(db)
    people = [make_agent(db, place, nom_famille=nom) for nom in ("ALLONGE", "SORTI")]
    long, gone = (
        make_evenement(db, agent, date_survenance=day("2026-09-10"),
                       consequences=(leave("2026-09-10", "2026-09-30"),))
        for agent in people
    )  # fmt: skip
    liste = ask(db, place)
    listes_tirage.edit(bureau, liste, NOW)
    add(db, long.reference, leave("2026-10-01", "2026-10-15", "PROLONG"))
    make_evenement(
        db, make_agent(db, place, nom_famille="NOUVEAU"), date_survenance=day("2026-10-01"),
        consequences=(leave("2026-10-01", "2026-10-09"),),
    )  # fmt: skip
    second = listes_tirage.edit(bureau, liste, NOW + dt.timedelta(days=1))
    states = {
        x["agent"].split()[0]: (x["etat"], x["avant"]) for x in lines(second.contenu)
    }
    text = pdf_text(bureau, liste, second.pdf.empreinte)

    assert ("nouveau", {}) == states["NOUVEAU"]
    assert ("modifie", {"fin": "2026-09-30", "nb_avis": 1}) == states["ALLONGE"]
    assert [gone.reference] == [
        x["numero"] for x in second.contenu["changements"]["disparus"]
    ]
    assert "1 nouvel arrêt, 1 arrêt modifié, 1 arrêt sorti de la liste" in text


def test_pdf_and_spreadsheet_say_the_same(bureau: Bureau) -> None:
    """Every line of the run is in both files, and the totals agree."""
    place = make_collectivite(bureau.db)
    for rank in range(3):
        make_evenement(
            bureau.db, make_agent(bureau.db, place, nom_famille=f"AGENT{rank}"),
            date_survenance=day("2026-09-10"),
            consequences=(leave("2026-09-10", f"2026-09-{20 + rank}"),),
        )  # fmt: skip
    liste = ask(bureau.db, place, type=TypeListe.PRESENTS, **SEPTEMBRE)
    run = listes_tirage.edit(bureau, liste, NOW)
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(kept_bytes(bureau, liste, run.xlsx.empreinte))
    )
    rows = book.get_sheet_by_name("Arrêts").to_python()
    text = pdf_text(bureau, liste, run.pdf.empreinte)

    assert 36 == run.nb_jours
    assert [36.0] == [row[11] for row in rows if row[0] == "Total"]
    assert [dt.date(2026, 9, 20), dt.date(2026, 9, 21), dt.date(2026, 9, 22)] == [
        row[9] for row in rows[1:4]
    ]
    assert all(f"AGENT{rank}" in text for rank in range(3))
    assert "3 arrêts, 3 agents, 36 jours" in text


def test_hostile_names_stay_text(bureau: Bureau) -> None:
    """A name that looks like a formula or like Typst is drawn, and runs nowhere."""
    place = make_collectivite(bureau.db)
    agent = make_agent(bureau.db, place, nom_famille='=HYPERLINK("x") #panic() $')
    make_evenement(
        bureau.db, agent, date_survenance=day("2026-09-10"),
        consequences=(leave("2026-09-10", "2026-09-20"),),
    )  # fmt: skip
    liste = ask(bureau.db, place, type=TypeListe.PRESENTS, **SEPTEMBRE)
    run = listes_tirage.edit(bureau, liste, NOW)
    book = python_calamine.CalamineWorkbook.from_filelike(
        io.BytesIO(kept_bytes(bureau, liste, run.xlsx.empreinte))
    )

    assert "#panic()" in pdf_text(bureau, liste, run.pdf.empreinte)
    assert str(book.get_sheet_by_index(0).to_python()[1][1]).startswith("'=HYPERLINK")


# --- who sees what --------------------------------------------------------------------


def test_a_foreign_list_does_not_exist(bureau: Bureau) -> None:
    """Another collectivité's list is neither found nor listed."""
    ours, theirs = (make_collectivite(bureau.db, nom) for nom in ("Azur", "Brume"))
    liste = ask(bureau.db, theirs)

    with pytest.raises(NotFoundError):
        bureau.db.read(listes_registre.get, liste.reference, seen_by(ours))
    assert 0 == bureau.db.read(listes_registre.listing, seen_by(ours)).total


def test_a_list_of_some_services_holds_and_shows_no_others(
    bureau: Bureau, database: Database
) -> None:
    """Asked by someone who sees one service: that service only, for whoever sees it."""
    from records.store import services

    place = make_collectivite(database)
    made = [
        database.write(services.create, collectivite_id=place.id, code=code, libelle=code,
                       auteur=AUTEUR, now=NOW)
        for code in ("EAU", "RH")
    ]  # fmt: skip
    for service in made:
        agent = make_agent(
            database, place, nom_famille=service.libelle, service_id=service.id
        )
        make_evenement(
            database, agent, date_survenance=day("2026-09-10"),
            consequences=(leave("2026-09-10", "2026-10-20"),),
        )  # fmt: skip
    water, people = (
        Perimetre(collectivites=frozenset({place.id}), services=frozenset({s.id}))
        for s in made
    )
    mine = ask(database, place, perimetre=water)
    whole = ask(database, place)
    run = listes_tirage.edit(bureau, mine, NOW)

    assert ["EAU Maud"] == [x["agent"] for x in lines(run.contenu)]
    assert (
        mine.reference
        == database.read(listes_registre.get, mine.reference, seen_by(place)).reference
    )
    for liste, perimetre in ((mine, people), (whole, water)):
        with pytest.raises(NotFoundError):
            database.read(listes_registre.get, liste.reference, perimetre)


def test_recipients_get_a_link_and_no_health_data(bureau: Bureau) -> None:
    """One message each and per edition, in its transaction; no name, no nature in it."""
    place = make_collectivite(bureau.db)
    agent = make_agent(bureau.db, place, nom_famille="SECRETAN")
    make_evenement(
        bureau.db, agent, date_survenance=day("2026-09-10"),
        consequences=(leave("2026-09-10", "2026-10-20"),),
    )  # fmt: skip
    who = ("rh@azur.example", "drh@azur.example")
    liste = ask(bureau.db, place, destinataires=who)
    for _ in range(2):
        listes_tirage.edit(bureau, liste, NOW)
    sent = bureau.db.read(_messages)
    text = " ".join(f"{row.sujet} {row.corps}" for row in sent).lower()

    assert sorted([*who, *who]) == sorted(row.destinataire for row in sent)
    assert (
        f"https://portail.exemple.fr/listes-arrets/{liste.reference}" in sent[0].corps
    )
    assert not any(word in text for word in ("secretan", "maladie", "maud", "cmo"))


def _messages(session: ReadSession) -> list[mail.Courriel]:
    return list(session.scalars(sa.select(mail.Courriel).order_by(mail.Courriel.id)))


# --- made again -----------------------------------------------------------------------


def test_what_is_due_is_made_once_and_set_for_next_time(
    bureau: Bureau, clock: ManualClock
) -> None:
    """A due list is queued, made, given its next day; asked again, nothing more is."""
    place = make_collectivite(bureau.db)
    liste = ask(bureau.db, place, frequence=Frequence.MENSUELLE, jour=5)
    pending = Queue(bureau.db)
    due_on, later = day("2026-10-05"), NOW + dt.timedelta(days=5)
    try:
        early = listes_jobs.queue_due(bureau, pending, TODAY, NOW)
        first = listes_jobs.queue_due(bureau, pending, due_on, later)
        twice = listes_jobs.queue_due(bureau, pending, due_on, later)
    finally:
        pending.close()
    clock.instant = later
    make = listes_jobs.equipe(bureau, clock).jobs[listes_tirage.JOB]
    for _ in range(2):
        make(liste.reference, due_on.isoformat())
    after = bureau.db.read(listes_registre.get, liste.reference, EVERYWHERE)
    (run,) = bureau.db.read(listes_registre.executions, after)

    assert (0, 1, 0) == (early, first, twice)
    assert day("2026-11-05") == after.prochaine_le
    assert Periode.month(2026, 9) != run.periode  # « en cours » is about the day
    assert Periode.inclusive(due_on, due_on) == run.periode


def test_runs_missed_while_nobody_worked_are_made_once(bureau: Bureau) -> None:
    """Three weeks late: one run, then the next chosen day."""
    place = make_collectivite(bureau.db)
    liste = ask(bureau.db, place, frequence=Frequence.HEBDOMADAIRE, jour=1)
    late = dt.datetime(2026, 10, 28, 8, tzinfo=dt.UTC)
    listes_tirage.edit_due(bureau, liste.reference, day("2026-10-05"), late)
    after = bureau.db.read(listes_registre.get, liste.reference, EVERYWHERE)

    assert (1, day("2026-11-02")) == (after.nb_executions, after.prochaine_le)


def test_a_stopped_list_is_made_no_more(bureau: Bureau) -> None:
    """Stopped before its day: its job does nothing, its runs stay."""
    place = make_collectivite(bureau.db)
    liste = ask(bureau.db, place, frequence=Frequence.MENSUELLE, jour=5)
    listes_tirage.edit(bureau, liste, NOW)
    bureau.db.write(
        listes_registre.stop, liste.reference, seen_by(place), auteur=AUTEUR, now=NOW
    )
    listes_tirage.edit_due(bureau, liste.reference, day("2026-10-05"), NOW)
    after = bureau.db.read(listes_registre.get, liste.reference, EVERYWHERE)

    assert (1, None) == (after.nb_executions, after.prochaine_le)
