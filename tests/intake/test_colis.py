"""Colis from their door to their closing: items become deposits, nothing is dropped."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from intake import conservation, conservation_colis, etabli_colis
from intake.etabli_colis import ActeColis, Demande
from records import tables as t
from records.colis import Colis, Conservation, Fichier, Mesure
from records.comptes import HOUSE, Perimetre
from records.store import colis as store
from records.store import colis_contenu as contenu
from socle.db import WriteSession
from socle.errors import ConflictError, NotFoundError, RefusedError
from tests.drills import papiers
from tests.intake import colisages, guichet
from tests.intake.colisages import Papier
from tests.intake.guichet import Comptoir

AZUR, BRUME = "21617998600015", "20098998600019"
PLIS = {"1": {"siret": AZUR}, "2": {"siret": BRUME}}


@pytest.fixture
def salle(comptoir: Comptoir) -> Comptoir:
    """Give the counter, its two collectivités known by their SIRET."""

    def name(session: WriteSession) -> None:
        homes = ((comptoir.collectivite, AZUR), (comptoir.voisine, BRUME))
        for home, siret in homes:
            session.get_one(t.Collectivite, home).siret = siret

    comptoir.db.write(name)
    return comptoir


def lot(*, count: int = 3, first: int = 1) -> list[Papier]:
    """Make papers: all of the first pli but the last."""
    return [
        Papier(f"p{n}.pdf", papiers.letter(first + n), pli="2" if n == count else "1")
        for n in range(1, count + 1)
    ]


def see(salle: Comptoir, reference: str, perimetre: Perimetre = HOUSE) -> Colis:
    return salle.db.read(store.get, reference, perimetre)


def files(salle: Comptoir, colis: Colis) -> tuple[Fichier, ...]:
    return salle.db.read(contenu.fichiers, colis.id, HOUSE)


def codes(salle: Comptoir, colis: Colis, *, only_open: bool = True) -> Counter[str]:
    found = salle.db.read(contenu.ecarts, colis.id, HOUSE)
    return Counter(one.code for one in found if one.is_ouvert or not only_open)


def equation(
    salle: Comptoir, colis: Colis, perimetre: Perimetre = HOUSE
) -> Conservation:
    found = salle.db.read(conservation_colis.of_colis, colis, perimetre)
    assert Mesure() == found.ecart
    return found


async def play(salle: Comptoir, octets: bytes, **changes: Any) -> Colis:
    """Hand a colis over, run every job, return it as it ended."""
    receipt = await salle.send(octets, **changes)
    await asyncio.to_thread(salle.work)
    return see(salle, receipt.reference)


async def test_a_true_colis_closes_without_a_word(salle: Comptoir) -> None:
    """Every item becomes a deposit of its pli's collectivité; nothing disagrees."""
    papers = lot()
    octets = colisages.with_metadata(papers, colisages.metadata(papers, PLIS))

    colis = await play(salle, octets)

    assert ("clos", "metadata", "COL-1") == (colis.etat, colis.enveloppe, colis.numero)
    assert [salle.collectivite, salle.collectivite, salle.voisine] == [
        one.collectivite_id for one in files(salle, colis)
    ]
    assert Counter() == codes(salle, colis)
    assert "2026-09-09" == colis.date_reception.isoformat()
    found = equation(salle, colis)
    assert Mesure(fichiers=3, pages=3, octets=found.recus.octets) == found.recus
    assert [] == guichet.gaps(salle)


async def test_each_collectivite_sees_its_own_lines_only(salle: Comptoir) -> None:
    """A shared colis shows to each what is its own, and nothing of the others."""
    papers = lot()
    said = colisages.metadata(papers, PLIS)
    colis = await play(salle, colisages.with_metadata(papers, said, sans=["p3.pdf"]))
    azur = Perimetre(collectivites=frozenset({salle.collectivite}))
    nobody = Perimetre(collectivites=frozenset({999}))
    service = Perimetre(
        collectivites=frozenset({salle.collectivite}), services=frozenset({1})
    )

    assert 2 == len(salle.db.read(contenu.elements, colis.id, azur))
    assert () == salle.db.read(contenu.ecarts, colis.id, azur)
    assert 2 == equation(salle, colis, azur).recus.fichiers
    for other in (nobody, service):
        with pytest.raises(NotFoundError):
            see(salle, colis.reference, other)


async def test_good_items_go_on_beside_the_bad(salle: Comptoir) -> None:
    """Missing, extra, unreadable and duplicated items: each one line, nothing dropped."""
    papers = [*lot(), Papier("casse.pdf", b"%PDF-1.4 coupe", pli="1")]
    said = colisages.metadata(papers, PLIS)
    octets = colisages.with_metadata(
        papers, said, sans=["p2.pdf"], plus=[("divers.pdf", papiers.letter(40))]
    )

    colis = await play(salle, octets)

    assert "clos" == colis.etat
    assert {"fichier-manquant": 1, "fichier-en-trop": 1, "illisible": 1} == codes(
        salle, colis
    )
    found = equation(salle, colis)
    assert 1 == found.refuses.fichiers
    assert [] == guichet.gaps(salle)


