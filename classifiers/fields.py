"""Reads the fields of a paper once its type is known; never more than the page says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.champs import (
    accidents,
    actes,
    arrets,
    civil,
    decomptes,
    frais,
    grossesse,
    paie,
)
from classifiers.champs.communs import read_common
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve
from classifiers.feuille import Feuille
from classifiers.verdict import Champ


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """What was read: the fields, one mapping per line of a table, medical or not."""

    champs: Mapping[str, Champ] = field(default_factory=dict)
    lignes: tuple[Mapping[str, Champ], ...] = ()
    is_medical: bool = False


READERS: Mapping[str, Callable[[Releve], None]] = {
    "AAT": arrets.read_avis,
    "CMATMP": arrets.read_cmatmp,
    "CERT_ARRET": arrets.read_cert_arret,
    "CERT_MED": arrets.read_cert_med,
    "CERT_FINAL": arrets.read_cert_final,
    "CERT_GROSSESSE": grossesse.read_pregnancy,
    "CERT_DECES": arrets.read_cert_deces,
    "ORDONNANCE": arrets.read_ordonnance,
    "TRANSPORT": arrets.read_transport,
    "DECL_AS": accidents.read_declaration,
    "DECL_MP": accidents.read_disease,
    "DAT": accidents.read_employer_declaration,
    "FEUILLE_AT": accidents.read_feuille_at,
    "ATT_PEC": accidents.read_care,
    "ENQUETE": accidents.read_inquiry,
    "RECOURS": accidents.read_recourse,
    "EXPERTISE": accidents.read_expertise,
    "ARRETE": actes.read_arrete,
    "PV_CM": actes.read_pv,
    "DEMANDE_TPT": actes.read_tpt_request,
    "BORD_PAPIER": actes.read_slip,
    "COURRIER": actes.read_letter,
    "AUTRE": actes.read_other,
    "BULLETIN": paie.read_payslip,
    "ATT_SALAIRE": paie.read_attestation,
    "FACTURE": frais.read_invoice,
    "FEUILLE_SOINS": frais.read_treatment,
    "DEVIS": frais.read_estimate,
    "DECOMPTE_MUT": frais.read_mutual,
    "RIB": frais.read_bank,
    "ACTE_NAISSANCE": civil.read_birth_act,
    "ACTE_DECES": civil.read_death_act,
    "ADOPTION": civil.read_adoption,
    "AYANTS_DROIT": civil.read_entitled,
}
# papers of a doctor about the person's health, whatever they say
MEDICAL = frozenset(
    {
        "CMATMP", "CERT_FINAL", "CERT_GROSSESSE", "CERT_DECES", "ORDONNANCE", "TRANSPORT",
        "FEUILLE_SOINS", "DECL_MP",
    }
)  # fmt: skip


def read_fields(code: str, feuilles: Sequence[Feuille]) -> Lecture:
    """Read the fields that papers of this type bear; `INCONNU` gives the common ones."""
    releve = Releve(feuilles)
    read_common(releve)
    lignes: tuple[Mapping[str, Champ], ...] = ()
    if code == "DECOMPTE_IJ":
        lignes = decomptes.read_allowances(releve)
    elif code in READERS:
        READERS[code](releve)
    else:
        read_name(releve)
    return Lecture(
        champs=releve.champs, lignes=lignes, is_medical=shows_medical(code, releve)
    )


def shows_medical(code: str, releve: Releve) -> bool:
    """Tell whether the paper shows what only a medical-secrecy profile may see."""
    if code in MEDICAL or "lesions" in releve.champs:
        return True
    if code == "AAT":
        volet = releve.champs.get("volet")
        reasons = releve.says(
            r"elements? d'ordre medical|renseignements medicaux|"
            r"motif (?:medical|de l'arret)"
        )
        return (volet is not None and volet.valeur == "1") or (
            volet is None and reasons
        )
    if code == "AUTRE":
        return releve.says(
            r"compte[ -]rendu (?:operatoire|d'hospitalisation|d'imagerie|de radio)"
        )
    return False
