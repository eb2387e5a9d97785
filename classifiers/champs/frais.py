"""Fields of costs: invoices, treatment sheets, estimates, mutual slips, bank details."""

import re
from decimal import Decimal

from classifiers import numeros
from classifiers.champs.arrets import read_accident_day
from classifiers.champs.communs import (
    read_cerfa,
    read_paper_day,
    read_siret,
)
from classifiers.champs.medecins import read_doctor
from classifiers.champs.personnes import read_name
from classifiers.champs.releve import Releve, tidy
from classifiers.verdict import Champ

HEAD, LEFT, NAME_MIN = 6, 0.5, 6
DAY_FIRST = 4
_NOT_SUPPLIER = re.compile(
    r"(?i)facture|avoir|siret|date|t[e\u00e9]l|patient|honoraires|d[e\u00e9]signation"
)
TOTALS = (
    "net à payer ttc", "net à déduire ttc", "total à payer", "net à payer",
    "net à déduire", "total ttc", "montant ttc", "total net", "somme à payer",
    "montant total", "reste à payer", "montant à payer", "montant dû", "total général",
    "total honoraires", "total",
)  # fmt: skip


def read_invoice(r: Releve) -> None:
    """Read an invoice or a credit note; what is given back is negative."""
    credit = _is_credit(r)
    _number(r)
    r.montant("montant", *TOTALS, pick="last")
    if credit:
        r.say("avoir", "true", 0.95)
        _negate(r)
    read_siret(r)
    read_paper_day(r)
    read_accident_day(r, "date_at")
    r.jour_apres(
        "date_soins",
        r"(?:soins?|actes?|seances?|prestations?|consultation)\s(?:du|le)\s{1,3}",
    )
    r.jour("date_soins", "date des soins", "date de l'acte", "date des actes", "soins du",
           "réalisé le", "séance du", "consultation du")  # fmt: skip
    paid = r.says(
        r"acquitt[e\u00e9]e?|\bpay[e\u00e9]e?\s(?:le|ce)"
        r"|regl[e\u00e9]e? (?:le|ce)|\bpaye\b|paiement recu"
    )
    r.say("acquittee", "true" if paid and not credit else "false", 0.85)
    read_name(r, "patient", "patiente", "bénéficiaire", "assuré", "client")
    r.copy("nom_lu", "patient")
    _supplier(r)


def _is_credit(r: Releve) -> bool:
    """Tell whether it is a credit note: its title, or a sum to deduct."""
    return r.says(
        r"(?:^|\n|\s{2})\s{0,3}avoir(?:\s{1,3}n[\u00b0o]|"
        r"\s*\n|\s*$)|facture d'avoir|net a deduire|note de credit"
    )


def _negate(r: Releve) -> None:
    champ = r.champs.get("montant")
    if champ is not None and not champ.valeur.startswith("-") and Decimal(champ.valeur):
        r.champs["montant"] = Champ(
            nom="montant", valeur=f"-{champ.valeur}", lu=champ.lu, page=champ.page,
            zone=champ.zone, confiance=champ.confiance,
        )  # fmt: skip


def _number(r: Releve) -> None:
    number = r"([a-z]{0,5}[ _/-]?\d[a-z0-9/_-]*)"
    for motif in (
        rf"(?:facture|avoir|honoraires|note)\s{{0,3}}(?:n[\u00b0o]?\.?|numero)\s?:?\s?{number}",
        r"(?:facture|avoir)\s{0,3}:?\s?([a-z]{0,4}[ _-]?\d[a-z0-9/_-]{3,})",
        rf"(?:n[\u00b0o]|numero)\s(?:de\s)?(?:facture|piece|titre)\s?:?\s?{number}",
        rf"(?:titre|avis|recette)\s?n[\u00b0o]\s?:?\s?{number}",
    ):
        for feuille, match in r.search(motif):
            value = feuille.texte[match.start(1) : match.end(1)].replace(" ", "")
            r.put("numero", value, feuille, match.span(1), 0.93)
            return