async def test_the_same_colis_twice_is_one_colis(salle: Comptoir) -> None:
    """Same bytes: first receipt, and a line that says they came again."""
    papers = lot(count=2)
    octets = colisages.with_metadata(papers, colisages.metadata(papers, PLIS))
    colis = await play(salle, octets)

    again = await salle.send(octets)
    await asyncio.to_thread(salle.work)

    assert (colis.reference, True) == (again.reference, again.is_deja_recu)
    assert {"colis-en-double": 1} == codes(salle, colis)


async def test_a_new_scan_of_the_same_files_keeps_them_as_duplicates(
    salle: Comptoir,
) -> None:
    """Other bytes outside, same files inside: kept, labelled, nothing deleted."""
    papers = lot(count=2)
    first = colisages.metadata(papers, PLIS)
    await play(salle, colisages.with_metadata(papers, first))
    second = colisages.metadata(papers, PLIS, numero="COL-2")

    colis = await play(salle, colisages.with_metadata(papers, second))

    assert ["doublon", "doublon"] == [one.etat for one in files(salle, colis)]
    assert {"colis-en-double": 1} == codes(salle, colis)
    assert 2 == equation(salle, colis).doublons.fichiers


async def test_a_late_paper_is_told_from_a_number_used_twice(salle: Comptoir) -> None:
    """A number missed in an earlier colis is late; one already there is a double."""
    papers = lot()
    first = colisages.metadata(papers, PLIS)
    await play(salle, colisages.with_metadata(papers, first, sans=["p2.pdf"]))
    late = [
        Papier("p2.pdf", papiers.letter(3), dit={"dcn": "COL-1-00002"}),
        Papier("p9.pdf", papiers.letter(60), dit={"dcn": "COL-1-00001"}),
    ]
    said = colisages.metadata(late, {"1": PLIS["1"]}, numero="COL-2")

    colis = await play(salle, colisages.with_metadata(late, said))

    assert {"element-tardif": 1, "numero-en-double": 1} == codes(salle, colis)


async def test_a_csv_index_gives_two_papers_of_one_file(salle: Comptoir) -> None:
    """Two lines, one file: one deposit, cut where the index says."""
    shared = papiers.tiff(1, pages=2)
    rows = [
        {
            "n_colis": "C-9", "siret": AZUR, "n_pli": "1", "rang": rank,
            "fichier": "IMG1.TIF", "page_debut": rank, "page_fin": rank,
            "nb_pages": 1, "type_document": "COURRIER",
        }
        for rank in (1, 2)
    ]  # fmt: skip
    octets = colisages.archive(
        [("INDEX.CSV", colisages.index(rows)), ("IMG1.TIF", shared)]
    )

    colis = await play(salle, octets)

    (one,) = files(salle, colis)
    assert ("index", "clos") == (colis.enveloppe, colis.etat)
    assert [(1,), (2,)] == [
        pages for pages, _ in salle.db.read(guichet.papers, one.depot_id or 0)
    ]
    assert Counter() == codes(salle, colis)


async def test_an_archive_without_a_list_says_so(salle: Comptoir) -> None:
    """No list: everything is read for the collectivité the sender named."""
    octets = colisages.archive([("a.pdf", papiers.letter(70))])

    colis = await play(salle, octets, collectivite_id=salle.collectivite)

    assert ("clos", {"sans-liste": 1}) == (colis.etat, dict(codes(salle, colis)))


@pytest.mark.parametrize(
    ("pli", "code"),
    [
        ({"siret": AZUR, "collectivite": BRUME}, "autre-collectivite"),
        ({"siret": "00000000000000"}, "collectivite-inconnue"),
    ],
)
async def test_papers_of_nobody_sure_wait_for_a_person(
    salle: Comptoir, pli: dict[str, str], code: str
) -> None:
    """Two names, or an unknown one: no deposit is made until the operator says."""
    papers = lot(count=1)
    papers[0].pli = "1"
    said = colisages.metadata(papers, {"1": pli})
    colis = await play(salle, colisages.with_metadata(papers, said))
    assert {code: 1} == codes(salle, colis)
    assert ["a_attribuer"] == [one.etat for one in files(salle, colis)]

    await act(salle, colis, ActeColis.ATTRIBUER, rang=2, collectivite=AZUR)

    colis = see(salle, colis.reference)
    assert ("clos", ["depose"]) == (
        colis.etat, [one.etat for one in files(salle, colis)],
    )  # fmt: skip
    assert Counter() == codes(salle, colis)
    assert {code: 1} == codes(salle, colis, only_open=False)
    equation(salle, colis)


@pytest.mark.parametrize(
    ("entete", "expediteur"), [({"siret": BRUME}, None), ({}, BRUME)]
)
async def test_a_list_or_a_sender_that_names_another_collectivite_is_told(
    salle: Comptoir, entete: dict[str, str], expediteur: str | None
) -> None:
    """The SIRET of the list, or the sender's choice, against the plis: nothing is given."""
    papers = lot(count=1)
    papers[0].pli = "1"
    said = colisages.metadata(papers, {"1": {"siret": AZUR}}, **entete)
    home = salle.voisine if expediteur else None

    colis = await play(
        salle, colisages.with_metadata(papers, said), collectivite_id=home
    )

    assert {"autre-collectivite": 1} == codes(salle, colis)
    assert ["a_attribuer"] == [one.etat for one in files(salle, colis)]
    equation(salle, colis)


