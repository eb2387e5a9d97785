"""A coupon leads the paper behind it to its line; a bad one is an anomaly that says why."""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from classifiers.evidence import CodeBarres, Mot, Page, Zone
from intake import depots, pipeline, retours
from letters import courriers, edition
from records import coupons as codes
from records import tables as t
from records.comptes import HOUSE
from records.periodes import Periode
from records.store import pieces
from records.store.coupons import MotifCoupon
from records.tables_courriers import Coupon
from records.vocabulary import EtatPiece
from socle.clock import ManualClock
from socle.crypto import Coffre
from socle.db import Database, ReadSession
from socle.sandbox import Sandbox
from socle.storage import DiskStorage
from tests.intake.guichet import Comptoir
from tests.letters import boucle
from tests.letters.bureau import NOW, TODAY, make_bureau, make_world
from tests.records.monde import COFFRE

ZONE = Zone(x=0.1, y=0.1, largeur=0.12, hauteur=0.085)
ELSEWHERE = Zone(x=0.1, y=0.7, largeur=0.1, hauteur=0.01)


def sheet(numero: int, *contents: str, words: int = 5) -> Page:
    """Build a page that carries codes."""
    return Page(
        numero=numero,
        mots=tuple(
            Mot(texte="mot", zone=ELSEWHERE, ligne=rank) for rank in range(words)
        ),
        codes=tuple(
            CodeBarres(symbologie="QRCode", contenu=text, zone=ZONE)
            for text in contents
        ),
    )


def judged(_: object) -> object:
    """Say nothing of a paper."""
    return None


def test_a_code_says_nothing_of_anybody(coffre: Coffre) -> None:
    """The code holds a word drawn at random and a signature."""
    first = codes.payload(coffre, codes.new_jeton())

    assert 38 == len(first)
    assert first == first.upper()
    assert codes.read(coffre, first) == codes.CodeLu(contenu=first, jeton=first[5:17])


@pytest.mark.parametrize("at", range(5, 38))
def test_a_forged_code_is_known(coffre: Coffre, at: int) -> None:
    """Any sign changed breaks the signature."""
    genuine = codes.payload(coffre, "7Q4KX9M2TDAB")
    if genuine[at] == ":":
        return
    other = "0" if genuine[at] != "0" else "1"

    found = codes.read(coffre, genuine[:at] + other + genuine[at + 1 :])

    assert found is not None
    assert found.jeton is None


def test_other_codes_are_not_ours(coffre: Coffre) -> None:
    """A code of somebody else's paper is left alone."""
    assert codes.read(coffre, "https://exemple.fr") is None
    assert codes.read(Coffre(b"x" * 32), codes.payload(coffre, "7Q4KX9M2TDAB")) == (
        codes.CodeLu(contenu=codes.payload(coffre, "7Q4KX9M2TDAB"), jeton=None)
    )


def test_every_page_stays_in_one_paper(coffre: Coffre) -> None:
    """Slips, papers and blank backs: each page is in exactly one paper."""
    one, two = (codes.payload(coffre, codes.new_jeton()) for _ in range(2))
    pages = (
        sheet(1), sheet(2, one), Page(numero=3, is_blanche=True), sheet(4), sheet(5, two),
    )  # fmt: skip

    plis = retours.unfold(coffre, pages, judged)  # type: ignore[arg-type]

    owned = pipeline.share_pages(pages, [pli.liasse for pli in plis])
    assert [1, 2, 3, 4, 5] == sorted(n for numbers in owned for n in numbers)
    assert [False, True, False, True] == [pli.is_coupon for pli in plis]
    assert [None, one, one, two] == [pli.code and pli.code.contenu for pli in plis]


def test_a_slip_laid_on_its_paper_leads_it(coffre: Coffre) -> None:
    """A page full of words that carries a code is a paper, not a slip."""
    code = codes.payload(coffre, codes.new_jeton())

    (pli,) = retours.unfold(coffre, [sheet(1, code, words=200)], judged)  # type: ignore[arg-type]

    assert not pli.is_coupon
    assert pli.code is not None


