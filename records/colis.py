"""A shipment of papers as values: what was announced, what was found, what disagrees.

`sens` is always said: `entrant` comes from the post or a batch, `sortant` from the
manager's tool. Announced (`Element`) and found (`Fichier`) are kept apart: comparing them
is the reconciliation, and each disagreement is an `Ecart` that somebody owns.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from records.vocabulary import Mot


class Sens(Mot):
    """Which way a colis travels."""

    ENTRANT = ("entrant", "Entrant")
    SORTANT = ("sortant", "Sortant")


class Enveloppe(Mot):
    """What holds the papers of a colis."""

    METADATA = ("metadata", "Archive et metadata.json")
    INDEX = ("index", "Archive et index CSV")
    ARCHIVE = ("archive", "Archive sans liste")
    DOSSIER = ("dossier", "Dossier de fichiers")
    LOT = ("lot", "Lot de pages à découper")
    PRESTATIONS = ("prestations", "Colis de l’outil Prestations")


class EtatColis(Mot):
    """Where a colis stands."""

    RECU = ("recu", "Reçu")
    EN_COURS = ("en_cours", "Ouverture en cours")
    DEPOUILLE = ("depouille", "Ouvert, lecture en cours")
    CLOS = ("clos", "Traité et rapproché")
    REFUSE = ("refuse", "Refusé")
    QUARANTAINE = ("quarantaine", "En quarantaine")
    RENDU = ("rendu", "Rendu à l’expéditeur")


class EtatFichier(Mot):
    """What became of one file found in a colis."""

    TROUVE = ("trouve", "Trouvé")
    DEPOSE = ("depose", "Déposé")
    DOUBLON = ("doublon", "Doublon gardé")
    REFUSE = ("refuse", "Refusé")
    A_ATTRIBUER = ("a_attribuer", "Collectivité à préciser")
    CLOS = ("clos", "Clos avec motif")
    PURGE = ("purge", "Purgé")


class CodeEcart(Mot):
    """The kinds of disagreement between what was announced and what was found."""

    FICHIER_MANQUANT = ("fichier-manquant", "Fichier manquant")
    FICHIER_EN_TROP = ("fichier-en-trop", "Fichier en trop")
    NOMBRE_DE_PAGES = ("nombre-de-pages", "Nombre de pages différent")
    NUMERO_EN_DOUBLE = ("numero-en-double", "Numéro de contrôle en double")
    AUTRE_COLLECTIVITE = ("autre-collectivite", "Mauvaise collectivité")
    ILLISIBLE = ("illisible", "Élément illisible")
    COLIS_EN_DOUBLE = ("colis-en-double", "Colis reçu deux fois")
    SANS_LISTE = ("sans-liste", "Colis sans liste")
    ELEMENT_TARDIF = ("element-tardif", "Élément tardif")
    NOMBRE_ANNONCE = ("nombre-annonce", "Nombre annoncé différent")
    # beside the ten: what a list may also say wrongly
    TYPE_INCONNU = ("type-inconnu", "Type absent de la nomenclature")
    EMPREINTE_DIFFERENTE = ("empreinte-differente", "Octets différents de l’annonce")
    NOM_DIFFERENT = ("nom-different", "Nom d’archive différent de l’annonce")
    ORDRE = ("ordre", "Ordre ou pages en désaccord")
    COLLECTIVITE_INCONNUE = ("collectivite-inconnue", "Collectivité inconnue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colis:
    """One shipment. Instants ending in `_at` are UTC; None: nobody said.

    `livre_at` (post → provider), `ouvert_at`, `lot_cree_at` are the provider's claims;
    `recu_at` is ours.
    """

    id: int
    reference: str
    sens: str
    enveloppe: str | None
    etat: str
    code: str | None
    motif: str | None
    numero: str | None
    nom_fichier: str
    empreinte: str
    taille: int
    canal: str
    depose_par: str
    collectivite_id: int | None
    recu_at: dt.datetime
    date_reception: dt.date
    livre_at: dt.datetime | None = None
    ouvert_at: dt.datetime | None = None
    lot_cree_at: dt.datetime | None = None
    operateur: str | None = None
    boite_postale: str | None = None
    organisme: str | None = None
    classification: str | None = None
    ref_dossier: str | None = None
    ref_client: str | None = None
    renumerisation_de: str | None = None
    nb_plis_annonce: int | None = None
    nb_elements_annonce: int | None = None
    nb_pages_annonce: int | None = None
    # cheques, X-rays, discs: what the provider holds and cannot scan
    non_numerisables: tuple[dict[str, Any], ...] = ()
    # name of the list inside the envelope, None when there is none
    liste: str | None = None
    # counted in the envelope itself, before anything was taken out of it
    nb_fichiers: int | None = None
    nb_octets: int | None = None
    depouille_at: dt.datetime | None = None
    clos_at: dt.datetime | None = None
    recepisse: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ColisNouveau:
    """A colis whose bytes are durable and that is about to be written."""

    sens: Sens
    canal: str
    depose_par: str
    nom_fichier: str
    empreinte: str
    taille: int
    date_reception: dt.date
    collectivite_id: int | None = None
    numero: str | None = None
    nb_pages_annonce: int | None = None
    enveloppe: Enveloppe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pli:
    """One sealed envelope of a colis, as announced: whose it is, how much it holds."""

    id: int
    colis_id: int
    numero: str
    collectivite_id: int | None
    nb_elements_annonce: int | None = None
    recu_at: dt.datetime | None = None
    # as written by the provider: collectivite, siret, contrat, ref_courrier_relance
    annonce: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fichier:
    """One file found in a colis, and what became of it. `rang` is its place, from 1."""

    id: int
    colis_id: int
    rang: int
    nom: str
    taille: int
    etat: str
    empreinte: str | None = None
    code: str | None = None
    motif: str | None = None
    depot_id: int | None = None
    collectivite_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One paper announced by the list of a colis: claims, never facts.

    `fichier_id` is the file it was found in, None while it is missing. `page_debut` and
    `page_fin` (both included) say which pages of a shared file it is.
    """

    id: int
    colis_id: int
    rang: int
    nom_fichier: str
    pli_id: int | None = None
    rang_pli: int | None = None
    fichier_id: int | None = None
    numero_controle: str | None = None
    type_annonce: str | None = None
    sous_type: str | None = None
    nb_pages_annonce: int | None = None
    page_debut: int | None = None
    page_fin: int | None = None
    empreinte_annoncee: str | None = None
    numerise_at: dt.datetime | None = None
    collectivite_id: int | None = None
    is_tardif: bool = False
    index: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ecart:
    """One disagreement; `proprietaire` must act: `operateur`, `prestataire`…, by role."""

    id: int
    reference: str
    colis_id: int
    code: str
    detail: str
    proprietaire: str
    is_ouvert: bool
    ouvert_at: dt.datetime
    element_id: int | None = None
    fichier_id: int | None = None
    collectivite_id: int | None = None
    clos_at: dt.datetime | None = None
    clos_par: str | None = None
    motif_cloture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EcartNouveau:
    """A disagreement about to be written; `cle` names it, so that it is written once."""

    cle: str
    code: CodeEcart
    detail: str
    proprietaire: str
    element_id: int | None = None
    fichier_id: int | None = None
    collectivite_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesure:
    """How much: files, pages, bytes."""

    fichiers: int = 0
    pages: int = 0
    octets: int = 0

    def __add__(self, other: "Mesure") -> "Mesure":
        return Mesure(
            fichiers=self.fichiers + other.fichiers,
            pages=self.pages + other.pages,
            octets=self.octets + other.octets,
        )

    def __sub__(self, other: "Mesure") -> "Mesure":
        return Mesure(
            fichiers=self.fichiers - other.fichiers,
            pages=self.pages - other.pages,
            octets=self.octets - other.octets,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Received = what became of it, term by term; `ecart` is zero or an alarm.

    What was received is counted in the envelope, what became of it in the deposits: the
    two sides never read the same column.
    """

    recus: Mesure
    en_cours: Mesure = Mesure()
    classes: Mesure = Mesure()
    a_verifier: Mesure = Mesure()
    anomalies: Mesure = Mesure()
    refuses: Mesure = Mesure()
    doublons: Mesure = Mesure()
    blancs: Mesure = Mesure()
    purges: Mesure = Mesure()

    @property
    def termes(self) -> dict[str, Mesure]:
        """The right side of the equation, in order."""
        return {
            "en_cours": self.en_cours,
            "classes": self.classes,
            "a_verifier": self.a_verifier,
            "anomalies": self.anomalies,
            "refuses": self.refuses,
            "doublons": self.doublons,
            "blancs": self.blancs,
            "purges": self.purges,
        }

    @property
    def ecart(self) -> Mesure:
        """What is received and nowhere to be found."""
        return self.recus - sum(self.termes.values(), Mesure())
