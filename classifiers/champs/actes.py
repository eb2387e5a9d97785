"""Fields of the collectivité's acts and of the conseil médical; letters and slips."""

import re

from classifiers import noms
from classifiers.champs.arrets import read_accident_day, read_share
from classifiers.champs.communs import (
    read_box,
    read_paper_day,
    read_period,
)
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve, tidy

SENS = {"defavorable": r"(?:avis )?defavorable", "favorable": r"(?:avis )?favorable",
        "sursis": r"sursis a statuer|sursis"}  # fmt: skip


def read_arrete(r: Releve) -> None:
    """Read a decision of the authority."""
    _number(r)
    r.jour_apres("executoire_le", r"executoire[^\n]{0,25}?\sle\s{1,3}")
    _authority(r)
    r.jour_apres("date", r"fait\s(?:a|en)\s[^\n]{2,45}?,?\s?le\s{1,3}", last=True)
    if not r.has("date"):
        read_paper_day(r)
    if not r.has("date"):
        r.jour_apres("date", r"arrete[^\n]{0,30}?\sdu\s{1,3}", score=0.7)
    _subject(r)
    read_period(r, r"conge|place|autorise|temps partiel|traitement", skip="vu |decret")
    _open_ended(r)
    read_accident_day(r, "date_accident")
    r.copy("date_accident", "date_at")
    _rate(r)
    if r.says("temps partiel"):
        read_share(r)
    _decided_person(r)
    _grade(r)
    if r.says(r"(?:a titre|caractere) provisoire|citis provisoire"):
        r.say("provisoire", "true", 0.85)


_AUTHORITY = (
    r"(?:^|\n|\s{2}|,\s)((?:le|la)\s{1,2}(?:maire|president(?:e)?|directeur|directrice))"
    r"(?![a-z]|\s(?:general|adjoint|du conseil (?:medical|departemental)))"
)


def _authority(r: Releve) -> None:
    """Read whose act it is: the executive who decides and signs."""
    for feuille, match in r.search(_AUTHORITY):
        value = " ".join(feuille.texte[match.start(1) : match.end(1)].split())
        r.put("executif", value.capitalize(), feuille, match.span(1), 0.9)
        return


def _number(r: Releve) -> None:
    pattern = (
        r"(?:arrete|acte|decision)\s?(?:n[\u00b0o]?\s?|numero\s)[\s:]{0,3}"
        r"((?:[a-z]{1,6}[ /-]?)?\d[\d/ _.-]{0,14}(?:[a-z]{1,5}\d{0,4})?\d?)"
    )
    coded = r"((?:[a-z]{1,6}[/_.-]){0,2}\d[\da-z]{0,5}(?:[/_.-][\da-z]{1,6}){1,3})"
    for motif in (
        pattern,
        r"(?:arrete|acte|decision)[a-z' ]{0,24}\s(?:n[\u00b0o]\s?\.?|numero)\s?:?\s?"
        + coded,
        r"(?:^|\n|\s{2})(?:n[\u00b0o]|ref(?:erence)?\.?)\s?:?\s?" + coded,
    ):
        for feuille, match in r.search(motif):
            value = tidy(feuille.texte[match.start(1) : match.end(1)]).replace(" ", "")
            if any(c.isdigit() for c in value):
                r.put("numero_acte", value, feuille, match.span(1), 0.9)
                return


def _subject(r: Releve) -> None:
    """Say what is decided: imputability, leave, part time, or several."""
    imputable = r.says(r"imputabilite|imputable")
    if imputable:
        _imputability(r)
    part_time = r.says(r"temps partiel (?:pour raison )?therapeutique")
    placed = r.says(r"(?:place|maintenue?|placee?)\s?(?:e|\(e\))?[^.]{0,60}?\sen\s"
                    r"(?:position de\s)?conge"
                    r"|portant[^.\n]{0,60}conge|attribution d'un conge|"
                        r"octroi[^.\n]{0,40}conge"
                    r"|plac(?:ant|ement)[^.]{0,80}conge|est\s+place[^.]{0,90}conge"
                    r"|beneficie[^.]{0,40}conge|prolong[^.]{0,60}conge")  # fmt: skip
    for code, (name, motif) in _CONGES.items():
        if r.says(motif):
            r.say("conge", code, 0.85)
            leave = name
            break
    else:
        leave = "congé"
    kinds = [
        word
        for word, is_it in (
            ("imputabilité", imputable and "imputabilite" in r.champs),
            (leave, placed or part_time),
        ) if is_it
    ]  # fmt: skip
    if kinds:
        r.say("objet", " + ".join(kinds), 0.85)


