"""Fields of the doctor's papers: avis d'arrêt, certificates, pregnancy, prescriptions."""

import datetime as dt
import re

from classifiers import dates
from classifiers.champs.communs import (
    ordered,
    read_box,
    read_cas,
    read_cerfa,
    read_paper_day,
    read_period,
    read_volet,
    read_yes_no,
)
from classifiers.champs.medecins import read_doctor
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve, tidy

AT_LABELS = (
    "date de l'accident ou de la première constatation médicale",
    "date de l'accident ou de la 1re constatation médicale",
    "date de l'accident ou de la 1re constatation", "accident du travail en date du",
    "date de la première constatation médicale", "date de l'AT/MP", "AT/MP du",
    "date de l'accident du travail", "date de l'accident", "accident du travail du",
    "accident de service du", "accident de trajet du", "accident survenu le",
    "accident ou maladie constatée le", "accident ou maladie du", "date de l'AT ou de la",
    "date AT MP", "date de l'AT", "date AT", "jour de l'accident", "date du sinistre",
    "date de survenance", "accident du",
)  # fmt: skip
TIERS = (
    "accident causé par un tiers", "causé par un tiers", "tiers en cause",
    "tiers responsable", "un tiers est il en cause", "tiers impliqué", "un tiers en cause",
)  # fmt: skip
# days; an avis is written for a year at most
LONGEST_LEAVE = 400
# where doctors sign, and how many days from the first day of the leave
FOOT, SIGNED_WITHIN = 0.5, 4
_TO_END = r"(?:jusqu'?\s?au|jusquau|jusqu' au)"


def read_avis(r: Releve) -> None:
    """Read an avis d'arrêt de travail."""
    read_cerfa(r, "10170")
    read_volet(r)
    read_cas(r)
    _period_of_leave(r)
    _prescribed(r)
    read_accident_day(r, "date_at")
    _third_party(r)
    read_doctor(r)
    read_name(r)


def _period_of_leave(r: Releve) -> None:
    """Read the first and last days of the leave, figures checked by the words."""
    read_period(
        r, r"arret|prescri|compter|travail", skip=r"sorties|therapeutique|partiel"
    )
    if not r.has("debut"):
        r.jour("debut", "à compter du", "à partir du", "arrêt de travail du",
               "date de début de l'arrêt", "début de l'arrêt", "date de début",
               "premier jour d'arrêt", "1er jour d'arrêt", "arrêt prescrit du",
               "en arrêt depuis le", "débutant le", "dès le", "du", letters=6)  # fmt: skip
    if not r.has("fin"):
        r.jour("fin", "jusqu'au", "date de fin de l'arrêt", "fin de l'arrêt", "date de fin",
               "dernier jour d'arrêt", "se terminant le", "finissant le", "y compris le",
               "dernier jour le", "au", letters=9)  # fmt: skip
    _written_out(r)
    _plausible(r)
    ordered(r, "debut", "fin")


def _plausible(r: Releve) -> None:
    """Drop a first day that is the birth date, and both days of an endless leave."""
    born, debut, fin = (r.champs.get(k) for k in ("date_naissance", "debut", "fin"))
    if debut is not None and born is not None and debut.valeur == born.valeur:
        del r.champs["debut"]
        return
    if debut is not None and fin is not None:
        days = dt.date.fromisoformat(fin.valeur) - dt.date.fromisoformat(debut.valeur)
        if days.days > LONGEST_LEAVE:
            del r.champs["debut"], r.champs["fin"]


def _written_out(r: Releve) -> None:
    """Compare the last day with its writing in letters, which figures cannot garble."""
    for feuille, touche, passage in r.beside("en toutes lettres", "soit le", "soit"):
        found = [
            d for d in dates.find_days(passage.plat)
            if re.search(r"[a-z]{3}", passage.plat[d.debut : d.fin])
        ]  # fmt: skip
        if not found:
            continue
        day, known = found[0], r.champs.get("fin")
        debut = r.champs.get("debut")
        value = day.jour.isoformat()
        if known is not None and value == known.valeur:
            return
        if debut is not None and value < debut.valeur:
            continue
        if known is not None:
            del r.champs["fin"]
        sure = 0.85 if known is None else 0.6
        del feuille
        r.put("fin", value, passage, (day.debut, day.fin), sure * touche.score)
        return


def _prescribed(r: Releve) -> None:
    labels = ("établi par voie électronique le", "date de la prescription",
              "date de prescription", "prescrit le", "date d'établissement",
              "date de l'avis", "fait le", "établi le", "délivré le")  # fmt: skip
    if not r.jour("prescrit_le", *labels, below=False, letters=4):
        read_paper_day(r, "prescrit_le", score=0.9, least=0.7)
    _near_the_leave(r)
    if not r.has("prescrit_le"):
        _day_of_signature(r)
    r.copy("prescrit_le", "date")


