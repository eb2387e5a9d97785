"""What is asked follows what is declared: rules by example, laws by property."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.ecarts import Ecart, reconcile
from records.evenements import Consequence, Evenement
from records.exigences import Exigence, derive
from records.natures import catalogue
from records.periodes import Periode, gaps, union
from records.pieces import PieceAttendue

FIRST = dt.date(2025, 11, 3)
NATURES = sorted(catalogue(FIRST).natures)


def make_consequence(
    rank: int, type_: str, debut: str = "", fin: str = "", **champs: Any
) -> Consequence:
    """Build a conséquence."""
    periode = None
    if debut:
        periode = Periode.inclusive(
            dt.date.fromisoformat(debut), dt.date.fromisoformat(fin)
        )
    return Consequence(
        id=rank, reference=f"CQ{rank}", evenement_id=1, type=type_,
        periode=periode, champs=champs,
    )  # fmt: skip


def make_evenement(nature: str, *consequences: Consequence, **fields: Any) -> Evenement:
    """Build an event."""
    given_ = {"date_survenance": FIRST} | fields
    return Evenement(
        id=1, reference="EV1", collectivite_id=1, agent_id=1, nature=nature,
        consequences=consequences, **given_,
    )  # fmt: skip


def asked(
    evenement: Evenement, regime: str = "CNRACL", statut: str = "titulaire"
) -> tuple[Exigence, ...]:
    """Derive with a delay of 90 days."""
    known = catalogue(evenement.date_survenance)
    return derive(evenement, regime, 90, known, statut=statut)


def kinds(evenement: Evenement, regime: str = "CNRACL", **rest: str) -> set[str]:
    """Return « TYPE » or « TYPE precision » of what is asked."""
    found = asked(evenement, regime, **rest)
    return {f"{e.type} {e.precision or ''}".strip() for e in found}


JANUARY = make_consequence(1, "ARRET", "2026-01-19", "2026-02-01")
CASES = [
    ("AS", "CNRACL", (), {},
     {"DECL_AS", "ENQUETE", "CMATMP initial", "ARRETE imputabilité"}),
    ("AS", "CNRACL", (JANUARY,), {},
     {"DECL_AS", "ENQUETE", "CMATMP initial", "ARRETE imputabilité", "AAT initial",
      "ARRETE congé", "BULLETIN"}),
    ("AT", "IRCANTEC", (JANUARY,), {},
     {"DAT", "ENQUETE", "CMATMP initial", "AAT initial", "BULLETIN", "DECOMPTE_IJ",
      "ARRETE congé"}),
    ("CMO", "CNRACL", (JANUARY,), {}, {"AAT initial", "ARRETE congé", "BULLETIN"}),
    ("CMO", "IRCANTEC", (JANUARY,), {},
     {"AAT initial", "ARRETE congé", "BULLETIN", "DECOMPTE_IJ"}),
    ("CLM", "CNRACL", (JANUARY,), {"decision": "octroi", "seance_le": "2026-01-10"},
     {"PV_CM octroi", "ARRETE congé", "BULLETIN"}),
    ("CLM", "CNRACL", (JANUARY,), {"decision": "octroi", "seance_le": "2026-03-10"},
     {"AAT initial", "PV_CM octroi", "ARRETE congé", "BULLETIN"}),
    ("CLD", "CNRACL", (JANUARY,),
     {"decision": "renouvellement", "taux": "plein", "seance_le": "2026-01-10"},
     {"ARRETE congé", "BULLETIN"}),
    ("MAT", "CNRACL", (JANUARY,), {"dpa": "2026-03-02"},
     {"CERT_GROSSESSE", "ACTE_NAISSANCE", "ARRETE congé", "BULLETIN"}),
    ("PAT", "CNRACL", (JANUARY,), {}, {"ACTE_NAISSANCE", "ARRETE congé", "BULLETIN"}),
    ("ADO", "IRCANTEC", (JANUARY,), {},
     {"ADOPTION", "ARRETE congé", "BULLETIN", "DECOMPTE_IJ"}),
    ("TPT", "CNRACL",
     (make_consequence(1, "REPRISE_TPT", "2026-01-19", "2026-02-18", quotite=50),), {},
     {"DEMANDE_TPT", "CERT_MED TPT", "ARRETE TPT", "BULLETIN"}),
    ("DORS", "CNRACL", (), {"debut": "2026-01-19", "fin": "2026-02-01"},
     {"PV_CM disponibilité", "ARRETE congé", "BULLETIN", "DECOMPTE_IJ"}),
    ("DECES", "CNRACL", (), {},
     {"ACTE_DECES", "CERT_DECES", "AYANTS_DROIT", "RIB ayant droit", "BULLETIN"}),
    ("MP", "CNRACL", (), {"hors_tableau": True},
     {"DECL_MP", "ENQUETE", "CERT_MED médecin du travail", "CMATMP initial",
      "ARRETE imputabilité", "PV_CM imputabilité"}),
]  # fmt: skip


@pytest.mark.parametrize(("nature", "regime", "suites", "champs", "expected"), CASES)
def test_matrix(
    nature: str,
    regime: str,
    suites: tuple[Consequence, ...],
    champs: dict[str, Any],
    expected: set[str],
) -> None:
    """Each column of the matrix asks for its papers, and no other."""
    assert expected == kinds(make_evenement(nature, *suites, champs=champs), regime)


@pytest.mark.parametrize(
    ("champs", "fields", "added"),
    [
        ({"decision": "refusee"}, {}, {"PV_CM imputabilité"}),
        ({"conseil_saisi": True}, {}, {"PV_CM imputabilité"}),
        ({"expertise": True}, {}, {"EXPERTISE"}),
        ({}, {"has_tiers": True}, {"RECOURS"}),
    ],
)
def test_conditions_of_an_accident(
    champs: dict[str, Any], fields: dict[str, Any], added: set[str]
) -> None:
    """A « C » of the matrix is asked when its condition holds, and only then."""
    plain = kinds(make_evenement("AS"))

    assert added == kinds(make_evenement("AS", champs=champs, **fields)) - plain


def test_costs_ask_by_their_kind() -> None:
    """Care, pharmacy, transport and devices do not ask for the same papers."""

    def of(nature: str, **rest: Any) -> set[str]:
        frais = make_consequence(1, "FRAIS", nature=nature, montant="10", **rest)
        return kinds(make_evenement("AS", frais)) - kinds(make_evenement("AS"))

    assert {"FEUILLE_SOINS"} == of("Consultation")
    assert {"FACTURE", "ORDONNANCE"} == of("Pharmacie")
    assert {"TRANSPORT", "ORDONNANCE"} == of("Transport en taxi")
    assert {"FACTURE", "ORDONNANCE", "DEVIS"} == of("Appareillage")
    assert {"FACTURE", "ATT_PEC"} == of("Hospitalisation", paye_par="tiers_payant")
    assert {"FACTURE", "RIB agent"} == of("Hospitalisation", paye_par="agent")


def test_rule_of_the_day_of_the_leave() -> None:
    """A leave from February 2025 asks no arrêté; its prolongation in March does."""
    initial = make_consequence(1, "ARRET", "2025-02-20", "2025-03-20")
    later = make_consequence(2, "PROLONG", "2025-03-21", "2025-04-10")
    day = dt.date(2025, 2, 20)

    before = asked(make_evenement("CMO", initial, date_survenance=day))
    after = asked(make_evenement("CMO", initial, later, date_survenance=day))

    assert "ARRETE" not in {e.type for e in before}
    assert [later.periode] == [e.periode for e in after if e.type == "ARRETE"]


@pytest.mark.parametrize(
    ("statut", "has_arrete"), [("titulaire", True), ("contractuel", False)]
)
def test_arrete_of_an_accident_is_for_civil_servants(
    statut: str, has_arrete: bool
) -> None:
    """A contractuel is placed in leave by a decision nobody files here."""
    found = kinds(make_evenement("AT", JANUARY), "IRCANTEC", statut=statut)

    assert has_arrete == ("ARRETE congé" in found)


def test_dates() -> None:
    """Avis: 48 hours; bulletin: end of its month; échéance: plus the contract's delay."""
    found = {
        e.type: e for e in asked(make_evenement("CMO", JANUARY)) if e.type != "BULLETIN"
    }
    months = [e for e in asked(make_evenement("CMO", JANUARY)) if e.type == "BULLETIN"]

    assert dt.date(2026, 1, 21) == found["AAT"].exigible_le
    assert dt.date(2026, 4, 21) == found["AAT"].echeance
    assert [dt.date(2026, 1, 31), dt.date(2026, 2, 28)] == [
        e.exigible_le for e in months
    ]


