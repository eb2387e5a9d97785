"""What a reconciliation looks at, as values, and how one of its lines is made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from records.colis import CodeEcart, Colis, EcartNouveau, Element, Fichier, Pli

OPERATEUR, PRESTATAIRE, GESTIONNAIRE = "operateur", "prestataire", "gestionnaire"


@dataclass(frozen=True, slots=True, kw_only=True)
class LectureFichier:
    """What the reading of one file said: pages, end, whose papers they really are."""

    nb_pages: int | None
    etat: str
    motif: str | None = None
    nb_illisibles: int = 0
    # the papers name somebody of another collectivité
    is_ailleurs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailleurs:
    """A paper of the same control number in another colis: there, or missed there."""

    colis: str
    is_manquant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All a reconciliation looks at."""

    colis: Colis
    plis: tuple[Pli, ...]
    elements: tuple[Element, ...]
    fichiers: tuple[Fichier, ...]
    lectures: Mapping[int, LectureFichier]
    types: frozenset[str]
    ailleurs: Mapping[str, Ailleurs] = field(default_factory=dict)
    # an earlier incoming colis of the same number
    meme_numero: str | None = None
    # the colis this one is a new scan of
    renumerise: str | None = None
    # why the postal box is somebody else's, in a sentence
    boite_d_autrui: str | None = None

    @property
    def is_listed(self) -> bool:
        """Tell whether a list announces papers, one by one."""
        return self.colis.liste is not None

    def nb_pages(self, fichier_id: int | None) -> int | None:
        """Return the pages found in a file, None when it was not read."""
        lecture = self.lectures.get(fichier_id or 0)
        return lecture.nb_pages if lecture else None


def line(
    cle: str,
    code: CodeEcart,
    detail: str,
    proprietaire: str,
    *,
    element: Element | None = None,
    fichier: Fichier | None = None,
    pli: Pli | None = None,
) -> EcartNouveau:
    """Make a disagreement; its collectivité is that of what it is about."""
    owner = next(
        (one.collectivite_id for one in (element, fichier, pli) if one is not None),
        None,
    )
    return EcartNouveau(
        cle=cle[:200],
        code=code,
        detail=detail,
        proprietaire=proprietaire,
        element_id=element.id if element else None,
        fichier_id=fichier.id if fichier else None,
        collectivite_id=owner,
    )
