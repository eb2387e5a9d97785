"""Fields of pregnancy papers: the presumed day of birth above all."""

from classifiers.champs.communs import read_cerfa, read_paper_day
from classifiers.champs.medecins import read_doctor
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve

_EXPECTED = {
    "1": r"grossesse (?:unique|simple|mono)|un(?: seul)? enfant attendu|\bunique\b",
    "2": r"grossesse (?:gemellaire|double|multiple de 2)|jumeaux|deux enfants",
    "3": r"grossesse (?:triple)|triples|trois enfants",
}


def read_pregnancy(r: Releve) -> None:
    """Read a pregnancy paper: the presumed day of birth above all."""
    read_cerfa(r, "10112")
    r.jour("date_presumee_accouchement", "date présumée de l'accouchement",
           "date présumée d'accouchement", "date prévue de l'accouchement",
           "date prévue d'accouchement", "accouchement prévu le", "terme prévu le",
           "terme prévu", "terme théorique", "dpa", rows=2)  # fmt: skip
    r.copy("date_presumee_accouchement", "dpa")
    r.jour("debut_grossesse", "date de début de grossesse", "début de grossesse",
           "début de la grossesse", "début présumé de la grossesse",
           "grossesse débutée le", "date de conception", "ddg")  # fmt: skip
    r.jour("examen_le", "date du premier examen", "date de l'examen", "avoir examiné le",
           "examen pratiqué le", "examen du", "examinée le", "vue en consultation le",
           "vue le", "date de la consultation")  # fmt: skip
    if not r.has("examen_le"):
        r.jour_apres("examen_le", r"(?:examine\w*|examen|vue?)[^.\n]{0,60}?\sle\s{1,3}",
                     score=0.8)  # fmt: skip
    r.motif("nombre_attendus", r"(?:nombre|nb)[^\n\d]{0,30}\W{0,6}(\d)(?!\d)")
    r.motif("nombre_attendus", r"(?:enfants?(?: ?\(s\))? attendus?(?:\(s\))?|foetus)"
            r"\W{0,6}(\d)(?!\d)")  # fmt: skip
    r.motif("nombre_attendus", r"(?<!\d)(\d) enfants? attendus?")
    if not r.has("nombre_attendus"):
        for value, motif in _EXPECTED.items():
            if r.says(motif):
                r.say("nombre_attendus", value)
                break
    read_paper_day(r)
    read_doctor(r, "praticien")
    read_name(r)