# --- laws ------------------------------------------------------------------------------

days_from_start = st.integers(min_value=0, max_value=420)
spans = st.tuples(days_from_start, st.integers(min_value=1, max_value=120))


@st.composite
def evenements(draw: st.DrawFn, nature: str | None = None) -> Evenement:
    """Draw an event with any leaves, ends and costs, in any order."""
    chosen = nature or draw(st.sampled_from(NATURES))
    count = draw(st.integers(min_value=0, max_value=5))
    suites = []
    for rank in range(1, count + 1):
        kind = draw(
            st.sampled_from(
                ("ARRET", "PROLONG", "REPRISE_TPT", "SOINS", "FRAIS", "CONSOLID")
            )
        )
        debut, length = draw(spans)
        first = FIRST + dt.timedelta(days=debut)
        periode = Periode(first, first + dt.timedelta(days=length))
        champs: dict[str, Any] = {}
        if kind in {"FRAIS", "CONSOLID"}:
            champs = {
                "date": first.isoformat(),
                "date_soins": first.isoformat(),
                "nature": "Pharmacie",
                "montant": "12",
            }
        suites.append(
            Consequence(
                id=rank,
                reference=f"CQ{rank}",
                evenement_id=1,
                type=kind,
                periode=None if champs else periode,
                champs=champs,
            )
        )
    return make_evenement(chosen, *suites, has_tiers=draw(st.booleans()))


