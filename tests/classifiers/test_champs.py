"""The fields of each type, by the names the truth uses, with page, zone and confidence."""

import pytest

from classifiers.ensemble import judge
from tests.classifiers.feuillets import liasse, page, paper
from tests.classifiers.modeles import MODELES

EXPECTED: list[tuple[str, int, dict[str, str | None]]] = [
    ("AAT", 0, {
        "volet": "3", "cas": "initial", "cerfa": "10170*07", "debut": "2026-02-03",
        "fin": "2026-02-15", "tiers": "false", "nom_lu": "TARDIVEL Noémie",
        "prescripteur": "Docteur Alban MIRECOURT", "prescrit_le": "2026-02-03",
    }),
    ("AAT", 1, {
        "volet": "2", "cas": "prolongation", "cerfa": "10170*07", "debut": "2026-02-16",
        "fin": "2026-02-28", "tiers": "false", "nom_lu": "TARDIVEL Noémie",
        "date_naissance": "1985-05-12", "rpps": "10101010103",
        "prescripteur": "Docteur Lise QUENTREC", "prescrit_le": "2026-02-16",
    }),
    ("AAT", 2, {"cas": None, "fin": "2026-03-12", "debut": None, "nom_lu": "ROUVREL Paul"}),
    ("CMATMP", 0, {
        "cas": "prolongation", "cerfa": "11138*05", "nir": "185057800608491",
        "date_at": "2026-01-14", "arret_jusquau": "2026-02-10", "soins_jusquau": None,
        "lesions": "entorse du genou gauche", "nom_lu": "ROUVREL Paul",
        "consolidation_le": None,
    }),
    ("CMATMP", 1, {
        "cas": "initial", "date_at": "2026-01-14", "soins_jusquau": "2026-02-28",
        "arret_jusquau": "2026-01-21", "lesions": "plaie de la main droite",
        "date_naissance": "1979-04-03", "prescripteur": "Docteur Lise QUENTREC",
    }),
    ("CERT_ARRET", 0, {"cas": "initial", "volet": "4", "debut": "2026-01-14",
                       "fin": "2026-01-21", "cerfa": "11138*03"}),
    ("CERT_ARRET", 1, {"debut": "2026-01-14", "fin": "2026-01-21",
                       "nom_lu": "ROUVREL Paul"}),
    ("CERT_MED", 0, {"date": "2026-03-02", "reprise_le": "2026-03-03", "objet": "reprise",
                     "prescripteur": "Docteur Alban MIRECOURT",
                     "nom_lu": "Madame TARDIVEL Noémie"}),
    ("CERT_FINAL", 0, {"date_at": "2026-01-14", "consolidation_le": "2026-03-03",
                       "issue": "guerison", "guerison_le": "2026-03-03"}),
    ("CERT_FINAL", 1, {"date_at": "2026-01-14", "consolidation_le": "2026-03-03",
                       "issue": "consolidation", "nom_lu": "Monsieur ROUVREL Paul"}),
    ("DECL_AS", 0, {
        "type_accident": "service", "date_accident": "2026-01-14", "heure": "08:30",
        "lieu": "dépôt communal", "lesions": "entorse genou gauche",
        "temoin": "Luce BARDONNEX", "date_declaration": "2026-01-15",
    }),
    ("DECL_MP", 0, {"date_premiere_constatation": "2025-11-05", "tableau": "57"}),
    ("ENQUETE", 0, {"nom_lu": "Monsieur ROUVREL Paul", "matricule": "4471",
                    "date_accident": "2026-01-14", "avis": "favorable"}),
    ("ARRETE", 0, {
        "numero_acte": "2026-118", "debut": "2026-02-03", "fin": "2026-02-15",
        "taux": "90 %", "objet": "congé de maladie ordinaire", "conge": "CMO",
        "date": "2026-02-16", "nom_lu": "Madame TARDIVEL Noémie",
        "grade": "adjoint administratif",
    }),
    ("ARRETE", 1, {"taux": "plein traitement", "conge": "CLM",
                   "nom_lu": "Monsieur ROUVREL Paul"}),
    ("PV_CM", 0, {"seance": "2026-01-12", "date_seance": "2026-01-12",
                  "formation": "restreinte", "sens_avis": "favorable",
                  "debut": "2026-02-01", "fin": "2026-07-31"}),
    ("PV_CM", 1, {"sens_avis": "defavorable", "date_seance": "2026-01-12"}),
    ("BULLETIN", 0, {
        "mois": "2026-03", "siret": "73282932000074", "matricule": "4471",
        "indice_majore": "402", "tib": "1978.96", "primes": "210.00", "brut": "2188.96",
        "net_a_payer": "1720.11",
    }),
    ("BULLETIN", 1, {"mois": "2026-03", "sft": "77.72"}),
    ("ATT_SALAIRE", 0, {"cerfa": "11137*04", "dernier_jour_travail": "2026-01-13"}),
    ("DECOMPTE_IJ", 0, {"debut": "2026-02-03", "fin": "2026-02-15"}),
    ("CERT_GROSSESSE", 0, {"dpa": "2026-09-14", "cerfa": "10112*05"}),
    ("CERT_GROSSESSE", 1, {"dpa": "2026-09-14", "debut_grossesse": "2025-12-08"}),
    ("ACTE_NAISSANCE", 0, {"date_naissance_enfant": "2026-03-14", "ne_le": "2026-03-14",
                           "piece": "copie intégrale"}),
    ("ACTE_NAISSANCE", 2, {"date_naissance_enfant": "2026-03-14"}),
    ("ADOPTION", 0, {"date_arrivee": "2026-02-02"}),
    ("ACTE_DECES", 0, {"date_deces": "2026-03-04", "decede_le": "2026-03-04",
                       "defunt": "ROUVREL Paul", "date_naissance": "1979-04-03"}),
    ("CERT_DECES", 0, {"date_deces": "2026-03-04"}),
    ("AYANTS_DROIT", 1, {"date_deces": "2026-03-04"}),
    ("ORDONNANCE", 0, {"date": "2026-01-14", "prescripteur": "Docteur Lise QUENTREC",
                       "nom_lu": "Monsieur ROUVREL Paul", "rpps": "10101010103"}),
    ("FACTURE", 0, {"numero": "F-2026-044", "montant": "58.20", "acquittee": "true",
                    "patient": "Monsieur ROUVREL Paul", "siret": "73282932000074",
                    "avoir": None}),
    ("FACTURE", 1, {"numero": "4410", "montant": "112.00"}),
    ("DEVIS", 0, {"numero": "2026-77"}),
    ("DEVIS", 1, {"montant": "540.00"}),
    ("DECOMPTE_MUT", 0, {"montant": "12.40", "nom_lu": "Monsieur ROUVREL Paul"}),
    ("RIB", 0, {"titulaire": "ROUVREL Paul", "iban": "FR7630006000011234567890189",
                "bic": "AGRIFRPP"}),
    ("RIB", 1, {"titulaire": "Commune de Vaubrun", "iban": "FR7630006000011234567890189"}),
    ("DEMANDE_TPT", 0, {"quotite": "50", "debut": "2026-04-01", "fin": "2026-06-30"}),
    ("DEMANDE_TPT", 1, {"quotite": "50", "debut": "2026-04-01", "fin": "2026-06-30"}),
    ("EXPERTISE", 0, {"medecin": "Docteur Alban MIRECOURT", "objet": "imputabilité",
                      "nom_lu": "Madame TARDIVEL Noémie"}),
    ("RECOURS", 0, {"piece": "formulaire", "immatriculation": "AB-123-CD",
                    "police": "99812", "assureur": "Mutuelle du Clain"}),
    ("BORD_PAPIER", 1, {"nombre_pieces": "3"}),
    ("COURRIER", 0, {"objet": "dossier de Monsieur ROUVREL"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "rank", "expected"),
    EXPECTED,
    ids=[f"{code}-{rank}" for code, rank, _ in EXPECTED],
)
def test_fields(code: str, rank: int, expected: dict[str, str | None]) -> None:
    """What the paper says is read under its name; what it does not say is absent."""
    verdict = judge(paper(*MODELES[code][rank]))

    assert expected == {name: verdict.valeur(name) for name in expected}


def test_each_field_can_be_shown() -> None:
    """A field read in one place keeps its words, page, zone and confidence."""
    champ = judge(paper(*MODELES["CMATMP"][0], numero=4)).champs["date_at"]

    assert ("14/01/2026", 4) == (champ.lu, champ.page)
    assert champ.zone is not None
    assert 0.1 < champ.zone.y < 0.4
    assert 0.5 < champ.confiance <= 1


def test_a_poor_reading_is_less_sure() -> None:
    """The reader's own doubt lowers the confidence of a field."""
    lines = MODELES["CMATMP"][0]
    clear = judge(paper(*lines, confiance=0.98)).champs["date_at"].confiance
    blurred = judge(paper(*lines, confiance=0.4)).champs["date_at"].confiance

    assert blurred < clear


ONE, TWO = "1 85 05 78 006 084 91", "2 85 05 78 006 084 41"
SLIPS = {
    "columns": [
        f"ROUVREL    Paul    {ONE}    03/02/2026    15/02/2026    10    284,00",
        f"BARDONNEX    Luce    {TWO}    09/02/2026    20/02/2026    9    255,60",
    ],
    "the name above its number": [
        "ROUVREL Paul", ONE, "03/02/2026    15/02/2026    13    284,00",
        "BARDONNEX Luce", TWO, "09/02/2026    20/02/2026    12    255,60",
    ],
    "a block each": [
        f"Assuré : ROUVREL Paul    N° {ONE}", "du 03/02/2026 au 15/02/2026    284,00",
        f"Assuré : BARDONNEX Luce    N° {TWO}", "du 09/02/2026 au 20/02/2026    255,60",
    ],
    "short years": [
        f"{ONE}    ROUVREL Paul    03/02/26    15/02/26    13    21,85    284,00",
        f"{TWO}    BARDONNEX Luce    09/02/26    20/02/26    12    21,30    255,60",
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", SLIPS.values(), ids=SLIPS.keys())
def test_each_person_of_a_slip_keeps_their_own_days(rows: list[str]) -> None:
    """Name, number and days of one person are never mixed with another's."""
    head = ("l'Assurance Maladie", "# DÉCOMPTE D'INDEMNITÉS JOURNALIÈRES")
    verdict = judge(paper(*head, "Subrogation    employeur", *rows, "Total    539,60"))
    names = ("nom_lu", "nir", "debut", "fin")

    assert [
        ["ROUVREL Paul", "185057800608491", "2026-02-03", "2026-02-15"],
        ["BARDONNEX Luce", "285057800608441", "2026-02-09", "2026-02-20"],
    ] == [[row[name].valeur for name in names] for row in verdict.lignes]


def test_several_people_on_one_slip() -> None:
    """A CPAM slip gives one line per person, and no person to the whole."""
    verdict = judge(
        paper(
            "l'Assurance Maladie    CPAM de la Vienne",
            "# BORDEREAU DE PAIEMENT SUBROGATION",
            "Assuré    N° de sécurité sociale    Période    Jours    Montant",
            "ROUVREL Paul    1 85 05 78 006 084 91    du 03/02/2026 au 15/02/2026    10"
            "    284,00",
            "BARDONNEX Luce    2 85 05 78 006 084 41    du 09/02/2026 au 20/02/2026    9"
            "    255,60",
            "Total    539,60",
        )
    )
    names = ("nom_lu", "nir", "debut", "fin", "montant", "jours")

    assert [
        ("ROUVREL Paul", "185057800608491", "2026-02-03", "2026-02-15", "284.00", "10"),
        (
            "BARDONNEX Luce",
            "285057800608441",
            "2026-02-09",
            "2026-02-20",
            "255.60",
            "9",
        ),
    ] == [tuple(row[name].valeur for name in names) for row in verdict.lignes]
    assert {"nir", "nom_lu"}.isdisjoint(verdict.champs)
    assert "539.60" == verdict.valeur("montant")


def test_several_periods_of_one_person() -> None:
    """A slip with two periods for one agent gives two lines and keeps the person."""
    verdict = judge(
        paper(
            "CPAM de la Vienne",
            "# DÉCOMPTE D'INDEMNITÉS JOURNALIÈRES",
            "Assuré : ROUVREL Paul    1 85 05 78 006 084 91",
            "du 03/02/2026 au 15/02/2026    10    28,40    284,00",
            "du 16/02/2026 au 28/02/2026    13    28,40    369,20",
        )
    )

    assert ["2026-02-03", "2026-02-16"] == [r["debut"].valeur for r in verdict.lignes]
    assert "185057800608491" == verdict.valeur("nir")
    assert "ROUVREL Paul" == verdict.valeur("nom_lu")


def test_a_credit_note_is_negative() -> None:
    """What an avoir gives back is a negative amount."""
    verdict = judge(
        paper("Pharmacie des Halles", "# AVOIR n° AV-118", "Net à déduire : 64,30 €")
    )

    assert ("FACTURE", "true", "-64.30") == (
        verdict.type, verdict.valeur("avoir"), verdict.valeur("montant"),
    )  # fmt: skip
    assert "false" == verdict.valeur("acquittee")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("est reconnu imputable au service", "reconnue"),
        ("n'est pas reconnu imputable au service", "refusee"),
        ("portant refus d'imputabilité", "refusee"),
        ("portant reconnaissance de l'imputabilité au service", "reconnue"),
    ],
)
def test_imputability(text: str, expected: str) -> None:
    """A refusal is not a recognition."""
    verdict = judge(
        paper("# ARRÊTÉ N° 2026-9", "Vu le décret n° 87-602", "ARRÊTE",
              f"Article 1er : l'accident survenu le 14/01/2026 à M. Paul ROUVREL {text}")
    )  # fmt: skip

    assert expected == verdict.valeur("imputabilite")
    assert "2026-01-14" == verdict.valeur("date_accident")


def test_a_final_form_says_final() -> None:
    """The AT/MP form whose « final » box is ticked stays CMATMP, case final."""
    verdict = judge(
        paper(
            "cerfa n° 11138*05",
            "# certificat médical",
            "accident du travail - maladie professionnelle",
            "[ ] initial    [ ] de prolongation    [x] final    [ ] de rechute",
            "date de l'accident : 14/01/2026",
            "[ ] guérison avec retour à l'état antérieur",
            "[x] consolidation avec séquelles",
            "date de consolidation ou de guérison    0 3 0 3 2 0 2 6",
        )
    )

    assert ("CMATMP", "final", "2026-03-03", "consolidation") == (
        verdict.type, verdict.valeur("cas"), verdict.valeur("consolidation_le"),
        verdict.valeur("issue"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "rank", "is_medical"),
    [("CMATMP", 0, True), ("DECL_AS", 0, True), ("ORDONNANCE", 0, True), ("AAT", 0, False),
     ("BULLETIN", 0, False), ("ARRETE", 0, False), ("CERT_MED", 0, False)],
)  # fmt: skip
def test_medical_papers_are_marked(code: str, rank: int, *, is_medical: bool) -> None:
    """Lesions and prescriptions are medical; an employer's copy is not."""
    assert is_medical is judge(paper(*MODELES[code][rank])).is_medical


def test_volet_1_is_medical() -> None:
    """The copy for the medical service shows the reason of the leave."""
    verdict = judge(
        paper(
            "10170*07",
            "# avis d'arrêt de travail",
            "volet 1, à adresser par l'assuré(e) au service médical",
            "éléments d'ordre médical : lombalgie",
        )
    )

    assert ("1", True) == (verdict.valeur("volet"), verdict.is_medical)


def test_a_volet_listed_is_not_the_volet() -> None:
    """A form that explains its three copies does not say which one it is."""
    verdict = judge(
        paper(
            "10170*07",
            "# avis d'arrêt de travail",
            "sorties autorisées",
            "@0.1 Envoyez le volet 1 et le volet 2 à la caisse, le volet 3 à l'employeur",
        )
    )

    assert verdict.valeur("volet") is None


def test_second_page_gives_fields_too() -> None:
    """The period of an arrêté may stand on its second page."""
    verdict = judge(
        liasse(
            page("# ARRÊTÉ N° 2026-9", "Vu le décret n° 87-602", "ARRÊTE"),
            page(
                "Article 1er : Madame TARDIVEL Noémie est placée en congé de maladie",
                "ordinaire du 03/02/2026 au 15/02/2026 inclus",
                numero=2,
            ),
        )
    )

    assert ("2026-02-03", 2) == (verdict.valeur("debut"), verdict.champs["debut"].page)
