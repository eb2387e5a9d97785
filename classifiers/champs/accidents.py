"""Fields of the papers about an accident: declarations, enquête, care, third party."""

import re

from classifiers.champs.arrets import AT_LABELS, TIERS, read_accident_day
from classifiers.champs.communs import (
    read_box,
    read_cerfa,
    read_choice,
    read_paper_day,
    read_siret,
    read_yes_no,
)
from classifiers.champs.medecins import read_doctor
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve
from classifiers.text import figures, fold
from classifiers.verdict import Champ

_STOP = r"\s{2,}|\bheure\b|\bcirconstances|\bdate\b|\bgrade\b|\bservice d"
_HOUR = re.compile(
    r"(?<![0-9/])([01]?\d|2[0-3])\s?(?:h(?:eures?)?|:|\.)\s?([0-5]\d)?(?![0-9/])"
)
_HOUR_LABELS = ("date et heure", "heure de l'accident", "heure approximative", "heure",
                "horaire")  # fmt: skip
# four cells, or two and two
_HOUR_COMB = re.compile(
    r"(?<![0-9/])([0-2])[\s|]?(\d)[\s|]{0,3}[h:]?[\s|]{0,3}([0-5])[\s|]?(\d)(?![0-9/]|\s?\d)"
)


LAST_HOUR = 23


def read_hour(r: Releve) -> None:
    """Read the hour of the accident, as `08:30`."""
    for _, touche, passage in r.beside(*_HOUR_LABELS, rows=2):
        match = _HOUR.search(passage.plat)
        if match:
            value = f"{int(match.group(1)):02d}:{match.group(2) or '00'}"
            r.put("heure", value, passage, match.span(), 0.9 * touche.score)
            return
        combed = _HOUR_COMB.search(passage.plat)
        if combed and int(combed[1] + combed[2]) <= LAST_HOUR:
            value = f"{combed[1]}{combed[2]}:{combed[3]}{combed[4]}"
            r.put("heure", value, passage, combed.span(), 0.8 * touche.score)
            return
    for feuille, match in r.search(
        r"\d{4}\s?a\s([01]?\d|2[0-3])\s?(?:h|:)\s?([0-5]\d)?(?!\d)"
    ):
        value = f"{int(match.group(1)):02d}:{match.group(2) or '00'}"
        r.put("heure", value, feuille, match.span(), 0.8)
        return


def read_place(r: Releve) -> None:
    """Read where it happened."""
    r.texte("lieu", "lieu précis de l'accident", "lieu exact de l'accident",
            "lieu de l'accident", "lieu précis", "lieu exact", "adresse du lieu",
            "où s'est produit l'accident", "endroit", "lieu", below=True,
            stop=_STOP)  # fmt: skip


# words the form prints, read under a label left empty
_PRINTED = re.compile(r"lesion|siege|nature|temoin|circonstance|partie du corps|tiers")


def read_lesions(r: Releve) -> None:
    """Read nature and seat of the lesions, joined."""
    part = Releve(r.feuilles)
    part.texte("ensemble", "nature et siège des lésions", "siège et nature des lésions")
    if part.has("ensemble"):
        champ = part.champs["ensemble"]
        value = re.sub(r"\s[-\u2013\u2014]\s", " ", champ.valeur)
        r.champs["lesions"] = Champ(
            nom="lesions", valeur=value, lu=champ.lu, page=champ.page, zone=champ.zone,
            confiance=champ.confiance,
        )  # fmt: skip
        return
    part.texte("nature", "nature des lésions", "nature de la lésion", "type de lésion",
               "lésions", "blessures", "blessure(s)", below=True,
               stop=r"\s{2,}|\bsiege")  # fmt: skip
    part.texte("siege", "siège des lésions", "siège de la lésion",
               "partie du corps atteinte", "localisation", "siège",
               below=True, stop=r"\s{2,}|\bnature")  # fmt: skip
    for name in ("nature", "siege"):
        if part.has(name) and _PRINTED.search(fold(part.champs[name].valeur)):
            del part.champs[name]
    read = [part.champs[k] for k in ("nature", "siege") if part.has(k)]
    if read:
        r.champs["lesions"] = Champ(
            nom="lesions",
            valeur=" ".join(champ.valeur for champ in read),
            lu=" ".join(champ.lu for champ in read),
            page=read[0].page,
            zone=read[0].zone,
            confiance=min(champ.confiance for champ in read),
        )


def read_witness(r: Releve) -> None:
    """Read the witness, if one is named."""
    for label in ("témoin (nom, adresse)", "nom du témoin", "témoin direct",
                  "personne présente", "témoin(s)", "témoins", "témoin"):  # fmt: skip
        if r.nom("temoin", label, below=False):
            break
    champ = r.champs.get("temoin")
    if champ and re.match(
        r"(?i)(aucun|n[e\u00e9]ant|non|tiers|et tiers)\b", champ.valeur
    ):
        del r.champs["temoin"]


