"""Civil status: births, deaths, adoption, those entitled."""

# ruff: noqa: ISC004 - prose cut for the width of the page
import datetime as dt
from typing import Any

from tests.fabrique.blocs import (
    b,
    cadre,
    cases,
    champ,
    fr,
    hr,
    lettres,
    liste,
    p,
    rond,
    s,
    signature,
    titre,
    v,
)  # fmt: skip
from tests.fabrique.papiers.base import Papier, Sujet, entete_employeur, iso

LARGE = {"corps": 11, "mx": 22, "my": 20}


def naissance(
    x: Sujet, variante: int, ne: dt.date, enfant: str, *, deces: dt.date | None = None,
    delivre: dt.date | None = None, autre: str = "",
) -> Papier:  # fmt: skip
    """Draw a birth act (copy or extract), with a margin of death if asked."""
    given = delivre or ne + dt.timedelta(days=9)
    town = x.employeur["ville"]
    other = autre or "Camille LANDRECOURT"
    parent = x.nom("courant")
    champs: dict[str, Any] = {
        "piece": ("copie intégrale", "extrait", "certificat")[variante],
        "enfant": enfant, "ne_le": iso(ne), "parent": parent, "date_delivrance": iso(given),
    }  # fmt: skip
    born_parent = f"né{x.accord} le {fr(x.naissance)}"
    if variante == 2:
        body = [
            p([b("MATERNITÉ DES AULNAIES")]), p("Centre hospitalier"), v(5),
            titre("CERTIFICAT D'ACCOUCHEMENT", size=1.4), v(5),
            p(["Le service certifie que ", s(x.nom("civil")), f", {born_parent}, a donné "
               "naissance le ", s(fr(ne)), f" à l'enfant {enfant}."]),
            v(6), signature(x.tirage, [f"Le {fr(given)}", "La sage-femme cadre"]),
        ]  # fmt: skip
    else:
        champs["autre_parent"] = other
        head = ("COPIE INTÉGRALE D'ACTE DE NAISSANCE", "EXTRAIT D'ACTE DE NAISSANCE")[
            variante
        ]
        role = "mère" if x.agent["sexe"] == "F" else "père"
        back = "père" if role == "mère" else "mère"
        body = [
            p([b(f"MAIRIE DE {town.upper()}")], a="c"), p("État civil", a="c"), hr(),
            titre(head, size=1.3), p(f"Acte n° {x.tirage.randint(3, 300)}"), v(3),
            p(f"Le {lettres(ne)} à {x.tirage.randint(1, 22)} heures est né(e) à {town} : "
              f"{enfant}.", a="j"),
            p(f"de {x.nom('prenom')}, {born_parent}, {x.agent['grade'].lower()}, "
              f"({role}) et de {other} ({back}).", a="j"),
            p("Dressé par nous, officier de l'état civil, qui avons signé."), v(2),
            p([b("Mentions marginales : "), f"Décédé(e) à {town} le {lettres(deces)}."
               if deces else "néant"]), v(5),
            p(f"Copie délivrée conforme le {fr(given)}"),
            signature(x.tirage, ["L'officier de l'état civil"]),
            rond(x.tirage, ["ÉTAT CIVIL", town], dx=20, dy=-24),
        ]  # fmt: skip
        if deces:
            champs["mention_deces"] = iso(deces)
    return Papier("ACTE_NAISSANCE", body, champs, style=LARGE)


def acte_deces(
    x: Sujet, variante: int, le: dt.date, *, defunt: str, ne: dt.date, homme: bool
) -> Papier:
    """Draw a death act (the whole copy, or an extract in lines)."""
    town, given = x.employeur["ville"], le + dt.timedelta(days=6)
    e, hour = "" if homme else "e", x.tirage.randint(0, 22)
    number = x.tirage.randint(3, 300)
    if variante == 0:
        body = [
            p([b(f"MAIRIE DE {town.upper()}")], a="c"),
            titre("COPIE INTÉGRALE D'ACTE DE DÉCÈS", size=1.4),
            p(f"Acte n° {number}"), v(3),
            p(f"Le {lettres(le)} à {hour} heures, est décédé{e} à {town} : {defunt}, "
              f"né{e} le {fr(ne)}, domicilié{e} à {town}.", a="j"),
            p("Dressé par nous, officier de l'état civil, sur la déclaration d'un "
              "proche."), v(5),
        ]  # fmt: skip
    else:
        body = [
            p([b("RÉPUBLIQUE FRANÇAISE")], a="c"), p(f"Commune de {town}", a="c"), hr(),
            titre("EXTRAIT D'ACTE DE DÉCÈS", size=1.4), p(f"Acte n° {number}"),
            champ("Nom et prénoms", defunt), champ(f"né{e} le", fr(ne)),
            champ(f"est décédé{e} le", fr(le)), champ("à", town),
            p("Pour extrait conforme."),
        ]  # fmt: skip
    body += [
        p(f"Délivré le {fr(given)}"), signature(x.tirage, ["L'officier de l'état civil"]),
        rond(x.tirage, ["MAIRIE", town], dx=15, dy=-24),
    ]  # fmt: skip
    champs = {"defunt": defunt, "decede_le": iso(le), "lieu": town,
              "date_delivrance": iso(given), "date_naissance": iso(ne)}  # fmt: skip
    return Papier("ACTE_DECES", body, champs, style=LARGE)


