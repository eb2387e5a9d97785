"""Fields found on papers of every kind: numbers, people, the day of the paper."""

import re
from itertools import pairwise

from classifiers import cases, dates, marks, numeros
from classifiers.champs.releve import Releve
from classifiers.feuille import Feuille
from classifiers.text import figures
from records.references import parse_reference

NIR_LABELS = (
    "numéro de sécurité sociale", "numéro d'immatriculation", "n° d'immatriculation",
    "n° de sécurité sociale", "n° sécurité sociale", "numéro d'assuré social",
    "n° d'assuré social", "n° assuré", "numéro insee", "n° insee", "n° de sécu", "n° ss",
    "immatriculation", "numéro ss", "sécurité sociale", "nir",
)  # fmt: skip
_LED = (
    (r"(?:fait|etabli|delivre|signe|dresse|edite)[^\n]{0,45}?\ble\s?:?\s{0,3}$", 1.0),
    (r"(?:fait|etabli|delivre|edite|emis)(?:e)?\s(?:le|la)?\s?:?\s{0,3}$", 1.0),
    (r"(?:^|\n|\s{2})\s{0,3}[a-z' -]{2,40},\s?le\s{1,3}$", 0.95),
    (r"(?:^|\n|\s{2})\s{0,3}le\s?:?\s{0,3}$", 0.92),
    ((r"(?:^|\n|\s{2})date(?: de facture| d'emission|"
        r" d'edition| de facturation)?\s?:\s?$"), 0.95),
    ((r"\bdate (?:de |d'|du )?(?:l'|la |le )?(?:ordonnance|demande|emission|edition|"
     r"document|etablissement|courrier|envoi|signature|declaration|redaction|certificat|prescription)"
     r"\s?:?\s{0,3}$"), 0.97),
    (r"(?:^|\n|\s{2}|\s)d[ao]?[tl][ec]\s{1,3}$", 0.75),
    (r"\ble\s?:?\s{0,3}$", 0.6),
)  # fmt: skip
_NOT_LED = re.compile(
    r"\b(?:(?:ne|nee|ne\(e\)|naissance|accident|survenue?|depuis|compter|jusqu'?|executoire|"
    r"sejour|decedee?|decret|loi|arrete n|avant|soins|reprise|seance|acquittee|valable|"
    r"consolidation|guerison|examinee?)\b[^\n]{0,12}?(?:\ble)?|du|au|jusqu'?au)\s{0,3}:?\s{0,3}$"
)
# a letter is dated in its head or at its foot
HIGH, LOW = 0.35, 0.6
_TOWN = re.compile(r"(?:a |fait a )?[a-z][a-z' -]{1,38},")


def read_common(r: Releve) -> None:
    """Read what any paper may say of the person and of itself."""
    read_nir(r)
    read_birth(r)
    read_matricule(r)
    read_event(r)


def read_nir(r: Releve) -> None:
    """Read the NIR: with a right key anywhere, else in the comb beside its label."""
    for feuille in r.feuilles:
        for found in numeros.find_nirs(feuille.plat):
            r.put("nir", found.valeur, feuille, (found.debut, found.fin))
            return
    for _, touche, passage in r.beside(*NIR_LABELS):
        found_in = numeros.find_nirs(passage.plat, labelled=True)
        if not found_in:
            bare = numeros.nir_without_key(passage.plat)
            found_in = [bare] if bare else []
        if found_in:
            one = found_in[0]
            span = (one.debut, one.fin)
            r.put("nir", one.valeur, passage, span, one.score * touche.score)
            return


def read_birth(r: Releve) -> None:
    """Read the birth date of the person the paper is about (not a child's)."""
    read = r.jour("date_naissance", "date de naissance", "née / né le", "né(e) le",
                  "date naiss", "naissance", "ddn")  # fmt: skip
    if not read:
        motif = r"\bn[e\u00e9](?:e|\(e\)|\s?e)?\)?\s{0,2}le\s?:?\s{0,3}[.|\[]{0,2}"
        r.jour_apres("date_naissance", motif, score=0.95)


def read_matricule(r: Releve) -> None:
    """Read the employer's own number for the agent."""
    motif = (
        r"\bmatricule\b\s?(?:n[\u00b0o]?|agent|:)*\s{0,6}"
        r"([a-z]{0,3}\d[\da-z/-]{1,14})(?![a-z])"
    )
    for feuille, match in r.search(motif):
        value = feuille.texte[match.start(1) : match.end(1)].strip("-/")
        r.put("matricule", value, feuille, match.span(1), 0.97)
        return
    for _, touche, passage in r.beside("matricule", below=True):
        near = re.search(
            r"(?<![a-z0-9])([a-z]{0,3}\d[\da-z]{2,12})(?![a-z0-9])", passage.plat
        )
        if near:
            value = passage.texte[near.start(1) : near.end(1)]
            r.put("matricule", value, passage, near.span(1), 0.8 * touche.score)
            return


