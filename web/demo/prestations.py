"""Two colis of invented prestations, made from the register and sent by the usual door.

Their days follow the clock, so that a relevé of six months always has something to show.
"""

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bordereaux import render, totals
from bordereaux.lines import Colonne, Genre, Liste, numbered
from bordereaux.registre_prestations import FiltreBordereaux, listing
from records.comptes import HOUSE
from records.decompte import rounded, total
from records.natures import catalogue
from records.references import Sujet
from records.store.comptes import find_collectivite
from records.store.designations import directory
from records.vocabulary import Canal
from socle.clock import legal_day
from socle.db import ReadSession
from web.bordereaux import OWNER, import_file
from web.demo.registre import AUTEUR
from web.services import Services

# how many days ago each colis was issued
_AGES = (75, 12)
_POINT = Decimal("4.92278")  # euros a month for one point of index, 2026
_RATE = Decimal("0.90")
ZERO = Decimal("0.00")
_PIECE = f"{Sujet.PIECE.value}-"
COLUMNS = (
    "n_colis", "n_bordereau", "date_emission", "code_collectivite", "siret", "contrat",
    "budget_cotisation", "n_ligne", "type_ligne", "regime", "nom", "prenom", "matricule",
    "nature", "n_evenement", "date_survenance", "consequence", "periode_du",
    "periode_au", "jours_calendaires", "franchise_jours", "jours_indemnises",
    "taux_garanti", "position", "tib", "ij", "montant_brut", "ij_cpam_deduites",
    "retenue", "date_soins", "nature_acte", "montant_presente", "montant_retenu",
    "paye_a", "montant_rembourse", "etat", "motif_blocage", "piece_attendue",
    "code_exigence", "mode_paiement", "iban",
)  # fmt: skip
Ligne = dict[str, Any]


def send_prestations(services: Services, register: dict[str, Any]) -> int:
    """Import the colis that are missing; return how many bordereaux there are."""
    count = services.db.read(_count)
    if count:
        return count
    now = services.clock.now()
    for rank, age in enumerate(_AGES, start=1):
        issued = legal_day(now) - dt.timedelta(days=age)
        colis = f"PST-{issued:%Y%m%d}"
        lines = services.db.read(_lines, register, colis, issued, rank)
        if not lines:
            continue
        recu = services.storage.put(OWNER, _archive(colis, issued, lines))
        import_file(
            services, recu, f"{colis}.zip", perimetre=HOUSE, auteur=AUTEUR,
            canal=Canal.COMMANDE.code, now=now,
        )  # fmt: skip
    return services.db.read(_count)


def _count(session: ReadSession) -> int:
    return listing(session, HOUSE, FiltreBordereaux(), limite=1).total


# --- lines -----------------------------------------------------------------------------


def _lines(
    session: ReadSession, register: dict[str, Any], colis: str, on: dt.date, rank: int
) -> list[Ligne]:
    """Return what the tool would say on a day of the events over by then."""
    homes = {row["code"]: row for row in register["collectivites"]}
    people = {row["code"]: row for row in register["agents"]}
    found: list[Ligne] = []
    for place, event in enumerate(register["evenements"]):
        # each event is in one colis; the first holds the older half
        if place % len(_AGES) != rank - 1:
            continue
        home = homes[event["collectivite"]]
        head = _head(home, people[event["agent"]], event, colis, on)
        waiting = _waiting(session, home["code"], event["code"])
        for suite in event["consequences"]:
            line = _line(head, people[event["agent"]], suite, on)
            if line is not None:
                paid = place // len(_AGES) % 2 == 0
                found.append(_settled(line) if paid else _blocked(line, waiting))
    counters: dict[str, int] = {}
    for line in found:
        counters[line["n_bordereau"]] = counters.get(line["n_bordereau"], 0) + 1
        line["n_ligne"] = counters[line["n_bordereau"]]
    return found


def _head(home: Ligne, agent: Ligne, event: Ligne, colis: str, on: dt.date) -> Ligne:
    return {
        "n_colis": colis, "n_bordereau": f"B{on:%y%m}-{home['code'][-2:]}",
        "date_emission": on, "code_collectivite": home["code"], "siret": home["siret"],
        "contrat": home["contrat"]["numero"],
        "budget_cotisation": home["budgets_cotisation"][0], "regime": agent["regime"],
        "nom": agent["nom_famille"], "prenom": agent["prenoms"][0],
        "matricule": agent["matricule"], "nature": event["nature"],
        "n_evenement": event["numero"], "date_survenance": event["date_survenance"],
        "mode_paiement": "virement", "iban": "FR76 0000 0000 0000 0000 0000 000",
    }  # fmt: skip


def _line(head: Ligne, agent: Ligne, suite: Ligne, on: dt.date) -> Ligne | None:
    """Return the line of a conséquence that is over, None for the others."""
    debut, fin = (dt.date.fromisoformat(suite[name]) for name in ("du", "au"))
    if fin > on:
        return None
    if suite["type"] == "FRAIS":
        amount = Decimal(suite["montant"])
        return head | {
            "type_ligne": "FRAIS", "consequence": "FRAIS", "date_soins": debut,
            "nature_acte": suite["nature"], "montant_presente": amount,
            "montant_retenu": amount, "paye_a": "agent",
        }  # fmt: skip
    if suite["type"] not in {"ARRET", "PROLONG"}:
        return None
    days = (fin - debut).days + 1
    franchise = min(days, 3 if head["nature"] == "CMO" else 0)
    tib = rounded(_POINT * agent["indice_majore"])
    ij = rounded(tib * 12 / 365 * _RATE)
    return head | {
        "type_ligne": "IJ", "consequence": suite["type"], "periode_du": debut,
        "periode_au": fin, "jours_calendaires": days, "franchise_jours": franchise,
        "jours_indemnises": days - franchise, "taux_garanti": Decimal("90.00"),
        "position": "90 %", "tib": tib, "ij": ij,
        "montant_brut": ij * (days - franchise), "ij_cpam_deduites": ZERO,
        "retenue": ZERO,
    }  # fmt: skip


