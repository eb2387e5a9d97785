"""Announced × found → disagreements, each a line somebody owns. Pure.

What one line explains is said once: a missing file does not also make the counts wrong.
"""

from collections import defaultdict
from collections.abc import Iterator

from intake import comptages
from intake.dossier_colis import OPERATEUR, PRESTATAIRE, Ailleurs, Dossier, line
from records.colis import (
    CodeEcart,
    EcartNouveau,
    Element,
    Enveloppe,
    EtatFichier,
    Fichier,
)
from records.vocabulary import EtatDepot


def compare(dossier: Dossier) -> tuple[EcartNouveau, ...]:
    """Return every disagreement of a colis whose files have all been read."""
    return (
        *_missing(dossier),
        *_unannounced(dossier),
        *comptages.pages(dossier),
        *_numbers(dossier),
        *_owners(dossier),
        *_box(dossier),
        *comptages.order(dossier),
        *_unreadable(dossier),
        *_again(dossier),
        *_late(dossier),
        *comptages.counts(dossier),
        *comptages.types(dossier),
        *comptages.digests(dossier),
    )


def _missing(dossier: Dossier) -> Iterator[EcartNouveau]:
    for element in dossier.elements:
        if element.fichier_id is None:
            yield line(
                f"manquant:{element.rang}",
                CodeEcart.FICHIER_MANQUANT,
                f"« {element.nom_fichier} » est annoncé et n’est pas dans le colis.",
                PRESTATAIRE,
                element=element,
            )


def _unannounced(dossier: Dossier) -> Iterator[EcartNouveau]:
    if dossier.colis.enveloppe == Enveloppe.ARCHIVE.code:
        yield line(
            "sans-liste",
            CodeEcart.SANS_LISTE,
            "Aucune liste n’accompagne le colis : rien ne dit ce qu’il devait contenir.",
            PRESTATAIRE,
        )
    if not dossier.is_listed:
        return
    announced = {element.fichier_id for element in dossier.elements}
    for fichier in dossier.fichiers:
        if fichier.id not in announced:
            yield line(
                f"en-trop:{fichier.rang}",
                CodeEcart.FICHIER_EN_TROP,
                f"« {fichier.nom} » est dans le colis et n’est pas annoncé.",
                OPERATEUR,
                fichier=fichier,
            )


