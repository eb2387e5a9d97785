"""Papers that look alike, and what tells them apart: one rule per known confusion.

Each rule moves points between types and says why, in a sentence a clerk can check.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from classifiers.feuille import Feuille
from classifiers.marks import NOTICES, cerfas
from classifiers.notes import Note
from classifiers.text import Phrase
from classifiers.verdict import AUTRE, Raison

Notes = Mapping[str, Note]
STRONG = 0.7


@dataclass(frozen=True, slots=True)
class Indices:
    """What the rules ask of a paper: its pages, its form numbers, its notes."""

    feuilles: Sequence[Feuille]
    notes: Notes
    # the form numbers printed on the first page, without edition
    numeros: frozenset[str] = frozenset()

    def says(self, *phrases: str) -> bool:
        """Tell whether any of these phrases is on any page."""
        wanted = [_phrase(text) for text in phrases]
        return any(f.find(p, fuzzy=False) for f in self.feuilles for p in wanted)

    def is_titled(self, code: str, *, force: float = STRONG) -> bool:
        """Tell whether the paper bears a title of this type, as a title."""
        note = self.notes.get(code)
        return note is not None and note.titre_force >= force and note.titre >= 4.0  # noqa: PLR2004

    def is_above(self, code: str, other: str) -> bool:
        """Tell whether the title of one type stands above the other's."""
        return self.notes[code].titre_y <= self.notes[other].titre_y + 0.005

    def move(self, code: str, points: float, why: str) -> None:
        """Take points from a type (or give), with the reason."""
        note = self.notes.get(code)
        if note is None:
            return
        note.contre += points
        note.raisons.append(Raison(code="confusion", detail=why, poids=-points))


_PHRASES: dict[str, Phrase] = {}


def _phrase(text: str) -> Phrase:
    return _PHRASES.setdefault(text, Phrase(text))


def apply_rules(feuilles: Sequence[Feuille], notes: Notes) -> None:
    """Apply every rule to the notes of one paper, in place."""
    numbers = frozenset(
        m.valeur if "-" in m.valeur else m.valeur[:5]
        for feuille in feuilles[:1]
        for m in cerfas(feuille)
    )
    indices = Indices(feuilles, notes, numbers)
    for rule in RULES:
        rule(indices)


FORMS = (
    "AAT", "CMATMP", "CERT_ARRET", "DAT", "ATT_SALAIRE", "FEUILLE_AT", "FEUILLE_SOINS",
    "CERT_GROSSESSE", "TRANSPORT", "DECL_MP", "DECL_AS",
)  # fmt: skip


def notice_is_not_the_form(x: Indices) -> None:
    """Refuse a notice: it has its own number and tells how to fill the form."""
    numbered = bool(x.numeros & NOTICES)
    titled = x.notes[AUTRE].titre_force >= STRONG and any(
        "otice" in r.detail.lower() for r in x.notes[AUTRE].raisons if r.code == "titre"
    )
    if numbered or titled:
        for code in FORMS:
            x.move(code, 9.0, "Une notice n'est pas le formulaire qu'elle explique.")


def avis_or_certificat(x: Indices) -> None:
    """10170 is the avis d'arrêt, 11138 the AT/MP certificate; findings tell them apart."""
    numbers = x.numeros
    if "10170" in numbers and "11138" not in numbers:
        for code in ("CMATMP", "CERT_ARRET", "CERT_FINAL"):
            x.move(code, 5.0, "Le formulaire 10170 est un avis d'arrêt de travail.")
    elif "11138" in numbers and "10170" not in numbers:
        x.move("AAT", 5.0, "Le formulaire 11138 n'est pas un avis d'arrêt.")
        for code in ("CERT_FINAL", "CERT_MED"):
            x.move(code, 4.0, "Le formulaire 11138 est le certificat AT/MP.")


def volet_employeur(x: Indices) -> None:
    """Know the employer's copy of 11138: a certificate of leave, without findings."""
    findings = x.says("constatations détaillées", "siège nature des lésions")
    if x.is_titled("CERT_ARRET") and not findings:
        x.move("CMATMP", 6.0, "Le volet de l'employeur ne porte pas de constatations.")
    elif findings:
        x.move("CERT_ARRET", 5.0, "Des constatations médicales : volet du praticien.")


def free_certificate(x: Indices) -> None:
    """Call a free certificate of guérison or consolidation final; not the form."""
    on_form = "11138" in x.numeros or x.says("s6909")
    if on_form:
        for code in ("CERT_FINAL", "CERT_MED"):
            x.move(code, 3.0, "Formulaire AT/MP : la case dit s'il est final.")
    elif x.is_titled("CERT_FINAL"):
        for code in ("CMATMP", "CERT_MED"):
            x.move(code, 3.0, "Certificat final libre.")
    elif x.is_titled("CMATMP") and x.notes["CMATMP"].titre >= 6:  # noqa: PLR2004
        x.move("CERT_MED", 3.0, "Certificat d'accident ou de maladie professionnelle.")


def payslip_or_attestation(x: Indices) -> None:
    """Tell the attestation for the CPAM, with its last day worked, from a payslip."""
    if x.numeros & {"11135", "11137"} or x.is_titled("ATT_SALAIRE"):
        x.move("BULLETIN", 6.0, "Une attestation de salaire n'est pas un bulletin.")


