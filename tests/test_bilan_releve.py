"""The scorer's eyes: the folder as laid out, the product's rows as the register's codes."""

import datetime as dt
import json
from pathlib import Path

import pytest

from intake.tables import Depot, Page
from records import tables as t
from socle.db import Database, WriteSession
from tests.bilan import releve
from tests.bilan.jeu import open_folder

NOW = dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)
DAY = dt.date(2026, 5, 1)


def _folder(root: Path, *, with_truth: bool = True) -> Path:
    scans = root / "scans"
    scans.mkdir(parents=True)
    (scans / "depots.csv").write_text(
        "fichier;collectivite;siret;canal;depose_le\na.pdf;C1;1;portail;2026-05-01\n",
        "utf-8-sig",
    )
    (root / "referentiel.json").write_text("{}", "utf-8")
    if with_truth:
        (root / "verite.json").write_text(json.dumps({"unites": []}), "utf-8")
    return root


@pytest.mark.parametrize("place", ["", "scans"])
def test_folder_is_found_from_either_level(tmp_path: Path, place: str) -> None:
    """Both the folder and its `scans` may be given; truth and register stand beside."""
    root = _folder(tmp_path / "lot")

    found = open_folder(root / place)

    assert ("lot", root / "referentiel.json") == (found.nom, found.referentiel)
    assert ["a.pdf"] == [row["fichier"] for row in found.depots]
    assert {"unites": []} == found.verite


def test_truth_is_optional_but_not_the_register(tmp_path: Path) -> None:
    """Without truth one may look; without register nothing can be played."""
    root = _folder(tmp_path / "lot", with_truth=False)
    assert open_folder(root).verite is None

    (root / "referentiel.json").unlink()
    with pytest.raises(FileNotFoundError, match="referentiel"):
        open_folder(root)


def _rows(session: WriteSession) -> None:
    """Write one collectivité, one line, one paper tied to it and one in doubt."""
    home = t.Collectivite(reference="CO-1", nom="C", reference_externe="C1")
    session.add(home)
    session.flush()
    agent = t.Agent(reference="AG-1", reference_externe="A1", collectivite_id=home.id,
                    nom_famille="X")  # fmt: skip
    session.add(agent)
    session.flush()
    event = t.Evenement(reference="EV-1", reference_externe="E1", collectivite_id=home.id,
                        agent_id=agent.id, nature="CMO", date_survenance=DAY,
                        declare_at=NOW)  # fmt: skip
    session.add(event)
    session.flush()
    lines = [
        t.PieceAttendue(
            reference=f"PA-{rank}",
            reference_externe=f"X{rank}",
            collectivite_id=home.id,
            evenement_id=event.id,
            agent_id=agent.id,
            type="AAT",
            date_reference=DAY,
            exigible_le=DAY,
            echeance=DAY,
            base="essai",
            cle=str(rank),
            etat=etat,
        )
        for rank, etat in ((1, "satisfaite"), (2, "attendue"))
    ]
    depots = [
        Depot(
            reference=f"DP-{rank}",
            collectivite_id=home.id,
            canal="portail",
            depose_par="essai",
            nom_fichier="n",
            empreinte=str(rank),
            taille=1,
            recu_at=NOW,
            date_reception=DAY,
            etat=etat,
        )
        for rank, etat in ((1, "traite"), (2, "en_cours"))
    ]
    session.add_all([*lines, *depots])
    session.flush()
    papers = [
        t.Justificatif(
            reference=f"JU-{rank}",
            collectivite_id=home.id,
            depot_id=depots[0].id,
            rang=rank,
            pages=[rank],
            type="AAT",
            type_propose="AAT",
            etat=etat,
            agent_id=agent.id,
            evenement_id=event.id,
            integre_at=NOW,
            champs={"debut": {"valeur": "2026-05-01", "page": 1}},
            motifs=[{"code": "nom-trouve"}],
            candidats=candidates,
        )
        for rank, etat, candidates in (
            (1, "rattache", []),
            (
                2,
                "a_verifier",
                [{"agent": "AG-1", "evenement": "EV-1", "piece": "PA-2"}],
            ),
        )
    ]
    session.add_all(papers)
    session.add(Page(depot_id=depots[0].id, numero=3, origine="ocr", is_blanche=True,
                     lecture=b""))  # fmt: skip
    session.flush()
    session.add(t.Rattachement(justificatif_id=papers[0].id, piece_id=lines[0].id,
                               auteur="essai", cree_at=NOW))  # fmt: skip


def test_rows_come_back_as_codes(sqlite: Database) -> None:
    """Ties, candidates and fields are told in the register's own codes."""
    sqlite.write(_rows)

    (read,) = sqlite.read(lambda s: releve.Releve(s).read({"a.pdf": "DP-1"}))

    assert {3} == read.pages_blanches
    tied, doubt = read.documents
    assert ({"X1"}, "A1", "E1") == (tied.lignes, tied.agent, tied.evenement)
    assert {"debut": "2026-05-01"} == tied.champs
    assert (("A1", "E1", "X2"),) == doubt.candidats
    assert frozenset() == doubt.lignes


def test_waiting_and_closed_are_counted(sqlite: Database) -> None:
    """A deposit still being read is waited for; a satisfied line is closed."""
    sqlite.write(_rows)

    assert 1 == sqlite.read(releve.waiting)
    assert {"X1"} == sqlite.read(releve.closed_lines)
