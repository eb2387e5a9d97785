"""Lists of leaves for the doors of the house: the desk, what may be asked, runs as JSON."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from bordereaux import listes as l
from bordereaux import listes_registre
from bordereaux.listes import Parametres
from bordereaux.listes_registre import Execution, ListeVue
from bordereaux.listes_tirage import Bureau
from records.natures import Catalogue
from records.noms import fold
from records.parties import Collectivite
from records.store import collectivites, renvois
from socle import mail
from socle.db import ReadSession, WriteSession
from socle.errors import ErreurChamp, RefusedError
from web.api import present
from web.api.contexte import Contexte
from web.services import Services

Json = dict[str, Any]
MAX_DESTINATAIRES = 20
_MAX_ADDRESS = 160
_SEPARATORS = re.compile(r"[\s,;]+")


def bureau_of(services: Services, auteur: str) -> Bureau:
    """Return the desk that makes lists, acting for someone."""
    return Bureau(
        db=services.db,
        storage=services.storage,
        catalogue=services.catalogue,
        adresse_portail=services.settings.public_url,
        auteur=auteur,
    )


# --- what may be asked ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Demande:
    """What was typed for a list, as texts."""

    collectivite: str | None
    categorie: str
    type: str
    budget: str | None
    risques: tuple[str, ...]
    format: str
    destinataires: tuple[str, ...]
    frequence: str
    jour: int | None
    du: dt.date | None
    au: dt.date | None


def addresses(text: str) -> tuple[str, ...]:
    """Return the addresses typed in one field: commas, semicolons, spaces or lines."""
    return tuple(dict.fromkeys(filter(None, _SEPARATORS.split(text))))


def place_of(session: ReadSession, ctx: Contexte, asked: str | None) -> Collectivite:
    """Return the collectivité of a list: the one said, or the only one seen.

    Raises `NotFoundError` for a foreign one, `RefusedError` when it must be said.
    """
    if asked:
        return collectivites.get(session, asked, ctx.perimetre)
    seen = collectivites.listing(session, ctx.perimetre)
    if len(seen) == 1:
        return seen[0]
    raise refused([_wrong("collectivite", "Indiquez la collectivité.")])


def checked(demande: Demande, place: Collectivite, known: Catalogue) -> Parametres:
    """Return what is asked, in closed words; `RefusedError` names every wrong field."""
    erreurs: list[ErreurChamp] = []
    words = {
        "categorie": _word(l.Categorie, demande.categorie, "categorie", erreurs),
        "type": _word(l.TypeListe, demande.type, "type", erreurs),
        "format": _word(l.FormatListe, demande.format, "format", erreurs),
        "frequence": _word(l.Frequence, demande.frequence, "frequence", erreurs),
    }
    unknown = [risk for risk in demande.risques if risk not in l.risks(known)]
    if unknown:
        erreurs.append(_wrong("risques", "Choisissez un risque de la liste."))
    _check_addresses(demande.destinataires, erreurs)
    budget = _budget(demande.budget, place, erreurs)
    _check_days(demande, erreurs)
    if erreurs:
        raise refused(erreurs)
    is_once = words["frequence"] is l.Frequence.UNE_FOIS
    return Parametres(
        **words,
        budget=budget,
        risques=demande.risques,
        destinataires=demande.destinataires,
        jour=None if is_once else demande.jour or 1,
        du=demande.du if is_once else None,
        au=demande.au if is_once else None,
    )


def _word(words: Any, code: str, champ: str, erreurs: list[ErreurChamp]) -> Any:  # noqa: ANN401
    try:
        return words.of(code)
    except ValueError:
        erreurs.append(_wrong(champ, "Choisissez dans la liste."))
        return None


def _budget(
    said: str | None, place: Collectivite, erreurs: list[ErreurChamp]
) -> str | None:
    if not said:
        return None
    found = [budget for budget in place.budgets if fold(budget) == fold(said)]
    if not found:
        listed = ", ".join(place.budgets) or "aucun"
        erreurs.append(
            _wrong("budget", f"Choisissez un budget de {place.nom} : {listed}.")
        )
        return None
    return found[0]


def _check_addresses(given: tuple[str, ...], erreurs: list[ErreurChamp]) -> None:
    wrong = next((one for one in given if not _is_address(one)), None)
    if wrong is not None:
        detail = f"« {wrong[:60]} » n'est pas une adresse électronique."
        erreurs.append(_wrong("destinataires", detail))
    if len(given) > MAX_DESTINATAIRES:
        detail = f"{MAX_DESTINATAIRES} destinataires au plus."
        erreurs.append(_wrong("destinataires", detail))


def _is_address(given: str) -> bool:
    if len(given) > _MAX_ADDRESS:
        return False
    try:
        mail.refuse_address(given)
    except RefusedError:
        return False
    return True


def _check_days(demande: Demande, erreurs: list[ErreurChamp]) -> None:
    if demande.frequence == l.Frequence.UNE_FOIS.code:
        if (demande.du is None) != (demande.au is None):
            champ = "du" if demande.du is None else "au"
            erreurs.append(_wrong(champ, "Indiquez le premier et le dernier jour."))
        elif demande.du and demande.au and demande.au < demande.du:
            erreurs.append(_wrong("au", "Le dernier jour précède le premier."))
        return
    is_weekly = demande.frequence == l.Frequence.HEBDOMADAIRE.code
    last = len(l.WEEKDAYS) if is_weekly else l.MAX_DAY
    if demande.jour is not None and not 1 <= demande.jour <= last:
        erreurs.append(_wrong("jour", f"Choisissez un jour de 1 à {last}."))


def _wrong(champ: str, detail: str) -> ErreurChamp:
    return ErreurChamp(champ=champ, code="valeur-refusee", detail=detail)


def refused(erreurs: list[ErreurChamp]) -> RefusedError:
    """Make the refusal of a list asked for."""
    return RefusedError(
        "liste-refusee",
        "La liste n'est pas enregistrée : corrigez les champs indiqués.",
        erreurs=tuple(erreurs),
    )


def create(session: WriteSession, ctx: Contexte, demande: Demande) -> ListeVue:
    """Check and keep what is asked, about what its author may see."""
    place = place_of(session, ctx, demande.collectivite)
    return listes_registre.create(
        session,
        collectivite_id=place.id,
        perimetre=ctx.perimetre,
        parametres=checked(demande, place, ctx.catalogue),
        auteur=ctx.auteur,
        now=ctx.now,
        on=ctx.today,
    )


# --- shown ----------------------------------------------------------------------------


def liste_json(liste: ListeVue, collectivite: str) -> Json:
    """Return a list as lists show it."""
    asked = liste.parametres
    return {
        "reference": liste.reference,
        "collectivite": collectivite,
        "categorie": asked.categorie.code,
        "type": asked.type.code,
        "budget": asked.budget,
        "risques": list(asked.risques),
        "format": asked.format.code,
        "destinataires": list(asked.destinataires),
        "frequence": asked.frequence.code,
        "jour": asked.jour,
        "du": present.day(asked.du),
        "au": present.day(asked.au),
        "prochaine_le": present.day(liste.prochaine_le),
        "nb_executions": liste.nb_executions,
        "cree_le": present.instant(liste.cree_at),
    }


def listes_json(session: ReadSession, rows: list[ListeVue]) -> list[Json]:
    """Return lists as lists show them."""
    homes = renvois.collectivites(session, [row.collectivite_id for row in rows])
    return [liste_json(row, homes[row.collectivite_id]) for row in rows]


def execution_json(reference: str, run: Execution) -> Json:
    """Return one run: what it counts, what changed, where its bytes are."""
    changes: Json = run.contenu["changements"]
    place = f"/api/v1/listes-arrets/{reference}/executions/{run.rang}"
    return {
        "rang": run.rang,
        "editee_le": present.instant(run.executee_at),
        "prevue_le": present.day(run.prevue_le),
        "periode": present.periode(run.periode),
        "nb_arrets": run.nb_arrets,
        "nb_agents": run.nb_agents,
        "nb_jours": run.nb_jours,
        "changements": {
            "nouveaux": changes["nouveaux"],
            "modifies": changes["modifies"],
            "disparus": len(changes["disparus"]),
        },
        "pdf": {"lien": f"{place}.pdf", "empreinte": run.pdf.empreinte,
                "taille": run.pdf.taille},
        "xlsx": {"lien": f"{place}.xlsx", "empreinte": run.xlsx.empreinte,
                 "taille": run.xlsx.taille},
    }  # fmt: skip