def arrete_deliberation_or_pv(x: Indices) -> None:
    """Tell who speaks: an assembly, a conseil médical, or an authority that decides."""
    voted = x.says("extrait du registre des délibérations", "après en avoir délibéré")
    if voted and not x.says(
        "conseil médical", "comité médical", "commission de réforme"
    ):
        for code in ("ARRETE", "PV_CM"):
            x.move(code, 6.0, "Une délibération n'est ni un arrêté ni un avis.")
    decided = x.is_titled("ARRETE", force=0.5) and x.says("article 1er", "article 1")
    if decided:
        x.move("PV_CM", 5.0, "Un arrêté vise l'avis du conseil, il ne le rend pas.")
        for code in ("DEMANDE_TPT", "ATT_PEC", "ADOPTION", "ACTE_DECES"):
            x.move(code, 3.0, "L'arrêté décide de ce que ces papiers demandent.")
        x.move("COURRIER", 3.0, "Un arrêté n'est pas une lettre.")


def whose_decompte(x: Indices) -> None:
    """Set aside the insurer's own décompte: it repays the collectivité, proves nothing."""
    if x.says(
        "risques statutaires", "contrat groupe", "collectivité adhérente",
        "franchise contractuelle", "bordereau de prestations", "assureur statutaire",
        "contrat d'assurance statutaire", "capital restant",
    ):  # fmt: skip
        x.move("DECOMPTE_IJ", 6.0, "Décompte de l'assureur, et non de la CPAM.")
        x.move("DECOMPTE_MUT", 4.0, "Décompte de l'assureur de la collectivité.")
    if x.says("part complémentaire", "base de remboursement"):
        x.move("DECOMPTE_IJ", 4.0, "Remboursement de soins, et non d'indemnités.")


def invoice_or_sheet(x: Indices) -> None:
    """Tell a treatment sheet, a slip of the mutual and an estimate from an invoice."""
    if x.is_titled("FEUILLE_SOINS") or x.numeros & {"12541", "12542", "12543", "12544"}:
        for code in ("FACTURE", "DECOMPTE_MUT"):
            x.move(code, 4.0, "Feuille de soins.")
    elif x.is_titled("DECOMPTE_MUT"):
        for code in ("FACTURE", "FEUILLE_SOINS"):
            x.move(code, 4.0, "Décompte de remboursement.")
    elif x.is_titled("DEVIS") and not x.says("facture n", "acquittée le"):
        x.move("FACTURE", 4.0, "Un devis n'est pas une facture.")


def birth_or_death(x: Indices) -> None:
    """Keep a birth act a birth act, whatever death its margin notes."""
    birth, death = x.is_titled("ACTE_NAISSANCE"), x.is_titled("ACTE_DECES")
    if birth and (not death or x.is_above("ACTE_NAISSANCE", "ACTE_DECES")):
        x.move("ACTE_DECES", 7.0, "Acte de naissance : le décès est une mention.")
    elif death:
        x.move("ACTE_NAISSANCE", 7.0, "Acte de décès.")


def who_declares(x: Indices) -> None:
    """Tell who declares: the agent, the employer to the CPAM, or the chief."""
    if x.numeros & {"14463", "60-3682"} or x.says("s6200"):
        for code in ("DECL_AS", "ENQUETE", "RECOURS"):
            x.move(code, 5.0, "Déclaration de l'employeur à la CPAM.")
    elif x.is_titled("ENQUETE"):
        for code in ("DECL_AS", "DAT", "RECOURS", "ATT_PEC"):
            x.move(code, 5.0, "Enquête ou rapport de l'employeur.")
    elif x.is_titled("DECL_AS") and not x.is_titled("DAT"):
        for code in ("DAT", "RECOURS"):
            x.move(code, 4.0, "Déclaration de l'agent à son employeur.")


_FROM = re.compile(r"(?:^|\n)\s{0,3}(?:de|from|expediteur)\s{0,2}:")
_SENT = re.compile(r"(?:^|\n|\s{2})\s{0,3}(?:envoye|a|to|cc|objet|subject)\s{0,2}:")


def mail_is_a_letter(x: Indices) -> None:
    """Know a printed e-mail by its first rows: from whom, to whom, about what."""
    for feuille in x.feuilles[:1]:
        if _FROM.search(feuille.plat) and len(_SENT.findall(feuille.plat)) > 1:
            x.move("COURRIER", -3.0, "En-têtes d'un message électronique.")


GREETINGS = (
    "bonjour",
    "madame monsieur",
    "madame",
    "monsieur le maire",
    "cher monsieur",
)
CLOSINGS = (
    "cordialement", "salutations distinguées", "veuillez agréer", "bien à vous",
    "considération distinguée", "sentiments distingués", "je vous prie d'agréer",
)  # fmt: skip


def letter_by_default(x: Indices) -> None:
    """Polite formulas do not make a letter of a paper that has a title of its own."""
    titled = [
        note
        for note in x.notes.values()
        if note.code not in {"COURRIER", AUTRE}
        and note.titre_force >= STRONG
        and note.titre >= 5.0  # noqa: PLR2004
    ]
    if titled:
        x.move("COURRIER", 3.0, "Le papier porte un titre.")
    elif x.says(*GREETINGS) and x.says(*CLOSINGS):
        x.move("COURRIER", -1.5, "Formules de début et de fin d'une lettre.")


RULES: tuple[Callable[[Indices], None], ...] = (
    notice_is_not_the_form,
    avis_or_certificat,
    volet_employeur,
    free_certificate,
    payslip_or_attestation,
    arrete_deliberation_or_pv,
    whose_decompte,
    invoice_or_sheet,
    birth_or_death,
    who_declares,
    mail_is_a_letter,
    letter_by_default,
)
