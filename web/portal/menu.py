"""The doors of the client space and the pages behind each, for one person.

A page is in the menu of whoever may open it: the policy of its route says so, nothing else.
"""

import re
from dataclasses import dataclass

from aiohttp import web

from web.keys import ROUTES

Lien = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Porte:
    """One door: its name and its pages (address, name); it opens on the first."""

    nom: str
    pages: tuple[Lien, ...]


PORTES = (
    Porte(
        "Mes actions",
        (
            ("/", "Mes actions en cours"),
            ("/actions/a_verifier", "À vérifier"),
            ("/donnees-journalieres", "Données journalières"),
        ),
    ),
    Porte(
        "Déclarations",
        (
            ("/declarer", "Déclarer"),
            ("/agents", "Agents"),
            ("/services", "Services"),
        ),
    ),
    Porte(
        "Documents",
        (
            ("/documents-manquants", "Documents manquants"),
            ("/deposer", "Déposer"),
            ("/documents", "Documents intégrés"),
            ("/courriers", "Courriers"),
        ),
    ),
    Porte(
        "Bordereaux",
        (
            ("/bordereaux", "Bordereaux et décomptes"),
            ("/releves", "Relevés de comptes"),
        ),
    ),
    Porte(
        "Simulateur",
        (
            ("/simulations", "Simulateur de droits"),
            ("/simulations/alertes", "Alertes de droits"),
        ),
    ),
    Porte(
        "Liste des arrêts",
        (("/listes-arrets", "Listes des arrêts"), ("/absences", "Absences en images")),
    ),
    Porte("Colis", (("/colis", "Colis"),)),
    Porte("Administration", (("/comptes", "Comptes"), ("/courriels", "Courriels"))),
)


# a page of a shared address is for those who may open this one
_LIKE = {"/actions/a_verifier": "/documents/{reference}/traiter"}
# pages that live under another one than their address says
_SECTIONS = (
    (re.compile(r"/agents/[^/]+/declarer"), "/declarer"),
    (re.compile(r"/agents/[^/]+/simulation"), "/simulations"),
    (re.compile(r"/documents/[^/]+/traiter"), "/actions/a_verifier"),
    (re.compile(r"/pieces-attendues/"), "/documents-manquants"),
    (re.compile(r"/evenements/"), "/agents"),
    (re.compile(r"/depots/[^/]+/decoupage"), "/colis"),
    (re.compile(r"/depots"), "/deposer"),
    (re.compile(r"/actions/(?!a_verifier)"), "/"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """The doors a person may open, and where the page shown stands among them."""

    portes: tuple[Porte, ...]
    porte: Porte | None
    page: str


def menu_of(app: web.Application, role: str, path: str) -> Menu:
    """Return the menu of a role on the page at `path`."""
    doors = _doors(app, role)
    section = next((place for rule, place in _SECTIONS if rule.match(path)), path)
    found = [
        (len(address), porte, address)
        for porte in doors
        for address, _ in porte.pages
        if section == address or (address != "/" and section.startswith(f"{address}/"))
    ]
    if not found:
        return Menu(portes=doors, porte=None, page="")
    _, porte, page = max(found, key=lambda one: one[0])
    return Menu(portes=doors, porte=porte, page=page)


def _doors(app: web.Application, role: str) -> tuple[Porte, ...]:
    open_to = {
        route.path
        for route in app[ROUTES].values()
        if route.method == "GET" and route.policy and route.policy.allows(role)
    }
    shown = (
        Porte(
            porte.nom,
            tuple(p for p in porte.pages if _LIKE.get(p[0], p[0]) in open_to),
        )
        for porte in PORTES
    )
    return tuple(porte for porte in shown if porte.pages)
