"""The doctor of a paper: the one who signs it, by title or beside the word that says so."""

from dataclasses import replace

from classifiers import noms, numeros
from classifiers.champs.releve import Releve
from classifiers.text import flat

DOCTOR_LABELS = (
    "identification du praticien", "nom du praticien", "nom du médecin",
    "médecin prescripteur", "médecin traitant", "praticien", "prescripteur", "médecin",
)  # fmt: skip


def read_doctor(r: Releve, *noms_: str) -> None:
    """Read the doctor: the one who signs, else the first named."""
    for feuille in r.feuilles[:1]:
        found = noms.doctor_names(feuille.texte)
        if found:
            counts = [sum(flat(o.nom) == flat(f.nom) for o in found) for f in found]
            best = found[max(range(len(found)), key=lambda k: (counts[k], -k))]
            r.put("prescripteur", best.nom, feuille, (best.debut, best.fin), 0.92)
        else:
            _doctor_by_label(r)
        for rpps in numeros.find_rpps(feuille.plat)[:1]:
            r.put("rpps", rpps.valeur, feuille, (rpps.debut, rpps.fin), rpps.score)
    r.copy("prescripteur", *noms_)


def _doctor_by_label(r: Releve) -> None:
    """Read a doctor named without a title, beside the word that says what he is."""
    part = Releve(r.feuilles[:1])
    part.nom("medecin", *DOCTOR_LABELS, score=0.75)
    champ = part.champs.get("medecin")
    if champ is not None and len(champ.valeur.split()) > 1:
        r.champs["prescripteur"] = replace(
            champ, nom="prescripteur", valeur=f"Docteur {champ.valeur}"
        )
