"""Names of people as papers print them: after a label, after a civility, or alone.

The name is given as it was read, in its order: which part is the family's is for the
register to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.text import flat, fold

_UPPER = r"[A-Z\u00c0-\u00de\u0152]"
_LETTER = r"[A-Za-z\u00c0-\u00ff\u0152\u0153]"
_WORD = rf"{_UPPER}{_LETTER}*(?:['\u2019-]\s?{_LETTER}+)*\.?"
_PARTICLE = (
    r"(?:d[eu]s?|la|le|van|von|ben|el|di|da|d['\u2019]|l['\u2019]|\(de\)|\(du\))"
)
_BORN = r"(?:n\u00e9e?|n[\u00e9e]e?|\u00e9pouse|ep\.?|veuve|usage)"
_NAME = rf"{_WORD}(?:[ \u00a0]{{1,2}}(?:{_WORD}|{_PARTICLE}|{_BORN})){{0,6}}"
_CIVIL = re.compile(
    rf"(?<!{_LETTER})((?:Madame|Monsieur|Mme|Mlle|Mademoiselle|MME|MADAME|MONSIEUR|M\.|Mr)"
    rf"[ \u00a0]{{1,2}}({_NAME}))"
)
_DOCTOR = re.compile(
    rf"(?<!{_LETTER})(?:Dr|DR|Docteur|DOCTEUR|docteur|dr|Dre)\.?[ \u00a0]{{1,2}}({_NAME})"
)
_CAPITALS = r"[A-Z\u00c0-\u00de\u0152'\u2019-]"
_SMALL = r"[a-z\u00df-\u00ff]"
_ALONE = re.compile(
    rf"^\W{{0,3}}({_UPPER}{_CAPITALS}+(?:[ ](?:{_UPPER}{_CAPITALS}+|{_PARTICLE}|"
    rf"\(DE\)|\(DU\)))*[ ]{_UPPER}{_SMALL}+(?:[ -]{_UPPER}{_SMALL}+)*)\W{{0,3}}$"
)
_STOP = re.compile(
    r"(?:\s{2,}|^)\s*(?:ne(?:e|\(e\))?\s|nee?\)?\s|date|prenom|matricule|grade|adresse|n[\u00b0o]\s|numero|"
    r"employeur|service|fonction|nom d'usage|nom de|tel|qualite|statut|emploi)"
)
_END = re.compile(
    r"\s+(?:ne|nee|ne\(e\)|nele|neele)\s?\(?e?\)?\s?:?\s+le\b|"
    r"\s*(?:[,;:]|\((?!d[eu]s?\)))\s*|\s\d|\s-\s|\s+date de|"
    r"\s+nom d'usage|\s+prenoms?\b|\s+matricule|\s+grade\b|"
    r"\s+adresse\b|\s+demeurant|\s+domicilie|"
    r"\s+a ete\b|\s+est\b|\s+ne\(e\)|\s+nee\(?e?\)?\s*:|\s+nele\b|\s+n[\u00b0o]\s"
)
_NOT_NAMES = frozenset(
    fold(word)
    for word in [
        "le",
        "la",
        "les",
        "de",
        "du",
        "des",
        "et",
        "ou",
        "en",
        "maire",
        "president",
        "directeur",
        "directrice",
        "docteur",
        "service",
        "commune",
        "ville",
        "departement",
        "article",
        "total",
        "mairie",
        "monsieur",
        "madame",
        "date",
        "objet",
        "page",
        "numero",
        "rue",
        "avenue",
        "impasse",
        "chemin",
        "place",
        "centre",
        "communal",
        "action",
        "sociale",
        "bulletin",
        "paie",
        "caisse",
        "assurance",
        "maladie",
        "france",
        "travail",
        "republique",
        "francaise",
        "signature",
        "cachet",
        "employeur",
        "agent",
        "grade",
        "echelon",
        "adjoint",
    ]
)
_FILLERS = re.compile(r"[._\u2026]{2,}|[|\[\]{}<>~*=]+")


@dataclass(frozen=True, slots=True)
class NomLu:
    """A name read, as printed, and its offsets."""

    nom: str
    debut: int
    fin: int
    score: float = 1.0


def clean_name(text: str) -> str:
    """Return a name without the dots and frames of the form around it.

    >>> clean_name(" : VAUQUELIN Mathieu.......  ")
    'VAUQUELIN Mathieu'
    """
    text = _FILLERS.sub(" ", text)
    text = re.sub(r"^[\s:;,.'\"\u00b0()-]+|[\s:;,'\"\u00b0(-]+$", "", text)
    if text.endswith(".") and not re.search(rf"\s{_UPPER}\.$", text):
        text = text.rstrip(".")
    return " ".join(text.split())


def is_name(text: str) -> bool:
    """Tell whether a text may be somebody's name: letters, not words of a form.

    >>> is_name("BRISEVENT Therese"), is_name("Le Maire"), is_name("12 rue Haute")
    (True, False, False)
    """
    words = fold(text).split()
    if not words or len(words) > 9 or any(c.isdigit() for c in text):  # noqa: PLR2004
        return False
    real = [w for w in words if w not in _NOT_NAMES]
    return len(real) >= 1 and len(real) * 2 >= len(words) and len("".join(real)) >= 3  # noqa: PLR2004


def name_in(raw: str) -> NomLu | None:
    """Return the name a labelled value starts with, cut where something else begins."""
    folded = flat(raw)
    opening = re.match(r"(?:[\W_]|ce jour\b|le (?:nomme|dit)\b)*", folded)
    skipped = opening.end() if opening else 0
    if skipped >= len(raw) or not raw[skipped].isupper():
        return None
    raw, folded = " " * skipped + raw[skipped:], " " * skipped + folded[skipped:]
    end = len(raw)
    lead = len(folded) - len(folded.lstrip(" :.;|[]_-'\"()"))
    for pattern in (_STOP, _END):
        match = pattern.search(folded, lead + 1)
        if match:
            end = min(end, match.start())
    name = clean_name(raw[:end])
    return NomLu(name, min(lead, end), end) if is_name(name) else None


def civil_names(texte: str) -> Iterator[NomLu]:
    """Yield the names that follow a civility, in order.

    >>> [n.nom for n in civil_names("Vu la situation de Madame DURAND Odile, adjointe")]
    ['Madame DURAND Odile']
    """
    for match in _CIVIL.finditer(texte.replace("\n", " ")):
        raw = _one_row(texte[match.start(1) : match.end(1)])
        name = clean_name(_untailed(raw))
        bare = name.split(" ", 1)[1] if " " in name else ""
        if is_name(bare) and not _is_function(bare):
            yield NomLu(name, match.start(1), match.start(1) + len(raw))


def _one_row(raw: str) -> str:
    """Cut a name at a wide gap or at the end of its row, unless a part of it is missing.

    The family name, or the first name after a lone family name, may stand further.
    """
    parts = re.split(r"\n| {2}", raw)
    head = parts[0]
    for tail in parts[1:]:
        words = head.split()[1:]
        first = tail.split()[0] if tail.split() else ""
        has_family = any(len(w) > 1 and w.strip("'.-").isupper() for w in words)
        is_family = first.strip("'.,-").isupper()
        wanted = len(words) <= 1 and not is_family if has_family else is_family
        wanted = wanted or not words
        if not first or not wanted:
            return head
        head = raw[: raw.index(first, len(head)) + len(first)]
    return head


def _untailed(name: str) -> str:
    """Drop « né(e) » or a particle left hanging at the end."""
    return re.sub(rf"(?:\s+(?:{_BORN}|{_PARTICLE}))+\s*$", "", name)


def _is_function(bare: str) -> bool:
    first = fold(bare).split()[0]
    return first in _NOT_NAMES


def doctor_names(texte: str) -> list[NomLu]:
    """Return the doctors named, as « Docteur … », in order.

    >>> [n.nom for n in doctor_names("Dr Ana PIREL")]
    ['Docteur Ana PIREL']
    """
    found = []
    for match in _DOCTOR.finditer(texte):
        raw = _one_row(f"Dr {match.group(1)}")
        name = clean_name(_untailed(raw[3:]))
        if is_name(name):
            found.append(NomLu(f"Docteur {name}", *match.span()))
    return found


def name_alone(segment: str) -> str | None:
    """Return the name that fills a line by itself: « NOM Prénom ».

    >>> name_alone("DE SAINT-AUBRAC Yolande")
    'DE SAINT-AUBRAC Yolande'
    >>> name_alone("Commune de Valbrune") is None
    True
    """
    match = _ALONE.match(segment.strip())
    if match is None or not is_name(match.group(1)):
        return None
    return clean_name(match.group(1))
