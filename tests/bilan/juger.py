"""Truth × what the product did → scores. Pure: no database, no file."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.bilan.modele import INCONNUS, Bilan, Champ, Lu, Note, Recu

Verite = Mapping[str, Any]
PROPOSE = frozenset({"a_verifier", "anomalie", "quarantaine"})


def judge(
    truth: Verite,
    received: Sequence[Recu],
    *,
    closed: Iterable[str] = (),
    duree_s: float = 0.0,
) -> Bilan:
    """Score every file; `closed` are all lines closed since the start, whoever did it."""
    by_name = {one.fichier: one for one in received}
    notes: list[Note] = []
    expected: set[str] = set()
    wrong: set[str] = set()
    for unit in truth["unites"]:
        # some truths write « scans/name », the slip of deposits never does
        found = by_name.get(unit["fichier"].rsplit("/", 1)[-1])
        for document in unit["documents"]:
            if not isinstance(document["exigences"], str):
                expected |= set(document["exigences"])
        scored = _score_file(unit, found)
        wrong |= {line for note in scored for line in note.fautives}
        notes += scored
    wrong |= set(closed) - expected
    stuck = [one.fichier for one in received if one.etat in {"recu", "en_cours"}]
    return Bilan(
        nb_fichiers=len(truth["unites"]),
        duree_s=duree_s,
        notes=notes,
        fautives=sorted(wrong),
        en_suspens=stuck,
        recus=list(received),
    )


def _score_file(unit: Verite, found: Recu | None) -> list[Note]:
    read = found.documents if found else ()
    allowed = {
        line
        for document in unit["documents"]
        if not isinstance(document["exigences"], str)
        for line in document["exigences"]
    }
    done = frozenset(line for lu in read for line in lu.lignes)
    notes = []
    for document in unit["documents"]:
        lu = _match(document["pages"], read)
        notes.append(_score(unit, document, found, lu, done=done, allowed=allowed))
    # a tie made by a paper the truth does not know must still be seen
    strays = tuple(sorted(done - allowed))
    if strays and notes and not any(note.fautives for note in notes):
        from dataclasses import replace

        notes[0] = replace(notes[0], fautives=strays, lien="faux")
    return notes


def _match(pages: Sequence[int], read: Sequence[Lu]) -> Lu | None:
    """Return the paper that shares most pages."""
    wanted = set(pages)
    best, score = None, 0.0
    for lu in read:
        both = len(wanted & set(lu.pages))
        part = both / len(wanted | set(lu.pages))
        if part > score:
            best, score = lu, part
    return best


def _score(
    unit: Verite,
    document: Verite,
    found: Recu | None,
    lu: Lu | None,
    *,
    done: frozenset[str],
    allowed: set[str],
) -> Note:
    wanted = document["exigences"]
    bad = tuple(sorted((lu.lignes if lu else frozenset()) - allowed))
    typage = typed(document, found, lu)
    lien = _link(document, lu, done=done, bad=bad)
    return Note(
        fichier=unit["fichier"],
        pages=tuple(document["pages"]),
        type=document["type"],
        lisibilite=unit["lisibilite"],
        attendu=wanted if isinstance(wanted, str) else tuple(wanted),
        typage=typage,
        lien=lien,
        type_lu=lu.type if lu else "",
        etat=lu.etat if lu else (found.etat if found else "absent"),
        fermees=tuple(sorted(lu.lignes)) if lu else (),
        fautives=bad,
        champs=tuple(compare(document["type"], document["champs"], lu)),
        cause=_cause(document, found, lu, typage, lien),
    )


def typed(document: Verite, found: Recu | None, lu: Lu | None) -> str:
    """Say whether the type is right (`juste`), withheld (`abstenu`) or wrong (`faux`)."""
    accepted = {document["type"], *document.get("types_admis", ())}
    if lu is None:
        blank = found is not None and (
            set(document["pages"]) <= found.pages_blanches or not found.documents
        )
        return "juste" if blank and document["type"] == "BLANCHE" else "abstenu"
    if lu.type in accepted:
        return "juste"
    return "abstenu" if lu.type in INCONNUS else "faux"


def _link(
    document: Verite, lu: Lu | None, *, done: frozenset[str], bad: tuple[str, ...]
) -> str:
    wanted = document["exigences"]
    if bad:
        return "faux"
    if isinstance(wanted, str):
        return "rien"
    if set(wanted) <= done:
        return "lie"
    return "montre" if _is_shown(wanted, lu) else "non_montre"


def _is_shown(lines: Sequence[str], lu: Lu | None) -> bool:
    """Tell whether a person sees one of the right lines beside the paper."""
    if lu is None:
        return False
    shown = {line for _, _, line in lu.candidats if line} | lu.lignes
    return any(line in shown for line in lines)


def _cause(
    document: Verite, found: Recu | None, lu: Lu | None, typage: str, lien: str
) -> str:
    if found is None:
        return "fichier jamais déposé"
    if lu is None:
        return f"aucun papier reconnu ({found.etat} {found.code})".strip()
    words = []
    if typage != "juste":
        words.append(f"lu {lu.type or 'rien'}")
    if lien in {"montre", "non_montre", "faux"}:
        if document["agent"] and lu.agent != document["agent"]:
            words.append(
                f"agent {lu.agent or 'non trouvé'} au lieu de {document['agent']}"
            )
        elif document["evenement"] and lu.evenement != document["evenement"]:
            found_one = lu.evenement or "non trouvé"
            words.append(f"évènement {found_one} au lieu de {document['evenement']}")
        words.append(f"{lu.etat}: {', '.join(lu.motifs[:6])}")
    return " ; ".join(words)


# --- fields -------------------------------------------------------------------


def compare(kind: str, expected: Mapping[str, Any], lu: Lu | None) -> list[Champ]:
    """Pair each expected scalar field with what was read, both in one shape."""
    read = lu.champs if lu else {}
    made = []
    for name, value in expected.items():
        if isinstance(value, list):
            continue
        found = read.get(name)
        made.append(
            Champ(
                type=kind,
                nom=name,
                attendu=canonical(value),
                lu=None if found is None else canonical(found),
            )
        )
    return made


def canonical(value: object) -> str:
    """Write a value in one shape: case, accents, spaces and trailing zeros ignored.

    >>> canonical(True), canonical("Dr  Élise"), canonical("0064.30")
    ('true', 'dr elise', '64.3')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    text = unicodedata.normalize(
        "NFKD", str(value).replace("œ", "oe").replace("Œ", "OE")
    )
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = re.sub(r"[’'`]", " ", text)
    text = re.sub(r"\s+", " ", text).strip(" .,;:")
    if re.fullmatch(r"-?\d+\.\d+", text):
        sign = "-" if text.startswith("-") else ""
        text = sign + text.lstrip("-").strip("0").rstrip(".") if "." in text else text
    return text