_CONGES = {
    "TPT": ("temps partiel thérapeutique",
            r"temps partiel (?:pour raison )?therapeutique"),
    "CITIS": ("CITIS", r"conge pour invalidite temporaire|\bcitis\b"),
    "AT": ("congé pour accident du travail",
           r"conge pour accident (?:du travail|de service)"),
    "CLM": ("congé de longue maladie", r"conge de longue maladie"),
    "CLD": ("congé de longue durée", r"conge de longue duree"),
    "CGM": ("congé de grave maladie", r"conge de grave maladie"),
    "MAT": ("congé de maternité", r"conge (?:de )?maternite"),
    "PAT": ("congé de paternité", r"conge de paternite"),
    "ADO": ("congé d'adoption", r"conge (?:d'|pour )adoption"),
    "CMO": ("congé de maladie ordinaire", r"conge de maladie|maladie ordinaire"),
    "DORS": ("disponibilité d'office", r"disponibilite d'office"),
}  # fmt: skip


def _imputability(r: Releve) -> None:
    refused = (
        r"(?:n'est pas|ne sont pas|non)\s(?:reconnue?s?\s)?(?:comme\s)?(?:etant\s)?"
        r"imputable"
        r"|refus(?:e|ant|ee)?[^.\n]{0,60}imputab|portant refus|non[ -]imputab"
        r"|n'est pas reconnue?[^.]{0,60}imputab"
    )
    granted = (
        r"(?:est|sont)\s(?:reconnue?s?\s)?(?:comme\s)?(?:etant\s)?imputables?"
        r"|reconnaissance de l'imputabilite|imputabilite[^.\n]{0,40}est reconnue"
        r"|reconnu(?:e|ant)?[^.\n]{0,60}imputab|imputables? au service"
    )
    for value, motif in (("refusee", refused), ("reconnue", granted)):
        hit = next(iter(r.search(motif)), None)
        if hit is not None:
            feuille, match = hit
            r.put("imputabilite", value, feuille, match.span(), 0.92)
            return


def _open_ended(r: Releve) -> None:
    """Read « à compter du … pour une durée de n mois »."""
    if r.has("debut"):
        return
    r.jour_apres("debut", r"a compter du\s{1,3}|a partir du\s{1,3}", score=0.85)
    r.jour_apres("fin", r"jusqu'?\s?au\s{1,3}", score=0.85)


def _rate(r: Releve) -> None:
    """Read the share of pay kept, from the article that places the agent."""
    order = []
    for value, motif in (
        ("plein traitement", r"plein[\s-]{1,2}traitement"),
        ("demi-traitement", r"demi[\s-]{1,2}traitement"),
        ("90 %", r"90\s?(?:%|p\.?\s?100|pour cent)\s?(?:du|de son|de)\s?traitement"),
    ):
        for feuille, match in r.search(motif):
            after = feuille.plat.find("article", 0)
            body = match.start() > after >= 0
            order.append((not body, match.start(), value, feuille, match))
    if order:
        body_order = sorted(order, key=lambda item: item[:2])
        _, _, value, feuille, match = body_order[0]
        r.put("taux", value, feuille, match.span(), 0.9)


def _decided_person(r: Releve) -> None:
    """Read the agent, from an article rather than from the visas or the signature."""
    for feuille in r.feuilles:
        start = feuille.plat.find("article")
        found = [n for n in noms.civil_names(feuille.texte) if n.debut > start >= 0]
        for one in found:
            r.put("nom_lu", one.nom, feuille, (one.debut, one.fin), 0.92)
            return
    read_name(r, "nom et prénom", "agent")


_GRADE_END = (
    r"[,;.\n]|\s[-\u2014]{1,2}\s|\s\u2013\s|\s{2,}|\bmatricule|\bne(?:e|"
    r"\(e\))?\s?le|\best\b|\btitulaire"
)


def _grade(r: Releve) -> None:
    """Read the grade: beside its label, else after the name and a comma."""
    if r.texte("grade", "grade", stop=_GRADE_END):
        return
    for feuille in r.feuilles:
        for one in noms.civil_names(feuille.texte):
            tail = feuille.plat[one.fin : one.fin + 90]
            match = re.match(r"\s?,\s?([a-z][^,;.]{5,70}?)\s?(?:,|;|\.|\best\b)", tail)
            if match and not re.match(
                r"ne|nee|matricule|victime|demeurant", match.group(1)
            ):
                span = (one.fin + match.start(1), one.fin + match.end(1))
                value = " ".join(feuille.texte[slice(*span)].split())
                r.put("grade", value, feuille, span, 0.75)
                return


