"""The bordereau de réception: announced and found side by side, each place its own."""

import csv
import io
from pathlib import Path

import pytest

from bordereaux import listes_reception, registre, totals
from bordereaux.registre import AEmettre, NatureBordereau
from records import tables_colis as tc
from records.colis import CodeEcart, ColisNouveau, Enveloppe, EtatColis, Sens
from records.comptes import HOUSE
from records.parties import Collectivite
from records.store import colis
from socle.db import Database, WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from tests.bordereaux.outil import NOW
from tests.bordereaux.test_registre import bytes_of, make_presse, text_of
from tests.records.monde import TODAY, make_collectivite, seen_by


def make_colis(
    db: Database, *places: Collectivite, etat: EtatColis = EtatColis.CLOS
) -> str:
    """Write a colis: by place, a paper found, one missing, a file nobody announced."""

    def act(session: WriteSession) -> str:
        made = colis.add(
            session,
            ColisNouveau(
                sens=Sens.ENTRANT, canal="lot", depose_par="CO-ESSAI",
                nom_fichier="lot.zip", empreinte="e" * 64, taille=900,
                date_reception=TODAY, numero="LOT-7", enveloppe=Enveloppe.METADATA,
            ),
            now=NOW,
        )  # fmt: skip
        rank = 0
        for n, place in enumerate(places, start=1):
            pli = tc.Pli(colis_id=made.id, numero=f"P{n}", collectivite_id=place.id,
                         annonce={})  # fmt: skip
            session.add(pli)
            session.flush()
            files = []
            for name, size in ((f"annonce{n}.pdf", 300), (f"surprise{n}.pdf", 200)):
                rank += 1
                files.append(
                    tc.Fichier(
                        colis_id=made.id, rang=rank, nom=name, taille=size,
                        etat="depose", collectivite_id=place.id,
                    )
                )  # fmt: skip
            session.add_all(files)
            session.flush()
            for place_in, (name, file) in enumerate(
                ((f"annonce{n}.pdf", files[0]), (f"perdu{n}.pdf", None))
            ):
                session.add(
                    tc.Element(
                        colis_id=made.id, rang=10 * n + place_in, pli_id=pli.id,
                        fichier_id=file.id if file else None, nom_fichier=name,
                        numero_controle=f"{n}00{place_in}", type_annonce="AAT",
                        nb_pages_annonce=2, collectivite_id=place.id, index={},
                    )
                )  # fmt: skip
            session.add(
                tc.Ecart(
                    reference=f"EC-{n}", colis_id=made.id, cle=f"trop{n}",
                    code=CodeEcart.FICHIER_EN_TROP.code, detail="non annoncé",
                    fichier_id=files[1].id, collectivite_id=place.id,
                    proprietaire="operateur", ouvert_at=NOW,
                )
            )  # fmt: skip
        session.flush()
        colis.move(session, made.id, etat, now=NOW, auteur="CO-ESSAI")
        return made.reference

    return db.write(act)


def test_announced_and_found_stand_on_their_lines(database: Database) -> None:
    """A paper found, a paper missing, a file in excess: three lines, counted."""
    place = make_collectivite(database)
    reference = make_colis(database, place)

    liste = database.read(listes_reception.of_colis, reference, seen_by(place))

    shown = [(row[3], row[5], row[8], row[9], row[10]) for row in liste.lignes]
    assert [
        ("annonce1.pdf", 2, 300, "Déposé", ""),
        ("perdu1.pdf", 2, None, "Non reçu", ""),
        ("surprise1.pdf", None, 200, "Déposé", "Fichier en trop"),
    ] == shown
    sums = {total.titre: total.somme for total in totals.control(liste).totaux}
    assert {"Pages annoncées": 4, "Pages classées": 0, "Octets": 500} == sums


def test_each_collectivite_gets_its_own_lines(database: Database) -> None:
    """A colis shared by two: nothing of the other, not even its number of lines."""
    here, there = make_collectivite(database), make_collectivite(database)
    reference = make_colis(database, here, there)

    liste = database.read(listes_reception.of_colis, reference, seen_by(here))

    assert 3 == len(liste.lignes)
    assert all("2" not in str(row[3]) for row in liste.lignes)


def test_it_is_issued_for_one_collectivite_once_reconciled(database: Database) -> None:
    """Still open: wait. Several places: say which. Foreign: inexistent."""
    here, there, other = (make_collectivite(database) for _ in range(3))
    reference = make_colis(database, here, there)

    with pytest.raises(RefusedError, match="collectivite-a-preciser"):
        database.read(listes_reception.addressee, reference, None, HOUSE)
    _, mine = database.read(listes_reception.addressee, reference, None, seen_by(here))
    _, chosen = database.read(
        listes_reception.addressee, reference, there.reference, HOUSE
    )
    assert (here.id, there.id) == (mine, chosen)
    for seen, wanted in ((seen_by(other), None), (HOUSE, other.reference)):
        with pytest.raises(NotFoundError):
            database.read(listes_reception.addressee, reference, wanted, seen)


def test_an_open_colis_has_no_bordereau_yet(sqlite: Database) -> None:
    """Its papers are still being read: the list would change."""
    place = make_collectivite(sqlite)
    reference = make_colis(sqlite, place, etat=EtatColis.DEPOUILLE)

    with pytest.raises(ConflictError, match="colis-en-cours"):
        sqlite.read(listes_reception.addressee, reference, None, seen_by(place))


def test_it_is_numbered_with_the_others(sqlite: Database, tmp_path: Path) -> None:
    """The same register, the same press: number, words, spreadsheet."""
    place = make_collectivite(sqlite)
    reference = make_colis(sqlite, place)
    presse = make_presse(sqlite, tmp_path)
    order = AEmettre(
        nature=NatureBordereau.RECEPTION, objet=reference, collectivite_id=place.id,
        liste=lambda s: listes_reception.of_colis(s, reference, seen_by(place)),
    )  # fmt: skip

    made = registre.issue(presse, order)

    assert "bordereau-reception-2026-000001.pdf" == made.nom_fichier("pdf")
    assert "Bordereau de réception" in text_of(bytes_of(presse, made, "pdf"))
    sheet = bytes_of(presse, made, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sheet, newline=""), delimiter=";"))
    assert ["Total", "4", "0", "500"] == [cell for cell in rows[-1] if cell]
