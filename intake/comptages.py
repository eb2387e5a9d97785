"""Counts, types and digests of a list against its own lines and against the files. Pure."""

from collections import defaultdict
from collections.abc import Iterator

from intake.dossier_colis import OPERATEUR, PRESTATAIRE, Dossier, line
from records.colis import CodeEcart, EcartNouveau, Element, Enveloppe


def pages(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Compare the pages found in each file with those announced for it."""
    shared: dict[int, list[Element]] = defaultdict(list)
    for element in dossier.elements:
        if element.fichier_id is not None:
            shared[element.fichier_id].append(element)
    for fichier_id, elements in shared.items():
        found = dossier.nb_pages(fichier_id)
        if found is None:
            continue
        said = [_announced_pages(element) for element in elements]
        whole = sum(n for n in said if n is not None)
        if None not in said and whole != found:
            yield _page_line(elements[0], whole, found)
    yield from _batch_pages(dossier)


def _announced_pages(element: Element) -> int | None:
    if element.nb_pages_annonce is not None:
        return element.nb_pages_annonce
    if element.page_debut is not None and element.page_fin is not None:
        return element.page_fin - element.page_debut + 1
    return None


def _page_line(element: Element, said: int, found: int) -> EcartNouveau:
    return line(
        f"pages:{element.rang}",
        CodeEcart.NOMBRE_DE_PAGES,
        f"« {element.nom_fichier} » : {said} page(s) annoncée(s), {found} trouvée(s).",
        PRESTATAIRE,
        element=element,
    )


def _batch_pages(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Compare the pages of a batch with the count its sender gave."""
    said = dossier.colis.nb_pages_annonce
    if dossier.colis.enveloppe != Enveloppe.LOT.code or said is None:
        return
    counts = [dossier.nb_pages(fichier.id) for fichier in dossier.fichiers]
    found = sum(n for n in counts if n is not None)
    if None not in counts and found != said:
        yield line(
            "pages:lot",
            CodeEcart.NOMBRE_DE_PAGES,
            f"Le lot compte {found} page(s) ; {said} étaient annoncées.",
            OPERATEUR,
        )


def counts(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Compare the totals of the header with its own lines, and with what was found."""
    if not dossier.is_listed:
        return
    colis = dossier.colis
    for cle, said, counted, noun in (
        ("elements", colis.nb_elements_annonce, len(dossier.elements), "document(s)"),
        ("plis", colis.nb_plis_annonce, len(dossier.plis), "pli(s)"),
    ):
        if said is not None and said != counted:
            yield line(
                f"nombre:{cle}",
                CodeEcart.NOMBRE_ANNONCE,
                f"La liste annonce {said} {noun} et en détaille {counted}.",
                PRESTATAIRE,
            )
    for pli in dossier.plis:
        mine = sum(element.pli_id == pli.id for element in dossier.elements)
        if pli.nb_elements_annonce is not None and pli.nb_elements_annonce != mine:
            yield line(
                f"nombre:pli {pli.numero}",
                CodeEcart.NOMBRE_ANNONCE,
                f"Le pli {pli.numero} annonce {pli.nb_elements_annonce} document(s) et "
                f"en détaille {mine}.",
                PRESTATAIRE,
                pli=pli,
            )
    yield from _page_total(dossier)


def _page_total(dossier: Dossier) -> Iterator[EcartNouveau]:
    said = dossier.colis.nb_pages_annonce
    announced = [_announced_pages(element) for element in dossier.elements]
    if said is None or None in announced:
        return
    found = [
        count if (count := dossier.nb_pages(element.fichier_id)) is not None else pages
        for element, pages in zip(dossier.elements, announced, strict=True)
        if element.page_debut is None or element.nb_pages_annonce is not None
    ]
    if said not in {sum(n or 0 for n in announced), sum(n or 0 for n in found)}:
        yield line(
            "nombre:pages",
            CodeEcart.NOMBRE_ANNONCE,
            f"La liste annonce {said} page(s) ; ses lignes en comptent "
            f"{sum(n or 0 for n in announced)}.",
            PRESTATAIRE,
        )


def order(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find ranks given twice in a pli, and pages given twice or against the ranks."""
    ranks: dict[tuple[int, int], Element] = {}
    for element in dossier.elements:
        if element.pli_id is None or element.rang_pli is None:
            continue
        key = (element.pli_id, element.rang_pli)
        first = ranks.setdefault(key, element)
        if first is not element:
            yield _order_line(
                element,
                f"« {first.nom_fichier} » et « {element.nom_fichier} » portent tous deux "
                f"le rang {element.rang_pli} de leur pli.",
            )
    yield from _pages_order(dossier)


def _pages_order(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Compare, in a file shared by several papers, the pages with the announced order."""
    last: dict[int, Element] = {}
    for element in dossier.elements:
        if element.fichier_id is None or element.page_debut is None:
            continue
        before = last.get(element.fichier_id)
        last[element.fichier_id] = element
        if before is not None and element.page_debut <= (before.page_fin or 0):
            yield _order_line(
                element,
                f"« {element.nom_fichier} » : un document annoncé commence à la page "
                f"{element.page_debut}, après un autre qui finit à la page "
                f"{before.page_fin}.",
            )


def _order_line(element: Element, detail: str) -> EcartNouveau:
    return line(
        f"ordre:{element.rang}", CodeEcart.ORDRE, detail, PRESTATAIRE, element=element
    )


def types(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find the types that are not at the catalogue."""
    for element in dossier.elements:
        if element.type_annonce and element.type_annonce not in dossier.types:
            yield line(
                f"type:{element.rang}",
                CodeEcart.TYPE_INCONNU,
                f"« {element.nom_fichier} » : le type {element.type_annonce} n’est pas à "
                "la nomenclature.",
                OPERATEUR,
                element=element,
            )


def digests(dossier: Dossier) -> Iterator[EcartNouveau]:
    """Find the files whose bytes are not those announced."""
    found = {fichier.id: fichier.empreinte for fichier in dossier.fichiers}
    for element in dossier.elements:
        real = found.get(element.fichier_id or 0)
        if element.empreinte_annoncee and real and real != element.empreinte_annoncee:
            yield line(
                f"empreinte:{element.rang}",
                CodeEcart.EMPREINTE_DIFFERENTE,
                f"« {element.nom_fichier} » : l’empreinte annoncée n’est pas celle des "
                "octets trouvés.",
                PRESTATAIRE,
                element=element,
            )