def read_event(r: Releve) -> None:
    """Read the number of the event, and our own references."""
    for feuille in r.feuilles:
        for marque in marks.event_numbers(feuille):
            span = (marque.debut, marque.fin)
            r.put("evenement", marque.valeur, feuille, span, marque.score)
        for marque in marks.references(feuille):
            span = (marque.debut, marque.fin)
            r.put("reference", marque.valeur, feuille, span)
        for code in feuille.evidence.codes:
            reference = parse_reference(code.contenu.strip()[:60])
            if reference:
                r.say("reference", reference, 1.0)
    r.copy("evenement", "numero_evenement")


def read_cerfa(r: Releve, *numbers: str) -> None:
    """Read the form's number among those this type may bear."""
    for feuille in r.feuilles[:1]:
        for marque in marks.cerfas(feuille):
            if marque.valeur[:5] in numbers or marque.valeur in numbers:
                span = (marque.debut, marque.fin)
                r.put("cerfa", marque.valeur, feuille, span, marque.score)


def read_volet(r: Releve) -> None:
    """Read which copy this is: the volet named alone, or the one ticked."""
    for feuille in r.feuilles[:1]:
        named = marks.volets(feuille)
        values = {marque.valeur for marque in named}
        if len(values) == 1:
            first = named[0]
            r.put("volet", first.valeur, feuille, (first.debut, first.fin), 0.97)
        elif named:
            high = [m for m in named if "adresser" in feuille.plat[m.fin : m.fin + 25]]
            top = [
                m
                for m in high
                if (z := feuille.zone(m.debut, m.fin)) and z.y < 0.25  # noqa: PLR2004
            ]
            if len({m.valeur for m in top}) == 1:
                span = (top[0].debut, top[0].fin)
                r.put("volet", top[0].valeur, feuille, span, 0.85)


def read_cas(r: Releve) -> None:
    """Read initial, prolongation, final or rechute: from ink, or a title that says one."""
    for feuille in r.feuilles[:1]:
        ticked = cases.chosen(feuille, cases.CAS, 0, len(feuille.plat))
        if ticked is not None and ticked.zone is not None:
            _put_ticked(r, "cas", ticked, feuille)
            return
        _cas_in_title(r, feuille)


def _cas_in_title(r: Releve, feuille: Feuille) -> None:
    """Read the case in the title of a print-out; a form prints several."""
    top = next((g.debut for g in feuille.rangs if g.haut > 0.45), len(feuille.plat))  # noqa: PLR2004
    found: dict[str, re.Match[str]] = {}
    for value, motif in cases.CAS.items():
        match = re.search(rf"(?<![a-z]){motif}(?![a-z])", feuille.plat[:top])
        if match:
            found[value] = match
    titled = re.search(
        r"(?:avis|arret de travail|certificat medical|certificat)[^\n]{0,40}",
        feuille.plat[:top],
    )
    if len(found) == 1 and titled:
        value, match = next(iter(found.items()))
        row = feuille.rangs[feuille.rang_at(match.start())]
        in_title = re.search(
            r"avis|arret de travail|certificat", feuille.plat[row.debut : row.fin]
        )
        r.put("cas", value, feuille, match.span(), 0.9 if in_title else 0.7)


def _put_ticked(r: Releve, nom: str, ticked: cases.Coche, feuille: Feuille) -> None:
    from classifiers.verdict import Champ

    r.champs[nom] = Champ(
        nom=nom,
        valeur=ticked.valeur,
        lu=ticked.lu,
        page=feuille.page,
        zone=ticked.zone,
        confiance=round(ticked.confiance, 3),
    )


def read_choice(
    r: Releve, nom: str, options: dict[str, str], *anchors: str, rows: int = 1
) -> bool:
    """Read which of the printed options is ticked after one of the questions."""
    for feuille, touche in r.labels(*anchors):
        ticked = cases.chosen_near(feuille, options, touche, rows=rows)
        if ticked is not None:
            _put_ticked(r, nom, ticked, feuille)
            return True
    return False


def read_box(r: Releve, nom: str, options: dict[str, str]) -> bool:
    """Read which of these options is ticked, wherever they stand."""
    for feuille in r.feuilles:
        ticked = cases.chosen(feuille, options, 0, len(feuille.plat))
        if ticked is not None:
            _put_ticked(r, nom, ticked, feuille)
            return True
    return False


