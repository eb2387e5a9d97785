"""Who is on the page: agents of the collectivité found by their names, then proved.

A name alone never decides. Proof is the full name with a discriminating fact (birth date,
matricule, NIR); the NIR only corroborates, and a valid NIR that is someone else's denies.
Pure: NIRs are compared by their keyed hash.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from classifiers.evidence import Liasse, Mot, Zone
from classifiers.verdict import Champ, Raison, Verdict
from intake.noms_lus import Ligne, NomLu, find_name, line_of
from records.noms import fold
from records.parties import Agent

_NEAR_LINES = 2
_MATRICULE_MIN = 5
_WELL_READ = 0.85
# papers that print the employer's own number: elsewhere a number is any number
_WITH_MATRICULE = frozenset({"BULLETIN", "ATT_SALAIRE"})
_MONTHS = (
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """One agent read on the page, with what proves and what denies it.

    `score` is 0 to 1. `is_full` says family (or usage) and first name both stand, in
    full; `faits` are among naissance, matricule, nir; `contre` what contradicts.
    """

    agent: Agent
    score: float
    is_full: bool
    faits: frozenset[str] = frozenset()
    contre: frozenset[str] = frozenset()
    raisons: tuple[Raison, ...] = ()
    lettres: int = 0
    # how well the family name was read, 0 to 1
    nom: float = 0.0

    @property
    def is_proved(self) -> bool:
        """Tell whether the page proves the person by itself.

        The full name with a fact; or the family name, well read, with the birth date or
        the NIR: two facts that are two people's only by an error.
        """
        if self.contre:
            return False
        if self.is_full:
            return bool(self.faits)
        return self.nom >= _WELL_READ and bool(self.faits)


@dataclass(slots=True)
class _Feuille:
    """What is looked at: the lines, the folded text, the facts read."""

    lignes: list[Ligne]
    texte: str
    chiffres: str
    champs: Mapping[str, Champ]
    nir_empreintes: Mapping[str, str]
    type: str = ""
    # one row of a table: the other rows' numbers are other people's
    is_row: bool = False
    cache: dict[str, list[NomLu]] = field(default_factory=dict)

    def find(self, name: str, *, weak: bool = False) -> list[NomLu]:
        key = f"{name}|{weak}"
        if key not in self.cache:
            self.cache[key] = list(find_name(self.lignes, name, weak=weak))
        return self.cache[key]


def find_agents(
    liasse: Liasse,
    verdict: Verdict,
    agents: Iterable[Agent],
    nir_empreintes: Mapping[str, str],
) -> tuple[Identification, ...]:
    """Return the agents the pages may name, best first; empty when nobody is."""
    feuille = _sheet(liasse, verdict.champs, nir_empreintes)
    feuille.type = verdict.type
    found = [one for agent in agents if (one := _identify(feuille, agent))]
    return tuple(sorted(_longest(found), key=lambda i: (-i.score, i.agent.id)))


def find_in_line(
    champs: Mapping[str, Champ],
    agents: Iterable[Agent],
    nir_empreintes: Mapping[str, str],
) -> tuple[Identification, ...]:
    """Return the agents one line of a table names (a slip for several people)."""
    named = champs.get("nom_lu")
    if named is None:
        return ()
    zone = named.zone or Zone(x=0, y=0, largeur=1, hauteur=0.01)
    words = tuple(Mot(texte=word, zone=zone) for word in named.valeur.split())
    feuille = _Feuille(
        lignes=[line_of(words, named.page or 1, 0)],
        texte=fold(" ".join(c.valeur for c in champs.values())),
        chiffres="",
        champs=champs,
        nir_empreintes=nir_empreintes,
        is_row=True,
    )
    found = [one for agent in agents if (one := _identify(feuille, agent))]
    return tuple(sorted(_longest(found), key=lambda i: (-i.score, i.agent.id)))


def _sheet(
    liasse: Liasse, champs: Mapping[str, Champ], nir_empreintes: Mapping[str, str]
) -> _Feuille:
    lignes = []
    for page in liasse.pages:
        rows: dict[int, list[Mot]] = {}
        for mot in page.mots:
            rows.setdefault(mot.ligne, []).append(mot)
        for rank, row in enumerate(rows.values()):
            lignes.append(line_of(tuple(row), page.numero, rank))
    text = fold("\n".join(page.texte for page in liasse.pages))
    return _Feuille(
        lignes=lignes,
        texte=f" {text} ",
        chiffres=re.sub(r"[^0-9]+", " ", text),
        champs=champs,
        nir_empreintes=nir_empreintes,
    )


def _identify(feuille: _Feuille, agent: Agent) -> Identification | None:
    families = {
        squeezed
        for name in (agent.nom_famille, agent.nom_usage)
        if name and (squeezed := fold(name).replace(" ", ""))
    }
    faits, contre = _facts(feuille, agent)
    best = _best_pair(feuille, families, agent, weak="nir" in faits)
    if best is None:
        return _by_facts(agent, faits, contre)
    family, first = best
    is_full = first is not None
    score = 0.45 * family.score + (0.3 * first.score if first else 0)
    score += 0.25 * min(1, len(faits)) - 0.3 * len(contre)
    name_words = sum(len(fold(n)) for n in (family.lu, first.lu if first else ""))
    return Identification(
        agent=agent,
        score=max(0.0, min(1.0, score)),
        is_full=is_full,
        faits=frozenset(faits),
        contre=frozenset(contre),
        raisons=tuple(_reasons(family, first, faits, contre)),
        lettres=name_words,
        nom=family.score,
    )


def _by_facts(agent: Agent, faits: set[str], contre: set[str]) -> Identification | None:
    """Keep an agent the name was not read for: a candidate, never a proof."""
    if not faits & {"nir", "matricule"} or contre:
        return None
    return Identification(
        agent=agent,
        score=0.3,
        is_full=False,
        faits=frozenset(faits),
        raisons=(
            Raison(
                code="nom-non-lu",
                detail="Le nom n'a pas été lu, mais un numéro concorde.",
                poids=0.2,
            ),
        ),
    )


def _best_pair(
    feuille: _Feuille, families: set[str], agent: Agent, *, weak: bool
) -> tuple[NomLu, NomLu | None] | None:
    """Return the best family name with the first name beside it, if it stands there."""
    prenom = fold(agent.prenoms[0]).replace(" ", "") if agent.prenoms else ""
    spots = [spot for name in families for spot in feuille.find(name, weak=weak)]
    firsts = feuille.find(prenom, weak=weak)
    best: tuple[NomLu, NomLu | None] | None = None
    best_score = -1.0
    for family in spots:
        near = [f for f in firsts if _is_near(family, f)]
        first = max(near, key=lambda f: f.score, default=None)
        score = family.score + (first.score if first else 0)
        if score > best_score:
            best, best_score = (family, first), score
    return best


def _is_near(family: NomLu, first: NomLu) -> bool:
    """Tell whether two names stand together: same line side by side, or just below."""
    if family.ligne.page != first.ligne.page:
        return False
    if family.ligne is first.ligne:
        gap = max(first.premier - family.dernier, family.premier - first.dernier)
        return 0 < gap <= _NEAR_WORDS
    rows = abs(family.ligne.rank - first.ligne.rank)
    return rows <= _NEAR_LINES and abs(family.zone.x - first.zone.x) < _NEAR_COLUMN


_NEAR_WORDS = 6
_NEAR_COLUMN = 0.25


def _facts(feuille: _Feuille, agent: Agent) -> tuple[set[str], set[str]]:
    faits: set[str] = set()
    contre: set[str] = set()
    _weigh_birth(feuille, agent, faits, contre)
    _weigh_matricule(feuille, agent, faits, contre)
    _weigh_nir(feuille, agent, faits, contre)
    if "nir" in faits:
        contre.clear()  # a name and a NIR agree: the other figure was read awry
    elif "naissance" in faits:
        contre.discard("matricule")
    return faits, contre


def _weigh_birth(
    feuille: _Feuille, agent: Agent, faits: set[str], contre: set[str]
) -> None:
    if agent.date_naissance is None:
        return
    if _stands(feuille.texte, agent.date_naissance):
        faits.add("naissance")
        return
    read = feuille.champs.get("date_naissance")
    if read is not None and read.confiance >= _SURE:
        contre.add("naissance")


_SURE = 0.7


def _stands(text: str, day: dt.date) -> bool:
    """Tell whether a day is written on the page, in figures or with its month."""
    forms = (
        f" {day:%d %m %Y} ",
        f" {day:%d%m%Y} ",
        f" {day:%Y %m %d} ",
        f" {day.day} {_MONTHS[day.month - 1]} {day.year} ",
        f" {day.day}er {_MONTHS[day.month - 1]} {day.year} ",
        f" {day:%d} {_MONTHS[day.month - 1]} {day.year} ",
    )
    return any(form in text for form in forms)


def _weigh_matricule(
    feuille: _Feuille, agent: Agent, faits: set[str], contre: set[str]
) -> None:
    if not agent.matricule:
        return
    wanted = fold(agent.matricule).replace(" ", "")
    read = feuille.champs.get("matricule")
    if len(wanted) >= _MATRICULE_MIN and f" {wanted} " in feuille.texte:
        faits.add("matricule")
    elif read is not None and read.confiance >= _SURE:
        if fold(read.valeur).replace(" ", "") == wanted:
            faits.add("matricule")
        elif feuille.type in _WITH_MATRICULE:
            contre.add("matricule")


def _weigh_nir(
    feuille: _Feuille, agent: Agent, faits: set[str], contre: set[str]
) -> None:
    if agent.nir_empreinte is None:
        return
    read = feuille.champs.get("nir")
    empreinte = feuille.nir_empreintes.get(read.valeur) if read else None
    known = {empreinte} if feuille.is_row else set(feuille.nir_empreintes.values())
    if agent.nir_empreinte in known:
        faits.add("nir")
    elif empreinte is not None:
        contre.add("nir")


def _reasons(
    family: NomLu, first: NomLu | None, faits: set[str], contre: set[str]
) -> Iterator[Raison]:
    zone = family.zone.around(first.zone) if first else family.zone
    lu = f"{family.lu} {first.lu}" if first else family.lu
    yield Raison(
        code="nom-trouve",
        detail=f"Nom lu : {lu}",
        page=family.ligne.page,
        zone=zone,
        poids=0.4,
    )
    said = {
        "naissance": "La date de naissance concorde.",
        "matricule": "Le matricule concorde.",
        "nir": "Le numéro de sécurité sociale concorde.",
    }
    denied = {
        "naissance": "La date de naissance lue est celle d'une autre personne.",
        "matricule": "Le matricule lu est celui d'une autre personne.",
        "nir": "Le numéro de sécurité sociale lu est celui d'une autre personne.",
    }
    for fait in sorted(faits):
        yield Raison(code=f"{fait}-concorde", detail=said[fait], poids=0.25)
    for fait in sorted(contre):
        yield Raison(code=f"{fait}-contredit", detail=denied[fait], poids=-0.5)


def _longest(found: list[Identification]) -> Iterator[Identification]:
    """Drop a name read inside a longer one: « DUBOIS Jean » inside « Jean-Pierre »."""
    for one in found:
        if any(_swallows(other, one) for other in found if other is not one):
            continue
        yield one


def _swallows(other: Identification, one: Identification) -> bool:
    if not (other.is_full and other.lettres > one.lettres) or one.faits:
        return False
    spots = [(r.page, r.zone) for r in one.raisons if r.code == "nom-trouve"]
    wider = [(r.page, r.zone) for r in other.raisons if r.code == "nom-trouve"]
    return any(
        page == p and zone and z and _inside(zone, z)
        for page, zone in spots
        for p, z in wider
    )


def _inside(inner: Zone, outer: Zone) -> bool:
    margin = 0.005
    return (
        inner.x >= outer.x - margin
        and inner.y >= outer.y - margin
        and inner.droite <= outer.droite + margin
        and inner.bas <= outer.bas + margin
    )
