"""From a seed: a folder laid out like a real delivery, with its truth beside it."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from tests.fabrique import courants, derive, durs, formats, rendu, usure
from tests.fabrique.cas import Atelier, Cas
from tests.fabrique.monde import REFERENCE, Monde

GENRES = (
    *["PDF image"] * 14, *["PDF image G4"] * 12, *["PDF texte"] * 4, *["PDF OCR"] * 3,
    *["PDF OCR absurde"], *["PDF Rotate"] * 2, *["TIFF G4"] * 4, *["TIFF"] * 2,
    *["JPEG"] * 2, *["JPEG photo"] * 4, *["HEIC"], *["PNG"] * 2,
)  # fmt: skip
SUFFIXE = {"TIFF G4": "tif", "TIFF": "tif", "JPEG": "jpg", "JPEG photo": "jpg",
           "HEIC": "heic", "PNG": "png"}  # fmt: skip
PHOTOS = {"JPEG photo", "HEIC"}
RECTO_VERSO = {"PDF image", "PDF image G4", "TIFF G4", "TIFF"}


def world(graine: int, nombre: int) -> tuple[Monde, list[Cas]]:
    """Invent the register and enough cases, in the order they are to be dealt."""
    monde = Monde(random.Random(graine))
    atelier = Atelier(monde)
    for hard in durs.TOUS:
        hard(atelier)
    hards = atelier.cas
    atelier.cas = []
    courants.accident(atelier, 0, "AS", tiers=True)
    courants.accident(atelier, 1, "AT")
    courants.accident(atelier, 2, "TRAJET")
    courants.maladie(atelier, 0)
    courants.maladie(atelier, 1, regime="IRCANTEC")
    courants.maladie(atelier, 2, tiers=True)
    for rank, nature in enumerate(("CLM", "CLD", "CGM")):
        courants.longue(atelier, rank, nature)
    courants.professionnelle(atelier, 0)
    courants.famille(atelier, 1)
    courants.partiel(atelier, 2)
    courants.deces(atelier, 0)
    while len(hards) + len(atelier.cas) < nombre:
        monde.familles.extend(name for name in _new_names(monde))
        atelier.tirage.choice((courants.accident, courants.maladie))(
            atelier, atelier.tirage.randrange(3)
        )
    return monde, _deal(atelier.tirage, hards, atelier.cas)[:nombre]


def _new_names(monde: Monde) -> list[str]:
    """Make more family names once the first are spent."""
    heads, tails = (
        ("MAR", "BEL", "VAL", "GOUR", "TRI", "LAN"),
        ("TEILLOU", "CADIER", "VIGNOT"),
    )
    taken = {agent["nom_famille"] for agent in monde.agents} | set(monde.familles)
    made = [f"{a}{b}{c}" for a in heads for b in ("", "SE", "GRE") for c in tails]
    return [name for name in made if name not in taken][:8]


def _deal(tirage: random.Random, hards: list[Cas], plain: list[Cas]) -> list[Cas]:
    """One ordinary paper of each type first, then hard and ordinary in turn."""
    tirage.shuffle(hards)
    tirage.shuffle(plain)
    seen: set[str] = set()
    first, rest = [], []
    for cas in plain:
        (rest if cas.types <= seen else first).append(cas)
        seen |= cas.types
    dealt = list(first)
    while hards or rest:
        for pile in (hards, rest):
            dealt += pile[-1:]
            del pile[-1:]
    return dealt


def write(
    dossier: Path, graine: int, nombre: int, lot: derive.Lot = "connu"
) -> dict[str, Any]:
    """Write the corpus, laid out by the printers of a lot; return its truth."""
    monde, cases = world(graine, nombre)
    scans = dossier / "scans"
    scans.mkdir(parents=True, exist_ok=True)
    deck: list[str] = []
    units: list[dict[str, Any]] = []
    used: set[str] = set()
    for rank, cas in enumerate(cases):
        tirage = random.Random(f"{graine}:{rank}")
        if not deck:
            deck = list(GENRES)
            tirage.shuffle(deck)
        genre = cas.genre or deck.pop()
        name, content, unit = scan(cas, genre, tirage, lot)
        unit["fichier"] = _free(name, used)
        (scans / unit["fichier"]).write_bytes(content)
        units.append(unit)
    units.sort(key=lambda unit: (unit["depot"]["depose_le"], unit["fichier"]))
    truth = {"version": 1, "date_reference": REFERENCE.isoformat(), "unites": units}
    _write_depots(scans / "depots.csv", monde, units)
    _dump(dossier / "verite.json", truth)
    _dump(dossier / "referentiel.json", clean(monde.referentiel()))
    return truth


def clean(referentiel: dict[str, Any]) -> dict[str, Any]:
    """Drop what only the maker needs."""
    for event in referentiel["evenements"]:
        event.pop("_recit", None)
        for suite in event["consequences"]:
            for name in suite.keys() - {"code", "type", "du", "au"}:
                del suite[name]
    return referentiel


def _dump(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")


def _free(name: str, used: set[str]) -> str:
    stem, _, suffix = name.rpartition(".")
    free, rank = name, 1
    while free.lower() in used:
        rank += 1
        free = f"{stem} ({rank}).{suffix}"
    used.add(free.lower())
    return free


def _write_depots(path: Path, monde: Monde, units: list[dict[str, Any]]) -> None:
    numbers = {home["code"]: home["siret"] for home in monde.collectivites}
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";", lineterminator="\n")
        rows.writerow(["fichier", "collectivite", "siret", "canal", "depose_le"])
        for unit in units:
            home = unit["depot"]["collectivite"]
            rows.writerow([unit["fichier"], home, numbers[home], unit["depot"]["canal"],
                           unit["depot"]["depose_le"]])  # fmt: skip


def scan(
    cas: Cas, genre: str, tirage: random.Random, lot: derive.Lot = "connu"
) -> tuple[str, bytes, dict[str, Any]]:
    """Draw, wear and pack one case: file name, bytes, truth."""
    drawn = [
        rendu.to_pdf(derive.other_layout(piece.papier, tirage, lot), tirage)
        for piece in cas.pieces
    ]
    dpi = _dpi(genre, tirage)
    pages: list[np.ndarray] = []
    spans: list[list[int]] = []
    versos = genre in RECTO_VERSO and not cas.blanche and tirage.random() < 0.12
    blank: list[int] = [1] if cas.blanche else []
    for pdf in drawn:
        span = []
        for page in rendu.to_pages(pdf, dpi):
            pages.append(page)
            span.append(len(pages))
            if versos:
                pages.append(np.full_like(page, 252))
                blank.append(len(pages))
        spans.append(span)
    if genre in {"JPEG", "JPEG photo", "HEIC", "PNG"} and len(pages) > 1:
        genre = "PDF image"
    if genre == "PDF texte" and len(drawn) > 1:
        genre = "PDF image G4"
    if cas.blanche and genre in {"PDF texte", "PDF OCR", "PDF OCR absurde", *PHOTOS}:
        genre = "PDF image G4" if cas.blanche == "sale" else "PDF image"
    hand = any(piece.papier.main for piece in cas.pieces)
    gestes = _gestes(cas, genre, tirage)
    content, rotation, genre = _pack(cas, genre, dpi, pages, drawn, gestes, tirage)
    unit = {
        "fichier": "",
        "genre": genre,
        "dpi": None if genre == "PDF texte" else dpi,
        "pages": len(pages),
        "rotation": rotation,
        "lisibilite": _lisibilite(genre, gestes, hand=hand),
        "degradations": gestes,
        "pages_blanches": blank,
        "depot": {"collectivite": cas.collectivite, "canal": "portail",
                  "depose_le": cas.le.isoformat()},
        "documents": [_truth(piece, span)
                      for piece, span in zip(cas.pieces, spans, strict=True)],
    }  # fmt: skip
    return f"{cas.nom}.{SUFFIXE.get(genre, 'pdf')}", content, unit


def _truth(piece: Any, span: list[int]) -> dict[str, Any]:
    paper = piece.papier
    truth = {
        "pages": span,
        "type": paper.type,
        "types_admis": paper.types_admis,
        "donnees_medicales": paper.medical,
        "agent": piece.agent["code"] if piece.agent else None,
        "evenement": piece.evenement["code"] if piece.evenement else None,
        "champs": paper.champs,
        "exigences": piece.exigences,
    }
    if piece.raison:
        truth["raison"] = piece.raison
    if piece.exigences == "a_verifier":
        truth["candidats"] = piece.candidats
    if piece.remarque:
        truth["remarque"] = piece.remarque
    return truth


def _dpi(genre: str, tirage: random.Random) -> int:
    if "G4" in genre:
        return tirage.choice((200, 200, 300))
    return tirage.choice((150, 200, 200, 300)) if genre != "PNG" else 150


def _gestes(cas: Cas, genre: str, tirage: random.Random) -> list[str]:
    if cas.gestes is not None or genre in {"PDF texte", "PNG"} or cas.blanche:
        return list(cas.gestes or [])
    picked = tirage.sample(usure.LEGERS, tirage.randint(1, 3))
    if genre not in PHOTOS and tirage.random() < 0.3:
        picked.append(tirage.choice(usure.MOYENS))
    if genre not in PHOTOS and tirage.random() < 0.04:
        picked.append("photocopie")
    if genre in PHOTOS:
        picked = [name for name in picked if name in {"pliures", "agrafe", "bruit"}]
    return picked


def _lisibilite(genre: str, gestes: list[str], *, hand: bool) -> str:
    weak = sum(name in {"contraste faible", "flou", "fond sombre"} for name in gestes)
    if "photocopie" in gestes or (hand and (genre in PHOTOS or weak)):
        return "difficile"
    if hand or genre in PHOTOS or weak or "bord rogné" in gestes:
        return "moyenne"
    return "bonne"


def _pack(
    cas: Cas, genre: str, dpi: int, pages: list[np.ndarray], drawn: list[bytes],
    gestes: list[str], tirage: random.Random,
) -> tuple[bytes, int, str]:  # fmt: skip
    """Wear the pages and write them in the format asked."""
    if genre == "PDF texte":
        return drawn[0], 0, genre
    if cas.blanche:
        pages = [_blank(page, cas.blanche, tirage) for page in pages]
    worn = [usure.wear(page, gestes, tirage) for page in pages]
    if genre in PHOTOS:
        return _photo(worn[0], genre, dpi, tirage)
    rotation = 0
    if genre == "PDF OCR absurde":
        rotation = 180
    elif genre not in {"PDF OCR", "PDF Rotate", "PNG"} and not cas.blanche:
        rotation = tirage.choices((0, 180, 90, 270), (90, 5, 3, 2))[0]
    turned = [np.ascontiguousarray(np.rot90(page, -rotation // 90)) for page in worn]
    if "G4" in genre:
        turned = [usure.noir_et_blanc(page, tirage) for page in turned]
    return _container(genre, dpi, turned, drawn, tirage), rotation, genre


def _container(
    genre: str, dpi: int, pages: list[np.ndarray], drawn: list[bytes], tirage: random.Random
) -> bytes:  # fmt: skip
    """Put the pages in the file format asked."""
    quality = tirage.randint(40, 75)
    if genre in {"TIFF G4", "TIFF"}:
        return formats.tiff(pages, dpi, bitonal=genre == "TIFF G4")
    if genre == "JPEG":
        return formats.scan_jpeg(pages[0], dpi, quality)
    if genre == "PNG":
        return formats.png(pages[0], dpi)
    layers, rotate = None, 0
    if genre.startswith("PDF OCR"):
        layers = [
            _layer(words, genre, tirage) for pdf in drawn for words in rendu.words(pdf)
        ]
    if genre == "PDF Rotate":
        rotate = tirage.choice((90, 180, 270))
        pages = [np.ascontiguousarray(np.rot90(page, rotate // 90)) for page in pages]
    return formats.pdf(
        pages, dpi, bitonal="G4" in genre, quality=quality, rotate=rotate, layers=layers
    )


def _layer(words: formats.Words, genre: str, tirage: random.Random) -> formats.Words:
    """Imitate a reader: a few slips, or nonsense when the page was upside down."""
    if genre == "PDF OCR absurde":
        return [("".join(tirage.choice("uopqdbsxeanJ1l|") for _ in text), x, y, high)
                for text, x, y, high in words]  # fmt: skip
    slips = str.maketrans({"é": "e", "û": "u", "'": "’"})
    return [(text.translate(slips) if tirage.random() < 0.15 else text, x, y, high)
            for text, x, y, high in words]  # fmt: skip


def _blank(page: np.ndarray, kind: str, tirage: random.Random) -> np.ndarray:
    page = np.full_like(page, 250)
    if kind == "sale":
        return usure.mouchetures(usure.trous(page, tirage), tirage, 120)
    if kind == "verso":
        rows = page.copy()
        for y in range(200, page.shape[0] - 200, 46):
            end = int(page.shape[1] * tirage.uniform(0.4, 0.9))
            for x in range(140, end, 15):
                rows[y : y + 14, x : x + tirage.randint(4, 11)] = 60
        return _ghost(rows)
    return usure.bruit(page, tirage, 3)


def _ghost(rows: np.ndarray) -> np.ndarray:
    """Keep only what shows through the sheet."""
    import cv2

    soft = cv2.GaussianBlur(rows[:, ::-1], (11, 11), 0).astype(np.float32)
    return (255 - (255 - soft) * 0.1).astype(np.uint8)


def _photo(
    page: np.ndarray, genre: str, dpi: int, tirage: random.Random
) -> tuple[bytes, int, str]:
    taken = usure.photo(page, tirage)
    if genre == "HEIC":
        made = formats.heic(taken)
        if made is not None:
            return made, 0, genre
    turn = tirage.choice((0, 0, 90, 270, 180))
    return formats.photo_jpeg(taken, dpi, turn), 0, "JPEG photo"