# --- through the whole counter -----------------------------------------------------


class Boucle:
    """A world with its letter, and the counter that receives the answers."""

    def __init__(self, db: Database, box: Sandbox, folder: Path, agents: int) -> None:
        self.db = db
        storage = DiskStorage(folder / "retour")
        self.comptoir = Comptoir(
            db=db, clock=ManualClock(), sandbox=box, storage=storage,
            taille_max=25_000_000,
        )  # fmt: skip
        self.bureau = make_bureau(db, folder)
        self.place = make_world(db, agents, names=boucle.surname)
        self.comptoir.collectivite = self.place.id
        self.slips: dict[str, boucle.Coupure] = {}
        for letter in edition.edit(self.bureau, self.place.id, TODAY, NOW):
            owner = courriers.owner_of(self.place.id)
            with self.bureau.storage.local(owner, letter.empreinte) as path:
                cut = boucle.cut_slips(path.read_bytes())
            self.slips |= {slip.contenu: slip for slip in cut}

    def pairs(self) -> list[tuple[boucle.Coupure, t.PieceAttendue, t.Agent]]:
        """Return each slip with the line it was printed for."""
        return self.db.read(self._pairs)

    def _pairs(
        self, session: ReadSession
    ) -> list[tuple[boucle.Coupure, t.PieceAttendue, t.Agent]]:
        rows = session.execute(
            sa.select(Coupon.jeton, t.PieceAttendue, t.Agent)
            .join(t.PieceAttendue, t.PieceAttendue.id == Coupon.piece_id)
            .join(t.Agent, t.Agent.id == t.PieceAttendue.agent_id)
            .order_by(Coupon.id)
        ).all()
        found = [(codes.payload(COFFRE, row[0]), row[1], row[2]) for row in rows]
        return [(self.slips[code], piece, agent) for code, piece, agent in found]

    def states(self) -> dict[str, str]:
        """Return the state of every line."""
        found = self.db.read(pieces.listing, HOUSE, limite=200)
        return {x.piece.reference: x.piece.etat for x in found.elements}

    def papers(self) -> list[tuple[str, str, list[dict[str, object]]]]:
        """Return type, state and reasons of every paper, in order."""

        def look(
            session: ReadSession,
        ) -> list[tuple[str, str, list[dict[str, object]]]]:
            k = t.Justificatif
            rows = session.execute(
                sa.select(k.type, k.etat, k.motifs).order_by(k.depot_id, k.rang)
            )
            return [tuple(row) for row in rows]  # type: ignore[misc]

        return self.db.read(look)

    def wrong_ties(self) -> set[str]:
        """Return the lines closed by a paper that stood behind another line's slip."""
        by_jeton = {slip.contenu: piece for slip, piece, _ in self.pairs()}

        def look(session: ReadSession) -> set[str]:
            wrong = set()
            k, r = t.Justificatif, t.Rattachement
            for paper, tie in session.execute(
                sa.select(k, r).join(r, r.justificatif_id == k.id).where(r.is_actif)
            ):
                found = depots.pages(session, paper.depot_id)
                # the slip lies on the paper, or on the sheet before it
                mine = [c for n in paper.pages for c in found[n - 1].codes]
                before = found[paper.pages[0] - 2].codes
                (code,) = {c.contenu for c in mine or before}
                if by_jeton[code].id != tie.piece_id:
                    wrong.add(by_jeton[code].reference)
            return wrong

        return self.db.read(look)

    async def send(self, images: Sequence[boucle.Image], dpi: int = 200) -> None:
        """Send pages as one file, and read it."""
        octets = boucle.packed(images, dpi, "gris", random.Random(1))
        await self.comptoir.deposit(octets, nom_fichier="envoi.tif")
        self.comptoir.work()


@pytest.fixture
def boucle_(sqlite: Database, boite: Sandbox, tmp_path: Path) -> Boucle:
    """Give one agent's letter and the counter."""
    return Boucle(sqlite, boite, tmp_path, agents=1)