async def test_a_box_of_somebody_else_is_told_and_the_papers_are_read(
    salle: Comptoir,
) -> None:
    """The box of an address, or of the colis before: a line for the operator."""

    def give_box(session: WriteSession) -> None:
        home = session.get_one(t.Collectivite, salle.voisine)
        home.adresse = {"boite_postale": "BP 4417"}

    salle.db.write(give_box)
    found = []
    for rank, entete in enumerate(
        ({"boite_postale": "BP 4417"}, {"boite_postale": "TSA 9", "organisme": "Azur"},
         {"boite_postale": "TSA 9", "organisme": "AZUR"},
         {"boite_postale": "TSA 9", "organisme": "Brume"})
    ):  # fmt: skip
        papers = lot(first=100 + 10 * rank, count=1)
        papers[0].pli = "1"
        said = colisages.metadata(
            papers, {"1": {"siret": AZUR}}, numero=f"C-{rank}", **entete
        )
        colis = await play(salle, colisages.with_metadata(papers, said))
        found.append((colis.etat, dict(codes(salle, colis))))

    told = ("clos", {"autre-collectivite": 1})
    assert [told, ("clos", {}), ("clos", {}), told] == found


async def test_ranks_and_pages_in_disorder_are_told(salle: Comptoir) -> None:
    """A rank given twice, pages against the order: told, and everything is read."""
    papers = lot(first=300, count=2)
    for paper in papers:
        paper.pli, paper.dit = "1", {"rang": 1}
    whole = Papier("tout.pdf", papiers.letter(310, 3), 3)
    rows = [
        {"n_colis": "C-77", "siret": AZUR, "n_pli": "1", "rang": rank,
         "fichier": "tout.pdf", "page_debut": first, "page_fin": last}
        for rank, first, last in ((1, 2, 3), (2, 1, 1))
    ]  # fmt: skip
    listed = colisages.metadata(papers, {"1": {"siret": AZUR}}, numero="C-78")
    packed = [("index.csv", colisages.index(rows)), (whole.nom, whole.octets)]

    ranks = await play(salle, colisages.with_metadata(papers, listed))
    pages = await play(salle, colisages.archive(packed))

    assert [{"ordre": 1}, {"ordre": 1}] == [codes(salle, one) for one in (ranks, pages)]
    assert ["clos", "clos"] == [ranks.etat, pages.etat]


async def act(salle: Comptoir, colis: Colis, acte: ActeColis, **more: Any) -> str:
    demande = Demande(
        acte=acte, motif="Vu avec le prestataire.", auteur="CO-OP",
        now=salle.clock.now(), perimetre=HOUSE, **more,
    )  # fmt: skip
    effect = salle.db.read(etabli_colis.plan, colis.reference, demande)
    done = salle.db.write(etabli_colis.act, salle.guichet, colis.reference, demande)
    assert effect == done
    await asyncio.to_thread(salle.work)
    return done


async def test_a_refused_colis_can_be_given_back_with_a_reason(salle: Comptoir) -> None:
    """Stuck states have their act; without a reason, or out of place, none is done."""
    colis = await play(salle, b"PK\x05\x06 rien")
    assert ("refuse", "archive-illisible") == (colis.etat, colis.code)
    now = salle.clock.now()
    silent = Demande(
        acte=ActeColis.RENDRE, motif=" ", auteur="x", now=now, perimetre=HOUSE
    )
    with pytest.raises(RefusedError):
        salle.db.write(etabli_colis.act, salle.guichet, colis.reference, silent)

    await act(salle, colis, ActeColis.RENDRE)

    assert "rendu" == see(salle, colis.reference).etat
    with pytest.raises(ConflictError):
        await act(salle, colis, ActeColis.REPRENDRE)
    assert "colis:complete" in salle.db.read(guichet.facts)


async def test_a_cut_opening_goes_on_where_it_stopped(salle: Comptoir) -> None:
    """Killed between two transactions, run again: no item twice, none lost."""
    papers = lot(count=4)
    octets = colisages.with_metadata(papers, colisages.metadata(papers, PLIS))
    receipt = await salle.send(octets)
    waiting = dict(salle.queue.waiting)
    await asyncio.to_thread(salle.work)

    salle.queue.done.clear()
    salle.queue.waiting.update(waiting)
    await asyncio.to_thread(salle.work)

    colis = see(salle, receipt.reference)
    assert 4 == len(files(salle, colis))
    equation(salle, colis)
    assert [] == guichet.gaps(salle)


def test_every_channel_adds_up(salle: Comptoir) -> None:
    """The pulse of an empty house is zero, unit by unit."""
    found = salle.db.read(conservation_colis.pulse)

    assert {"fichiers": 0, "pages": 0, "octets": 0} == found.ecarts
    assert (
        ()
        == salle.db.read(conservation.verify, salle.storage, is_complete=False).ecarts
    )