def read_pv(r: Releve) -> None:
    """Read the opinion of the conseil médical."""
    r.jour_apres(
        "seance", r"(?:seance|reunion|reuni)[^\n]{0,25}?\s(?:du|le)\s?:?\s{0,3}"
    )
    r.jour("seance", "séance du", "date de la séance", "séance")
    r.copy("seance", "date_seance", "date")
    for value, motif in (("restreinte", r"(?:formation\W{0,4}|\b)restreinte"),
                         ("plénière", r"(?:formation\W{0,4}|\b)pleniere")):  # fmt: skip
        hit = next(iter(r.search(motif)), None)
        if hit is not None:
            feuille, match = hit
            r.put("formation", value, feuille, match.span(), 0.92)
    _opinion(r)
    read_period(r, r"avis|periode|conge", skip="vu |decret|seance")
    read_name(r, "agent concerné", "agent", "nom et prénom", "nom de l'agent")
    r.texte("objet", "objet de la saisine", "objet de la demande", "motif de la saisine",
            "question posée", "demande", "objet",
            stop=r"\s{2,}|\s(?:du|le|au|a compter du)\s\d|[;:(]|\.\s")  # fmt: skip
    r.texte("grade", "grade", stop=_GRADE_END)
    read_accident_day(r, "date_accident")


def _opinion(r: Releve) -> None:
    """Read the sense of the opinion: framed, in a table, or ticked; never both."""
    for nom in ("sens",):
        read_box(r, nom, SENS)
    if not r.has("sens"):
        said = r"avis\s(?:emis|rendu|du conseil)?\s?:?\s{0,3}(favorable|defavorable|sursis)"
        values = {m.group(1): (f, m) for f, m in r.search(said)}
        if len(values) == 1:
            value, (feuille, match) = next(iter(values.items()))
            r.put("sens", value, feuille, match.span(1), 0.9)
    emitted = next(
        iter(r.search(r"avis emis\s{0,3}:?\s{0,3}(favorable|defavorable|sursis)")), None
    )
    if emitted is not None:
        feuille, match = emitted
        r.put("sens", match.group(1), feuille, match.span(1), 0.97)
    r.copy("sens", "sens_avis")


def read_tpt_request(r: Releve) -> None:
    """Read the agent's request for a thérapeutique part time."""
    read_share(r)
    read_period(r, r"duree|du|therapeutique")
    if not r.has("debut"):
        r.jour("debut", "durée du", "à compter du", "du", letters=2)
        r.jour("fin", "au", "jusqu'au", letters=2)
    read_paper_day(r)
    read_name(r, "nom et prénom", "nom prénom", "agent")


def read_slip(r: Releve) -> None:
    """Read a slip of papers sent."""
    number = r"\s?:?\s?([a-z]{0,4}[ -]?\d[\da-z/-]*)"
    r.motif("numero", r"bordereau[^\n]{0,40}?n[\u00b0o]" + number)
    if not r.has("numero"):
        r.motif(
            "numero",
            r"(?:^|\n|\s)(?:n[\u00b0o]|numero|ref(?:erence)?\.?)" + number,
            score=0.8,
        )
    if not r.has("numero"):
        r.motif(
            "numero",
            r"bordereau[^\n]{0,40}?\s([a-z]{1,4}[ -]?\d{2,}[\da-z/-]*)",
            score=0.7,
        )
    for motif in (
        (
            r"(?:nombre|nb)(?: total)? (?:de |d')?(?:pieces|documents)\s?"
            r"(?:jointes|transmises)?\W{0,4}(\d{1,3})(?!\d)"
        ),
        r"(?:total|soit|ensemble)\W{0,4}(\d{1,3})\s(?:pieces?|documents?)",
        (
            r"(?<![\d/])(\d{1,3})\s(?:pieces?|documents?)\s"
            r"(?:jointe?s?|transmis|au total|en tout)"
        ),
        r"(?:^|\n)\s{0,3}total\W{0,6}(\d{1,3})\s*(?:\n|$)",
    ):
        if r.motif("nombre_pieces", motif):
            break
    read_paper_day(r)


def read_letter(r: Releve) -> None:
    """Read a letter: its day and its object."""
    read_paper_day(r)
    r.texte("objet", "objet", stop=r"\s{2,}", longest=80)
    read_name(r)


def read_other(r: Releve) -> None:
    """Read what may be told of a paper outside the catalogue."""
    kinds = (
        ("notice", r"notice"), ("délibération", r"deliberation"),
        ("carte d'identité", r"carte (?:nationale )?d'identite"),
        ("décompte de l'assureur", r"bordereau de prestations|decompte de prestations"),
        ("compte rendu", r"compte[ -]rendu"), ("convocation", r"convocation"),
    )  # fmt: skip
    for value, motif in kinds:
        if r.says(motif):
            r.say("nature", value, 0.8)
            break
    r.jour_apres("date", r"seance du\s{1,3}")
    read_paper_day(r)
    read_name(r)
