"""What a colis brought to a collectivité → the bordereau de réception that is printed.

Announced and found stand on one line each: a file that nobody announced, an announced paper
that never came, are lines too. Nothing of another collectivité is here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bordereaux.lines import Cellule, Colonne, Genre, Liste, numbered
from records.colis import (
    CodeEcart,
    Colis,
    Ecart,
    Element,
    EtatColis,
    EtatFichier,
    Fichier,
    Sens,
)
from records.comptes import Perimetre
from records.store import colis, collectivites, justificatifs, renvois
from records.store import colis_contenu as contenu
from records.vocabulary import Canal
from socle.clock import PARIS
from socle.db import ReadSession
from socle.errors import ConflictError, NotFoundError, RefusedError

COLUMNS = (
    Colonne(titre="N°", genre=Genre.ENTIER, part=2),
    Colonne(titre="Pli", part=4),
    Colonne(titre="N° de contrôle", part=5),
    Colonne(titre="Fichier", part=9),
    Colonne(titre="Type annoncé", part=4),
    Colonne(titre="Pages annoncées", genre=Genre.ENTIER, part=3, is_totalise=True),
    Colonne(titre="Documents reconnus", part=6),
    Colonne(titre="Pages classées", genre=Genre.ENTIER, part=3, is_totalise=True),
    Colonne(titre="Octets", genre=Genre.ENTIER, part=4, is_totalise=True),
    Colonne(titre="État", part=5),
    Colonne(titre="Écarts constatés", part=7),
)
_OPEN = (EtatColis.RECU.code, EtatColis.EN_COURS.code, EtatColis.DEPOUILLE.code)


def addressee(
    session: ReadSession, reference: str, collectivite: str | None, perimetre: Perimetre
) -> tuple[Colis, int]:
    """Return a colis that is done with, and the collectivité its bordereau is for.

    Raises `NotFoundError` (foreign, inexistent, nothing for this collectivité),
    `ConflictError` (`colis-en-cours`), `RefusedError` (`collectivite-a-preciser`).
    """
    found = colis.get(session, reference, perimetre)
    homes = {
        line.collectivite_id
        for lines in (
            contenu.plis(session, found.id, perimetre),
            contenu.fichiers(session, found.id, perimetre),
            contenu.elements(session, found.id, perimetre),
        )
        for line in lines
        if line.collectivite_id is not None
    }
    if found.collectivite_id is not None and perimetre.sees(found.collectivite_id):
        homes.add(found.collectivite_id)
    wanted = renvois.find_collectivite(session, collectivite, perimetre)
    if wanted is not None and wanted not in homes:
        raise NotFoundError("introuvable", "Aucun colis à cette référence.")
    if found.etat in _OPEN:
        raise ConflictError(
            "colis-en-cours",
            "Ce colis n’est pas encore rapproché : son bordereau paraîtra ensuite.",
        )
    if wanted is None and len(homes) != 1:
        raise RefusedError(
            "collectivite-a-preciser",
            "Indiquez pour quelle collectivité (paramètre « collectivite »).",
        )
    return found, wanted if wanted is not None else homes.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contenu:
    """What is seen of a colis: announced, found, disagreeing, recognised."""

    plis: Mapping[int, str]
    elements: Sequence[Element]
    fichiers: Mapping[int, Fichier]
    ecarts: Sequence[Ecart]
    documents: Mapping[int, tuple[str, int]]


def of_colis(session: ReadSession, reference: str, perimetre: Perimetre) -> Liste:
    """Return the list of what a colis brought to the one collectivité of a perimeter."""
    found = colis.get(session, reference, perimetre)
    seen = _read(session, found, perimetre)
    (place,) = perimetre.collectivites or frozenset[int]()
    return Liste(
        titre=(
            "Bordereau de réception"
            if found.sens == Sens.ENTRANT.code
            else "Bordereau d’envoi"
        ),
        entete=_entete(found, collectivites.by_id(session, place).nom),
        colonnes=COLUMNS,
        lignes=numbered(_rows(seen)),
        mentions=tuple(
            f"{CodeEcart.of(ecart.code).label} : {ecart.detail}"
            for ecart in seen.ecarts
            if ecart.element_id is None and ecart.fichier_id is None
        ),
    )


def _read(session: ReadSession, found: Colis, perimetre: Perimetre) -> _Contenu:
    files = contenu.fichiers(session, found.id, perimetre)
    documents: dict[int, tuple[str, int]] = {}
    for file in files:
        if file.depot_id is not None:
            papers = justificatifs.of_depot(session, file.depot_id, perimetre)
            kinds = ", ".join(dict.fromkeys(paper.type for paper in papers))
            documents[file.id] = (kinds, sum(len(paper.pages) for paper in papers))
    return _Contenu(
        plis={pli.id: pli.numero for pli in contenu.plis(session, found.id, perimetre)},
        elements=contenu.elements(session, found.id, perimetre),
        fichiers={file.id: file for file in files},
        ecarts=contenu.ecarts(session, found.id, perimetre),
        documents=documents,
    )


def _entete(found: Colis, nom: str) -> tuple[tuple[str, str], ...]:
    said = [
        ("Collectivité", nom),
        ("Colis", found.reference),
        ("Sens", Sens.of(found.sens).label),
        ("Numéro de l’expéditeur", found.numero or "non renseigné"),
        ("Canal", Canal.of(found.canal).label),
        ("État", EtatColis.of(found.etat).label),
    ]
    for name, instant in (
        ("Livré le", found.livre_at), ("Ouvert le", found.ouvert_at),
        ("Lot créé le", found.lot_cree_at), ("Reçu le", found.recu_at),
    ):  # fmt: skip
        if instant is not None:
            local = instant.astimezone(PARIS)
            said.append((name, f"{local:%d/%m/%Y à %H h %M}"))
    return tuple(said)


def _rows(seen: _Contenu) -> Iterable[tuple[Cellule, ...]]:
    """Yield announced papers in order, files nobody announced, plis with nothing in."""
    by_element, by_file = defaultdict(list), defaultdict(list)
    for ecart in seen.ecarts:
        label = CodeEcart.of(ecart.code).label
        if ecart.element_id is not None:
            by_element[ecart.element_id].append(label)
        elif ecart.fichier_id is not None:
            by_file[ecart.fichier_id].append(label)
    counted: set[int] = set()
    for element in seen.elements:
        file = seen.fichiers.get(element.fichier_id or 0)
        labels = by_element[element.id]
        if file is not None and file.id not in counted:
            labels = [*labels, *by_file[file.id]]
        yield _row(seen, element, file, labels, is_first=_first(counted, file))
    for file in seen.fichiers.values():
        if file.id not in counted:
            counted.add(file.id)
            yield _row(seen, None, file, by_file[file.id], is_first=True)
    filled = {element.pli_id for element in seen.elements}
    for pli_id, numero in seen.plis.items():
        if pli_id not in filled:
            # an outgoing colis: each pli is a bordereau of prestations
            yield (numero, "", "", "", None, "", None, None, "", "")


def _first(counted: set[int], file: Fichier | None) -> bool:
    """Tell whether a file is met for the first time: shared, it is counted once."""
    if file is None or file.id in counted:
        return False
    counted.add(file.id)
    return True


def _row(
    seen: _Contenu,
    element: Element | None,
    file: Fichier | None,
    labels: Sequence[str],
    *,
    is_first: bool,
) -> tuple[Cellule, ...]:
    kinds, pages = seen.documents.get(file.id, ("", 0)) if file else ("", 0)
    etat = EtatFichier.of(file.etat).label if file else "Non reçu"
    return (
        seen.plis.get(element.pli_id or 0, "") if element else "",
        (element.numero_controle or "") if element else "",
        file.nom if file else (element.nom_fichier if element else ""),
        (element.type_annonce or "") if element else "",
        element.nb_pages_annonce if element else None,
        kinds,
        pages if is_first else None,
        file.taille if file and is_first else None,
        etat,
        ", ".join(dict.fromkeys(labels)),
    )
