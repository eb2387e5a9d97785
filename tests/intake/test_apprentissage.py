"""The learned model in the store: signed, compared, chosen, stopped, followed."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from classifiers import apprentissage, lecons
from classifiers.evidence import Liasse
from classifiers.lecons import Lecon
from classifiers.modele import Modele
from classifiers.verdict import Certitude, Verdict
from intake import ajustement, juge, modeles, seuils
from intake import tables as it
from intake.confirmation import ask_to_confirm
from intake.integration import READER
from intake.modeles import ARRETE, REFUSE, SERT, Brouillon, Lecteur, Version
from intake.proposition import Candidat, Contexte, Lien, Proposition, Registre
from intake.rattachement import propose
from records import tables as t
from records.comptes import HOUSE
from records.journal import Tag
from records.store import justificatifs, taches, typage
from socle.crypto import Coffre
from socle.db import Database, ReadSession, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from socle.memory import MemoryQueue
from tests.drills import papiers
from tests.intake.guichet import COFFRE, Comptoir
from tests.records.monde import AUTEUR, NOW, make_agent, make_collectivite

KINDS = (
    "AAT", "BULLETIN", "FACTURE", "ARRETE", "RIB", "AUTRE", "DEVIS", "PV_CM", "CMATMP",
)  # fmt: skip
SOON = NOW + dt.timedelta(hours=1)
# an invoice in words that no rule looks for
NOTE = (
    "consultation séances kinésithérapeute actes tarif "
    "total acquittée patient honoraires cabinet note soins règlement"
)
# bank details in words that no rule takes for proof
PAPER = (
    "compte titulaire domiciliation guichet clé banque",
    "code banque numéro de compte identifiant international",
    "agence virement prélèvement",
)


@pytest.fixture(scope="module")
def few() -> tuple[Lecon, ...]:
    """Keep the lessons of nine types: a fit takes two seconds."""
    return tuple(lecon for lecon in lecons.base() if lecon.type in KINDS)


@pytest.fixture(scope="module")
def fitted(few: tuple[Lecon, ...]) -> Modele:
    """Fit once on nine types."""
    return apprentissage.fit(few)


@pytest.fixture(scope="module")
def other(few: tuple[Lecon, ...]) -> Modele:
    """Fit another one, on fewer lessons."""
    return apprentissage.fit(few[::2])


def keep(
    db: Database, fitted: Modele, *, serves: bool = True, **changes: Any
) -> Version:
    """Keep a model as a refit would."""
    draft = Brouillon(modele=fitted, lecons="l", nb_corrections=0, **changes)
    return db.write(modeles.keep, COFFRE, draft, serves=serves, auteur=AUTEUR, now=NOW)


def _facts(session: ReadSession) -> list[str]:
    f = t.Fait
    return list(session.scalars(sa.select(f.tag).where(f.sujet.startswith("MODELE-"))))


# --- versions -------------------------------------------------------------------------


def test_one_version_serves_and_a_former_one_can_return(
    database: Database, fitted: Modele
) -> None:
    """Each change is a fact; what was found worse never serves."""
    first, second = keep(database, fitted), keep(database, fitted)
    worse = keep(database, fitted, serves=False, motif="Moins bon.")
    database.write(modeles.roll_back, COFFRE, 1, auteur=AUTEUR, now=SOON)
    etats = {v.numero: v.etat for v in database.read(modeles.listing)}

    assert (1, 2, 3) == (first.numero, second.numero, worse.numero)
    assert {1: SERT, 2: "ancien", 3: REFUSE} == etats
    assert ["modele:ajuste"] * 2 + ["modele:refuse", "modele:retabli"] == (
        database.read(_facts)
    )
    with pytest.raises(RefusedError, match="Moins bon"):
        database.write(modeles.roll_back, COFFRE, 3, auteur=AUTEUR, now=SOON)
    with pytest.raises(ConflictError):
        database.write(modeles.roll_back, COFFRE, 1, auteur=AUTEUR, now=SOON)
    with pytest.raises(NotFoundError):
        database.write(modeles.roll_back, COFFRE, 9, auteur=AUTEUR, now=SOON)


def test_the_database_refuses_two_serving_versions(
    database: Database, fitted: Modele
) -> None:
    """Whatever the code does, one serves."""
    keep(database, fitted)
    keep(database, fitted)

    def force(session: WriteSession) -> None:
        session.execute(sa.update(it.ModeleTypage).values(etat=SERT))

    with pytest.raises(sa.exc.IntegrityError):
        database.write(force)


def _spoil(session: WriteSession, column: str, value: object) -> None:
    session.execute(sa.update(it.ModeleTypage).values({column: value}))


def _swap(session: WriteSession) -> None:
    """Put the bytes and signature of the first version under the second."""
    first, second = (
        session.get_one(it.ModeleTypage, 1),
        session.get_one(it.ModeleTypage, 2),
    )
    second.octets, second.empreinte = first.octets, first.empreinte
    second.signature = first.signature


@pytest.mark.parametrize(
    "forge",
    [
        lambda s: _spoil(s, "octets", b"other bytes"),
        lambda s: _spoil(s, "signature", "0" * 64),
        lambda s: _spoil(s, "signature", ""),
        _swap,
    ],
)
def test_what_the_house_did_not_sign_never_serves(
    sqlite: Database, fitted: Modele, other: Modele,
    forge: Callable[[WriteSession], None],
) -> None:  # fmt: skip
    """Bytes changed, signature missing, another version's: refused, and said."""
    keep(sqlite, fitted)
    keep(sqlite, other)
    before = sqlite.read(Lecteur().current, COFFRE)
    sqlite.write(forge)
    etat, detail = sqlite.read(modeles.state, COFFRE)

    assert before is not None
    assert before.numero == 2
    assert sqlite.read(Lecteur().current, COFFRE) is None
    assert "degrade" == etat
    assert "signé" in detail
    with pytest.raises((RefusedError, ConflictError)):
        sqlite.write(modeles.roll_back, COFFRE, 2, auteur=AUTEUR, now=SOON)


