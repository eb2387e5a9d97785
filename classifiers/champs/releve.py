"""Collects the fields of one paper: looks beside labels, keeps words, zone and confidence.

A field is put once; a later reading replaces it only when it is surer.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from classifiers import dates, montants, noms
from classifiers.evidence import Zone
from classifiers.feuille import Feuille, Passage, Touche
from classifiers.text import phrase
from classifiers.verdict import Champ

LETTERS_BETWEEN = 14
FUZZY_LABEL = 9


class Releve:
    """The fields read so far on the pages of one paper."""

    def __init__(self, feuilles: Sequence[Feuille]) -> None:
        self.feuilles = tuple(feuilles)
        self.champs: dict[str, Champ] = {}

    # --- keeping ---------------------------------------------------------------

    def put(
        self,
        nom: str,
        valeur: str,
        passage: Passage,
        span: tuple[int, int],
        score: float = 1.0,
    ) -> None:
        """Keep a field, unless a surer reading is already there."""
        debut, fin = span
        sure = round(min(score, 1.0) * (0.5 + 0.5 * passage.confiance(debut, fin)), 3)
        known = self.champs.get(nom)
        if not valeur or (known is not None and known.confiance >= sure):
            return
        self.champs[nom] = Champ(
            nom=nom,
            valeur=valeur,
            lu=" ".join(passage.texte[debut:fin].split()),
            page=passage.page,
            zone=passage.zone(debut, fin),
            confiance=sure,
        )

    def say(self, nom: str, valeur: str, score: float = 0.9) -> None:
        """Keep a field that the paper says as a whole, without one place."""
        if nom not in self.champs:
            page = self.feuilles[0].page if self.feuilles else None
            self.champs[nom] = Champ(nom=nom, valeur=valeur, page=page, confiance=score)

    def copy(self, source: str, *noms_: str) -> None:
        """Give other names to a field already read."""
        champ = self.champs.get(source)
        for nom in noms_:
            if champ is not None and nom not in self.champs:
                self.champs[nom] = Champ(
                    nom=nom, valeur=champ.valeur, lu=champ.lu, page=champ.page,
                    zone=champ.zone, confiance=champ.confiance,
                )  # fmt: skip

    def has(self, *noms_: str) -> bool:
        """Tell whether every one of these fields was read."""
        return all(nom in self.champs for nom in noms_)

    # --- looking ---------------------------------------------------------------

    def labels(self, *textes: str) -> Iterator[tuple[Feuille, Touche]]:
        """Yield the places where labels stand, in the order of the labels."""
        for texte in textes:
            for feuille in self.feuilles:
                fuzzy = len(texte) >= FUZZY_LABEL
                for touche in feuille.find(phrase(texte), fuzzy=fuzzy):
                    yield feuille, touche

    def beside(
        self, *textes: str, below: bool = True, rows: int = 1, bare: bool = False
    ) -> Iterator[tuple[Feuille, Touche, Passage]]:
        """Yield what stands after each label on its row, then what stands under it.

        With `bare`, only figures without a label of their own are looked at below.
        """
        for feuille, touche in self.labels(*textes):
            yield feuille, touche, feuille.after(touche)
            if below:
                yield feuille, touche, feuille.below(touche, rows=rows, bare=bare)

    def search(self, motif: str) -> Iterator[tuple[Feuille, re.Match[str]]]:
        """Yield the matches of a pattern in the folded text of every page."""
        compiled = loose(motif)
        for feuille in self.feuilles:
            for match in compiled.finditer(feuille.plat):
                yield feuille, match

    def says(self, motif: str) -> bool:
        """Tell whether a pattern is anywhere in the folded text."""
        return next(self.search(motif), None) is not None

    # --- usual fields ----------------------------------------------------------

    def jour(
        self, nom: str, *labels: str, below: bool = True, rows: int = 1,
        score: float = 1.0, letters: int = LETTERS_BETWEEN,
    ) -> bool:  # fmt: skip
        """Read the day beside one of the labels; the first label that has one wins.

        `letters` is how many may stand between the label and its day.
        """
        for feuille, touche, passage in self.beside(
            *labels, below=below, rows=rows, bare=True
        ):
            found = dates.find_days(passage.plat, comb=True)
            if found and _is_an_end(
                nom, feuille, touche, passage.plat[: found[0].debut]
            ):
                continue
            if found and _letters_before(passage.plat, found[0].debut) <= letters:
                day = found[0]
                sure = score * day.score * touche.score
                self.put(nom, day.jour.isoformat(), passage, (day.debut, day.fin), sure)
                return True
        return False

    def jour_apres(
        self, nom: str, motif: str, *, score: float = 1.0, last: bool = False
    ) -> bool:
        """Read the day that follows a pattern at once, across rows."""
        found: tuple[Feuille, dates.JourLu] | None = None
        for feuille, match in self.search(motif):
            window = feuille.plat[match.end() : match.end() + 90]
            days = dates.find_days(window, comb=True)
            if not days or days[0].debut > 5:  # noqa: PLR2004
                continue
            day = days[0]
            shifted = dates.JourLu(
                day.jour, day.debut + match.end(), day.fin + match.end(), day.score
            )
            found = (feuille, shifted)
            if not last:
                break
        if found is None:
            return False
        feuille, day = found
        span = (day.debut, day.fin)
        self.put(nom, day.jour.isoformat(), feuille, span, score * day.score)
        return True

    def montant(
        self, nom: str, *labels: str, below: bool = True, pick: str = "first",
        score: float = 1.0,
    ) -> bool:  # fmt: skip
        """Read the amount beside one of the labels (`pick`: first, last or largest)."""
        choose: Callable[[list[montants.MontantLu]], montants.MontantLu] = {
            "first": lambda found: found[0],
            "last": lambda found: found[-1],
            "largest": lambda found: max(found, key=lambda m: m.montant),
        }[pick]
        for feuille, touche, passage in self.beside(*labels, below=below, bare=True):
            found = montants.find_amounts(passage.plat)
            if found:
                label = feuille.zone(touche.debut, touche.fin)
                one = choose(found)
                zone = passage.zone(one.debut, one.fin)
                if label and zone and zone.y > label.bas - label.hauteur / 4:
                    one = _under(passage, found, label)
                span = (one.debut, one.fin)
                self.put(nom, one.valeur, passage, span, score * touche.score)
                return True
        return False

    def texte(
        self, nom: str, *labels: str, below: bool = False, stop: str = r"\s{2,}",
        score: float = 0.85, longest: int = 120,
    ) -> bool:  # fmt: skip
        """Read the words beside one of the labels, up to a wide gap or another label."""
        for _, touche, passage in self.beside(*labels, below=below):
            raw = passage.texte.rstrip("\n")
            lead = re.match(r"[\s:;.,|\[\]()\u00b0_=-]*", raw)
            start = lead.end() if lead else 0
            end = re.compile(stop).search(passage.plat, start)
            stop_at = min(end.start() if end else len(raw), len(raw))
            value = tidy(raw[start:stop_at])[:longest]
            if sum(c.isalnum() for c in value) >= 2:  # noqa: PLR2004
                self.put(nom, value, passage, (start, stop_at), score * touche.score)
                return True
        return False

    def nom(
        self, champ: str, *labels: str, below: bool = True, score: float = 0.9
    ) -> bool:
        """Read the name of a person beside one of the labels."""
        found = next(self.noms(*labels, below=below, score=score, champ=champ), None)
        known = self.champs.get(champ)
        if found and (known is None or known.confiance < found.confiance):
            self.champs[champ] = found
        return found is not None

    def noms(
        self,
        *labels: str,
        below: bool = True,
        score: float = 0.9,
        champ: str = "autre_nom_lu",
    ) -> Iterator[Champ]:
        """Yield the names of people beside the labels, in the order of the labels."""
        for feuille, touche, passage in self.beside(*labels, below=below):
            if not _is_label(feuille, touche):
                continue
            raw = passage.texte.split("\n")[0]
            found = noms.name_in(raw)
            if found is not None:
                span = (found.debut, max(found.fin, found.debut + 1))
                part = Releve(())
                part.put(champ, found.nom, passage, span, score * touche.score)
                yield part.champs[champ]

    def motif(
        self, nom: str, motif: str, *, group: int = 1, score: float = 0.95
    ) -> bool:
        """Read the words a pattern captures, as printed."""
        for feuille, match in self.search(motif):
            span = match.span(group)
            value = tidy(feuille.texte[span[0] : span[1]])
            if value:
                self.put(nom, value, feuille, span, score)
                return True
        return False


def _under(
    passage: Passage, found: Sequence[montants.MontantLu], label: Zone
) -> montants.MontantLu:
    """Return the amount that stands in the column of a label."""
    middle = label.x + label.largeur / 2

    def distance(amount: montants.MontantLu) -> float:
        zone = passage.zone(amount.debut, amount.fin)
        return abs(zone.x + zone.largeur / 2 - middle) if zone else 1.0

    return min(found, key=distance)


def _is_label(feuille: Feuille, touche: Touche) -> bool:
    """Tell whether a phrase labels what follows, rather than stands in a sentence."""
    debut, _ = feuille.segment(touche)
    lead = feuille.plat[debut : touche.debut].rstrip()
    if sum(c.isalnum() for c in lead) > 2 and not lead.endswith((":", "-", ")")):  # noqa: PLR2004
        return False
    rest = feuille.texte[touche.fin : touche.fin + 24].split("\n")[0]
    rest = re.sub(r"^\s?\(\w{1,2}\)", "", rest)
    value = re.match(r"[\W\d_]*(\w)?", rest)
    first = value.group(1) if value else None
    return first is None or first.isupper() or ":" in rest


@lru_cache(maxsize=1024)
def loose(motif: str) -> re.Pattern[str]:
    r"""Compile a pattern whose spaces stand for any gap or end of row.

    >>> bool(loose("a compter du").search("a\ncompter  du 3 mars"))
    True
    """
    made, inside = [], False
    for rank, sign in enumerate(motif):
        following = motif[rank + 1 : rank + 2]
        escaped = rank > 0 and motif[rank - 1] == "\\"
        if sign == "[" and not escaped:
            inside = True
        elif sign == "]" and not escaped:
            inside = False
        plain = sign == " " and not inside and not escaped
        made.append(
            r"\s{1,3}" if plain and following not in {"?", "*", "+", "{"} else sign
        )
    return re.compile("".join(made))


def tidy(text: str) -> str:
    """Return a value without leaders, frames and stray punctuation around it.

    >>> tidy(" : atelier municipal ......")
    'atelier municipal'
    """
    text = re.sub(r"[._\u2026]{2,}|[|\[\]{}~_]+", " ", text)
    return re.sub(r"\s+", " ", text).strip(" :;,.-=\u00b0'\"")


def _is_an_end(nom: str, feuille: Feuille, touche: Touche, between: str) -> bool:
    """Tell whether « jusqu'au » stands before a day that should be a first day."""
    label = feuille.plat[touche.debut : touche.fin]
    return nom == "debut" and "jusqu" in label + between


def _letters_before(plat: str, offset: int) -> int:
    return sum(c.isalpha() for c in plat[:offset])