def _numbers(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find control numbers borne twice, here or in another colis."""
    borne: dict[str, list[Element]] = defaultdict(list)
    for element in dossier.elements:
        if element.numero_controle:
            borne[element.numero_controle].append(element)
    for numero, elements in borne.items():
        if len(elements) > 1:
            names = ", ".join(f"« {element.nom_fichier} »" for element in elements)
            yield line(
                f"numero:{numero}",
                CodeEcart.NUMERO_EN_DOUBLE,
                f"Le numéro de contrôle {numero} est porté par {names}.",
                PRESTATAIRE,
                element=elements[1],
            )
        elsewhere = dossier.ailleurs.get(numero)
        if elsewhere is not None and elements[0].fichier_id is not None:
            yield from _elsewhere(dossier, elements[0], elsewhere)


def _elsewhere(
    dossier: Dossier, element: Element, elsewhere: Ailleurs
) -> Iterator[EcartNouveau]:
    numero = element.numero_controle
    if elsewhere.is_manquant:
        yield line(
            f"tardif:{numero}",
            CodeEcart.ELEMENT_TARDIF,
            f"« {element.nom_fichier} » (n° {numero}) manquait au colis "
            f"{elsewhere.colis} : il arrive ici.",
            OPERATEUR,
            element=element,
        )
    elif elsewhere.colis not in {dossier.meme_numero, dossier.renumerise}:
        yield line(
            f"numero:{numero}",
            CodeEcart.NUMERO_EN_DOUBLE,
            f"Le numéro de contrôle {numero} a déjà été porté dans le colis "
            f"{elsewhere.colis}.",
            PRESTATAIRE,
            element=element,
        )


def _owners(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find the papers given to a collectivité that is not theirs, or to nobody known."""
    pli_of = {e.fichier_id: e.pli_id for e in dossier.elements}
    plis = {pli.id: pli for pli in dossier.plis}
    told: set[str] = set()
    for fichier in dossier.fichiers:
        code, detail = _owner_fault(dossier, fichier)
        if code is None:
            continue
        pli = plis.get(pli_of.get(fichier.id) or 0)
        place = f"le pli {pli.numero}" if pli else f"« {fichier.nom} »"
        cle = f"{code.code}:{f'pli {pli.numero}' if pli else fichier.rang}"
        if cle not in told:
            told.add(cle)
            # whose it really is stays unsaid: the line is the house's
            yield line(cle, code, f"Dans {place}, {detail}", OPERATEUR)


def _owner_fault(dossier: Dossier, fichier: Fichier) -> tuple[CodeEcart | None, str]:
    lecture = dossier.lectures.get(fichier.id)
    if lecture is not None and lecture.is_ailleurs:
        return (
            CodeEcart.AUTRE_COLLECTIVITE,
            "ce qui est lu désigne un agent d’une autre collectivité que celle annoncée.",
        )
    if fichier.etat != EtatFichier.A_ATTRIBUER.code:
        return None, ""
    if fichier.code == CodeEcart.AUTRE_COLLECTIVITE.code:
        detail = (
            "l’expéditeur, la liste et le pli (code, SIRET, contrat) ne désignent pas la "
            "même collectivité."
        )
        return CodeEcart.AUTRE_COLLECTIVITE, detail
    if fichier.code == CodeEcart.COLLECTIVITE_INCONNUE.code:
        detail = "la collectivité annoncée n’est pas connue ici."
        return CodeEcart.COLLECTIVITE_INCONNUE, detail
    return None, ""


def _box(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Say that the post came through a box that is somebody else's."""
    if dossier.boite_d_autrui is not None:
        code = CodeEcart.AUTRE_COLLECTIVITE
        yield line("boite-postale", code, dossier.boite_d_autrui, OPERATEUR)


def _unreadable(dossier: Dossier) -> Iterator[EcartNouveau]:
    aside = {EtatDepot.REFUSE.code, EtatDepot.QUARANTAINE.code}
    for fichier in dossier.fichiers:
        lecture = dossier.lectures.get(fichier.id)
        why = fichier.motif if fichier.etat == EtatFichier.REFUSE.code else None
        if lecture is not None and fichier.etat == EtatFichier.DEPOSE.code:
            if lecture.etat in aside:
                why = lecture.motif or "il n’a pas pu être lu."
            elif lecture.nb_illisibles and lecture.nb_illisibles == lecture.nb_pages:
                why = "aucune de ses pages n’a pu être lue."
        if why:
            yield line(
                f"illisible:{fichier.rang}",
                CodeEcart.ILLISIBLE,
                f"« {fichier.nom} » : {why}",
                PRESTATAIRE if fichier.depot_id is None else OPERATEUR,
                fichier=fichier,
            )


def _again(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find a colis that came before, under the same number or with the same files."""
    if dossier.meme_numero is not None:
        yield line(
            "colis-en-double",
            CodeEcart.COLIS_EN_DOUBLE,
            f"Le colis {dossier.meme_numero} porte le même numéro "
            f"({dossier.colis.numero}) : comparez-les.",
            OPERATEUR,
        )
        return
    copies = [f for f in dossier.fichiers if f.etat == EtatFichier.DOUBLON.code]
    if dossier.fichiers and len(copies) == len(dossier.fichiers):
        yield line(
            "colis-en-double",
            CodeEcart.COLIS_EN_DOUBLE,
            "Tous les fichiers de ce colis avaient déjà été reçus.",
            OPERATEUR,
        )


def _late(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find the papers scanned after their batch was made: they were slipped in."""
    made = dossier.colis.lot_cree_at
    for element in dossier.elements:
        scanned = element.numerise_at
        if scanned is not None and made is not None and scanned > made:
            yield line(
                f"tardif:{element.rang}",
                CodeEcart.ELEMENT_TARDIF,
                f"« {element.nom_fichier} » a été numérisé après la création du lot.",
                PRESTATAIRE,
                element=element,
            )
