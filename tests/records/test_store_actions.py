"""The basket: exact volumes, nothing foreign, claims and tasks that open and close."""

import datetime as dt

import pytest
import sqlalchemy as sa

from records import tables as t
from records.declarations import ConsequenceDeclaree
from records.evenements import Evenement
from records.store import (
    actions,
    affectations,
    clotures,
    comptes,
    evenements,
    justificatifs,
    recours,
    taches,
)
from records.store.clotures import FiltreClotures
from records.store.comptes import NouveauCompte
from records.store.taches import FiltreTaches, TacheNouvelle
from records.vocabulary import Typologie
from socle.db import Database, WriteSession
from socle.errors import ConflictError, NotFoundError
from tests.records.monde import (
    AUTEUR,
    EVERYWHERE,
    NOW,
    TODAY,
    day,
    make_agent,
    make_collectivite,
    make_evenement,
    make_paper,
    seen_by,
)


def _volumes(db: Database, perimetre: object, on: dt.date = TODAY) -> dict[str, int]:
    found = db.read(actions.counts, perimetre, on)  # type: ignore[arg-type]
    return {action.typologie.code: action.nombre for action in found if action.nombre}


def _open(db: Database, collectivite_id: int, code: str = "doute") -> taches.TacheVue:
    tache = TacheNouvelle(
        typologie=Typologie.DOSSIER_EN_ANOMALIE, code=code, detail="À voir.",
        collectivite_id=collectivite_id,
    )  # fmt: skip
    return db.write(taches.open_task, tache, auteur=AUTEUR, now=NOW)


def _claim(db: Database, made: Evenement, etat: str = "enregistre") -> recours.Recours:
    return db.write(
        recours.add, made.reference, perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
        etat=etat,
    )  # fmt: skip


def test_volumes_are_exact_and_narrow(database: Database) -> None:
    """What one sees is counted once; what is foreign is not."""
    mine, other = make_collectivite(database), make_collectivite(database, "Autre")
    made = make_evenement(database, make_agent(database, mine))
    make_evenement(database, make_agent(database, other))
    _open(database, mine.id)
    _open(database, other.id)
    _claim(database, made)

    assert {
        "recours_a_envoyer": 1, "document_manquant": 4, "dossier_a_cloturer": 1,
        "dossier_en_anomalie": 1,
    } == _volumes(database, seen_by(mine))  # fmt: skip
    assert {} == _volumes(database, seen_by())


def test_due_lines_are_told_apart(database: Database) -> None:
    """On 1 February the February bulletin is asked, but not yet due."""
    home = make_collectivite(database)
    make_evenement(database, make_agent(database, home))

    found = database.read(actions.counts, seen_by(home), day("2026-02-01"))

    missing = next(a for a in found if a.typologie is Typologie.DOCUMENT_MANQUANT)
    assert (4, 2) == (missing.nombre, missing.exigibles)


@pytest.mark.parametrize(("on", "nombre"), [("2026-03-03", 0), ("2026-03-04", 1)])
def test_file_to_close_after_thirty_days(
    database: Database, on: str, nombre: int
) -> None:
    """The last day of leave was 1 February: more than thirty days later, ask."""
    home = make_collectivite(database)
    make_evenement(database, make_agent(database, home))

    assert nombre == len(database.read(actions.to_close, seen_by(home), day(on)))


def test_a_return_closes_the_question(database: Database) -> None:
    """With a date of return, the file is no longer to close."""
    home = make_collectivite(database)
    made = make_evenement(database, make_agent(database, home))
    back = ConsequenceDeclaree(type="REPRISE", champs={"date": "2026-02-02"})

    database.write(
        evenements.add_consequence, made.reference, back,
        perimetre=EVERYWHERE, auteur=AUTEUR, now=NOW,
    )  # fmt: skip

    assert () == database.read(actions.to_close, seen_by(home), TODAY)


def test_same_task_opens_once_and_closes_once(database: Database) -> None:
    """Asking twice is asking once; closing twice is told."""
    home = make_collectivite(database)
    one, same = _open(database, home.id), _open(database, home.id)

    def close(session: WriteSession) -> None:
        taches.close(
            session, one.reference, perimetre=seen_by(home), auteur=AUTEUR,
            motif="fait", now=NOW,
        )  # fmt: skip

    database.write(close)

    assert one.reference == same.reference
    with pytest.raises(ConflictError, match="deja-close"):
        database.write(close)


def test_a_saved_claim_waits_until_sent(database: Database) -> None:
    """« Enregistrée, non envoyée » is an action; sending it ends the action."""
    home = make_collectivite(database)
    claim = _claim(database, make_evenement(database, make_agent(database, home)))

    def turn(etat: str) -> recours.Recours:
        return database.write(
            recours.change, claim.reference, perimetre=seen_by(home), auteur=AUTEUR,
            now=NOW, etat=etat,
        )  # fmt: skip

    before = _volumes(database, seen_by(home)).get("recours_a_envoyer")
    sent = turn("envoye")

    assert 1 == before
    assert NOW == sent.envoye_at
    assert None is _volumes(database, seen_by(home)).get("recours_a_envoyer")
    turn("clos")
    with pytest.raises(ConflictError, match="etat-impossible"):
        turn("enregistre")