def test_another_house_s_key_is_not_ours(sqlite: Database, fitted: Modele) -> None:
    """A model brought from another house is refused."""
    keep(sqlite, fitted)
    other = Coffre(bytes(32))

    assert sqlite.read(Lecteur().current, other) is None
    assert "degrade" == sqlite.read(modeles.state, other)[0]


def test_the_reader_follows_the_version_that_serves(
    sqlite: Database, fitted: Modele
) -> None:
    """A worker takes a new version, a return and a stop without being restarted."""
    lecteur = Lecteur()
    seen = []
    for act in (
        lambda: None,
        lambda: keep(sqlite, fitted),
        lambda: keep(sqlite, fitted),
        lambda: sqlite.write(modeles.roll_back, COFFRE, 1, auteur=AUTEUR, now=SOON),
        lambda: sqlite.write(modeles.stop, auteur=AUTEUR, now=SOON),
    ):
        act()
        found = sqlite.read(lecteur.current, COFFRE)
        seen.append(found.numero if found else None)

    assert [None, 1, 2, 1, None] == seen


def test_health_says_what_is_wrong(sqlite: Database, fitted: Modele) -> None:
    """None yet, serving, erring more than it says, stopped: each has its sentence."""
    said = [sqlite.read(modeles.state, COFFRE)]
    keep(sqlite, fitted)
    said.append(sqlite.read(modeles.state, COFFRE))
    for right in (19, 12):
        suivi = {"examines": 20, "justes": right, "annonce": 0.97}
        sqlite.write(modeles.follow, 1, suivi)
        said.append(sqlite.read(modeles.state, COFFRE))
    sqlite.write(modeles.stop, auteur=AUTEUR, now=SOON)
    said.append(sqlite.read(modeles.state, COFFRE))

    assert ["degrade", "ok", "ok", "degrade", "degrade"] == [etat for etat, _ in said]
    assert "Pas encore" in said[0][1]
    assert "60%" in said[3][1]
    assert "arrêté" in said[4][1]


# --- lessons --------------------------------------------------------------------------