def _supplier(r: Releve) -> None:
    """Read who sends the invoice: the first line of the top left, letters only."""
    for feuille in r.feuilles[:1]:
        for rang in feuille.rangs[:HEAD]:
            segment = feuille.texte[rang.debut : rang.fin].split("  ")[0]
            span = (rang.debut, rang.debut + max(len(segment), 1))
            zone = feuille.zone(*span)
            letters = sum(c.isalpha() for c in segment)
            if zone is None or zone.x > LEFT or letters < NAME_MIN:
                continue
            if _NOT_SUPPLIER.search(segment):
                continue
            # a letter or two in front are the logo's
            r.put(
                "fournisseur",
                tidy(re.sub(r"^\S{1,2}\s+", "", segment)),
                feuille,
                span,
                0.6,
            )
            return


def read_treatment(r: Releve) -> None:
    """Read a treatment sheet."""
    read_cerfa(
        r, "12541", "12542", "12543", "12544", "11389", "11390", "11391", "11392"
    )
    read_accident_day(r, "date_at")
    if not r.has("date_at"):
        r.jour("date_at", "AT MP", "numéro AT", "accident du travail", "ou date",
               letters=24)  # fmt: skip
    r.montant("montant", "montant total (en euros)", "montant total", "total en euros",
              "total des honoraires", "total général", "total à percevoir",
              "total")  # fmt: skip
    _acts(r)
    read_doctor(r, "praticien")
    read_name(r)


def _acts(r: Releve) -> None:
    """Read the rows of acts: a day and an amount."""
    from classifiers import dates, montants

    count = 0
    for feuille in r.feuilles:
        for rang in feuille.rangs:
            row = feuille.plat[rang.debut : rang.fin]
            days = dates.find_days(row)
            if (
                days
                and days[0].debut <= DAY_FIRST
                and montants.find_amounts(row[days[0].fin :])
            ):
                count += 1
                span = (rang.debut + days[0].debut, rang.debut + days[0].fin)
                r.put("date_soins", days[0].jour.isoformat(), feuille, span, 0.9)
    if count:
        r.say("nb_actes", str(count), 0.8)


def read_estimate(r: Releve) -> None:
    """Read an estimate."""
    r.montant("montant", "total ttc", "montant ttc", "total du devis", "montant total",
              "total", pick="last")  # fmt: skip
    _number_of_estimate(r)
    read_paper_day(r)
    read_siret(r)
    read_name(r, "pour", "patient", "patiente", "client")


def _number_of_estimate(r: Releve) -> None:
    r.motif(
        "numero",
        r"devis\s{0,3}(?:n[\u00b0o]?\.?)\s?:?\s?([a-z]{0,4}[-/]?\d[a-z0-9/-]*)",
    )


def read_mutual(r: Releve) -> None:
    """Read a slip of reimbursement."""
    r.montant("montant", "montant viré sur votre compte", "montant viré", "total remboursé",
              "montant versé", "total versé", "montant du virement", "total",
              pick="last")  # fmt: skip
    read_paper_day(r)
    read_name(r, "adhérent", "assuré", "bénéficiaire")


def read_bank(r: Releve) -> None:
    """Read bank details."""
    for feuille in r.feuilles:
        for found in numeros.find_ibans(feuille.plat):
            r.put("iban", found.valeur, feuille, (found.debut, found.fin))
        for found in numeros.find_bics(feuille.plat):
            r.put("bic", found.valeur, feuille, (found.debut, found.fin), 0.95)
    if not r.has("bic"):
        _loose_bic(r)
    labels = ("titulaire du compte", "intitulé du compte", "titulaire", "account owner")
    r.texte(
        "titulaire", *labels, below=False, stop=r"\s{2,}|\bdomiciliation|\biban|\bcode"
    )
    if not r.has("titulaire"):
        r.texte("titulaire", *labels, below=True)
    r.copy("titulaire", "nom_lu")


def _loose_bic(r: Releve) -> None:
    for feuille, match in r.search(
        r"(?<![a-z0-9])([a-z]{4}fr[a-z0-9]{2}(?:[a-z0-9]{3})?)(?![a-z0-9])"
    ):
        value = feuille.texte[match.start() : match.end()].upper()
        r.put("bic", value, feuille, match.span(), 0.8)
        return
