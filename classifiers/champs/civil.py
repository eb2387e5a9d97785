"""Fields of civil status: births, adoptions, deaths, those entitled."""

import re

from classifiers import noms
from classifiers.champs.communs import read_paper_day
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve, tidy

_GIVEN = r"(?:delivre\w*|copie[^\n]{0,20}conforme|expedition)[^\n]{0,30}?\sle\s{1,3}"


def read_birth_act(r: Releve) -> None:
    """Read a birth act, an extract, a certificate of delivery."""
    for value, motif in (
        ("copie intégrale", r"copie integrale"),
        ("extrait", r"extrait"),
        ("livret de famille", r"livret de famille"),
        ("certificat", r"(?:certificat|attestation) d'accouchement"),
    ):
        if r.feuilles and re.search(motif, r.feuilles[0].plat[:500]):
            r.say("piece", value, 0.9)
            break
    _born(r)
    _child(r)
    _parents(r)
    margin = (
        r"(?:mentions? marginales?|mention)[^\n]{0,80}?decede\w*(?:\(e\))?"
        r"[^\n]{0,60}?\sle\s{1,3}"
    )
    r.jour_apres("mention_deces", margin)
    if not r.has("mention_deces"):
        r.jour_apres(
            "mention_deces",
            r"decedee?(?:\(e\))?\s(?:a|le)[^\n]{0,40}?(?:\sle)?\s{1,3}",
            score=0.8,
        )
    r.jour_apres("date_delivrance", _GIVEN)
    if not r.has("date_delivrance"):
        read_paper_day(r, "date_delivrance", score=0.8)
    _no_birth_confusion(r)


def _born(r: Releve) -> None:
    """Read the child's birth day: before « est né » in an act, after it elsewhere."""
    for feuille, match in r.search(r"\best\W{1,3}nee?(?:\s?\(?e\)?)?\b"):
        from classifiers import dates

        before = feuille.plat[max(match.start() - 130, 0) : match.start()]
        days = dates.find_days(before)
        if days:
            offset = max(match.start() - 130, 0)
            one = days[-1]
            span = (offset + one.debut, offset + one.fin)
            r.put("ne_le", one.jour.isoformat(), feuille, span, 0.95)
            break
        after = feuille.plat[match.end() : match.end() + 60]
        days = dates.find_days(after)
        if days:
            one = days[0]
            span = (match.end() + one.debut, match.end() + one.fin)
            r.put("ne_le", one.jour.isoformat(), feuille, span, 0.85)
            break
    r.jour_apres(
        "ne_le",
        r"(?:a donne naissance|naissance|accouche\w*)[^.\n]{0,60}?\sle\s{1,3}",
        score=0.9,
    )
    r.jour("ne_le", "date de naissance de l'enfant", "naissance de l'enfant")
    r.copy("ne_le", "date_naissance_enfant")


def _child(r: Releve) -> None:
    r.motif(
        "enfant",
        r"\best\W{1,3}nee?(?:\s?\(?e\)?)?\s[^:\n]{0,50}:\s?([^.,\n]{3,60})",
        score=0.9,
    )
    r.motif("enfant", r"([a-z][a-z' -]{3,60}),\s(?:du|de) sexe", score=0.85)
    r.motif(
        "enfant",
        r"(?:a l'enfant|de l'enfant|prenommee?|l'enfant)"
        r"\s:?\s?([a-z' -]{3,50}?)(?=[.,\n;]|\s{2})",
        score=0.8,
    )
    r.nom("enfant", "nom et prénoms de l'enfant", "nom de l'enfant",
          "prénoms de l'enfant", "enfant", score=0.6)  # fmt: skip