def adoption(
    x: Sujet, variante: int, le: dt.date, arrivee: dt.date, enfant: str
) -> Papier:
    """Draw the attestation of an adoption (a letter, or a form)."""
    head = [p([b(f"Département : {x.employeur['departement']}")]),
            p("Aide sociale à l'enfance"), v(5)]  # fmt: skip
    if variante == 0:
        body = [
            *head, titre("ATTESTATION DE PLACEMENT EN VUE D'ADOPTION", size=1.3), v(5),
            p(f"Le service de l'aide sociale à l'enfance atteste que l'enfant {enfant}, "
              "pupille de l'État, a été confié en vue d'adoption au foyer de "
              f"{x.nom('civil')}, né{x.accord} le {fr(x.naissance)}, titulaire de "
              "l'agrément.", a="j"),
            p([b(f"Date d'arrivée de l'enfant au foyer : {fr(arrivee)}")]),
        ]  # fmt: skip
    else:
        body = [
            *head,
            titre("ATTESTATION D'ADOPTION", size=1.4),
            cadre(
                "L'adoptant",
                [
                    champ("Nom et prénom", x.nom("courant")),
                    champ("Né(e) le", fr(x.naissance)),
                    champ("Agrément", "en cours de validité"),
                ],
            ),
            cadre(
                "L'enfant",
                [
                    champ("Prénom", enfant),
                    champ("Statut", "pupille de l'État"),
                    champ("Confié en vue d'adoption, arrivée au foyer le", fr(arrivee)),
                ],
            ),
        ]
    body += [v(6), signature(x.tirage, [f"Le {fr(le)}", "La cheffe de service"])]
    champs = {"date_arrivee": iso(arrivee), "date": iso(le), "enfant": enfant}
    return Papier("ADOPTION", body, champs, style=LARGE)


def ayants_droit(
    x: Sujet, variante: int, le: dt.date, deces: dt.date, conjoint: str
) -> Papier:
    """Draw who is entitled after a death."""
    if variante == 0:
        body = [
            *entete_employeur(x),
            titre("ATTESTATION DÉSIGNANT LES AYANTS DROIT", size=1.3),
            v(4),
            p(
                f"À la suite du décès de {x.nom('civil')}, né{x.accord} le "
                f"{fr(x.naissance)}, "
                f"survenu le {fr(deces)}, les ayants droit sont :"
            ),
            liste([f"{conjoint}, conjoint non séparé de corps", "un enfant à charge"]),
            signature(x.tirage, [f"Le {fr(le)}", "L'autorité territoriale"]),
        ]
    else:
        body = [
            titre("ATTESTATION SUR L'HONNEUR", size=1.4),
            p("(ayants droit d'un agent décédé)", a="c"),
            champ("Je soussigné(e)", conjoint),
            champ("Agent décédé", x.nom("courant")),
            champ("né(e) le", fr(x.naissance)),
            champ("Date du décès", fr(deces)),
            cadre(
                "Situation",
                [
                    cases(
                        [
                            ("conjoint", True),
                            ("partenaire de PACS", False),
                            ("séparation de corps", False),
                        ]
                    )
                ],
            ),
            p("déclare sur l'honneur être ayant droit de l'agent."),
            signature(x.tirage, ["Fait le", s(fr(le))]),
        ]
    return Papier(
        "AYANTS_DROIT", body, {"date": iso(le)}, main=variante == 1, style=LARGE
    )