def test_papers_are_narrow_and_secret(database: Database) -> None:
    """A foreign paper, or one under medical secrecy, looks inexistent."""
    mine, other = make_collectivite(database), make_collectivite(database, "Autre")
    make_paper(database, make_agent(database, other))
    secret = make_paper(database, make_agent(database, mine))

    def hide(session: WriteSession) -> str:
        from records.journal import Tag

        return justificatifs.change(
            session, secret, {"secret_medical": True},
            tag=Tag.JUSTIFICATIF_QUARANTAINE, auteur=AUTEUR, now=NOW,
        ).reference  # fmt: skip

    reference = database.write(hide)
    doctor = seen_by(mine, has_secret_medical=True)

    assert 0 == database.read(justificatifs.listing, seen_by(mine)).total
    assert 1 == database.read(justificatifs.listing, doctor).total
    with pytest.raises(NotFoundError):
        database.read(justificatifs.get, reference, seen_by(mine))


def test_a_file_is_closed_once_with_its_reason(database: Database) -> None:
    """Closed, it leaves the basket; closing twice, or a stale page, is told."""
    home = make_collectivite(database)
    made = make_evenement(database, make_agent(database, home))

    def close(session: WriteSession, version: int | None = None) -> Evenement:
        return clotures.close(
            session, made.reference, motif="Reprise", version=version,
            perimetre=seen_by(home), auteur=AUTEUR, now=NOW,
        )  # fmt: skip

    with pytest.raises(ConflictError, match="etat-modifie"):
        database.write(close, made.version + 1)
    assert "clos" == database.write(close, made.version).etat
    with pytest.raises(ConflictError, match="deja-clos"):
        database.write(close)
    assert 0 == database.read(clotures.listing, seen_by(home), TODAY).total


def test_files_to_close_are_paged_sorted_and_narrowed(database: Database) -> None:
    """Every file once, in order, whichever way; the delay is the contract's."""
    home, other = make_collectivite(database), make_collectivite(database, "Autre")
    for rank in range(5):
        agent = make_agent(
            database, home, nom_famille=f"NOM{rank}", matricule=f"{rank}"
        )
        make_evenement(database, agent)
    make_evenement(database, make_agent(database, other))

    for tri in ("ancien", "recent"):
        seen, curseur = [], None
        while True:
            page = database.read(
                clotures.listing, seen_by(home), TODAY, tri=tri, curseur=curseur,
                limite=2,
            )  # fmt: skip
            seen += [one.evenement.id for one in page.elements]
            curseur = page.suivant
            if curseur is None:
                break
        assert 5 == page.total == len(set(seen))
        assert sorted(seen, reverse=tri == "recent") == seen
    named = FiltreClotures(texte="nom3")
    assert 1 == database.read(clotures.listing, EVERYWHERE, TODAY, named).total
    database.write(_delay, home.id, 400)
    assert 0 == database.read(clotures.listing, seen_by(home), TODAY).total
    assert 1 == database.read(clotures.listing, EVERYWHERE, TODAY).total


def _delay(session: WriteSession, collectivite_id: int, days: int) -> None:
    row = session.scalar(
        sa.select(t.Contrat).where(t.Contrat.collectivite_id == collectivite_id)
    )
    assert row is not None
    row.parametres = {clotures.CLOSING_DELAY: days}


def test_a_line_is_taken_by_one_person(database: Database) -> None:
    """The second is told who was first by a conflict; given back, it is free."""
    home = make_collectivite(database)
    task = _open(database, home.id)

    def act(session: WriteSession, who: str, verb: str = "take") -> None:
        getattr(affectations, verb)(
            session, task.reference, perimetre=seen_by(home), auteur=who, now=NOW
        )

    def listed(who: str | None) -> int:
        filtre = FiltreTaches(affecte=who)
        return database.read(taches.listing, seen_by(home), (), filtre).total

    database.write(act, "CO-UN")
    database.write(act, "CO-UN")
    with pytest.raises(ConflictError, match="deja-affecte"):
        database.write(act, "CO-DEUX")
    assert (1, 0, 0) == (listed("CO-UN"), listed("CO-DEUX"), listed(""))
    database.write(act, "CO-UN", "give_back")
    database.write(act, "CO-DEUX")
    assert (0, 1) == (listed("CO-UN"), listed("CO-DEUX"))
    with pytest.raises(NotFoundError):
        database.write(
            affectations.take, task.reference, perimetre=seen_by(), auteur="CO-UN",
            now=NOW,
        )  # fmt: skip


def test_views_are_kept_per_person(database: Database) -> None:
    """A name holds one set of filters; nobody sees another's."""
    make_collectivite(database)

    def account(session: WriteSession, name: str) -> int:
        nouveau = NouveauCompte(identifiant=name, role="operateur")
        return comptes.create_compte(session, nouveau, now=NOW)[0].compte_id

    one, two = database.write(account, "un@a"), database.write(account, "deux@a")
    for asked in ("tri=recent", "tri=ancien"):
        database.write(affectations.keep_view, one, "a_verifier", "Ma vue", asked)

    assert (("Ma vue", "tri=ancien"),) == database.read(
        affectations.views, one, "a_verifier"
    )
    assert () == database.read(affectations.views, two, "a_verifier")
    database.write(affectations.drop_view, one, "a_verifier", "Ma vue")
    assert () == database.read(affectations.views, one, "a_verifier")
