"""French wording of colis: states, verdicts, kinds of disagreement, owners. Pure."""

from records.colis import CodeEcart, Enveloppe, EtatColis, EtatFichier
from records.vocabulary import Canal, EtatDepot, EtatJustificatif, Mot

TERMES = (
    ("en_cours", "En cours de lecture"),
    ("classes", "Classés"),
    ("a_verifier", "À vérifier"),
    ("anomalies", "En anomalie"),
    ("refuses", "Refusés ou rendus"),
    ("doublons", "Doublons gardés"),
    ("blancs", "Pages blanches, séparatrices ou mises à part"),
    ("purges", "Purgés"),
)
_OWNERS = {
    "operateur": "la salle du courrier",
    "prestataire": "le prestataire de numérisation",
    "gestionnaire": "le gestionnaire",
    "collectivite": "la collectivité",
}
_TONS = {
    EtatColis.RECU: "cours",
    EtatColis.EN_COURS: "cours",
    EtatColis.DEPOUILLE: "cours",
    EtatColis.CLOS: "bon",
    EtatColis.REFUSE: "refus",
    EtatColis.QUARANTAINE: "doute",
    EtatColis.RENDU: "neutre",
    EtatFichier.TROUVE: "cours",
    EtatFichier.DOUBLON: "neutre",
    EtatFichier.A_ATTRIBUER: "doute",
    EtatFichier.CLOS: "neutre",
    EtatDepot.TRAITE: "bon",
    EtatJustificatif.A_VERIFIER: "doute",
    EtatJustificatif.ANOMALIE: "refus",
}
_TON_BY_CODE = {mot.code: ton for mot, ton in _TONS.items()} | {"manquant": "refus"}
_VERDICTS: dict[str, str] = {
    "manquant": "Manquant",
    **{mot.code: mot.label for mot in EtatJustificatif},
    **{mot.code: mot.label for mot in EtatDepot},
    **{mot.code: mot.label for mot in EtatFichier},
}


def _label(words: type[Mot], code: str | None) -> str:
    return next((mot.label for mot in words if mot.code == code), code or "")


def mot_colis(code: str) -> str:
    """Return the name of the state of a colis."""
    return _label(EtatColis, code)


def mot_enveloppe(code: str | None) -> str:
    """Return the name of what holds a colis."""
    return _label(Enveloppe, code) or "pas encore ouvert"


def mot_ecart(code: str) -> str:
    """Return the name of a kind of disagreement."""
    return _label(CodeEcart, code)


def mot_canal(code: str) -> str:
    """Return the name of a channel."""
    return _label(Canal, code)


def mot_verdict(code: str) -> str:
    """Return what became of a line of a colis."""
    return _VERDICTS.get(code, code)


def mot_proprietaire(code: str) -> str:
    """Return who must act, as a sentence ends."""
    return _OWNERS.get(code, code)


def ton_colis(code: str) -> str:
    """Return the look of a state of a colis; the word always stands beside it."""
    return _TON_BY_CODE.get(code, "neutre")
