"""Papers that look alike, told apart by the rule made for each pair."""

import pytest

from classifiers.ensemble import judge
from classifiers.verdict import AUTRE
from tests.classifiers.feuillets import paper


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        # a notice bears the form's words, not its number
        (
            AUTRE,
            [
                "N° 50069#07",
                "# avis d'arrêt de travail",
                "notice",
                "volet 3 à adresser",
                "sorties autorisées",
                "adresse où le malade peut être visité",
            ],
        ),
        (
            AUTRE,
            [
                "50513#03",
                "# certificat médical accident du travail",
                "Notice d'information",
                "siège, nature des lésions",
            ],
        ),
        # a form that speaks of accident and leave, by its number and its findings
        (
            "AAT",
            [
                "10170*07",
                "# avis d'arrêt de travail",
                "[x] accident du travail, maladie professionnelle",
                "date de l'AT/MP 14/01/2026",
                "sorties autorisées",
            ],
        ),
        (
            "CMATMP",
            [
                "11138*06",
                "# certificat médical",
                "# accident du travail - maladie professionnelle",
                "arrêt de travail jusqu'au 21/01/2026",
                "constatations détaillées",
            ],
        ),
        # the form whose « final » box is ticked stays the form
        (
            "CMATMP",
            [
                "11138*05",
                "# certificat médical",
                "accident du travail - maladie professionnelle",
                "[ ] initial    [ ] de prolongation    [x] final    [ ] de rechute",
                "consolidation avec séquelles",
                "constatations détaillées",
            ],
        ),
        (
            "CERT_FINAL",
            [
                "Dr LAUNAY",
                "# Certificat final",
                "accident du travail",
                "guérison avec retour à l'état antérieur le 03/03/2026",
            ],
        ),
        # a payslip and the attestation made from it
        (
            "ATT_SALAIRE",
            [
                "# attestation de salaire",
                "dernier jour de travail 02/02/2026",
                "salaires de référence",
                "net à payer",
                "montant brut",
            ],
        ),
        (
            "BULLETIN",
            [
                "# Bulletin de paie",
                "traitement de base indiciaire 1 900,00",
                "subrogation IJ",
                "net à payer 1 500,00",
            ],
        ),
        # an arrêté cites the opinion, a deliberation decides together
        (
            "ARRETE",
            [
                "# ARRÊTÉ n° 2026-12",
                "Vu l'avis du conseil médical, formation restreinte",
                "Vu le décret n° 87-602",
                "ARRÊTE",
                "Article 1er : est placée en congé",
            ],
        ),
        (
            "PV_CM",
            [
                "# PROCÈS-VERBAL DU CONSEIL MÉDICAL",
                "Vu le décret n° 87-602",
                "formation plénière, séance du 12/01/2026",
                "avis favorable",
            ],
        ),
        (
            AUTRE,
            [
                "# DÉLIBÉRATION",
                "extrait du registre des délibérations",
                "Vu le code général de la fonction publique",
                "le présent arrêté",
                "Après en avoir délibéré, quorum atteint",
            ],
        ),
        # the CPAM's slip and the insurer's
        (
            AUTRE,
            [
                "# DÉCOMPTE DE PRESTATIONS",
                "risques statutaires, contrat groupe",
                "indemnités journalières du 01/02/2026 au 15/02/2026",
                "nombre de jours",
            ],
        ),
        (
            "DECOMPTE_IJ",
            [
                "CPAM",
                "# Décompte d'indemnités journalières",
                "subrogation",
                "montant journalier 28,40",
                "Ce document n'est pas un bulletin de paie",
            ],
        ),
        # care: asked, done, repaid
        (
            "FEUILLE_SOINS",
            [
                "# feuille de soins - pharmacien",
                "actes effectués",
                "total 12,00",
                "montant total",
                "paiement",
                "facture subrogatoire non",
            ],
        ),
        (
            "DECOMPTE_MUT",
            [
                "# Décompte de remboursements",
                "facture du 02/02/2026",
                "base de remboursement",
                "part complémentaire 12,00",
            ],
        ),
        (
            "FACTURE",
            [
                "# FACTURE n° 118",
                "remboursement par votre mutuelle possible",
                "total TTC 45,00",
                "acquittée le 02/02/2026",
            ],
        ),
        # a death in the margin of a birth act
        (
            "ACTE_NAISSANCE",
            [
                "# EXTRAIT D'ACTE DE NAISSANCE",
                "est né à Poitiers",
                "Mentions marginales : décédé à Vaubrun le 4 mars 2026",
                "l'officier de l'état civil",
            ],
        ),
        (
            "ACTE_DECES",
            [
                "# EXTRAIT D'ACTE DE DÉCÈS",
                "est décédé à Vaubrun, né le 03/04/1979",
                "acte de naissance n° 12",
                "officier de l'état civil",
            ],
        ),
        # who declares the accident
        (
            "DECL_AS",
            [
                "# Déclaration d'accident de trajet",
                "à remplir par l'agent",
                "circonstances détaillées",
                "témoins",
                "signature de l'agent",
            ],
        ),
        (
            "DAT",
            [
                "14463*03",
                "# Déclaration d'accident du travail",
                "réserves motivées",
                "date d'embauche",
                "circonstances",
            ],
        ),
        (
            "ENQUETE",
            [
                "# Rapport hiérarchique",
                "déclaration d'accident de service de l'agent",
                "circonstances",
                "avis du supérieur hiérarchique",
            ],
        ),
        # the employer's copy
        (
            "CERT_ARRET",
            [
                "11138*03    volet 4",
                "# certificat d'arrêt de travail",
                "date de l'accident ou de la première constatation médicale",
            ],
        ),
        # a letter about papers is not the papers
        (
            "COURRIER",
            [
                "Objet : pièces manquantes",
                "Madame, Monsieur,",
                "Il nous manque le bulletin de paie de mars, l'arrêté plaçant l'agent en",
                "congé et l'acte de naissance.",
                "Veuillez agréer nos salutations distinguées.",
            ],
        ),
    ],
)
def test_known_confusions(expected: str, lines: list[str]) -> None:
    """Papers that look alike are told apart by the rule made for them."""
    assert expected == judge(paper(*lines)).type
