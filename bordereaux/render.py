"""A list, its totals and its number → PDF, XLSX and CSV: the same lines in each.

Typst composes the page (PDF/A and PDF/UA), one writer makes both spreadsheets: nothing is
computed here, and no cell can run. The same values give the same bytes.
"""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

from bordereaux.lines import Cellule, Genre, Liste
from bordereaux.totals import Controle
from socle import editions, tableurs

LAYOUT = Path(__file__).parent / "gabarits" / "bordereau.typ"
PDF = "application/pdf"
TYPES = {"pdf": PDF, "xlsx": tableurs.XLSX, "csv": tableurs.CSV}
_NARROW, _FIXED = "\u202f", "\u00a0"


def files(
    liste: Liste, controle: Controle, numero: str, on: dt.date
) -> dict[str, bytes]:
    """Return the three files of a bordereau, by extension."""
    instant = dt.datetime.combine(on, dt.time(), tzinfo=dt.UTC)
    sheet = _sheet(liste, controle, numero, on)
    return {
        "pdf": editions.compose(
            LAYOUT, values(liste, controle, numero, on), instant=instant
        ),
        "xlsx": tableurs.write_xlsx([sheet], titre=liste.titre, instant=instant),
        "csv": tableurs.write_csv(sheet),
    }


def values(
    liste: Liste, controle: Controle, numero: str, on: dt.date
) -> dict[str, Any]:
    """Return what the layout shows: every text written out."""
    return {
        "titre": liste.titre,
        "numero": f"Bordereau n° {numero}",
        "date": f"Édité le {on:%d/%m/%Y}",
        "entete": [list(pair) for pair in liste.entete],
        "colonnes": [
            {"titre": c.titre, "part": c.part,
             "chiffres": c.genre in {Genre.MONTANT, Genre.ENTIER}}
            for c in liste.colonnes
        ],
        "lignes": [[shown(cell) for cell in line] for line in liste.lignes],
        "totaux_titre": "Totaux de contrôle",
        "totaux": [
            ["Nombre de lignes", str(controle.nb_lignes), controle.nb_en_lettres],
            *(
                [total.titre, shown(total.somme), total.en_lettres]
                for total in controle.totaux
            ),
        ],
        "mentions": list(liste.mentions),
        "empreinte": f"Empreinte des lignes (SHA-256) : {controle.empreinte}",
    }  # fmt: skip


def shown(cell: Cellule) -> str:
    r"""Return a cell as the page shows it.

    >>> shown(Decimal("48844.56")).replace("\u202f", " ").replace("\u00a0", " ")
    '48 844,56 €'
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        written = f"{cell:,.2f}".replace(",", _NARROW).replace(".", ",")
        return f"{written}{_FIXED}€"
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    return str(cell)


def _sheet(
    liste: Liste, controle: Controle, numero: str, on: dt.date
) -> tableurs.Feuille:
    sums = {total.titre: total.somme for total in controle.totaux}
    entete: list[tuple[str, tableurs.Cellule]] = [
        ("Bordereau n°", numero), ("Édité le", on), *liste.entete,
        ("Nombre de lignes", controle.nb_lignes),
    ]  # fmt: skip
    for total in controle.totaux:
        entete.append((total.titre, total.somme))
        entete.append((f"{total.titre}, en lettres", total.en_lettres))
    entete.append(("Empreinte des lignes", controle.empreinte))
    row: list[tableurs.Cellule] = [
        sums.get(c.titre) if c.is_totalise else None for c in liste.colonnes
    ]
    if row and row[0] is None:
        row[0] = "Total"
    return tableurs.Feuille(
        titre=f"Bordereau {numero}", colonnes=[c.titre for c in liste.colonnes],
        lignes=liste.lignes, entete=entete, total=row,
    )  # fmt: skip
