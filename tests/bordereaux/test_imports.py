"""Bordereaux coming in: good lines kept, bad ones answered, twice is once."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bordereaux import ecriture, imports, releves
from bordereaux import registre_prestations as registre
from bordereaux import tables as t
from bordereaux.rapport import CREEE, INCHANGEE, REFUSEE
from bordereaux.registre_prestations import FiltreBordereaux
from bordereaux.releves import FiltreReleve
from records import tables as register
from records.comptes import HOUSE
from records.store import colis, evenements
from records.store import journal as chain
from socle.db import Database, ReadSession
from socle.errors import NotFoundError, RefusedError
from socle.sandbox import Sandbox
from tests.bordereaux.outil import (
    CODE,
    EMIS,
    NOW,
    PDF,
    announced,
    as_csv,
    as_xlsx,
    as_zip,
    import_bytes,
    make_atelier,
    make_monde,
    manifest,
    piece_of,
    wrong_columns,
)
from tests.records.monde import AUTEUR, leave, make_collectivite, seen_by

D = Decimal


def lines(session: ReadSession) -> list[t.LignePrestation]:
    """Return every line kept."""
    return list(session.scalars(sa.select(t.LignePrestation).order_by("rang")))


def test_a_line_is_tied_to_agent_event_consequence_and_paper(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A blocked line names what it follows and the missing paper that holds it."""
    monde = make_monde(database)
    octets = as_csv([monde.ligne(0), monde.bloquee(1)])

    rapport = import_bytes(make_atelier(database, tmp_path, boite), octets)
    settled, blocked = database.read(lines)

    assert rapport.is_sans_faute
    assert [x.id for x in monde.agents] == [settled.agent_id, blocked.agent_id]
    assert [x.id for x in monde.evenements] == [
        settled.evenement_id,
        blocked.evenement_id,
    ]
    assert monde.evenements[1].consequences[0].id == blocked.consequence_id
    assert piece_of(database, monde.evenements[1]).id == blocked.piece_id
    assert (D("855.20"), D("0.00")) == (settled.rembourse_eur, settled.bloque_eur)
    assert (D("0.00"), D("855.20")) == (blocked.rembourse_eur, blocked.bloque_eur)


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("unknown agent", {"matricule": "INCONNU"}, "matricule"),
    ("someone else's name", {"nom": "AUTRE"}, "nom"),
    ("unknown event", {"n_evenement": "S26-0"}, "n_evenement"),
    ("end before start", {"periode_au": dt.date(2026, 1, 2)}, "periode_au"),
    ("a day that is not", {"periode_du": "31/02/2026"}, "periode_du"),
    ("before the event", {"periode_du": dt.date(2026, 1, 12), "jours_calendaires": 21},
     "periode_du"),
    ("after the bordereau", {"periode_du": dt.date(2026, 10, 1),
                             "periode_au": dt.date(2026, 10, 14)}, "periode_du"),
    ("days miscounted", {"jours_calendaires": 13}, "jours_calendaires"),
    ("more days paid than days", {
        "jours_indemnises": 11, "montant_brut": D("940.72"),
        "montant_rembourse": D("940.72")}, "jours_indemnises"),
    ("gross is not days by rate", {"montant_brut": D("900.00"),
                                   "montant_rembourse": D("900.00")}, "montant_brut"),
    ("a cent too much", {"montant_rembourse": D("855.21")}, "montant_rembourse"),
    ("not an amount", {"montant_rembourse": "8o0,00"}, "montant_rembourse"),
    ("three decimals", {"montant_rembourse": "855,200"}, "montant_rembourse"),
    ("deduction forgotten", {"retenue": D("100.00")}, "montant_rembourse"),
    ("unknown kind", {"type_ligne": "AUTRE"}, "type_ligne"),
    ("unknown state", {"etat": "peut-être"}, "etat"),
    ("another nature", {"nature": "CLM"}, "nature"),
    ("another day of event", {"date_survenance": dt.date(2026, 1, 18)},
     "date_survenance"),
    ("another collectivité", {"code_collectivite": "EMP-2"}, "code_collectivite"),
    ("another day of issue", {"date_emission": dt.date(2026, 9, 27)}, "date_emission"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "column"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_bad_line_is_told_by_line_and_column_and_the_good_ones_kept(
    sqlite: Database,
    tmp_path: Path,
    boite: Sandbox,
    changes: dict[str, Any],
    column: str,
) -> None:
    """The second of three lines is wrong: lines 2 and 4 of the file are kept."""
    monde = make_monde(sqlite, 3)
    octets = as_csv([monde.ligne(0), monde.ligne(1, **changes), monde.ligne(2)])

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert [(3, column)] == wrong_columns(rapport)
    assert [1, 3] == [line.rang for line in sqlite.read(lines)]
    assert [CREEE, REFUSEE, CREEE] == [line.etat for line in rapport.lignes]


def test_every_fault_of_a_line_is_told_at_once(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """Unknown agent, impossible period, wrong total: three columns of one line."""
    monde = make_monde(sqlite, 2)
    wrong = monde.ligne(
        1, matricule="?", periode_au=dt.date(2026, 1, 2), montant_rembourse=D("1.00")
    )

    rapport = import_bytes(
        make_atelier(sqlite, tmp_path, boite), as_csv([monde.ligne(), wrong])
    )

    found = {column for _, column in wrong_columns(rapport)}
    assert {"matricule", "periode_au", "montant_rembourse"} == found


def test_care_is_checked_too(sqlite: Database, tmp_path: Path, boite: Sandbox) -> None:
    """Kept more than presented, care after the bordereau, reimbursed what is not kept."""
    monde = make_monde(sqlite, 4)
    octets = as_csv(
        [
            monde.frais(0),
            monde.frais(1, montant_retenu=D("31.00"), montant_rembourse=D("31.00")),
            monde.frais(2, date_soins=EMIS + dt.timedelta(days=1)),
            monde.frais(3, montant_rembourse=D("30.00")),
        ]
    )

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert [(3, "montant_retenu"), (4, "date_soins"), (5, "montant_rembourse")] == (
        wrong_columns(rapport)
    )
    (kept,) = sqlite.read(lines)
    assert (D("30.00"), D("25.00")) == (kept.brut_eur, kept.rembourse_eur)


def test_the_same_file_twice_changes_nothing(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """Twice the same bytes: one colis, the same lines, no fact more."""
    monde = make_monde(database)
    atelier = make_atelier(database, tmp_path, boite)
    octets = as_csv([monde.ligne(0), monde.bloquee(1)])
    first = import_bytes(atelier, octets)
    facts = database.read(lambda s: s.scalar(sa.func.count(register.Fait.id)))

    again = import_bytes(atelier, octets)

    assert [INCHANGEE] * 2 == [line.etat for line in again.lignes]
    assert first.colis == again.colis
    assert 2 == len(database.read(lines))
    assert facts == database.read(lambda s: s.scalar(sa.func.count(register.Fait.id)))
    assert () == database.read(chain.verify)


def test_every_dialect_says_the_same(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """UTF-8, UTF-16 and Windows-1252, three separators, ISO days, a workbook: one list."""
    monde = make_monde(sqlite)
    atelier = make_atelier(sqlite, tmp_path, boite)
    rows = [monde.ligne(0), monde.bloquee(1), monde.frais(0)]
    import_bytes(atelier, as_csv(rows))
    others = [
        as_csv(rows, encoding="utf-8", separator="\t"),
        as_csv(rows, encoding="utf-16", separator=";"),
        as_csv(rows, encoding="cp1252", separator=",", is_iso=True),
        as_xlsx({"B-1": rows}),
        as_zip({"colis.json": manifest(), "a/b1.csv": as_csv(rows)}),
    ]

    for octets in others:
        rapport = import_bytes(atelier, octets)
        assert [INCHANGEE] * 3 == [line.etat for line in rapport.lignes]


def test_a_corrected_file_completes_the_bordereau(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """The line refused at first comes in with the corrected file; totals follow."""
    monde = make_monde(sqlite)
    atelier = make_atelier(sqlite, tmp_path, boite)
    import_bytes(atelier, as_csv([monde.ligne(0), monde.ligne(1, matricule="?")]))

    rapport = import_bytes(atelier, as_csv([monde.ligne(0), monde.ligne(1)]))

    assert [INCHANGEE, CREEE] == [line.etat for line in rapport.lignes]
    (found,) = sqlite.read(registre.listing, HOUSE, FiltreBordereaux()).rows
    assert (2, D("1710.40")) == (found.nb_lignes, found.rembourse_eur)


def test_an_issued_line_does_not_change(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """The same line with other values is refused: what was issued stands."""
    monde = make_monde(sqlite)
    atelier = make_atelier(sqlite, tmp_path, boite)
    import_bytes(atelier, as_csv([monde.ligne(0)]))
    other = {"retenue": D("5.20"), "montant_rembourse": D("850.00")}

    rapport = import_bytes(atelier, as_csv([monde.ligne(0, **other)]))

    assert [(2, "n_ligne")] == wrong_columns(rapport)
    assert [D("855.20")] == [line.rembourse_eur for line in sqlite.read(lines)]


def test_a_colis_is_written_whole_or_not_at_all(
    database: Database, tmp_path: Path, boite: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure at the last act of a colis leaves nothing of it; played again, it is in."""
    monde = make_monde(database)
    atelier = make_atelier(database, tmp_path, boite)
    octets = as_csv([monde.ligne(0), monde.ligne(1, n_bordereau="B-2")])
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(ecriture, "_hold_back", lambda *_: 1 // 0)
        import_bytes(atelier, octets)
    assert [] == database.read(lines)

    rapport = import_bytes(atelier, octets)

    assert [CREEE] * 2 == [line.etat for line in rapport.lignes]
    assert () == database.read(chain.verify)


def test_a_later_bordereau_lifts_what_was_blocked(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """The requirement says what it holds back, then nothing once the days are settled."""
    monde = make_monde(database)
    atelier = make_atelier(database, tmp_path, boite)
    event = monde.evenements[1]
    import_bytes(atelier, as_csv([monde.ligne(0), monde.bloquee(1)]))
    held = piece_of(database, event)
    assert D("855.20") == held.bloque_eur == held.somme_bloquee
    later = {"n_bordereau": "B-2", "n_colis": "PST-2",
             "date_emission": EMIS + dt.timedelta(days=1)}  # fmt: skip

    import_bytes(atelier, as_csv([monde.ligne(1, **later)]))

    sommes = database.read(registre.sommes, event.id, HOUSE)
    assert D("0.00") == piece_of(database, event).bloque_eur
    assert (D("855.20"), D("0.00")) == (sommes.reglees_eur, sommes.bloquees_eur)


def test_half_of_the_days_settled_leaves_the_line_blocked(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A blocked line is lifted by later lines that say again all of its days."""
    monde = make_monde(sqlite, 1)
    atelier = make_atelier(sqlite, tmp_path, boite)
    import_bytes(atelier, as_csv([monde.bloquee(0)]))
    half = {
        "periode_au": dt.date(2026, 1, 25), "jours_calendaires": 7,
        "franchise_jours": 4, "jours_indemnises": 3, "montant_brut": D("256.56"),
        "montant_rembourse": D("256.56"), "n_bordereau": "B-2", "n_colis": "PST-2",
        "date_emission": EMIS + dt.timedelta(days=1),
    }  # fmt: skip

    import_bytes(atelier, as_csv([monde.ligne(0, **half)]))

    found = sqlite.read(registre.sommes, monde.evenements[0].id, HOUSE)
    assert (D("256.56"), D("855.20")) == (found.reglees_eur, found.bloquees_eur)


def test_a_paper_is_named_by_code_or_by_its_label(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """By the reference of the requirement; else the only open one of that type and days."""
    monde = make_monde(sqlite)
    wanted = [piece_of(sqlite, event) for event in monde.evenements]
    octets = as_csv(
        [
            monde.bloquee(0, code_exigence=wanted[0].reference, piece_attendue=""),
            monde.bloquee(1),
        ]
    )

    import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert [one.id for one in wanted] == [x.piece_id for x in sqlite.read(lines)]


def test_a_paper_of_another_event_is_refused(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A code that belongs to someone else is a contradiction, not a link."""
    monde = make_monde(sqlite)
    other = piece_of(sqlite, monde.evenements[1]).reference
    octets = as_csv([monde.bloquee(0, code_exigence=other), monde.ligne(1)])

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert [(2, "code_exigence")] == wrong_columns(rapport)


def test_what_is_not_found_is_said_and_never_guessed(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """No conséquence covers the days, no such paper: the line is kept, the doubt told."""
    monde = make_monde(sqlite, 1)
    days = {"periode_du": dt.date(2026, 2, 2), "periode_au": dt.date(2026, 2, 15)}
    octets = as_csv([monde.bloquee(0, **days, piece_attendue="Papier inconnu")])

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    (line,) = rapport.lignes
    assert ["consequence", "code_exigence"] == [x.colonne for x in line.remarques]
    (kept,) = sqlite.read(lines)
    assert (None, None) == (kept.consequence_id, kept.piece_id)


# --- envelopes -------------------------------------------------------------------------


def test_a_colis_brings_its_decomptes(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A ZIP with its manifest: bordereau and décompte, kept byte for byte."""
    monde = make_monde(database)
    atelier = make_atelier(database, tmp_path, boite)
    octets = as_zip(
        {
            "colis.json": manifest(announced()),
            f"{CODE}/b1.csv": as_csv([monde.ligne(0), monde.bloquee(1)]),
            f"{CODE}/d1.pdf": PDF,
        }
    )

    rapport = import_bytes(atelier, octets, "colis.zip")

    assert rapport.is_sans_faute
    (paper,) = database.read(registre.decomptes, HOUSE).rows
    owner = registre.owner_of(monde.place.id)
    with atelier.storage.local(owner, paper.empreinte) as path:
        assert PDF == path.read_bytes()
    found = database.read(colis.get, rapport.colis, seen_by(monde.place))
    assert ("sortant", "PST-1", "clos") == (found.sens, found.numero, found.etat)


@pytest.mark.parametrize(
    ("changes", "champ"),
    [
        ({"total_rembourse": "855.21"}, "total_rembourse"),
        ({"total_brut": "1710.00"}, "total_brut"),
        ({"lignes": 3}, "lignes"),
        ({"bloquees": 2}, "bloquees"),
    ],
)
def test_announced_totals_that_are_not_those_of_the_lines_are_told(
    sqlite: Database,
    tmp_path: Path,
    boite: Sandbox,
    changes: dict[str, Any],
    champ: str,
) -> None:
    """The lines are kept, the disagreement is shown on the bordereau."""
    monde = make_monde(sqlite)
    octets = as_zip(
        {
            "colis.json": manifest(announced(**changes)),
            f"{CODE}/b1.csv": as_csv([monde.ligne(0), monde.bloquee(1)]),
            f"{CODE}/d1.pdf": PDF,
        }
    )

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert [champ] == [ecart.champ for ecart in rapport.ecarts]
    (found,) = sqlite.read(registre.listing, HOUSE, FiltreBordereaux()).rows
    assert [champ] == [one["champ"] for one in found.ecarts]
    assert 2 == found.nb_lignes


def test_a_row_of_totals_is_checked(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A last row « TOTAL » pays nothing; wrong, it is told with its line and column."""
    monde = make_monde(sqlite)
    total = {"n_bordereau": "B-1", "n_colis": "PST-1", "type_ligne": "TOTAL",
             "montant_brut": D("1710.40"), "montant_rembourse": D("855.20")}  # fmt: skip
    rows = [monde.ligne(0), monde.bloquee(1)]
    atelier = make_atelier(sqlite, tmp_path, boite)
    assert import_bytes(atelier, as_csv([*rows, total])).is_sans_faute

    wrong = total | {"montant_rembourse": D("855.00")}
    rapport = import_bytes(atelier, as_csv([*rows, wrong]))

    assert [(4, "montant_rembourse")] == wrong_columns(rapport)
    assert 2 == len(sqlite.read(lines))


def test_a_colis_that_contradicts_itself_is_told(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A file absent, one not announced, a décompte promised twice: each is a line."""
    monde = make_monde(sqlite)
    second = announced(
        bordereau="B-2", fichier=f"{CODE}/b2.csv", decompte=f"{CODE}/d1.pdf"
    )
    octets = as_zip(
        {
            "colis.json": manifest(announced(lignes=1, lignes_ij=1, bloquees=0,
                                             total_brut="855.20"), second),
            f"{CODE}/b1.csv": as_csv([monde.ligne(0)]),
            f"{CODE}/d1.pdf": PDF,
            "note.docx": b"rien de lisible ici",
        }
    )  # fmt: skip

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    told = {(x.objet, x.champ) for x in rapport.ecarts}
    assert {("note.docx", "fichier"), ("B-2", "bordereau"),
            (f"{CODE}/b2.csv", "fichier"),
            (f"{CODE}/d1.pdf", "décompte")} == told  # fmt: skip
    # shown to nobody rather than to two: the décompte is tied to neither
    assert [] == sqlite.read(registre.decomptes, HOUSE).rows


HOSTILE = [
    ("vide", b"  \n", "fichier-vide"),
    ("pas une table", b"bonjour", "bordereau-illisible"),
    ("guillemets", b'a;b\n"x;y\n', "bordereau-illisible"),
    ("binaire", b"\x81\x00\x8d;\x00\n", "bordereau-illisible"),
    ("archive coupee", b"PK\x03\x04coupe", "archive-illisible"),
    ("chemin", as_zip({"../b1.csv": b"a;b"}), "archive-chemin-interdit"),
    ("absolu", as_zip({"/etc/b1.csv": b"a;b"}), "archive-chemin-interdit"),
    ("imbriquee", as_zip({"b.zip": as_zip({"b1.csv": b"a;b"})}), "archive-imbriquee"),
    ("bombe", as_zip({"b1.csv": b"0" * (30 << 20)}), "archive-bombe"),
    ("trop", as_zip({f"{n}.csv": b"" for n in range(2_001)}), "trop-d-elements"),
    ("entrant", as_zip({"colis.json": manifest(sens="entrant")}), "sens-inattendu"),
]


@pytest.mark.parametrize(
    ("octets", "code"), [x[1:] for x in HOSTILE], ids=[x[0] for x in HOSTILE]
)
def test_a_file_nobody_can_read_is_refused_under_a_code(
    sqlite: Database, tmp_path: Path, boite: Sandbox, octets: bytes, code: str
) -> None:
    """Opened in the box only; whatever it is, the answer is a sentence."""
    with pytest.raises(RefusedError) as caught:
        import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert code == caught.value.code
    assert caught.value.detail


def test_a_table_without_its_columns_is_told_at_its_head(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """Each missing column is named, at the line of the head."""
    octets = b"n_bordereau;montant_rembourse\nB-1;10,00\n"

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert (1, "date_emission") in wrong_columns(rapport)
    assert (1, "matricule") in wrong_columns(rapport)


# --- who sees what ---------------------------------------------------------------------


def test_nobody_imports_for_a_collectivite_they_do_not_see(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A foreign collectivité is as unknown as one that does not exist."""
    monde, other = make_monde(database), make_collectivite(database)
    atelier = make_atelier(database, tmp_path, boite, seen_by(other))
    foreign = import_bytes(atelier, as_csv([monde.ligne(0)]))
    inexistent = import_bytes(
        atelier, as_csv([monde.ligne(0, code_collectivite="EMP-9")])
    )

    assert [(2, "code_collectivite")] == wrong_columns(foreign)
    assert wrong_columns(foreign) == wrong_columns(inexistent)
    assert [] == database.read(lines)


def test_an_agent_of_another_collectivite_is_unknown(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """A matricule and a number that exist elsewhere tie nothing here."""
    monde, other = make_monde(database), make_monde(database, 1, code="EMP-2")
    stranger = other.ligne(0, code_collectivite=CODE, n_ligne=2)
    octets = as_csv([monde.ligne(0), stranger, monde.ligne(1, n_ligne=3)])

    rapport = import_bytes(make_atelier(database, tmp_path, boite), octets)

    assert [(3, "matricule")] == wrong_columns(rapport)


def test_each_collectivite_sees_its_own(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """One colis for two: each finds its bordereau, its lines, its colis, no more."""
    here, there = make_monde(database), make_monde(database, 1, code="EMP-2")
    octets = as_csv([here.ligne(0), there.ligne(0, n_bordereau="B-2")])
    atelier = make_atelier(database, tmp_path, boite)
    assert import_bytes(atelier, octets).is_sans_faute
    seen, filtre = seen_by(here.place), FiltreReleve(du=EMIS, au=EMIS)

    found = database.read(registre.listing, seen, FiltreBordereaux()).rows
    paid = database.read(releves.releve, seen, filtre)

    assert ["B-1"] == [one.numero for one in found]
    assert (1, D("855.20")) == (paid.lignes.total, paid.total_eur)
    foreign = database.read(registre.listing, HOUSE, FiltreBordereaux()).rows
    strange = next(one for one in foreign if one.numero == "B-2")
    with pytest.raises(NotFoundError):
        database.read(registre.get, strange.reference, seen)
    (chosen,) = database.read(registre.outgoing_colis, seen)
    assert ("PST-1", 1, D("855.20")) == (
        chosen.numero, chosen.nb_bordereaux, chosen.rembourse_eur
    )  # fmt: skip


def test_someone_of_one_service_sees_no_whole_bordereau(
    database: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """Bordereaux name agents of every service: those of one service see none."""
    monde = make_monde(database)
    import_bytes(make_atelier(database, tmp_path, boite), as_csv([monde.ligne(0)]))
    seen = seen_by(monde.place, services=frozenset({1}))

    assert [] == database.read(registre.listing, seen, FiltreBordereaux()).rows
    assert [] == database.read(registre.outgoing_colis, seen)
    filtre = FiltreReleve(du=EMIS, au=EMIS)
    assert 0 == database.read(releves.releve, seen, filtre).lignes.total


# --- written once ----------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["UPDATE ligne_prestation SET rang = 9",
                                  "DELETE FROM ligne_prestation"])  # fmt: skip
def test_no_line_is_ever_changed(
    database: Database, tmp_path: Path, boite: Sandbox, verb: str
) -> None:
    """The database itself refuses."""
    monde = make_monde(database, 1)
    import_bytes(make_atelier(database, tmp_path, boite), as_csv([monde.ligne(0)]))

    with pytest.raises(sa.exc.DBAPIError, match="ne se modifie pas"):
        database.write(lambda session: session.execute(sa.text(verb)))


def test_a_declared_prolongation_is_tied_at_the_next_import(
    sqlite: Database, tmp_path: Path, boite: Sandbox
) -> None:
    """The conséquence declared meanwhile is the one the next bordereau is tied to."""
    monde = make_monde(sqlite, 1)
    event = monde.evenements[0]
    sqlite.write(
        lambda session: evenements.add_consequence(
            session, event.reference, leave("2026-02-02", "2026-02-15", "PROLONG"),
            perimetre=HOUSE, auteur=AUTEUR, now=NOW,
        )
    )  # fmt: skip
    days = {"periode_du": dt.date(2026, 2, 2), "periode_au": dt.date(2026, 2, 15)}
    octets = as_csv([monde.ligne(0, **days, consequence="PROLONG")])

    rapport = import_bytes(make_atelier(sqlite, tmp_path, boite), octets)

    assert () == rapport.lignes[0].remarques


def test_an_account_number_is_masked_before_it_is_kept() -> None:
    """Only the first and last four signs can be read."""
    assert "FR76 •••• 6943" == imports.masked("FR76 3000 4000 0300 0012 3456 943")
    assert imports.masked("943") is None