def _parents(r: Releve) -> None:
    """Read the two parents: « de A, né(e) …, et de B »."""
    motif = (
        r"(?:\n|\.\s|\s)de\s([a-z][^,(]{4,50}?),\s?nee?[^.]{0,160}?\set\s{1,2}de\s{1,2}"
        r"([a-z][^,.\n(]{4,50}?)\s?(?:\(|,|\.)"
    )
    hit = next(iter(r.search(motif)), None)
    if hit is not None:
        feuille, match = hit
        for nom, group in (("parent", 1), ("autre_parent", 2)):
            raw = " ".join(feuille.texte[match.start(group) : match.end(group)].split())
            value = re.sub(r"^(?:Madame|Monsieur|Mme|M\.)\s", "", raw)
            r.put(nom, value, feuille, match.span(group), 0.8)
    for feuille in r.feuilles:
        for one in noms.civil_names(feuille.texte):
            r.put("nom_lu", one.nom, feuille, (one.debut, one.fin), 0.85)
            bare = one.nom.split(" ", 1)[1]
            r.put("parent", bare, feuille, (one.debut, one.fin), 0.7)
            break
    r.copy("parent", "nom_lu")


def _no_birth_confusion(r: Releve) -> None:
    """Drop a birth date that is the child's: the person is the parent."""
    birth, child = r.champs.get("date_naissance"), r.champs.get("ne_le")
    if birth is not None and child is not None and birth.valeur == child.valeur:
        del r.champs["date_naissance"]


def read_death_act(r: Releve) -> None:
    """Read a death act."""
    from classifiers import dates

    for feuille, match in r.search(r"\best\s+decedee?(?:\s?\(?e\)?)?\b"):
        offset = max(match.start() - 130, 0)
        days = dates.find_days(feuille.plat[offset : match.start()])
        if days:
            one = days[-1]
            span = (offset + one.debut, offset + one.fin)
            r.put("date_deces", one.jour.isoformat(), feuille, span, 0.95)
        place = re.match(r"\s?(?:a|en)\s([^:,.\n]{2,50})", feuille.plat[match.end() :])
        if place:
            span = (match.end() + place.start(1), match.end() + place.end(1))
            r.put("lieu", tidy(feuille.texte[slice(*span)]), feuille, span, 0.85)
        who = re.match(
            r"[^:\n]{0,70}:\s*\n?\s?([^,.]{3,70}),", feuille.plat[match.end() :]
        )
        if who:
            span = (match.end() + who.start(1), match.end() + who.end(1))
            value = " ".join(feuille.texte[slice(*span)].split())
            r.put("defunt", value, feuille, span, 0.9)
        break
    r.jour("date_deces", "date du décès", "décédé le", "décédée le", "décès survenu le")
    r.nom("defunt", "nom et prénom du défunt", "défunt", "nom et prénoms")
    r.copy("date_deces", "decede_le", "date")
    r.jour_apres("date_delivrance", _GIVEN)
    r.copy("defunt", "nom_lu")
    if not r.has("nom_lu"):
        read_name(r)


def read_adoption(r: Releve) -> None:
    """Read the attestation of an adoption."""
    r.jour("date_arrivee", "date d'arrivée de l'enfant au foyer",
           "arrivée de l'enfant au foyer",
           "date d'arrivée de l'enfant", "date d'arrivée", "arrivé au foyer le",
           "confié le", rows=2)  # fmt: skip
    r.jour_apres(
        "date_arrivee",
        r"(?:arrivee?|confiee?|accueillie?)[^.]{0,80}?(?<!\sne)(?<!\snee)\sle\s{1,3}",
        score=0.8,
    )
    r.motif("enfant", r"l'enfant\s([a-z][a-z' -]{1,40}?)\s?,", score=0.85)
    read_paper_day(r)
    read_name(r, "adoptant", "foyer de")


def read_entitled(r: Releve) -> None:
    """Read who is entitled after a death."""
    r.jour(
        "date_deces",
        "date du décès",
        "décédé le",
        "décédée le",
        "survenu le",
        letters=6,
    )
    r.jour_apres("date_deces", r"(?:deces|decedee?)[^.]{0,120}?survenu\s+le\s{1,3}")
    read_paper_day(r)
    read_name(r, "agent décédé", "nom de l'agent décédé", "décès de")