def read_yes_no(r: Releve, nom: str, *anchors: str, rows: int = 1) -> bool:
    """Read yes or no after one of the questions: `true` or `false`."""
    for feuille, touche in r.labels(*anchors):
        ticked = cases.answered(feuille, touche, rows=rows)
        if ticked is not None:
            _put_ticked(r, nom, ticked, feuille)
            return True
    return False


def read_siret(r: Releve) -> None:
    """Read the SIRET: the one labelled, else the first whose key is right."""
    for _, touche, passage in r.beside("n° siret", "siret", below=True):
        found = numeros.find_sirets(passage.plat)
        if not found:
            combed = re.sub(r"[|\[\]\s]", "", passage.plat.split("\n")[0])[:14]
            if numeros.is_siret(figures(combed)):
                span = (0, len(passage.plat.split("\n")[0]))
                r.put("siret", figures(combed), passage, span, 0.8)
                return
            continue
        one = found[0]
        r.put("siret", one.valeur, passage, (one.debut, one.fin), touche.score)
        return
    for feuille in r.feuilles:
        for one in numeros.find_sirets(feuille.plat):
            r.put("siret", one.valeur, feuille, (one.debut, one.fin), 0.8)
            return


def read_paper_day(
    r: Releve, nom: str = "date", *, score: float = 1.0, least: float = 0.0
) -> None:
    """Read the day the paper was made: « fait à …, le … », « Ville, le … », « Date : »."""
    best: tuple[float, Feuille, dates.JourLu] | None = None
    for feuille in r.feuilles:
        for day in dates.find_days(feuille.plat, comb=True):
            before = feuille.plat[max(day.debut - 70, 0) : day.debut]
            weight = next((w for p, w in _LED if re.search(p, before)), 0.0)
            if weight and weight < 1.0 and _NOT_LED.search(before):
                weight = 0.0
            if weight > least and (best is None or weight * day.score > best[0]):
                best = (weight * day.score, feuille, day)
    if best is None and least == 0:
        best = _day_apart(r)
    if best is not None:
        weight, feuille, day = best
        r.put(nom, day.jour.isoformat(), feuille, (day.debut, day.fin), weight * score)


def _day_apart(r: Releve) -> tuple[float, Feuille, dates.JourLu] | None:
    """Find a day standing apart, alone or after a town, high or low on the page."""
    for feuille in r.feuilles[:1]:
        for day in dates.find_days(feuille.plat):
            rang = feuille.rangs[feuille.rang_at(day.debut)]
            left = max(rang.debut, feuille.texte.rfind("  ", rang.debut, day.debut) + 2)
            right = feuille.texte.find("  ", day.fin, rang.fin)
            before = feuille.plat[left : day.debut].strip()
            after = feuille.plat[day.fin : rang.fin if right < 0 else right].strip(
                " .,"
            )
            if after or HIGH < rang.milieu < LOW:
                continue
            if not before:
                return 0.55, feuille, day
            if _TOWN.fullmatch(before) and not _NOT_LED.search(before):
                return 0.8, feuille, day
    return None


def read_period(
    r: Releve, motif: str = "", *, skip: str = r"sorties|periode de paie"
) -> bool:
    """Read the first « du … au … », preferably on a row that a pattern matches."""
    ranked: list[tuple[float, Feuille, dates.PeriodeLue]] = []
    for feuille in r.feuilles:
        for period in dates.find_periods(feuille.plat):
            before = feuille.plat[max(period.depart - 160, 0) : period.depart]
            if re.search(skip, before[-30:]):
                continue
            bonus = 0.15 if motif and re.search(motif, before) else 0.0
            ranked.append((period.score + bonus, feuille, period))
    if not ranked:
        return False
    _, feuille, period = max(ranked, key=lambda item: item[0])
    span = (period.depart, period.arrivee)
    days = [
        d
        for d in dates.find_days(feuille.plat, comb=True)
        if span[0] <= d.debut < span[1]
    ]
    for (nom, value), (first, last) in zip(
        (("debut", period.debut), ("fin", period.fin)),
        [(d.debut, d.fin) for d in days][:2] or [span, span],
        strict=False,
    ):
        r.put(nom, value.isoformat(), feuille, (first, last), period.score)
    return True


def ordered(r: Releve, debut: str, fin: str) -> None:
    """Drop both days of a period that would end before it starts."""
    for left, right in pairwise((debut, fin)):
        if r.has(left, right) and r.champs[left].valeur > r.champs[right].valeur:
            del r.champs[left], r.champs[right]