def _day_of_signature(r: Releve) -> None:
    """Read the lowest day of the sheet, when it is that of the leave or of the eve."""
    debut = r.champs.get("debut")
    if debut is None:
        return
    first = dt.date.fromisoformat(debut.valeur)
    for feuille in r.feuilles[:1]:
        low = [
            day
            for day in dates.find_days(feuille.plat, comb=True)
            if feuille.rangs[feuille.rang_at(day.debut)].milieu > FOOT
            and abs((day.jour - first).days) <= SIGNED_WITHIN
        ]
        if low:
            day = low[-1]
            span = (day.debut, day.fin)
            r.put("prescrit_le", day.jour.isoformat(), feuille, span, 0.7 * day.score)


def _near_the_leave(r: Releve) -> None:
    """Drop a day of prescription that is years away from the leave."""
    written = r.champs.get("prescrit_le")
    known = r.champs.get("debut") or r.champs.get("fin")
    if written is not None and known is not None:
        apart = dt.date.fromisoformat(written.valeur) - dt.date.fromisoformat(
            known.valeur
        )
        if abs(apart.days) > 2 * LONGEST_LEAVE:
            del r.champs["prescrit_le"]


def _third_party(r: Releve) -> None:
    read_yes_no(r, "tiers", *TIERS)
    tiers = r.champs.get("tiers")
    if tiers is not None and tiers.valeur == "true":
        for _, touche, passage in r.beside(*TIERS, below=False):
            found = dates.find_days(passage.plat, comb=True)
            if found:
                day = found[0]
                r.put("date_accident_tiers", day.jour.isoformat(), passage,
                      (day.debut, day.fin), day.score * touche.score)  # fmt: skip
                return


def read_accident_day(r: Releve, nom: str) -> None:
    """Read the day of the accident, or of the first finding of the disease."""
    if r.jour(nom, *AT_LABELS):
        return
    r.jour_apres(
        nom,
        r"accident(?:\s[a-z,']+){0,7}?\s(?:du|le|en date du)\s{1,3}",
        score=0.92,
    )


def read_cmatmp(r: Releve) -> None:
    """Read a certificat médical AT/MP."""
    read_cerfa(r, "11138")
    read_volet(r)
    read_cas(r)
    read_accident_day(r, "date_at")
    _findings(r)
    _after_label(r, "soins_jusquau", r"soins[^\n]{0,40}?" + _TO_END)
    _after_label(r, "soins_jusquau", r"soins sans arret(?: de travail)?")
    _after_label(r, "arret_jusquau", r"arret[^\n]{0,40}?" + _TO_END)
    _outcome(r)
    r.jour("reprise_le", "reprise du travail le", "reprise le", "date de reprise",
           below=False, letters=6)  # fmt: skip
    read_paper_day(r)
    if not r.has("date"):
        r.jour("date", "fait le", "date", below=False, letters=2)
    read_doctor(r, "praticien")
    read_name(r)
    if r.champs.get("cas") and r.champs["cas"].valeur == "rechute" and r.has("date"):
        r.copy("date", "rechute_le")


def _after_label(r: Releve, nom: str, motif: str) -> None:
    """Read a day standing just after a pattern on the same row, or under it."""
    for feuille, match in r.search(motif):
        row = feuille.rangs[feuille.rang_at(match.start())]
        rest = feuille.plat[match.end() : row.fin]
        found = dates.find_days(rest, comb=True)
        if found and sum(c.isalpha() for c in rest[: found[0].debut]) <= 9:  # noqa: PLR2004
            day = found[0]
            span = (match.end() + day.debut, match.end() + day.fin)
            r.put(nom, day.jour.isoformat(), feuille, span, day.score)
            return


def _findings(r: Releve) -> None:
    """Read the lesions: the words written under « constatations détaillées »."""
    labels = ("constatations détaillées", "siège nature des lésions",
              "nature et siège des lésions", "lésions constatées", "lésions")  # fmt: skip
    for feuille, touche in r.labels(*labels):
        number = feuille.rang_at(touche.debut)
        for rang in feuille.rangs[number : number + 4]:
            start = touche.fin if rang.debut <= touche.debut < rang.fin else rang.debut
            raw = feuille.texte[start : rang.fin]
            plat = feuille.plat[start : rang.fin]
            if re.search(r"siege|sequelles|nature des|fonctionnelles", plat):
                continue
            if re.search(r"soins|consequences|arret de travail|^\s*les ", plat):
                break
            value = tidy(raw)
            if sum(c.isalpha() for c in value) >= 4:  # noqa: PLR2004
                r.put("lesions", value, feuille, (start, rang.fin), 0.85)
                return


_ISSUES = {
    "guerison": r"guerison (?:apparente|avec|sans|complete)[a-z' ]*",
    "consolidation": r"consolidation (?:avec|sans)[a-z' ]*",
}


def _outcome(r: Releve) -> None:
    """Read guérison or consolidation, and its day."""
    r.jour("consolidation_le", "consolidation avec séquelles le",
           "date de consolidation ou de guérison", "date de consolidation",
           "consolidation le", "consolidé le", below=False, letters=4)  # fmt: skip
    r.jour("guerison_le", "guérison apparente le", "date de guérison", "guérison le",
           "guéri le", below=False, letters=4)  # fmt: skip
    read_box(r, "issue", _ISSUES)
    if not r.has("issue"):
        for nom, word in (
            ("consolidation_le", "consolidation"),
            ("guerison_le", "guerison"),
        ):
            if r.has(nom):
                r.say("issue", word, 0.7)
    issue = r.champs.get("issue")
    if issue is not None and issue.valeur == "guerison":
        r.copy("consolidation_le", "guerison_le")