def read_the_accident(r: Releve) -> None:
    """Read what every declaration says of the accident."""
    r.jour("date_accident", "date et heure de l'accident", "date de l'accident",
           "date et heure", "accident survenu le", "date de l'AT", "jour de l'accident",
           "date du sinistre", "2. l'accident date", rows=2, letters=8)  # fmt: skip
    if not r.has("date_accident"):
        _date_of_section(r)
    if not r.has("date_accident"):
        read_accident_day(r, "date_accident")
    r.copy("date_accident", "date_at")
    read_hour(r)
    read_place(r)
    read_lesions(r)
    read_witness(r)
    read_yes_no(r, "tiers", *TIERS)


def _date_of_section(r: Releve) -> None:
    """Read « Date … » under a heading that names the accident."""
    section = (
        r"(?:\n|^)\W{0,4}(?:\d\W{0,3})?"
        r"(?:l'accident|les faits|circonstances[^\n]*)\s*\n"
    )
    for feuille, match in r.search(section):
        tail = re.compile(r"(?:^|\s)date\W{0,4}").search(feuille.plat, match.end() - 1)
        if tail and tail.start() - match.end() < 80:  # noqa: PLR2004
            r.jour_apres(
                "date_accident", re.escape(feuille.plat[match.start() : tail.end()])
            )


def read_declaration(r: Releve) -> None:
    """Read the agent's declaration to the employer."""
    read_name(r)
    read_the_accident(r)
    kinds = {"trajet": r"(?:accident )?de trajet", "service": r"(?:accident )?de service",
             "mission": r"en mission"}  # fmt: skip
    if not read_choice(
        r, "type_accident", kinds, "type d'accident", "nature de l'accident"
    ):
        read_box(r, "type_accident", {k: v for k, v in kinds.items() if k != "mission"})
    if not r.has("type_accident"):
        _kind_in_title(r)
    read_paper_day(r, "date_declaration")
    r.copy("date_declaration", "date")


def _kind_in_title(r: Releve) -> None:
    title = next(
        iter(
            r.search(r"declaration d'accident de (service|trajet)(?![^\n]{0,30}trajet)")
        ),
        None,
    )
    if title is not None:
        feuille, match = title
        r.put("type_accident", match.group(1), feuille, match.span(), 0.8)


def read_disease(r: Releve) -> None:
    """Read the declaration of an occupational disease."""
    read_cerfa(r, "60-3950", "16130")
    read_name(r)
    r.jour("date_premiere_constatation", "date de la première constatation médicale",
           "première constatation médicale", "première constatation")  # fmt: skip
    r.copy("date_premiere_constatation", "date_at")
    r.texte("maladie", "désignation de la maladie", "nature de la maladie")
    r.motif(
        "tableau",
        r"tableau\s?(?:n[\u00b0o]?)?\W{0,4}(\d{1,3}\s?(?:[a-d]|bis)?)(?![0-9a-z])",
    )
    read_paper_day(r, "date_declaration")
    if not r.has("date_declaration"):
        r.jour("date_declaration", "fait le", "signature de l'agent", letters=2)
    r.copy("date_declaration", "date")


def read_employer_declaration(r: Releve) -> None:
    """Read the employer's declaration to the CPAM."""
    read_cerfa(r, "14463", "60-3682")
    read_siret(r)
    read_name(r, "nom prénom de la victime", "nom, prénom", "nom et prénom")
    _sectioned_date(r)
    read_the_accident(r)
    r.jour("date_embauche", "date d'embauche", below=False)
    suites = {"true": r"sans arret de travail", "false": r"avec arret de travail"}
    if not read_choice(r, "sans_arret", suites, "conséquences"):
        read_box(r, "sans_arret", suites)
    read_paper_day(r, "date_declaration")
    r.copy("date_declaration", "date")


def _sectioned_date(r: Releve) -> None:
    """Read the accident's day in its own section of the form, not a birth date."""
    for feuille in r.feuilles[:1]:
        for match in re.finditer(r"(?:^|\n)\W{0,4}l'accident\s*\n", feuille.plat):
            r.jour_apres(
                "date_accident", re.escape(match.group()) + r"\W{0,4}date\W{0,4}"
            )


def read_feuille_at(r: Releve) -> None:
    """Read the sheet given to the victim."""
    read_cerfa(r, "11383")
    read_name(r)
    r.jour("date_at", *AT_LABELS)
    r.copy("date_at", "date_accident")
    read_siret(r)
    read_paper_day(r)


def read_care(r: Releve) -> None:
    """Read the attestation of prise en charge."""
    read_accident_day(r, "date_accident")
    if not r.has("date_accident"):
        r.jour_apres("date_accident", r"accident[^.]{0,80}?\s(?:du|le)\s{1,3}")
    r.copy("date_accident", "date_at")
    read_paper_day(r)
    _civil_subject(r)
    r.motif(
        "signataire", r"je soussigne(?:e|\(e\))?,?\s{1,3}([^,\n]{4,50}),", score=0.85
    )


