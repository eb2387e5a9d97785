"""The facts of the journal as sentences a clerk reads, with what each act changed."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from records.journal import sentence
from records.natures import Catalogue, ChampDeclare
from records.store import comptes, revisions
from records.store.fiches import Fiche
from records.store.revisions import Changement
from records.vocabulary import EtatEvenement, EtatPiece, EtatRecours
from socle.db import ReadSession
from web.api.contexte import Contexte
from web.portal import presentation as p
from web.portal.page import STAFF

_COLUMNS = {
    "nature": "Nature", "date_survenance": "Date de l’évènement",
    "numero": "N° de dossier", "sans_arret": "Sans arrêt",
    "tiers_implique": "Tiers impliqué", "etat": "État", "debut": "Premier jour",
    "fin": "Dernier jour", "exigible_le": "Exigible le", "echeance": "Échéance",
    "salaires": "Salaires", "motif": "Motif", "montant_eur": "Montant bloqué",
    "nom_famille": "Nom de famille", "nom_usage": "Nom d’usage", "prenoms": "Prénoms",
    "sexe": "Sexe", "date_naissance": "Date de naissance", "matricule": "Matricule",
    "regime": "Régime", "statut": "Statut", "code": "Code", "libelle": "Libellé",
}  # fmt: skip
_SILENT = frozenset({
    "reference_externe", "evenement_id", "consequence_id", "agent_id", "service_id",
    "origine", "base", "substituts", "date_reference", "envoye_at",
})  # fmt: skip
_ONE_DAY = dt.timedelta(days=1)
_AUTHORS = {
    comptes.COMMAND_LINE: "l’administration du service",
    "demo": "la démonstration",
    "importer": "l’import du référentiel",
    "edition": "l’édition des courriers",
}
AUTOMATE = "le service"


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneJournal:
    """One fact as it is read: when, who, what, and what changed (name, before, after)."""

    moment: dt.datetime
    auteur: str
    phrase: str
    sujet: str
    changements: tuple[tuple[str, str, str], ...] = ()


def of_fiche(
    session: ReadSession, ctx: Contexte, fiche: Fiche
) -> tuple[LigneJournal, ...]:
    """Return the journal of an event, the newest first."""
    known = ctx.catalogue.au(fiche.evenement.date_survenance)
    names = authors(session, ctx, [fait["auteur"] for fait in fiche.faits])
    moved = _changes(session, [fait["sujet"] for fait in fiche.faits])
    told: set[tuple[str, dt.datetime]] = set()
    lines = []
    for fait in fiche.faits:
        key = (fait["sujet"], fait["survenu_at"])
        act = None if key in told else moved.get(key)
        told.add(key)
        lines.append(
            LigneJournal(
                moment=fait["survenu_at"],
                auteur=names[fait["auteur"]],
                phrase=said(ctx, fait),
                sujet=fait["sujet"],
                changements=_worded(ctx, act, _fields(known, fiche, act)),
            )
        )
    return tuple(reversed(lines))


def _changes(
    session: ReadSession, sujets: Iterable[str]
) -> dict[tuple[str, dt.datetime], Changement]:
    """Return what each act changed, by its object and its instant."""
    return {
        (act.sujet, act.ecrite_at): act for act in revisions.history(session, *sujets)
    }


def _fields(
    known: Catalogue, fiche: Fiche, act: Changement | None
) -> tuple[ChampDeclare, ...]:
    """Return the declared fields of what an act changed."""
    if act is None:
        return ()
    if act.genre == "evenement":
        nature = known.natures.get(fiche.evenement.nature)
        return nature.champs if nature else ()
    for one in fiche.evenement.consequences:
        kind = known.consequences.get(one.type)
        if one.reference == act.sujet and kind:
            return kind.champs
    return ()


def _worded(
    ctx: Contexte, act: Changement | None, champs: tuple[ChampDeclare, ...]
) -> tuple[tuple[str, str, str], ...]:
    if act is None:
        return ()
    found = [
        (_COLUMNS[name], _value(name, was), _value(name, now))
        for name, (was, now) in act.colonnes.items()
        if name in _COLUMNS and name not in _SILENT
    ]
    if "champs" in act.colonnes:
        before, after = ({} if v is None else v for v in act.colonnes["champs"])
        found += _champs(ctx, champs, before, after)
    return tuple(found)


def _champs(
    ctx: Contexte,
    champs: tuple[ChampDeclare, ...],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[tuple[str, str, str]]:
    """Return the declared fields that moved; the sensitive ones without their values."""
    reads_all = ctx.identite.role in STAFF
    found = []
    for champ in champs:
        was, now = before.get(champ.nom), after.get(champ.nom)
        if was == now:
            continue
        if champ.type == "sensible" and not reads_all:
            found.append((champ.libelle, "", "modifié"))
        else:
            shown = p.champ_declare(champ, was), p.champ_declare(champ, now)
            found.append((champ.libelle, *shown))
    return found


def _value(name: str, value: Any) -> str:  # noqa: ANN401 - a column's value
    if value is None or value == "":
        return "vide"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        if name == "salaires":
            return p.accord(len(value), "mois saisi", "mois saisis")
        return " ".join(str(part) for part in value) or "vide"
    text = str(value)
    return _WORDED[name](text) if name in _WORDED else p.valeur_champ(text)


def _last_day(text: str) -> str:
    return p.jour(dt.date.fromisoformat(text) - _ONE_DAY)


def _state(code: str) -> str:
    for words in (EtatPiece, EtatEvenement, EtatRecours):
        try:
            return words.of(code).label
        except ValueError:
            continue
    return code.replace("_", " ")


_WORDED = {"fin": _last_day, "montant_eur": p.montant, "etat": _state}


def said(ctx: Contexte, fait: Mapping[str, Any]) -> str:
    """Say a fact in plain French: codes become the names people know."""
    contenu = dict(fait["contenu"])
    known = ctx.catalogue
    for name in ("type", "avant", "apres"):
        if name in contenu:
            code = str(contenu[name])
            label = (
                known.consequence(code)
                if fait["tag"].startswith("consequence:")
                else p.nom_type(code, ctx.today)
            )
            contenu[name] = label
    if "nature" in contenu:
        contenu["nature"] = known.nature(str(contenu["nature"]))
    if "etat" in contenu:
        contenu["etat"] = _state(str(contenu["etat"]))
    if "code" in contenu:
        code = str(contenu["code"])
        contenu["code"] = code.replace("-", " ").replace("_", " ")
    return p.typo(sentence(fait["tag"], contenu))


def authors(
    session: ReadSession, ctx: Contexte, auteurs: Iterable[str]
) -> dict[str, str]:
    """Return how to name the authors of facts to this person.

    A collectivité reads the role of who works here, not their identifier.
    """
    wanted = set(auteurs)
    works_here = ctx.identite.role in STAFF
    found = {}
    for known in comptes.named(session, wanted):
        if known.reference == ctx.auteur:
            found[known.reference] = "vous"
        elif works_here or known.role not in STAFF:
            found[known.reference] = known.identifiant
        else:
            found[known.reference] = f"votre {p.mot_role(known.role).lower()}"
    return {one: found.get(one) or _AUTHORS.get(one, AUTOMATE) for one in wanted}