class Rows:
    """What the store keeps, in memory: applies an `Ecart` as the store does."""

    def __init__(self) -> None:
        self.rows: dict[str, PieceAttendue] = {}

    def apply(self, ecart: Ecart) -> None:
        """Write what must change."""
        cles = {piece.id: cle for cle, piece in self.rows.items()}
        for exigence in ecart.a_ouvrir:
            assert exigence.cle not in self.rows
            self.rows[exigence.cle] = _opened(len(self.rows) + 1, exigence)
        for piece in ecart.a_retirer:
            self._set(cles[piece.id], etat="retiree")
        for piece in ecart.a_rouvrir:
            self._set(cles[piece.id], etat="attendue")
        for piece, exigence in ecart.a_dater:
            self._set(
                cles[piece.id], periode=exigence.periode,
                exigible_le=exigence.exigible_le, echeance=exigence.echeance,
                montant_eur=exigence.montant_eur, base=exigence.base,
                substituts=exigence.substituts,
            )  # fmt: skip

    def _set(self, cle: str, **changes: Any) -> None:
        self.rows[cle] = replace(self.rows[cle], **changes)

    def derive(self, evenement: Evenement) -> Ecart:
        """Derive again and write."""
        ecart = reconcile(self.rows.items(), asked(evenement, "IRCANTEC"))
        self.apply(ecart)
        return ecart

    def settle(self, numbers: set[int]) -> None:
        """Prove some open lines."""
        for cle, piece in self.rows.items():
            if piece.is_open and piece.id in numbers:
                self._set(cle, etat="satisfaite")

    def seen(self) -> set[tuple[str, str, Periode | None, dt.date]]:
        """Return what shows, the withdrawn lines left out."""
        return {
            (cle, p.etat, p.periode, p.echeance)
            for cle, p in self.rows.items()
            if p.etat != "retiree"
        }