def _civil_subject(r: Releve) -> None:
    """Read the person certified, named after « certifie que », not who signs."""
    from classifiers import noms

    for feuille, match in r.search(
        r"(?:certifie|atteste|attestons|certifions)\s(?:que|avoir)\s"
    ):
        window = feuille.texte[match.end() : match.end() + 120].replace("\n", " ")
        for found in noms.civil_names(window):
            span = (match.end() + found.debut, match.end() + found.fin)
            r.put("nom_lu", found.nom, feuille, span, 0.9)
            return
    read_name(r)


def read_inquiry(r: Releve) -> None:
    """Read the fact-finding of the employer."""
    read_name(r, "agent concerné", "nom de l'agent", "nom et prénom de l'agent",
              "agent", "victime", "nom et prénom")  # fmt: skip
    read_the_accident(r)
    if not r.has("date_accident"):
        r.jour("date_accident", "les faits", rows=3, letters=20)
        r.copy("date_accident", "date_at")
    avis = {
        "favorable": r"(?:avis )?favorable",
        "defavorable": r"(?:avis )?defavorable",
    }
    if not read_choice(r, "avis", avis, "avis sur l'imputabilité", "avis"):
        _only_word(r, "avis", avis)
    read_paper_day(r)


def _only_word(r: Releve, nom: str, options: dict[str, str]) -> None:
    """Read an option when only one of them is written on the paper."""
    found = {
        value: next(iter(r.search(rf"(?<![a-z]){motif}(?![a-z])")), None)
        for value, motif in options.items()
    }
    read = {value: hit for value, hit in found.items() if hit is not None}
    if len(read) == 1:
        value, (feuille, match) = next(iter(read.items()))
        r.put(nom, value, feuille, match.span(), 0.8)


def read_recourse(r: Releve) -> None:
    """Read a recourse, a constat, a complaint."""
    kinds = (
        ("constat", r"constat amiable"), ("plainte", r"(?:depot de )?plainte"),
        ("formulaire", r"demande de recours|recours contre|declaration de recours"),
        ("pv", r"proces[ -]verbal"),
    )  # fmt: skip
    head = r.feuilles[0].plat[:600] if r.feuilles else ""
    for value, motif in kinds:
        if re.search(motif, head):
            r.say("piece", value, 0.85)
            break
    read_accident_day(r, "date_accident")
    r.copy("date_accident", "date_at")
    r.nom("tiers", "tiers (nom, prénom)", "nom et prénom du tiers", "nom du tiers",
          "tiers responsable", "auteur présumé", "mis en cause", "conducteur adverse",
          "tiers")  # fmt: skip
    r.texte(
        "assureur",
        "assureur du tiers",
        "compagnie d'assurance du tiers",
        "société d'assurance du tiers",
        "assurance du tiers",
        "assureur adverse",
        "assureur du véhicule",
        "compagnie d'assurance",
        "société d'assurance",
        "nom de l'assureur",
        "assureur",
        "assurance",
        stop=r"\s{2,}|,?\s(?:police|contrat)\b|\sn[\u00b0o]\s",
    )
    for feuille, match in r.search(
        r"(?:n[\u00b0o]?\.?\s(?:de\s|du\s)?(?:contrat|police)(?: d'assurance)?"
        r"|(?:police|contrat)\s?(?:d'assurance\s?)?(?:n[\u00b0o]|numero)"
        r"|reference du contrat)"
        r"\W{0,5}([a-z]{0,4}[\s-]?\d[\da-z/-]{2,16})"
    ):
        value = feuille.texte[match.start(1) : match.end(1)].strip()
        r.put("police", value, feuille, match.span(1), 0.9)
        break
    for feuille, match in r.search(
        r"(?<![a-z0-9])([a-z]{2})[ -]?(\d{3})[ -]?([a-z]{2})(?![a-z0-9])"
    ):
        plate = f"{match.group(1)}-{figures(match.group(2))}-{match.group(3)}".upper()
        r.put("immatriculation", plate, feuille, match.span(), 0.85)
    read_name(r, "victime", "nom de la victime", "agent")
    read_paper_day(r)


def read_expertise(r: Releve) -> None:
    """Read the conclusions of an approved doctor."""
    read_doctor(r, "medecin")
    read_name(r, "agent examiné", "agent", "nom et prénom")
    r.jour_apres(
        "date_evenement",
        r"(?:constatee?|survenue?|accident|maladie|evenement|faits|sinistre)"
        r"[^.\n\d]{0,40}?\s(?:du|le)\s{1,3}",
    )
    if not r.has("date_evenement"):
        r.jour("date_evenement", *AT_LABELS, "date de l'évènement",
               "date de première constatation", "date des faits")  # fmt: skip
    r.copy("date_evenement", "date_accident", "date_at")
    r.texte("objet", "objet de l'expertise", "objet de la mission", "mission", "objet",
            stop=r"\s{2,}|\s(?:du|le)\s\d|[;(]|\.\s", score=0.9)  # fmt: skip
    for value, motif in (("imputabilité", "imputab"), ("aptitude", "aptitude"),
                         ("invalidité", "invalidite")):  # fmt: skip
        if r.says(motif):
            r.say("objet", value, 0.7)
            break
    read_paper_day(r)
    if not r.has("date"):
        r.jour_apres("date", r"examen du\s{1,3}", score=0.8)