@pytest.mark.ocr
async def test_the_paper_behind_its_coupon_closes_its_line(boucle_: Boucle) -> None:
    """Slip, paper: the right line closes, the slip is filed, nobody is asked."""
    slip, piece, agent = boucle_.pairs()[0]
    tirage = random.Random(4)
    pages = [
        boucle.worn(boucle.on_sheet(slip, tirage), ("biais",), 200, tirage),
        boucle.worn(
            boucle.paper(agent.nom_famille, piece.type, None), ("biais",), 200, tirage
        ),
    ]

    await boucle_.send(pages)

    assert EtatPiece.SATISFAITE.code == boucle_.states()[piece.reference]
    assert 1 == list(boucle_.states().values()).count(EtatPiece.SATISFAITE.code)
    first, second = boucle_.papers()
    assert ("COUPON", "integre_sans_piece") == first[:2]
    assert "rattache" == second[1]
    assert {"coupon"} <= {why["code"] for why in second[2]}


@pytest.mark.ocr
async def test_bad_coupons_are_anomalies_that_say_why(
    sqlite: Database, boite: Sandbox, tmp_path: Path
) -> None:
    """Forged, foreign, expired, used, alone: an anomaly each, and no line closes."""
    made = Boucle(sqlite, boite, tmp_path, agents=2)
    tirage = random.Random(5)
    pages = []
    for motif, (slip, piece, _) in zip(MotifCoupon, made.pairs(), strict=False):
        code = slip.contenu
        if motif is MotifCoupon.FAUX:
            code = code[:-1] + ("0" if code[-1] != "0" else "1")
        if motif is MotifCoupon.INCONNU:
            code = codes.payload(COFFRE, codes.new_jeton())
        made.db.write(_spoil, slip.contenu[5:17], motif, made.comptoir.voisine)
        pages.append(boucle.worn(boucle.on_sheet(drawn(code), tirage), (), 200, tirage))
        if motif is not MotifCoupon.SANS_PAPIER:
            nobody = boucle.paper("INCONNU Au Bataillon", piece.type, None)
            pages.append(boucle.worn(nobody, (), 200, tirage))

    await made.send(pages)

    slips = [paper for paper in made.papers() if paper[0] == "COUPON"]
    assert ["anomalie"] * len(MotifCoupon) == [etat for _, etat, _ in slips]
    for motif, (_, _, why) in zip(MotifCoupon, slips, strict=True):
        assert motif.code in {one["code"] for one in why}
    assert EtatPiece.SATISFAITE.code not in made.states().values()


def _days(piece: t.PieceAttendue) -> Periode | None:
    return Periode(piece.debut, piece.fin) if piece.debut and piece.fin else None


async def _photographs(made: Boucle, every: int, tirage: random.Random) -> set[str]:
    """Send a phone picture of one paper in so many, its slip laid on it."""
    due: set[str] = set()
    for slip, piece, agent in made.pairs()[::every]:
        sheet_ = boucle.paper(f"{agent.nom_famille} Maud", piece.type, _days(piece))
        high, wide = slip.image.shape
        sheet_[2600 : 2600 + high, 300 : 300 + wide] = slip.image
        octets = boucle.photographed(sheet_, tirage)
        await made.comptoir.deposit(octets, nom_fichier=f"photo-{piece.id}.jpg")
        made.comptoir.work()
        due.add(piece.reference)
    return due


