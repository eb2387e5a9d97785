"""The closed list of facts, and the sentence each one says on the fiche.

A fact is never changed. Its content holds references and codes only: no name, no NIR, no
diagnosis, so that erasing a person does not break the chain.
"""

import enum
from dataclasses import dataclass, field
from typing import Any


class Tag(enum.Enum):
    """`sujet:action`, a French past participle, and its plain sentence."""

    DEPOT_RECU = ("depot:recu", "Fichier reçu.")
    DEPOT_TRAITE = ("depot:traite", "Fichier lu jusqu'au bout.")
    DEPOT_REFUSE = ("depot:refuse", "Fichier refusé : {code}.")
    DEPOT_QUARANTAINE = ("depot:mis_en_quarantaine", "Fichier mis à part : {code}.")
    DEPOT_REPRIS = ("depot:repris", "Lecture du fichier relancée.")
    JUSTIFICATIF_TYPE = ("justificatif:type", "Papier reconnu : {type}.")
    JUSTIFICATIF_RETYPE = ("justificatif:retype", "Type corrigé : {avant} → {apres}.")
    JUSTIFICATIF_RATTACHE = ("justificatif:rattache", "Papier rattaché.")
    JUSTIFICATIF_DETACHE = ("justificatif:detache", "Papier détaché.")
    JUSTIFICATIF_CLASSE = ("justificatif:classe", "Papier classé sans lever de ligne.")
    JUSTIFICATIF_ANOMALIE = (
        "justificatif:mis_en_anomalie",
        "Papier en anomalie : {code}.",
    )
    JUSTIFICATIF_A_VERIFIER = ("justificatif:a_verifier", "Papier à vérifier : {code}.")
    JUSTIFICATIF_QUARANTAINE = (
        "justificatif:mis_en_quarantaine",
        "Papier mis à part pour secret médical.",
    )
    JUSTIFICATIF_TOURNE = ("justificatif:tourne", "Sens de lecture corrigé.")
    JUSTIFICATIF_CONSULTE = ("justificatif:consulte", "Papier ouvert : {type}.")
    JUSTIFICATIF_DECOUPE = ("justificatif:decoupe", "Découpage du fichier corrigé.")
    PIECE_OUVERTE = ("piece:ouverte", "Document demandé : {type}.")
    PIECE_SATISFAITE = ("piece:satisfaite", "Document manquant levé : {type}.")
    PIECE_COUVERTE = ("piece:couverte_en_partie", "Document reçu en partie : {type}.")
    PIECE_ROUVERTE = ("piece:rouverte", "Document de nouveau demandé : {type}.")
    PIECE_DISPENSEE = ("piece:dispensee", "Dispense : {type}.")
    PIECE_IMPOSSIBLE = ("piece:declaree_impossible", "Déclaré impossible : {type}.")
    PIECE_RETIREE = ("piece:retiree", "Document devenu sans objet : {type}.")
    EVENEMENT_DECLARE = ("evenement:declare", "Évènement déclaré : {nature}.")
    EVENEMENT_MODIFIE = ("evenement:modifie", "Déclaration modifiée.")
    EVENEMENT_EXPORTE = ("evenement:exporte", "Dossier complet exporté.")
    EVENEMENT_CLOS = ("evenement:clos", "Dossier clôturé : {motif}.")
    CONSEQUENCE_DECLAREE = ("consequence:declaree", "Conséquence déclarée : {type}.")
    CONSEQUENCE_MODIFIEE = ("consequence:modifiee", "Conséquence modifiée : {type}.")
    AGENT_CREE = ("agent:cree", "Agent créé.")
    AGENT_MODIFIE = ("agent:modifie", "Agent modifié.")
    SERVICE_CREE = ("service:cree", "Service créé.")
    SERVICE_MODIFIE = ("service:modifie", "Service modifié.")
    COLLECTIVITE_CREEE = ("collectivite:creee", "Collectivité créée.")
    COLLECTIVITE_MODIFIEE = ("collectivite:modifiee", "Collectivité modifiée.")
    TACHE_OUVERTE = ("tache:ouverte", "Tâche ouverte : {code}.")
    TACHE_CLOSE = ("tache:close", "Tâche close : {code}.")
    EXPORT_FAIT = ("export:fait", "Liste exportée : {liste}, {nombre} ligne(s).")
    ACTION_AFFECTEE = ("action:prise_en_charge", "Ligne prise en charge.")
    ACTION_RENDUE = ("action:rendue", "Ligne rendue aux autres.")
    COMPTE_CREE = ("compte:cree", "Compte créé.")
    COMPTE_MODIFIE = ("compte:modifie", "Périmètre du compte modifié.")
    COMPTE_SUSPENDU = ("compte:suspendu", "Compte suspendu.")
    COMPTE_RETABLI = ("compte:retabli", "Compte rétabli.")
    COMPTE_REINITIALISE = ("compte:reinitialise", "Nouveau lien d'activation donné.")
    COMPTE_DECONNECTE = ("compte:deconnecte", "Connexion fermée à distance.")
    COMPTE_RELIE = ("compte:relie", "Compte relié au fournisseur d'identité.")
    FACTEUR_ACTIVE = ("facteur:active", "Second facteur activé.")
    FACTEUR_RETIRE = ("facteur:retire", "Second facteur retiré.")
    FACTEUR_SECOURS = ("facteur:secours_utilise", "Code de secours utilisé.")
    SALAIRES_SAISIS = ("salaires:saisis", "Salaires saisis.")
    RECOURS_SAISI = ("recours:saisi", "Recours saisi.")
    RECOURS_MODIFIE = ("recours:modifie", "Recours modifié : {etat}.")
    RECOURS_ENVOYE = ("recours:envoye", "Demande de recours envoyée.")
    PIECE_MODIFIEE = ("piece:modifiee", "Document demandé, dates corrigées : {type}.")
    PIECE_RECUE = ("piece:recue", "Document reçu, à vérifier : {type}.")
    COURRIER_EMIS = ("courrier:emis", "Courrier émis : n° {numero}.")
    COURRIER_LU = ("courrier:telecharge", "Courrier téléchargé : n° {numero}.")
    PIECE_DEMANDEE = ("piece:demandee", "Document demandé par le courrier n° {numero}.")
    COLIS_RECU = ("colis:recu", "Colis reçu.")
    COLIS_OUVERT = ("colis:ouvert", "Colis ouvert : {nombre} fichier(s).")
    COLIS_CLOS = ("colis:clos", "Colis traité et rapproché : {nombre} écart(s).")
    COLIS_REFUSE = ("colis:refuse", "Colis refusé : {code}.")
    COLIS_QUARANTAINE = ("colis:mis_en_quarantaine", "Colis mis à part : {code}.")
    COLIS_REPRIS = ("colis:repris", "Ouverture du colis relancée.")
    COLIS_RENDU = ("colis:rendu", "Colis rendu à l'expéditeur.")
    COLIS_COMPLETE = ("colis:complete", "Colis complété : {code}.")
    COLIS_DECOUPE = ("colis:decoupe", "Découpage d'un fichier du colis : {code}.")
    ECART_OUVERT = ("ecart:ouvert", "Écart constaté : {code}.")
    ECART_CLOS = ("ecart:clos", "Écart clos : {code}.")
    MODELE_AJUSTE = ("modele:ajuste", "Modèle appris n° {numero} : il sert désormais.")
    MODELE_REFUSE = ("modele:refuse", "Modèle appris n° {numero} refusé : {code}.")
    MODELE_RETABLI = ("modele:retabli", "Modèle appris n° {numero} rétabli.")
    MODELE_ARRETE = ("modele:arrete", "Modèle appris n° {numero} arrêté.")
    SEUIL_FIXE = ("seuil:fixe", "Seuil de typage fixé pour {type} : {seuil}.")
    SEUIL_RETIRE = ("seuil:retire", "Seuil de typage retiré pour {type}.")
    BORDEREAU_IMPORTE = (
        "bordereau:importe",
        "Bordereau n° {numero} importé : {nombre} ligne(s) nouvelle(s).",
    )
    BORDEREAU_EMIS = ("bordereau:emis", "Bordereau édité : n° {numero}.")
    BORDEREAU_LU = ("bordereau:telecharge", "Bordereau téléchargé : n° {numero}.")
    DECOMPTE_LU = ("decompte:telecharge", "Décompte téléchargé.")
    SIMULATION_CONSERVEE = ("simulation:conservee", "Simulation des droits gardée.")
    CONTESTATION_OUVERTE = ("contestation:ouverte", "Document contesté : {nature}.")
    CONTESTATION_REPONDUE = ("contestation:repondue", "Réponse donnée : {reponse}.")
    MODELE_REDIGE = (
        "modele:redige",
        "Modèle de courrier rédigé : {nature}, version {version}.",
    )
    LISTE_DEMANDEE = ("liste:demandee", "Liste des arrêts demandée.")
    LISTE_EDITEE = ("liste:editee", "Liste des arrêts éditée : n° {rang}.")
    LISTE_LUE = ("liste:consultee", "Liste des arrêts consultée : n° {rang}.")
    LISTE_ARRETEE = ("liste:arretee", "Envoi de la liste des arrêts arrêté.")
    COUPON_IMPRIME = ("coupon:imprime", "Page de garde imprimée : {type}.")

    def __init__(self, code: str, phrase: str) -> None:
        self.code = code
        self.phrase = phrase

    @classmethod
    def of(cls, code: str) -> "Tag":
        """Return the tag of a stored code; raises `ValueError` when unknown."""
        for tag in cls:
            if tag.code == code:
                return tag
        raise ValueError(f"unknown fact {code!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaitNouveau:
    """A fact about to be written: `sujet` is the reference it is about."""

    tag: Tag
    sujet: str
    auteur: str
    collectivite_id: int | None = None
    evenement_id: int | None = None
    contenu: dict[str, Any] = field(default_factory=dict)


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(code: str, contenu: dict[str, Any]) -> str:
    """Say a fact in plain French; what it does not hold shows as « … »."""
    return Tag.of(code).phrase.format_map(_Missing(contenu))