def _opened(number: int, exigence: Exigence) -> PieceAttendue:
    return PieceAttendue(
        id=number, reference=f"PA{number}", collectivite_id=1, evenement_id=1,
        agent_id=1, type=exigence.type, precision=exigence.precision,
        periode=exigence.periode, consequence_id=exigence.consequence_id,
        date_reference=exigence.date_reference, exigible_le=exigence.exigible_le,
        echeance=exigence.echeance, base=exigence.base,
        substituts=exigence.substituts, montant_eur=exigence.montant_eur,
    )  # fmt: skip


proofs = st.sets(st.integers(min_value=1, max_value=30), max_size=12)


@given(evenements(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_of_declaration_does_not_matter(
    evenement: Evenement, shuffle: Any
) -> None:
    """The same conséquences in another order ask for the same."""
    mixed = list(evenement.consequences)
    shuffle.shuffle(mixed)

    assert asked(evenement) == asked(replace(evenement, consequences=tuple(mixed)))


@given(evenements(), proofs)
@settings(max_examples=60, deadline=None)
def test_deriving_twice_changes_nothing(
    evenement: Evenement, numbers: set[int]
) -> None:
    """Once in step, always in step, whatever was proved meanwhile."""
    rows = Rows()
    rows.derive(evenement)
    rows.settle(numbers)

    again = rows.derive(evenement)

    assert Ecart() == again


@given(evenements("CMO"), evenements("CMO"), proofs)
@settings(max_examples=60, deadline=None)
def test_change_and_back_restores(
    one: Evenement, other: Evenement, numbers: set[int]
) -> None:
    """A correction undone leaves the lines as they were, proofs included."""
    rows = Rows()
    rows.derive(one)
    rows.settle(numbers)
    before = rows.seen()

    rows.derive(other)
    rows.derive(one)

    assert before == rows.seen()


@given(evenements(), evenements(), proofs)
@settings(max_examples=60, deadline=None)
def test_what_was_proved_stays(
    one: Evenement, other: Evenement, numbers: set[int]
) -> None:
    """No derivation reopens, moves or withdraws a settled line."""
    rows = Rows()
    rows.derive(one)
    rows.settle(numbers)
    proved = {p for p in rows.rows.values() if p.etat == "satisfaite"}

    rows.derive(replace(other, nature=one.nature))

    assert proved <= set(rows.rows.values())


@given(evenements("CMO"), evenements("CMO"), proofs)
@settings(max_examples=60, deadline=None)
def test_no_day_is_forgotten_nor_asked_twice(
    one: Evenement, other: Evenement, numbers: set[int]
) -> None:
    """Settled and open bulletins together cover the months implied, once each."""
    rows = Rows()
    rows.derive(one)
    rows.settle(numbers)
    rows.derive(other)
    wanted = [
        e.periode
        for e in asked(other, "IRCANTEC")
        if e.type == "BULLETIN" and e.periode
    ]
    held = [
        p.periode for p in rows.rows.values()
        if p.type == "BULLETIN" and p.periode and p.etat != "retiree"
    ]  # fmt: skip

    assert not [gap for month in union(wanted) for gap in gaps(month, held)]
    assert len(held) == len(set(held))


def test_given_requirements_grow_by_the_change_alone() -> None:
    """Lines given by their owner stay; a prolongation adds its own papers only."""
    initial = make_evenement("CMO", JANUARY)
    later = make_consequence(2, "PROLONG", "2026-02-02", "2026-03-10")
    given_line = replace(
        _opened(1, next(e for e in asked(initial) if e.type == "AAT")), origine="import"
    )

    ecart = reconcile(
        [("import|X", given_line)],
        asked(replace(initial, consequences=(JANUARY, later))),
        before=asked(initial),
    )

    assert {("AAT", "prolongation"), ("BULLETIN", None)} == {
        (e.type, e.precision) for e in ecart.a_ouvrir
    }
    assert [Periode.month(2026, 3)] == [
        e.periode for e in ecart.a_ouvrir if e.type == "BULLETIN"
    ]
    assert () == ecart.a_retirer