@pytest.fixture
def written(sqlite: Database) -> Callable[..., str]:
    """Write papers with their words, as the reader does; give their reference."""
    home = make_collectivite(sqlite)
    count = iter(range(1000))

    def write(
        texte: str, type_: str = "INCONNU", *, secret: bool = False, agent: str = ""
    ) -> str:
        rank = next(count)
        who = make_agent(sqlite, home, nom_famille=agent or f"N{rank}")

        def act(session: WriteSession) -> str:
            depot = it.Depot(
                reference=f"DP-{rank}", collectivite_id=home.id, canal="api",
                depose_par=AUTEUR, nom_fichier="a.pdf", empreinte=str(rank), taille=1,
                recu_at=NOW, date_reception=NOW.date(), etat="traite", nb_pages=1,
            )  # fmt: skip
            session.add(depot)
            session.flush()
            page = it.Page(
                depot_id=depot.id, numero=1, origine="ocr", texte=texte, lecture=b""
            )
            session.add(page)
            return justificatifs.add(
                session,
                justificatifs.JustificatifNouveau(
                    collectivite_id=home.id, depot_id=depot.id, rang=1, pages=(1,),
                    type=type_, confiance=0.6, etat="a_verifier", agent_id=who.id,
                    is_secret_medical=secret,
                ),
                auteur=READER,
                now=NOW,
            ).reference  # fmt: skip

        return sqlite.write(act)

    return write


def _decide(
    db: Database, reference: str, tag: Tag, auteur: str = AUTEUR, **changes: Any
) -> None:
    def act(session: WriteSession) -> None:
        paper = justificatifs.get(session, reference, HOUSE)
        justificatifs.change(
            session, paper.id, changes, tag=tag, auteur=auteur, now=NOW, contenu={}
        )

    db.write(act)


def test_what_people_decided_is_what_is_learned(
    sqlite: Database, written: Callable[..., str]
) -> None:
    """Retyped, linked or filed by a person: a lesson; undone, refused, alone: none."""
    retyped, linked, undone, refused, alone, secret, unknown = (
        written(NOTE, "FACTURE", secret=rank == 5) for rank in range(7)
    )
    _decide(sqlite, retyped, Tag.JUSTIFICATIF_RETYPE, type="DEVIS")
    _decide(sqlite, linked, Tag.JUSTIFICATIF_RATTACHE)
    _decide(sqlite, undone, Tag.JUSTIFICATIF_RATTACHE)
    _decide(sqlite, undone, Tag.JUSTIFICATIF_DETACHE)
    _decide(sqlite, refused, Tag.JUSTIFICATIF_RETYPE, type="DEVIS")
    _decide(sqlite, refused, Tag.JUSTIFICATIF_ANOMALIE)
    _decide(sqlite, alone, Tag.JUSTIFICATIF_A_VERIFIER, auteur=READER)
    _decide(sqlite, secret, Tag.JUSTIFICATIF_RETYPE, type="CERT_MED")
    _decide(sqlite, unknown, Tag.JUSTIFICATIF_CLASSE, type="INCONNU")
    cours = sqlite.read(ajustement.gather)
    mine = [x for x in (*cours.lecons, *cours.retenues) if not x.is_base]

    assert ["DEVIS", "FACTURE"] == sorted(lecon.type for lecon in mine)
    assert 2 == cours.nb_corrections
    assert {lecons.words(NOTE)} == {lecon.mots for lecon in mine}


def test_one_correction_in_four_is_never_learned(
    sqlite: Database, written: Callable[..., str]
) -> None:
    """Held back by their reference: the same ones for every model."""
    for _ in range(40):
        _decide(sqlite, written(NOTE), Tag.JUSTIFICATIF_RETYPE, type="FACTURE")
    cours, again = (sqlite.read(ajustement.gather) for _ in range(2))
    held = {lecon.source for lecon in cours.retenues}

    assert 3 <= len(held) <= 20
    assert held.isdisjoint({lecon.source for lecon in cours.lecons})
    assert (cours.empreinte, cours.retenues) == (again.empreinte, again.retenues)


def test_the_table_counts_only_what_people_examined(
    sqlite: Database, written: Callable[..., str]
) -> None:
    """Confusions, calibration and abstentions; nobody looked is not « right »."""
    good, bad, alone, silent = (
        written(NOTE, code) for code in ("FACTURE", "FACTURE", "FACTURE", "INCONNU")
    )
    _decide(sqlite, good, Tag.JUSTIFICATIF_RATTACHE)
    _decide(sqlite, bad, Tag.JUSTIFICATIF_RETYPE, type="DEVIS")
    _decide(sqlite, silent, Tag.JUSTIFICATIF_RETYPE, type="RIB")
    bilan = sqlite.read(typage.review, READER)
    band = next(band for band in bilan.tranches if band.nombre)

    assert alone
    assert (4, 3, 1, 1) == (
        bilan.nombre, bilan.examines, bilan.justes, bilan.abstentions,
    )  # fmt: skip
    assert {
        ("FACTURE", "FACTURE"): 1, ("FACTURE", "DEVIS"): 1, ("INCONNU", "RIB"): 1,
    } == bilan.confusions  # fmt: skip
    assert (3, 2, 1, 0.6) == (band.nombre, band.examines, band.justes, band.annonce)