def _settled(line: Ligne) -> Ligne:
    due = line["montant_brut"] if line["type_ligne"] == "IJ" else line["montant_retenu"]
    return line | {"montant_rembourse": due, "etat": "réglée"}


def _blocked(line: Ligne, waiting: tuple[str, str] | None) -> Ligne:
    if waiting is None:
        return _settled(line)
    code, label = waiting
    care = {"montant_retenu": ZERO} if line["type_ligne"] == "FRAIS" else {}
    return line | care | {
        "montant_rembourse": ZERO, "etat": "bloquée",
        "motif_blocage": "document manquant", "piece_attendue": label,
        "code_exigence": code,
    }  # fmt: skip


def _waiting(session: ReadSession, home: str, code: str) -> tuple[str, str] | None:
    """Return the first paper an event waits for: its reference and its name."""
    place = find_collectivite(session, home)
    for event in directory(session, place, (), {code}).par_mot.get(code, ()):
        for piece in event.pieces:
            if piece.is_open:
                kind = catalogue(event.date_survenance).types[piece.type]
                named = (word for word in piece.mots if word.startswith(_PIECE))
                return next(named), kind.libelle
    return None


# --- the archive -----------------------------------------------------------------------


def _archive(colis: str, on: dt.date, lines: list[Ligne]) -> bytes:
    """Return the ZIP the tool would send: manifest, a CSV and a décompte each."""
    by_number: dict[str, list[Ligne]] = {}
    for line in lines:
        by_number.setdefault(line["n_bordereau"], []).append(line)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = {
            "version": 1, "n_colis": colis, "sens": "sortant",
            "emetteur": "outil Prestations (démonstration)",
            "date_emission": on.isoformat(), "mode_paiement": "virement",
            "bordereaux": [_said(numero, mine) for numero, mine in by_number.items()],
        }  # fmt: skip
        archive.writestr("colis.json", json.dumps(manifest, ensure_ascii=False))
        for numero, mine in by_number.items():
            archive.writestr(f"{numero}.csv", _csv(mine))
            archive.writestr(f"decompte_{numero}.pdf", _decompte(numero, mine, on))
    return buffer.getvalue()


def _said(numero: str, lines: list[Ligne]) -> Ligne:
    daily = [line for line in lines if line["type_ligne"] == "IJ"]
    paid = [line for line in lines if line["etat"] == "réglée"]
    return {
        "bordereau": numero, "collectivite": lines[0]["code_collectivite"],
        "lignes": len(lines), "lignes_ij": len(daily),
        "lignes_frais": len(lines) - len(daily), "reglees": len(paid),
        "bloquees": len(lines) - len(paid),
        "total_brut": str(total([line["montant_brut"] for line in daily])),
        "total_rembourse": str(total([line["montant_rembourse"] for line in lines])),
        "fichier": f"{numero}.csv", "decompte": f"decompte_{numero}.pdf",
    }  # fmt: skip


def _csv(lines: list[Ligne]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([_written(line.get(name)) for name in COLUMNS])
    return buffer.getvalue().encode("utf-8-sig")


def _written(value: Any) -> str:  # noqa: ANN401 - a cell
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    if isinstance(value, dt.date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def _decompte(numero: str, lines: list[Ligne], on: dt.date) -> bytes:
    """Return the detail of the computation, as the tool would print it."""
    columns = (
        Colonne(titre="N°", genre=Genre.ENTIER),
        Colonne(titre="Agent", part=5),
        Colonne(titre="Évènement", part=3),
        Colonne(titre="Du", genre=Genre.JOUR, part=2),
        Colonne(titre="Au", genre=Genre.JOUR, part=2),
        Colonne(titre="Traitement mensuel", genre=Genre.MONTANT, part=3),
        Colonne(titre="Par jour", genre=Genre.MONTANT, part=2),
        Colonne(titre="Jours", genre=Genre.ENTIER, part=2),
        Colonne(titre="Brut", genre=Genre.MONTANT, part=3, is_totalise=True),
        Colonne(titre="Remboursé", genre=Genre.MONTANT, part=3, is_totalise=True),
    )
    liste = Liste(
        titre="Décompte", entete=(("Bordereau", numero),), colonnes=columns,
        lignes=numbered(_detail(lines)),
        mentions=("Démonstration : personnes et montants inventés.",),
    )  # fmt: skip
    return render.files(liste, totals.control(liste), numero, on)["pdf"]


def _detail(lines: list[Ligne]) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        is_daily = line["type_ligne"] == "IJ"
        first = line["periode_du"] if is_daily else line["date_soins"]
        yield (
            f"{line['nom']} {line['prenom']}", line["n_evenement"], first,
            line["periode_au"] if is_daily else first, line.get("tib"), line.get("ij"),
            line.get("jours_indemnises"),
            line["montant_brut"] if is_daily else line["montant_presente"],
            line["montant_rembourse"],
        )  # fmt: skip