async def _loop(
    made: Boucle, nb_by_file: int, graine: int, photo_every: int = 0
) -> tuple[int, set[str]]:
    """Send every slip back with its paper, worn; return decodable codes, lines due."""
    tirage = random.Random(graine)
    photographed = (
        await _photographs(made, photo_every, tirage) if photo_every else set()
    )
    pairs = [pair for pair in made.pairs() if pair[1].reference not in photographed]
    due = set(photographed)
    decodable = len(photographed)
    for start in range(0, len(pairs), nb_by_file):
        dpi = tirage.choice((150, 200, 300))
        genre = tirage.choice(("fax", "gris"))
        images = []
        for slip, piece, agent in pairs[start : start + nb_by_file]:
            _, gestes = tirage.choice(boucle.WEARS)
            sheet_ = boucle.worn(boucle.on_sheet(slip, tirage), gestes, dpi, tirage)
            text = boucle.paper(f"{agent.nom_famille} Maud", piece.type, _days(piece))
            images += [sheet_, boucle.worn(text, gestes, dpi, tirage)]
            if boucle.is_decodable(sheet_, dpi, slip.contenu):
                decodable += 1
                due.add(piece.reference)
        octets = boucle.packed(images, dpi, genre, tirage)
        await made.comptoir.deposit(octets, nom_fichier=f"colis-{start}.tif")
        made.comptoir.work()
    return decodable, due


@pytest.mark.ocr
async def test_twenty_worn_coupons_file_their_papers(
    sqlite: Database, boite: Sandbox, tmp_path: Path
) -> None:
    """Scanned, faxed, photocopied: each decodable coupon closes its own line."""
    made = Boucle(sqlite, boite, tmp_path, agents=5)
    decodable, due = await _loop(made, nb_by_file=5, graine=11)

    closed = {r for r, etat in made.states().items() if etat == "satisfaite"}
    assert due == closed
    assert set() == made.wrong_ties()
    assert 20 == len(made.slips) == decodable


@pytest.mark.ocr
@pytest.mark.nightly
async def test_two_hundred_coupons_come_back(
    sqlite: Database, boite: Sandbox, tmp_path: Path
) -> None:
    """200 lines asked for, 200 slips sent back: each decodable one closes its line."""
    made = Boucle(sqlite, boite, tmp_path, agents=50)
    decodable, due = await _loop(made, nb_by_file=10, graine=23, photo_every=20)

    closed = {r for r, etat in made.states().items() if etat == "satisfaite"}
    print(
        f"{len(made.slips)} coupons, {decodable} lisibles, {len(closed)} lignes levées"
    )
    assert 200 == len(made.slips)
    assert due == closed
    assert set() == made.wrong_ties()


@pytest.mark.ocr
async def test_a_photo_of_a_slip_on_its_paper(boucle_: Boucle) -> None:
    """A phone picture of the paper with its slip laid on it closes the line."""
    slip, piece, agent = boucle_.pairs()[0]
    tirage = random.Random(8)
    sheet_ = boucle.paper(agent.nom_famille, piece.type, None)
    high, wide = slip.image.shape
    sheet_[2600 : 2600 + high, 300 : 300 + wide] = slip.image

    await boucle_.comptoir.deposit(
        boucle.photographed(sheet_, tirage), nom_fichier="photo.jpg"
    )
    boucle_.comptoir.work()

    assert EtatPiece.SATISFAITE.code == boucle_.states()[piece.reference]


def drawn(contenu: str) -> boucle.Coupure:
    """Draw the slip of a code."""
    from letters import render

    kept = {
        "titre": "Coupon", "auteur": "x", "pied": "", "emetteur": ["x"], "numero": "",
        "lieu_date": "", "destinataire": [], "references": [], "avant": [],
        "dossiers": [], "apres": [], "signature": [], "coupons_titre": "Coupons",
        "coupons_consigne": "", "coupons": [{"contenu": contenu, "alternative": "code",
        "titre": "Coupon de retour", "lignes": ["Document"]}],
    }  # fmt: skip
    (slip,) = boucle.cut_slips(render.pdf(kept, instant=NOW))
    return slip


def _spoil(
    session: sa.orm.Session, jeton: str, motif: MotifCoupon, neighbour: int
) -> None:
    row = session.scalar(sa.select(Coupon).where(Coupon.jeton == jeton))
    assert row is not None
    if motif is MotifCoupon.AUTRE_COLLECTIVITE:
        row.collectivite_id = neighbour
    if motif is MotifCoupon.EXPIRE:
        row.expire_le = dt.date(2026, 1, 1)
    if motif is MotifCoupon.UTILISE:
        row.utilise_at = NOW