# --- refitting ------------------------------------------------------------------------


@pytest.fixture
def small_house(monkeypatch: pytest.MonkeyPatch, few: tuple[Lecon, ...]) -> None:
    """Ship nine types instead of thirty-five: the same code, in seconds."""
    monkeypatch.setattr(lecons, "base", lambda: few)


@pytest.mark.usefixtures("small_house")
def test_a_refit_learns_once_then_serves_what_clerks_taught(
    sqlite: Database, written: Callable[..., str]
) -> None:
    """First from the invented papers; again only when there is something new."""
    first = ajustement.refit(sqlite, COFFRE, NOW)
    idle = ajustement.refit(sqlite, COFFRE, SOON)
    drawn = random.Random(3)
    terms = [
        "vétérinaire",
        "chenil",
        "pension",
        "animal",
        "vaccin",
        "tatouage",
        "collier",
    ]
    for _ in range(16):
        text = f"estimation chiffrée de la garde {' '.join(drawn.sample(terms, 6))}"
        _decide(sqlite, written(text), Tag.JUSTIFICATIF_RETYPE, type="DEVIS")
    second = ajustement.refit(sqlite, COFFRE, SOON)
    sqlite.write(modeles.stop, auteur=AUTEUR, now=SOON)
    _decide(sqlite, written(NOTE), Tag.JUSTIFICATIF_RETYPE, type="DEVIS")
    stopped = ajustement.refit(sqlite, COFFRE, SOON)

    assert first is not None
    assert (SERT, 0) == (first.etat, first.nb_corrections)
    assert idle is None
    assert second is not None
    assert (SERT, 16) == (second.etat, second.nb_corrections)
    assert second.comparaison["retenues"] > 0
    assert second.comparaison["corrections"]["nouveau"][1] == 0
    assert stopped is None
    assert [ARRETE, "ancien"] == [v.etat for v in sqlite.read(modeles.listing)]


def test_a_worse_model_is_refused(few: tuple[Lecon, ...], fitted: Modele) -> None:
    """Taught wrong types, it errs on what is known: refused, with the reason."""
    wrong = {"BULLETIN": "FACTURE", "FACTURE": "BULLETIN"}
    poisoned = apprentissage.fit(
        [replace(lecon, type=wrong.get(lecon.type, lecon.type)) for lecon in few]
    )
    held = [lecon for lecon in few if lecon.type in wrong]
    why, table = ajustement.compare(poisoned, fitted, held)

    assert "moins bien" in why
    assert table["corrections"]["nouveau"][1] > table["corrections"]["ancien"][1]
    assert "" == ajustement.compare(fitted, fitted, held)[0]


def test_a_model_that_boasts_is_refused(fitted: Modele) -> None:
    """Stated confidence far from what trials showed, or strangers named: refused."""
    base = {"engages": 90, "engages_justes": 80, "engages_annonce": 0.98,
            "inconnus": 100, "inconnus_engages": 0}  # fmt: skip
    boasts = replace(fitted, mesures=base)
    names = replace(fitted, mesures=base | {"engages_justes": 96, "engages": 90,
                                            "inconnus_engages": 9})  # fmt: skip

    assert "annonce" in ajustement.compare(boasts, None, ())[0]
    assert "jamais vu" in ajustement.compare(names, None, ())[0]


def test_the_refit_is_asked_once_a_day(sqlite: Database) -> None:
    """Every hour, by any worker: one job a day."""
    pending = MemoryQueue()
    for hours in (0, 1, 5, 24):
        now = NOW + dt.timedelta(hours=hours)
        sqlite.write(ajustement.schedule, pending, now)

    assert 2 == pending.depth()
    assert {ajustement.JOB} == {job for job, _ in pending.waiting.values()}


def test_proposals_are_followed(
    sqlite: Database, written: Callable[..., str], fitted: Modele
) -> None:
    """What clerks made of a version's proposals is kept with it."""
    keep(sqlite, fitted)
    reference = written(NOTE, "FACTURE")
    _decide(sqlite, reference, Tag.JUSTIFICATIF_RETYPE, type="DEVIS", modele=1)
    sqlite.write(ajustement.follow, 1)

    assert {"examines": 1, "justes": 0, "annonce": 0.6} == (
        sqlite.read(modeles.listing)[0].suivi
    )