def read_cert_arret(r: Releve) -> None:
    """Read the employer's certificate of leave."""
    read_cerfa(r, "11138", "10170")
    read_volet(r)
    read_cas(r)
    _period_of_leave(r)
    read_accident_day(r, "date_at")
    _prescribed(r)
    read_doctor(r)
    read_name(r)


def read_cert_med(r: Releve) -> None:
    """Read a free certificate: reprise, part time, aptitude."""
    read_doctor(r, "medecin")
    read_paper_day(r)
    read_name(r, "patient", "patiente", "certifie avoir examiné")
    if r.says(r"temps partiel|mi-?\s?temps|therapeutique"):
        r.say("objet", "TPT")
        read_period(r)
        read_share(r)
    if r.says(r"repris|reprendre"):
        r.say("objet", "reprise")
        r.jour_apres(
            "reprise_le",
            r"repri(?:se|ndre|sera?)[^.]{0,80}?\b(?:a compter du|le|des le|au)\s{1,3}",
        )
    read_accident_day(r, "date_at")


def read_share(r: Releve) -> None:
    """Read the share of time worked: the box ticked, or the one printed near its word."""
    if read_box(r, "quotite", {str(q): f"{q} ?%" for q in (50, 60, 70, 80, 90)}):
        return
    found = {
        m.group(1): (f, m)
        for f, m in r.search(
            r"(?<![0-9,.])([5-9]0)\W{0,3}(?:[a-z]\s)?(?:%|p\.?\s?100|pour\scent|o/o)"
        )
    }
    if len(found) == 1:
        value, (feuille, match) = next(iter(found.items()))
        r.put("quotite", value, feuille, match.span(), 0.95)
    elif not found and r.says(r"mi-?\s?temps"):
        r.say("quotite", "50", 0.75)


def read_cert_final(r: Releve) -> None:
    """Read a final certificate: guérison or consolidation."""
    r.jour("date_at", *AT_LABELS)
    if not r.has("date_at"):
        read_accident_day(r, "date_at")
    read_paper_day(r)
    r.jour("consolidation_le", "à la date du", "date de consolidation", "consolidé le",
           "consolidation le", "guérison le", "guéri le", "date de guérison",
           letters=6)  # fmt: skip
    read_box(r, "issue", {
        "guerison": r"guerison(?: avec| sans| apparente|)[a-z' ]*",
        "consolidation": r"consolidation(?: avec| sans|)[a-z' ]*",
    })  # fmt: skip
    if not r.has("issue"):
        _outcome_in_words(r)
    if not r.has("date"):
        r.copy("consolidation_le", "date")
    if not r.has("consolidation_le"):
        r.copy("date", "consolidation_le")
    if r.has("issue") and r.champs["issue"].valeur == "guerison":
        r.copy("consolidation_le", "guerison_le")
    r.jour_apres("reprise_le", r"reprise[^.\n]{0,60}?(?:a compter du|le)\s{1,3}")
    read_doctor(r)
    read_name(r)


def _outcome_in_words(r: Releve) -> None:
    """Read the outcome where only one is written (a letter, not a form)."""
    body = r"(?:conclusion|est|etat|declare|considere)[^.]{0,60}?"
    cured = r.says(body + r"gueri|guerison avec retour|guerison complete|gueri")
    settled = r.says(body + r"consolid|consolidation (?:avec|sans) seq|consolide")
    if cured != settled:
        r.say("issue", "guerison" if cured else "consolidation", 0.85)


def read_ordonnance(r: Releve) -> None:
    """Read a prescription."""
    read_paper_day(r)
    read_doctor(r)
    read_accident_day(r, "date_at")
    read_name(r, "patient", "patiente", "concerne", "nom et prénom")
    numbered = {m.group(1) for _, m in r.search(r"(?:^|\n)\s{0,3}(\d{1,2})\s?[.)-]\s")}
    if numbered:
        r.say("lignes", str(max(int(n) for n in numbered)), 0.7)


def read_transport(r: Releve) -> None:
    """Read a prescription of transport."""
    read_cerfa(r, "11574", "11575")
    read_accident_day(r, "date_at")
    read_paper_day(r)
    read_doctor(r)
    read_name(r)
    r.montant("montant", "net à payer", "total ttc", "montant total", pick="last")


def read_cert_deces(r: Releve) -> None:
    """Read the doctor's certificate of a death."""
    r.jour_apres("date_deces", r"(?:survenu|decede|deces|mort)[^.\n]{0,40}?\sle\s{1,3}")
    r.jour("date_deces", "date du décès", "décès survenu le", "survenu le")
    read_paper_day(r)
    r.copy("date_deces", "decede_le")
    if not r.has("date"):
        r.copy("date_deces", "date")
    read_doctor(r)
    read_name(r, "décès de", "nom et prénom")
