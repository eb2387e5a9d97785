"""Who takes charge of a line of the basket, and the filters a person keeps (S01)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from records.store import affectations
from records.store.affectations import Prise
from records.vocabulary import Typologie
from socle.db import ReadSession, WriteSession
from socle.errors import NotFoundError
from web.api import models as m
from web.api import present
from web.api import reponses as r
from web.api.contexte import Contexte

Json = dict[str, Any]
Filtre = Annotated[str, Field(max_length=100)]


class AffectationLue(r.Reponse):
    """Who holds a line; `autre` is never named here."""

    ligne: str
    prise_en_charge: Literal["moi", "autre"] | None
    depuis: r.Instant | None


class VueRecherche(m.Modele):
    """Which list's views."""

    liste: str = Field(max_length=40, description="Code d'une typologie.")


class VueNommee(VueRecherche):
    """One view of a list."""

    nom: str = Field(min_length=1, max_length=60, pattern=r"\S")


class VueEntree(VueNommee):
    """A view to keep; the same name again replaces its filters."""

    filtres: dict[Filtre, Filtre] = Field(default_factory=dict, max_length=20)


class VueLue(r.Reponse):
    """A view kept."""

    liste: str
    nom: str
    filtres: dict[str, str]


# --- who takes charge ---------------------------------------------------------------


def _held(ctx: Contexte, ligne: str, prise: Prise | None) -> Json:
    who = None
    if prise is not None:
        who = "moi" if prise.compte == ctx.auteur else "autre"
    return {
        "ligne": ligne,
        "prise_en_charge": who,
        "depuis": present.instant(prise.affecte_at if prise else None),
    }


def show(session: ReadSession, ctx: Contexte, ligne: str) -> Json:
    """Say who holds a line one may see."""
    canonical = affectations.line(session, ligne, ctx.perimetre)
    return _held(ctx, canonical, affectations.holder(session, canonical))


def take(session: WriteSession, ctx: Contexte, ligne: str) -> Json:
    """Take charge of a line."""
    affectations.take(
        session, ligne, perimetre=ctx.perimetre, auteur=ctx.auteur, now=ctx.now
    )
    return show(session, ctx, ligne)


def give_back(session: WriteSession, ctx: Contexte, ligne: str) -> Json:
    """Leave a line to the others."""
    affectations.give_back(
        session, ligne, perimetre=ctx.perimetre, auteur=ctx.auteur, now=ctx.now
    )
    return show(session, ctx, ligne)


# --- views kept ---------------------------------------------------------------------


def _list_of(word: str) -> str:
    if word not in {one.code for one in Typologie}:
        raise NotFoundError("introuvable", "Aucune liste d'actions de ce nom.")
    return word


def _view(liste: str, nom: str, filtres: Mapping[str, str]) -> Json:
    return {"liste": liste, "nom": nom, "filtres": dict(filtres)}


def list_views(session: ReadSession, ctx: Contexte, asked: VueRecherche) -> Json:
    """List the views this account keeps of a list."""
    liste = _list_of(asked.liste)
    kept = affectations.views(session, ctx.identite.compte_id, liste)
    elements = [_view(liste, nom, affectations.filters(text)) for nom, text in kept]
    return {"elements": elements, "suivant": None, "total": len(elements)}


def keep_view(session: WriteSession, ctx: Contexte, entry: VueEntree) -> Json:
    """Keep filters under a name."""
    liste, nom = _list_of(entry.liste), entry.nom.strip()
    filtres = {name: value for name, value in entry.filtres.items() if value}
    affectations.keep_view(
        session, ctx.identite.compte_id, liste, nom, affectations.written(filtres)
    )
    return _view(liste, nom, filtres)


def drop_view(session: WriteSession, ctx: Contexte, asked: VueNommee) -> Json:
    """Forget a view; return those that stay."""
    liste, nom = _list_of(asked.liste), asked.nom.strip()
    affectations.drop_view(session, ctx.identite.compte_id, liste, nom)
    return list_views(session, ctx, asked)
