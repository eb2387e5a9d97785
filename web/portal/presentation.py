"""French wording of values: dates, sizes, names of states — what templates call filters.

Pure: no request, no session. Every space that must not break is a no-break space.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from records.natures import ChampDeclare, catalogue
from records.periodes import Periode
from records.vocabulary import (
    EtatDepot,
    EtatEvenement,
    EtatJustificatif,
    EtatPiece,
    EtatRecours,
    Mot,
    Role,
    Typologie,
)
from socle.clock import PARIS, legal_day

NBSP = "\u00a0"
NARROW = "\u202f"
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
    "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_BEFORE = re.compile(r"(?<=\S) ([:;!?»])(?=\s|[.,)]|$)")
_AFTER = re.compile("« ")
_NEVER = dt.date(2200, 1, 1)
INCONNU = "INCONNU"


def jour(value: dt.date | str | None) -> str:
    """Return a day as lists show it.

    >>> jour(dt.date(2026, 2, 3))
    '03/02/2026'
    """
    day = _day(value)
    return day.strftime("%d/%m/%Y") if day else "non renseigné"


def jour_long(value: dt.date | str | None) -> str:
    """Return a day as a sentence says it.

    >>> jour_long(dt.date(2026, 2, 1)).replace("\u00a0", " ")
    '1er février 2026'
    """
    day = _day(value)
    if day is None:
        return "date non renseignée"
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number}{NBSP}{MONTHS[day.month - 1]} {day.year}"


def _day(value: dt.date | str | None) -> dt.date | None:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return value


def moment(value: dt.datetime | None) -> str:
    """Return an instant in French local time."""
    if value is None:
        return "non renseigné"
    local = value.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local:%H}{NBSP}h{NBSP}{local:%M}"


def moment_long(value: dt.datetime | None) -> str:
    """Return an instant in French local time, to the second, in words."""
    if value is None:
        return "non renseigné"
    local = value.astimezone(PARIS)
    return (
        f"{jour_long(local.date())} à {local:%H}{NBSP}h{NBSP}{local:%M}{NBSP}min"
        f"{NBSP}{local:%S}{NBSP}s (heure de Paris)"
    )


def depuis(value: dt.datetime, now: dt.datetime) -> str:
    """Return how long something has been waiting, in words."""
    days = (legal_day(now) - legal_day(value)).days
    if days <= 0:
        return "aujourd’hui"
    return "hier" if days == 1 else f"il y a {days}{NBSP}jours"


def periode(value: Periode | None) -> str:
    """Return days as people say them: a month, a day, or « du … au … » included.

    >>> periode(Periode.month(2026, 2))
    'février 2026'
    """
    if value is None:
        return ""
    if value == Periode.month(value.debut.year, value.debut.month):
        return f"{MONTHS[value.debut.month - 1]} {value.debut.year}"
    if value.nb_jours == 1:
        return f"le {jour(value.debut)}"
    if value.fin >= _NEVER:
        return f"depuis le {jour(value.debut)}"
    return f"du {jour(value.debut)} au {jour(value.dernier)}"


def retard(echeance: dt.date, on: dt.date) -> str:
    r"""Say in words where a deadline stands on a day.

    >>> retard(dt.date(2026, 2, 1), dt.date(2026, 2, 3)).replace("\u00a0", " ")
    'en retard de 2 jours'
    """
    days = (on - echeance).days
    if days > 0:
        return f"en retard de {days}{NBSP}{'jour' if days == 1 else 'jours'}"
    if days == 0:
        return "échéance aujourd’hui"
    if days == -1:
        return "échéance demain"
    return f"dans {-days}{NBSP}jours"


def taille(octets: int) -> str:
    """Return a size as people say it.

    >>> taille(25 * 1024 * 1024).replace("\u00a0", " ")
    '25 Mo'
    """
    if octets < 1024:  # noqa: PLR2004 - a kilobyte
        return f"{octets}{NBSP}{'octet' if octets < 2 else 'octets'}"  # noqa: PLR2004
    for unit, factor in (("Mo", 1 << 20), ("ko", 1 << 10)):
        if octets >= factor:
            shown = f"{octets / factor:.1f}".rstrip("0").rstrip(".").replace(".", ",")
            return f"{shown}{NBSP}{unit}"
    raise AssertionError("unreachable")


def nombre(value: int) -> str:
    r"""Return a count with its thousands apart.

    >>> nombre(12345).replace("\u202f", " ")
    '12 345'
    """
    return f"{value:,}".replace(",", NARROW)


def montant(value: Decimal | str | None) -> str:
    r"""Return an amount in euros.

    >>> montant(Decimal("1234.5")).replace("\u202f", " ").replace("\u00a0", " ")
    '1 234,50 €'
    """
    if value is None:
        return ""
    whole = f"{Decimal(value):,.2f}".replace(",", NARROW).replace(".", ",")
    return f"{whole}{NBSP}€"


def pourcent(share: float) -> str:
    """Return a share of one as a whole percentage."""
    return f"{round(share * 100)}{NBSP}%"


def typo(text: str) -> str:
    """Return a sentence with the no-break spaces of French typography.

    >>> typo("Fichier « a » : lu").count("\u00a0")
    3
    """
    return _AFTER.sub(f"«{NBSP}", _BEFORE.sub(rf"{NBSP}\1", text))


def accord(number: int, singular: str, plural: str | None = None) -> str:
    r"""Return a count and its noun, agreed.

    >>> accord(2, "document manquant", "documents manquants").replace("\u00a0", " ")
    '2 documents manquants'
    """
    word = singular if number < 2 else plural or f"{singular}s"  # noqa: PLR2004
    return f"{nombre(number)}{NBSP}{word}"


# --- closed words ---------------------------------------------------------------


def _mot(words: type[Mot], code: str) -> str:
    try:
        return words.of(code).label
    except ValueError:
        return code


def mot_role(code: str) -> str:
    """Return the name of a role."""
    return _mot(Role, code)


def mot_piece(code: str) -> str:
    """Return the name of the state of a requirement."""
    return _mot(EtatPiece, code)


def mot_papier(code: str) -> str:
    """Return the name of the state of a paper."""
    return _mot(EtatJustificatif, code)


def mot_depot(code: str) -> str:
    """Return the name of the state of a deposit."""
    return _mot(EtatDepot, code)


def mot_evenement(code: str) -> str:
    """Return the name of the state of an event."""
    return _mot(EtatEvenement, code)


def mot_recours(code: str) -> str:
    """Return the name of the state of a claim."""
    return _mot(EtatRecours, code)


def mot_typologie(code: str) -> str:
    """Return the name of a kind of action."""
    return _mot(Typologie, code)


_TONS = {
    EtatPiece.ATTENDUE: "attend",
    EtatPiece.RECUE_A_VERIFIER: "doute",
    EtatPiece.SATISFAITE: "bon",
    EtatPiece.PERIMEE: "refus",
    EtatDepot.RECU: "cours",
    EtatDepot.EN_COURS: "cours",
    EtatDepot.TRAITE: "bon",
    EtatDepot.REFUSE: "refus",
    EtatDepot.QUARANTAINE: "doute",
    EtatJustificatif.RATTACHE: "bon",
    EtatJustificatif.A_VERIFIER: "doute",
    EtatJustificatif.INTEGRE_SANS_PIECE: "neutre",
    EtatJustificatif.ANOMALIE: "refus",
    EtatJustificatif.QUARANTAINE: "doute",
}
_TON_BY_CODE = {mot.code: ton for mot, ton in _TONS.items()}


def ton(code: str) -> str:
    """Return the look of a state; the word always stands beside it."""
    return _TON_BY_CODE.get(code, "neutre")


# --- the catalogue ----------------------------------------------------------------


def nom_type(code: str, on: dt.date) -> str:
    """Return the name of a type of paper on a day."""
    return "Type non reconnu" if code == INCONNU else catalogue(on).label(code)


def types_on(on: dt.date) -> tuple[tuple[str, str], ...]:
    """Return the whole catalogue as (code, name), by name."""
    known = catalogue(on).types.values()
    made_here = {"BLANCHE", "COUPON"}  # what no person types
    listed = [(kind.code, kind.libelle) for kind in known if kind.code not in made_here]
    return tuple(sorted(listed, key=lambda pair: pair[1].replace("É", "E").lower()))


def champ_declare(champ: ChampDeclare, value: Any) -> str:  # noqa: ANN401 - as declared
    """Return a declared field as a sentence shows it."""
    if value in (None, ""):
        return ""
    if champ.type == "oui_non":
        return "oui" if value in (True, "true", "oui") else "non"
    if champ.type == "date":
        return jour(str(value))
    if champ.type == "montant":
        return montant(str(value))
    return dict(champ.choix).get(str(value), str(value))


# Read and compared, never shown: the NIR, what secrecy covers, account numbers.
HIDDEN_FIELDS = frozenset({"nir", "lesions", "iban", "bic"})
DOUBTFUL = 0.7
_CHAMPS = {
    "rpps": "RPPS du prescripteur", "numero_am": "Numéro Assurance maladie",
    "date_declaration": "Déclaré le", "date_delivrance": "Délivré le",
    "salaire_brut": "Salaire brut", "sans_arret": "Sans arrêt", "sens": "Sens de l’avis",
    "type_accident": "Type d’accident", "heure": "Heure", "lieu": "Lieu",
    "siege": "Siège des lésions", "subrogation": "Subrogation", "grade": "Grade",
    "objet": "Objet", "issue": "Issue", "ne_le": "Né le", "jours": "Jours",
    "nom_lu": "Nom", "prescrit_le": "Prescrit le", "prescripteur": "Prescripteur",
    "cerfa": "Formulaire", "tib": "Traitement indiciaire", "sens_avis": "Sens de l’avis",
    "date_seance": "Séance du", "autre_nom_lu": "Autre personne nommée",
    "nom": "Nom", "prenom": "Prénom", "prenoms": "Prénoms",
    "nom_naissance": "Nom de naissance", "nom_usage": "Nom d’usage",
    "naissance": "Date de naissance", "date_naissance": "Date de naissance",
    "matricule": "Matricule", "cas": "Cas", "debut": "Début", "fin": "Fin",
    "mois": "Mois", "numero": "Numéro", "evenement": "N° de dossier imprimé",
    "date_accident": "Date de l’accident", "date_at": "Date de l’accident",
    "montant": "Montant", "quotite": "Quotité", "volet": "Volet",
    "titulaire": "Titulaire", "tiers": "Accident causé par un tiers",
    "etabli_le": "Établi le", "signe_le": "Signé le", "date": "Date",
    "reprise_le": "Reprise le", "guerison_le": "Guérison le",
    "consolidation_le": "Consolidation le", "accouchement_le": "Accouchement le",
    "naissance_le": "Naissance le", "arrivee_le": "Arrivée de l’enfant le",
    "constatation_le": "Constaté le", "date_deces": "Date du décès",
    "date_soins": "Date des soins", "date_arrivee": "Date d’arrivée",
    "premiere_constatation_le": "Première constatation le", "siret": "SIRET",
    "premiere_constatation": "Première constatation", "employeur": "Employeur",
    "iban": "IBAN", "reference": "Référence imprimée", "duree": "Durée",
    "net_a_payer": "Net à payer", "brut": "Brut", "total": "Total",
    "numero_formulaire": "Formulaire", "date_reunion": "Séance du",
}  # fmt: skip


_FIRST = (
    "nom_lu", "nom", "prenom", "date_naissance", "matricule", "cas", "debut", "fin",
    "mois", "date_accident", "date_at", "montant",
)  # fmt: skip


def rang_champ(name: str) -> int:
    """Return where a field stands: the person, the case and the days come first."""
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def nom_champ(name: str) -> str:
    """Return the name of a field read on a paper."""
    return _CHAMPS.get(name) or name.replace("_", " ").capitalize()


def valeur_champ(value: str) -> str:
    """Return a value read: ISO days and booleans as people write them."""
    if value in {"true", "false"}:
        return "oui" if value == "true" else "non"
    if len(value) == 7 and value[4:5] == "-" and value.replace("-", "").isdigit():  # noqa: PLR2004
        return (
            f"{MONTHS[int(value[5:]) - 1]} {value[:4]}"
            if "01" <= value[5:] <= "12"
            else value
        )
    day = _day(value) if len(value) == 10 else None  # noqa: PLR2004
    return jour(day) if day else value


def requete(values: Mapping[str, str | None]) -> str:
    """Return the query of a link: the filters that say something."""
    return urlencode({name: value for name, value in values.items() if value})
