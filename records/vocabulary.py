"""Closed words: states and kinds, code and French label, nothing else.

Natures, conséquences and document types are *not* here: they are dated reference data
(`records.natures`), because the law and the contract change them.
"""

import enum


class Mot(enum.Enum):
    """A closed word: `code` is stored and sent, `label` is shown."""

    def __init__(self, code: str, label: str) -> None:
        self.code = code
        self.label = label

    @classmethod
    def of(cls, code: str) -> "Mot":
        """Return the word of this code; raises `ValueError` when unknown."""
        for word in cls:
            if word.code == code:
                return word
        raise ValueError(f"{cls.__name__}: unknown code {code!r}")


class EtatPiece(Mot):
    """Where a requirement stands."""

    ATTENDUE = ("attendue", "Attendue")
    RECUE_A_VERIFIER = ("recue_a_verifier", "Reçue, à vérifier")
    SATISFAITE = ("satisfaite", "Satisfaite")
    DISPENSEE = ("dispensee", "Dispensée")
    IMPOSSIBLE_DECLAREE = ("impossible_declaree", "Déclarée impossible")
    PERIMEE = ("perimee", "Périmée")
    RETIREE = ("retiree", "Sans objet")


OPEN_PIECE_STATES = (EtatPiece.ATTENDUE.code, EtatPiece.RECUE_A_VERIFIER.code)


class EtatDepot(Mot):
    """Where received bytes stand."""

    RECU = ("recu", "Reçu")
    EN_COURS = ("en_cours", "Lecture en cours")
    TRAITE = ("traite", "Traité")
    REFUSE = ("refuse", "Refusé")
    QUARANTAINE = ("quarantaine", "En quarantaine")


class EtatJustificatif(Mot):
    """Where a recognised paper stands."""

    RATTACHE = ("rattache", "Rattaché")
    A_VERIFIER = ("a_verifier", "À vérifier")
    INTEGRE_SANS_PIECE = ("integre_sans_piece", "Intégré, sans document manquant")
    ANOMALIE = ("anomalie", "En anomalie")
    QUARANTAINE = ("quarantaine", "En quarantaine (secret médical)")


class EtatEvenement(Mot):
    """Where an event stands."""

    EN_COURS = ("en_cours", "En cours")
    A_CLOTURER = ("a_cloturer", "À clôturer")
    CLOS = ("clos", "Clos")


class EtatRecours(Mot):
    """Where a claim against a liable third party stands (guide S22).

    Saved: the person wrote it and has not sent it. Sent: nobody has taken it up yet.
    """

    SAISI = ("saisi", "Saisi : tiers identifié, aucune demande")
    ENREGISTRE = ("enregistre", "Demande enregistrée, à envoyer")
    ENVOYE = ("envoye", "Demande envoyée")
    OUVERT = ("ouvert", "Ouvert : en cours d’analyse")
    CLOS = ("clos", "Clos")


class Typologie(Mot):
    """The kinds of « actions en cours » and of back-office tasks."""

    DOCUMENT_MANQUANT = ("document_manquant", "Document manquant")
    RECOURS_A_ENVOYER = ("recours_a_envoyer", "Demande de recours")
    DOSSIER_A_CLOTURER = ("dossier_a_cloturer", "Dossier à clôturer")
    DOSSIER_EN_ANOMALIE = ("dossier_en_anomalie", "Dossier en anomalie")
    A_VERIFIER = ("a_verifier", "À vérifier")
    REGULARISATION = ("regularisation", "Régularisation")
    CONTESTATION = ("contestation", "Demande sur un document manquant")
    COURRIEL_NON_REMIS = ("courriel_non_remis", "Courriel non remis")
    SECRET_MEDICAL = ("secret_medical", "Quarantaine médicale")


class NatureContestation(Mot):
    """What a collectivité says of a paper it is asked for, instead of sending it.

    `effet` is what happens when nobody answers it in time.
    """

    IMPOSSIBLE = (
        "impossible",
        "Je ne peux pas la fournir",
        "la déclaration est tenue pour acceptée et le document n’est plus demandé",
    )
    MAL_LUE = (
        "mal_lue",
        "Vous l’avez mal lue",
        "aucune relance ne part et la demande est portée à l’administrateur",
    )

    def __init__(self, code: str, label: str, effet: str) -> None:
        super().__init__(code, label)
        self.effet = effet


class ReponseContestation(Mot):
    """How such a demand ended."""

    ACCEPTEE = ("acceptee", "Acceptée")
    REFUSEE = ("refusee", "Refusée")
    SILENCE = ("silence", "Acceptée faute de réponse")


class Role(Mot):
    """What a person may do here."""

    COLLECTIVITE = ("collectivite", "Collectivité")
    GESTIONNAIRE = ("gestionnaire", "Gestionnaire")
    OPERATEUR = ("operateur", "Opérateur")
    ADMINISTRATEUR = ("administrateur", "Administrateur")


class Canal(Mot):
    """The door a paper came through."""

    PORTAIL = ("portail", "Portail")
    API = ("api", "API")
    COMMANDE = ("commande", "Ligne de commande")
    DOSSIER = ("dossier", "Dossier surveillé")
    MESSAGERIE = ("messagerie", "Messagerie")
    POSTAL = ("postal", "Courrier postal")
    LOT = ("lot", "Lot numérisé")