# --- thresholds -----------------------------------------------------------------------


def test_thresholds_are_data_of_the_house_and_of_each_collectivite(
    database: Database,
) -> None:
    """The house's, then the collectivité's; unknown types and values are refused."""
    one, other = make_collectivite(database), make_collectivite(database, "Autre")

    def fix(type_: str, value: float | None, home: int | None = None) -> None:
        database.write(
            seuils.fix, type_, value, auteur=AUTEUR, now=NOW, collectivite_id=home
        )

    fix("RIB", 0.9)
    fix("AAT", 0.85)
    fix("RIB", 0.99, one.id)
    first = database.read(seuils.of, one.id)
    fix("RIB", None, one.id)

    assert {"RIB": 0.99, "AAT": 0.85} == first
    assert {"RIB": 0.9, "AAT": 0.85} == database.read(seuils.of, one.id)
    assert {"RIB": 0.9, "AAT": 0.85} == database.read(seuils.of, other.id)
    for type_, value in (("NEANT", 0.9), ("RIB", 1.2), ("RIB", 0.1)):
        with pytest.raises(RefusedError):
            fix(type_, value)
    judge = database.read(juge.judge_for, Lecteur(), COFFRE, one.id)
    assert {"RIB": 0.9, "AAT": 0.85} == judge.keywords["seuils"]  # type: ignore[attr-defined]


# --- alone, it closes nothing ---------------------------------------------------------


def _proposed(etat: str, **changes: Any) -> Proposition:
    return Proposition(etat=etat, code="preuve", detail="Prouvé.", **changes)


def test_a_link_becomes_a_question_with_its_line_first() -> None:
    """Everything is ready for one click; nothing is closed before it."""
    other = Candidat(piece_id=9, score=0.4)
    found = ask_to_confirm(
        _proposed("rattache", agent_id=4, liens=(Lien(piece_id=3),), candidats=(other,))
    )

    assert ("a_verifier", "type-a-confirmer", ()) == (
        found.etat,
        found.code,
        found.liens,
    )
    assert [3, 9] == [candidat.piece_id for candidat in found.candidats]
    assert 4 == found.agent_id
    assert "a_verifier" == ask_to_confirm(_proposed("integre_sans_piece")).etat
    for etat in ("quarantaine", "anomalie", "a_verifier"):
        kept = _proposed(etat)
        assert kept is ask_to_confirm(kept)


@pytest.mark.parametrize("alone", [True, False])
def test_linking_asks_before_filing_what_it_alone_names(*, alone: bool) -> None:
    """A paper never asked for is filed by rules, shown when only the model says so."""
    verdict = Verdict(
        type="COURRIER", certitude=Certitude.PROBABLE, confiance=0.97, modele=1,
        is_to_confirm=alone,
    )  # fmt: skip
    nobody = Registre(agents=(), evenements=(), pieces=(), nir_empreintes={})
    contexte = Contexte(
        collectivite_id=1, collectivite_nom="Azur", collectivite_siret=None,
        date_reception=NOW.date(),
    )  # fmt: skip
    found = propose(verdict, Liasse(), nobody, contexte)

    assert ("a_verifier" if alone else "integre_sans_piece") == found.etat


# --- the whole path -------------------------------------------------------------------


async def test_a_paper_it_alone_names_waits_for_a_person(
    comptoir: Comptoir, fitted: Modele
) -> None:
    """Read, proposed with its words, never closed: a task says to confirm the type."""
    keep(comptoir.db, fitted)
    receipt = await comptoir.deposit(papiers.text_pdf([PAPER]))
    comptoir.work()
    depot = comptoir.depot(receipt.reference)

    def seen(session: ReadSession) -> tuple[Any, ...]:
        (paper,) = justificatifs.of_depot(session, depot.id, HOUSE)
        return paper, taches.of_depot(session, depot.id, HOUSE)

    paper, tasks = comptoir.db.read(seen)

    assert ("RIB", 1, "a_verifier") == (paper.type, paper.modele, paper.etat)
    assert ["a_verifier"] == [task.typologie for task in tasks]
    codes = [motif["code"] for motif in paper.motifs]
    assert "modele-appris" in codes
    shown = next(m for m in paper.motifs if m["code"] == "mots-appris")
    assert shown["zone"]
    assert 1 == shown["page"]
