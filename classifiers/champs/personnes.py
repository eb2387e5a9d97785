"""Who a paper is about: the name beside a label, in parts, after a civility, or alone."""

import re

from classifiers import noms
from classifiers.champs.releve import Releve
from classifiers.feuille import Feuille
from classifiers.text import fold
from classifiers.verdict import Champ

NAME_LABELS = (
    "nom et prénom de l'assuré(e)", "nom et prénom de la victime",
    "nom et prénom de l'agent", "nom prénom de l'agent", "la victime nom prénom",
    "nom prénom de la victime", "nom et prénom du patient", "nom et prénom du salarié",
    "nom et prénom", "nom prénom", "nom et prénoms", "nom prénoms", "nom prénom(s)",
    "prénom et nom", "prénom nom", "agent examiné", "agent concerné", "nom du patient",
    "nom de la victime", "nom de l'agent", "nom de l'assuré",
    "patient", "patiente", "bénéficiaire", "bénéficiaire des soins", "assuré", "assurée",
    "victime", "adhérent", "salarié", "agent", "concerne",
)  # fmt: skip
_ROW_BEFORE_NAME = ("assure", "assuree", "salarie", "agent", "patient", "beneficiaire")


def read_name(r: Releve, *labels: str, civil: bool = True) -> None:
    """Read the name of the person: beside labels, by its parts, by civility, alone."""
    if r.nom("nom_lu", *(labels or NAME_LABELS)):
        _other_name(r, *(labels or NAME_LABELS))
        return
    if _name_in_parts(r):
        return
    if civil and _civil_name(r):
        return
    _name_alone(r)


def _other_name(r: Releve, *labels: str) -> None:
    """Read a second person named beside the same labels: two papers on one sheet."""
    first = set(fold(r.champs["nom_lu"].valeur).split())
    for one in r.noms(*labels):
        if first.isdisjoint(fold(one.valeur).split()):
            r.champs["autre_nom_lu"] = one
            return


def _name_in_parts(r: Releve) -> bool:
    """Join « nom de famille », « nom d'usage » and « prénom » of separate fields."""
    part = Releve(r.feuilles)
    part.nom("nom_famille", "nom de famille", "nom de naissance", "nom patronymique",
             "nom de jeune fille", below=False)  # fmt: skip
    part.nom("nom_usage", "nom d'usage", "nom marital", "nom d'épouse", below=False)
    part.nom("prenoms", "prénoms", "prénom", "prénom(s)", below=False)
    if "nom_famille" not in part.champs:
        part.nom("nom_famille", "nom", below=False)
    r.champs.update({k: v for k, v in part.champs.items() if k not in r.champs})
    names = [part.champs.get(k) for k in ("nom_famille", "nom_usage", "prenoms")]
    read = [champ for champ in names if champ is not None]
    if part.champs.get("nom_famille") is None or len(read) < 2:  # noqa: PLR2004
        return False
    zone = read[0].zone
    r.champs["nom_lu"] = Champ(
        nom="nom_lu",
        valeur=" ".join(champ.valeur for champ in read),
        lu=" ".join(champ.lu for champ in read),
        page=read[0].page,
        zone=zone,
        confiance=min(champ.confiance for champ in read),
    )
    return True


def _civil_name(r: Releve) -> bool:
    for feuille in r.feuilles:
        for found in noms.civil_names(feuille.texte):
            r.put("nom_lu", found.nom, feuille, (found.debut, found.fin), 0.85)
            return True
    return False


def _name_alone(r: Releve) -> bool:
    """Read a name filling a line, best when a birth date or a number follows it."""
    for feuille in r.feuilles[:1]:
        rows = [feuille.plat[g.debut : g.fin] for g in feuille.rangs]
        for rank, rang in enumerate(feuille.rangs):
            for segment, start in _segments(feuille, rang.debut, rang.fin):
                name = noms.name_alone(segment)
                if name is None or noms.doctor_names(segment):
                    continue
                near = " ".join(rows[rank + 1 : rank + 3])
                before = rows[rank - 1] if rank else ""
                vouched = re.search(r"\bnee?|matricule|n[\u00b0o]|ss\b", near) or any(
                    word in before for word in _ROW_BEFORE_NAME
                )
                span = (start, start + len(segment))
                r.put("nom_lu", name, feuille, span, 0.85 if vouched else 0.5)
    return r.has("nom_lu")


def _segments(feuille: Feuille, debut: int, fin: int) -> list[tuple[str, int]]:
    parts, at = [], debut
    for part in feuille.texte[debut:fin].split("  "):
        parts.append((part, at))
        at += len(part) + 2
    return parts
