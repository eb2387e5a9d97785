"""Scores → a table on the terminal, a JSON file, a block of the README."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.bilan.modele import Bilan, Note, figures

DEBUT, FIN = "<!-- bilan:debut -->", "<!-- bilan:fin -->"


def lines(bilan: Bilan) -> Iterable[str]:
    """Yield the report, line by line."""
    n = figures(bilan)
    yield f"{n['fichiers']} fichiers, {n['documents']} documents, {bilan.duree_s:.0f} s"
    yield (
        f"typage : {n['types_justes']} justes, {n['types_abstenus']} abstenus, "
        f"{n['types_faux']} faux"
    )
    yield (
        f"à fermer : {n['fermants']} ; seuls {n['fermants_lies']}, laissés avec le "
        f"bon candidat {n['fermants_montres']}, sans {n['fermants_non_montres']}"
    )
    yield (f"à ne pas fermer : {n['reserves']} ; respectés {n['reserves_respectees']}")
    yield (f"champs (bonne lisibilité) : {n['champs_exacts']} exacts sur "
           f"{n['champs_bonne_lisibilite']}")  # fmt: skip
    yield f"fermetures fausses : {n['fermetures_fausses']}"
    yield ""
    yield from _by_type(bilan)
    yield ""
    yield from _by_field(bilan)
    yield ""
    yield from _misses(bilan)


def _by_type(bilan: Bilan) -> Iterable[str]:
    head = ("type", "nb", "justes", "abst.", "faux", "à lier", "liés")
    yield "{:16} {:>4} {:>7} {:>6} {:>5} {:>7} {:>5}".format(*head)
    for kind in sorted({note.type for note in bilan.notes}):
        mine = [note for note in bilan.notes if note.type == kind]
        kinds = Counter(note.typage for note in mine)
        closing = [note for note in mine if not isinstance(note.attendu, str)]
        linked = sum(note.lien == "lie" for note in closing)
        yield (f"{kind:16} {len(mine):>4} {kinds['juste']:>7} {kinds['abstenu']:>6} "
               f"{kinds['faux']:>5} {len(closing):>7} {linked:>5}")  # fmt: skip


def _by_field(bilan: Bilan) -> Iterable[str]:
    good = [
        c for note in bilan.notes if note.lisibilite == "bonne" for c in note.champs
    ]
    head = ("champ (bonne lisibilité)", "nb", "exacts", "faux", "absents")
    yield "{:28} {:>4} {:>7} {:>5} {:>8}".format(*head)
    for name in sorted({c.nom for c in good}):
        mine = [c for c in good if c.nom == name]
        exact = sum(c.is_exact for c in mine)
        missing = sum(c.lu is None for c in mine)
        wrong = len(mine) - exact - missing
        yield f"{name:28} {len(mine):>4} {exact:>7} {wrong:>5} {missing:>8}"


def _misses(bilan: Bilan) -> Iterable[str]:
    for line in bilan.fautives:
        yield f"FERMETURE FAUSSE : {line}"
    for name in bilan.en_suspens:
        yield f"EN SUSPENS : {name}"
    for note in bilan.notes:
        if note.typage != "juste" or note.lien in {"montre", "non_montre", "faux"}:
            yield _miss(note)


def _miss(note: Note) -> str:
    expected = (
        note.attendu if isinstance(note.attendu, str) else ", ".join(note.attendu)
    )
    return (
        f"- {note.fichier} p.{list(note.pages)} {note.type} [{note.lisibilite}] "
        f"typage {note.typage}, lien {note.lien} (attendu {expected}) : {note.cause}"
    )


def markdown(bilan: Bilan, name: str) -> str:
    """Return the README's block."""
    n = figures(bilan)
    share = 100 * n["champs_exacts"] / max(n["champs_bonne_lisibilite"], 1)
    rows = [
        ("Fichiers déposés (documents dedans)", f"{n['fichiers']} ({n['documents']})"),
        ("Typés juste", f"{n['types_justes']}"),
        ("Type non dit (laissé à une personne)", f"{n['types_abstenus']}"),
        ("Typés faux", f"{n['types_faux']}"),
        ("Documents qui doivent fermer une ligne", f"{n['fermants']}"),
        ("— rattachés seuls, lignes fermées", f"{n['fermants_lies']}"),
        ("— laissés à une personne, bon candidat montré", f"{n['fermants_montres']}"),
        ("— laissés à une personne, sans le bon candidat", f"{n['fermants_non_montres']}"),
        ("Documents qui ne doivent rien fermer, respectés",
         f"{n['reserves_respectees']} sur {n['reserves']}"),
        ("**Fermetures fausses**", f"**{n['fermetures_fausses']}**"),
        ("Champs exacts (scans de bonne lisibilité)",
         f"{n['champs_exacts']} sur {n['champs_bonne_lisibilite']} ({share:.0f} %)"),
    ]  # fmt: skip
    table = "\n".join(f"| {left} | {right} |" for left, right in rows)
    return f"Dossier « {name} » :\n\n| | |\n|---|---|\n{table}\n"


def write_json(bilan: Bilan, path: Path) -> None:
    """Write everything, for machines."""
    path.write_text(json.dumps(bilan.to_json(), ensure_ascii=False, indent=1), "utf-8")


def write_readme(bilan: Bilan, path: Path, name: str) -> None:
    """Replace the block between the marks; raises `ValueError` when they are absent."""
    text = path.read_text(encoding="utf-8")
    if DEBUT not in text or FIN not in text:
        raise ValueError(f"{path}: marques {DEBUT} … {FIN} absentes")
    head, rest = text.split(DEBUT, 1)
    tail = rest.split(FIN, 1)[1]
    path.write_text(
        f"{head}{DEBUT}\n{markdown(bilan, name)}{FIN}{tail}", encoding="utf-8"
    )
