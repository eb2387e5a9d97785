"""Ordinary files: each nature with the papers it calls for, every type of the catalogue."""

import datetime as dt

from tests.fabrique.cas import JOUR, Atelier
from tests.fabrique.monde import Fiche
from tests.fabrique.papiers import accidents, actes, arrets, civil, frais, medical, paie
from tests.fabrique.papiers.accidents import recit
from tests.fabrique.papiers.base import Sujet


def _day(atelier: Atelier, first: dt.date = dt.date(2025, 12, 1)) -> dt.date:
    day = first + JOUR * atelier.tirage.randint(0, 130)
    while day.weekday() > 4:
        day += JOUR
    return day


def _lesion(x: object) -> str:
    told = recit(x)  # type: ignore[arg-type]
    return f"{told['lesion']} {told['siege']}"


def accident(w: Atelier, coll: int, nature: str = "AS", *, tiers: bool = False) -> None:
    """Declare an accident, its leave, its costs and its end; file all of it."""
    m, v = w.monde, w.variante
    on = _day(w)
    end1 = on + JOUR * w.tirage.randint(8, 15)
    end2 = end1 + JOUR * w.tirage.randint(10, 25)
    prices = [
        f"{w.tirage.randint(18, 160)}.{w.tirage.randint(0, 99):02d}" for _ in range(3)
    ]
    care = on + JOUR * 5
    regime = "IRCANTEC" if nature == "AT" else "CNRACL"
    agent = m.agent(coll, regime=regime, **_maybe_usage(w))
    costs = [
        ("FRAIS", care, None, {"piece": "FACTURE", "montant": prices[0]}),
        ("FRAIS", care, None, {"piece": "FEUILLE_SOINS", "montant": prices[1]}),
        ("FRAIS", on, None, {"piece": "ORDONNANCE"}),
        ("FRAIS", care, None, {"piece": "TRANSPORT"}),
        ("FRAIS", care + JOUR * 3, None, {"piece": "DEVIS", "montant": prices[2]}),
    ]
    ev = m.evenement(
        agent, nature, on, tiers=tiers,
        suites=[("ARRET", on, end1), ("PROLONG", end1 + JOUR, end2), *costs,
                ("CONSOLID", end2 + JOUR, None)],
    )  # fmt: skip
    x = w.sujet(agent, ev)
    after = end1 + JOUR
    if nature == "AT":
        w.ferme(
            x, accidents.dat(x, v("DAT", 2), on + JOUR), m.find(ev, "DAT"), le=on + JOUR
        )
        w.ferme(
            x,
            paie.att_salaire(x, v("ATT_SALAIRE", 2), on + JOUR * 3, dernier=on, at=on),
            m.find(ev, "ATT_SALAIRE"),
            le=on + JOUR * 3,
        )
        w.ferme(x, paie.decompte_ij([(x, on, end2)], v("DECOMPTE_IJ", 3), end2 + JOUR * 4),
                m.find(ev, "DECOMPTE_IJ"), le=end2 + JOUR * 4)  # fmt: skip
        w.classe(
            x,
            accidents.feuille_at(x, v("FEUILLE_AT", 2), on + JOUR),
            "Feuille d'accident : jamais exigée.",
            le=on + JOUR,
            dur=False,
        )
    else:
        w.ferme(
            x,
            accidents.decl_as(
                x, v("DECL_AS", 3), on + JOUR * 2, temoin=on.day % 2 == 0
            ),
            m.find(ev, "DECL_AS"),
            le=on + JOUR * 2,
        )
        w.ferme(
            x,
            actes.arrete(
                x, v("ARRETE", 3), on + JOUR * 20, objet="imputabilité", imputable=True
            ),
            m.find(ev, "ARRETE", precision="imputabilité"),
            le=on + JOUR * 20,
        )
        w.classe(x, accidents.att_pec(x, v("ATT_PEC", 2), on + JOUR),
                 "Attestation de prise en charge : jamais exigée.", le=on + JOUR,
                 dur=False)  # fmt: skip
    w.ferme(x, accidents.enquete(x, v("ENQUETE", 2), on + JOUR * 6, numero=on.day % 3 > 0),
            m.find(ev, "ENQUETE"), le=on + JOUR * 6)  # fmt: skip
    w.ferme(
        x,
        arrets.cmatmp(
            x, v("CMATMP", 4), on, date_at=on, arret=end1, lesions=_lesion(x)
        ),
        m.find(ev, "CMATMP", precision="initial"),
        le=on,
    )
    w.ferme(x, arrets.aat(x, v("AAT", 4), on, end1, date_at=on),
            m.find(ev, "AAT", precision="initial"), le=on)  # fmt: skip
    if coll == 1:
        longer = arrets.cert_arret(x, v("CERT_ARRET", 2), after, end2, cas="prolongation",
                                   date_at=on)  # fmt: skip
    else:
        longer = arrets.aat(x, v("AAT", 4), after, end2, cas="prolongation", date_at=on)
    w.ferme(x, longer, m.find(ev, "AAT", precision="prolongation"), le=after)
    w.ferme(
        x,
        frais.facture(
            x, v("FACTURE", 3), care + JOUR * 2, prices[0], date_at=on, soins=care
        ),
        m.find(ev, "FACTURE"),
        le=care + JOUR * 2,
    )
    w.ferme(x, frais.feuille_soins(x, v("FEUILLE_SOINS", 3), care, prices[1], date_at=on),
            m.find(ev, "FEUILLE_SOINS"), le=care)  # fmt: skip
    w.ferme(x, medical.ordonnance(x, v("ORDONNANCE", 2), on, date_at=on),
            m.find(ev, "ORDONNANCE"), le=on)  # fmt: skip
    w.ferme(x, medical.transport(x, v("TRANSPORT", 2), care, date_at=on),
            m.find(ev, "TRANSPORT"), le=care)  # fmt: skip
    le = care + JOUR * 3
    w.ferme(x, frais.devis(x, v("DEVIS", 2), le, prices[2]), m.find(ev, "DEVIS"), le=le)
    w.ferme(x, medical.cert_final(x, v("CERT_FINAL", 2), end2 + JOUR, date_at=on,
                                  issue=w.tirage.choice(("guerison", "consolidation"))),
            m.find(ev, "CERT_FINAL"), le=end2 + JOUR)  # fmt: skip
    if tiers:
        w.ferme(x, accidents.recours(x, v("RECOURS", 2), on + JOUR * 10),
                m.find(ev, "RECOURS"), le=on + JOUR * 10)  # fmt: skip
    _bulletin(w, ev, agent, on)


def _maybe_usage(w: Atelier) -> dict[str, object]:
    if w.tirage.random() < 0.4:
        return {"sexe": "F", "usage": w.monde.familles.pop()}
    return {}


def _bulletin(w: Atelier, ev: Fiche, agent: Fiche, on: dt.date) -> None:
    x, month = w.sujet(agent, ev), on.replace(day=1)
    w.ferme(x, paie.bulletin(x, w.variante("BULLETIN", 3), month),
            w.monde.find(ev, "BULLETIN", du=month), le=month + JOUR * 29)  # fmt: skip


def maladie(
    w: Atelier, coll: int, *, regime: str = "CNRACL", tiers: bool = False
) -> None:
    """Declare a CMO and file its papers."""
    m, v, on = w.monde, w.variante, _day(w)
    end = on + JOUR * w.tirage.randint(6, 12)
    end2 = end + JOUR * w.tirage.randint(7, 14)
    agent = m.agent(coll, regime=regime, **_maybe_usage(w))
    ev = m.evenement(
        agent,
        "CMO",
        on,
        tiers=tiers,
        suites=[("ARRET", on, end), ("PROLONG", end + JOUR, end2)],
    )
    x = w.sujet(agent, ev)
    third = on - JOUR if tiers else None
    w.ferme(
        x,
        arrets.aat(x, v("AAT", 4), on, end, volet=w.tirage.choice((2, 3)), tiers=third),
        m.find(ev, "AAT", precision="initial"),
        le=on,
    )
    w.ferme(x, arrets.aat(x, v("AAT", 4), end + JOUR, end2, cas="prolongation"),
            m.find(ev, "AAT", precision="prolongation"), le=end + JOUR)  # fmt: skip
    w.ferme(x, actes.arrete(x, v("ARRETE", 3), end2, objet="congé", debut=on, fin=end2,
                            taux="90"), m.find(ev, "ARRETE"), le=end2)  # fmt: skip
    _bulletin(w, ev, agent, on)
    if regime != "CNRACL":
        w.ferme(x, paie.decompte_ij([(x, on, end2)], v("DECOMPTE_IJ", 3), end2 + JOUR * 5),
                m.find(ev, "DECOMPTE_IJ"), le=end2 + JOUR * 5)  # fmt: skip
    if tiers:
        w.ferme(x, accidents.recours(x, v("RECOURS", 2), on + JOUR * 10),
                m.find(ev, "RECOURS"), le=on + JOUR * 10)  # fmt: skip


def longue(w: Atelier, coll: int, nature: str) -> None:
    """Declare a CLM, CLD or CGM and file the opinion, the arrêté, a payslip."""
    m, v, on = w.monde, w.variante, _day(w)
    end = on + JOUR * 181
    agent = m.agent(coll, regime="IRCANTEC" if nature == "CGM" else "CNRACL")
    ev = m.evenement(agent, nature, on, suites=[("ARRET", on, end)])
    x = w.sujet(agent, ev)
    w.ferme(
        x,
        actes.pv_cm(
            x,
            v("PV_CM", 2),
            on + JOUR * 12,
            objet=f"octroi {nature}",
            debut=on,
            fin=end,
        ),
        m.find(ev, "PV_CM"),
        le=on + JOUR * 12,
    )
    w.ferme(
        x,
        actes.arrete(
            x,
            v("ARRETE", 3),
            on + JOUR * 20,
            objet="congé",
            debut=on,
            fin=end,
            taux="plein",
        ),
        m.find(ev, "ARRETE"),
        le=on + JOUR * 20,
    )
    _bulletin(w, ev, agent, on)


def professionnelle(w: Atelier, coll: int) -> None:
    """Declare an occupational disease and file its papers."""
    m, v, on = w.monde, w.variante, _day(w)
    end = on + JOUR * 30
    agent = m.agent(coll)
    ev = m.evenement(agent, "MP", on, suites=[("ARRET", on, end)])
    x = w.sujet(agent, ev)
    w.ferme(x, accidents.decl_mp(x, v("DECL_MP", 2), on + JOUR * 5), m.find(ev, "DECL_MP"),
            le=on + JOUR * 5)  # fmt: skip
    w.ferme(x, medical.expertise(x, v("EXPERTISE", 2), on + JOUR * 40, on),
            m.find(ev, "EXPERTISE"), le=on + JOUR * 40)  # fmt: skip
    w.ferme(x, actes.pv_cm(x, v("PV_CM", 2), on + JOUR * 60, objet="imputabilité"),
            m.find(ev, "PV_CM"), le=on + JOUR * 60)  # fmt: skip


def famille(w: Atelier, coll: int) -> None:
    """Declare a birth, a paternity and an adoption, and file their papers."""
    m, v = w.monde, w.variante
    due = dt.date(2026, 5, 4) + JOUR * w.tirage.randint(0, 30)
    mother = m.agent(coll, sexe="F", usage=m.familles.pop())
    ev = m.evenement(
        mother,
        "MAT",
        due - JOUR * 42,
        champs={"dpa": due.isoformat()},
        suites=[("ARRET", due - JOUR * 42, due + JOUR * 69)],
    )
    x = w.sujet(mother, ev)
    w.ferme(x, medical.cert_grossesse(x, v("CERT_GROSSESSE", 2), due - JOUR * 190, due),
            m.find(ev, "CERT_GROSSESSE"), le=due - JOUR * 180)  # fmt: skip
    born = due - JOUR * w.tirage.randint(-3, 6)
    w.ferme(x, civil.naissance(x, v("ACTE_NAISSANCE", 3), born,
                               f"{mother['nom_usage']} Lison"),
            m.find(ev, "ACTE_NAISSANCE"), le=born + JOUR * 9)  # fmt: skip
    father = m.agent(coll, sexe="M")
    when = dt.date(2026, 3, 2) + JOUR * w.tirage.randint(0, 60)
    pat = m.evenement(
        father, "PAT", when, suites=[("ARRET", when + JOUR, when + JOUR * 25)]
    )
    y = w.sujet(father, pat)
    w.ferme(
        y,
        civil.naissance(
            y, w.tirage.randrange(2), when, f"{father['nom_famille']} Théo"
        ),
        m.find(pat, "ACTE_NAISSANCE"),
        le=when + JOUR * 9,
    )
    w.ferme(y, actes.arrete(y, v("ARRETE", 3), when + JOUR * 3, objet="congé",
                            debut=when + JOUR, fin=when + JOUR * 25),
            m.find(pat, "ARRETE"), le=when + JOUR * 3)  # fmt: skip
    adopter = m.agent(coll, sexe="F")
    home = dt.date(2026, 2, 2) + JOUR * w.tirage.randint(0, 60)
    ado = m.evenement(adopter, "ADO", home, suites=[("ARRET", home, home + JOUR * 111)])
    z = w.sujet(adopter, ado)
    w.ferme(z, civil.adoption(z, v("ADOPTION", 2), home + JOUR * 5, home, "Milo"),
            m.find(ado, "ADOPTION"), le=home + JOUR * 5)  # fmt: skip


def partiel(w: Atelier, coll: int) -> None:
    """Declare a therapeutic part time and file its papers; a renewal nobody asked."""
    m, v = w.monde, w.variante
    on = _day(w, dt.date(2026, 1, 5)).replace(day=1)
    end = on + JOUR * 89
    rate = w.tirage.choice((50, 60, 80))
    agent = m.agent(coll)
    spell = ("REPRISE_TPT", on, end, {"quotite": rate})
    ev = m.evenement(agent, "TPT", on, champs={"quotite": rate}, suites=[spell])
    x = w.sujet(agent, ev)
    ask = on - JOUR * 20
    w.ferme(x, actes.demande_tpt(x, v("DEMANDE_TPT", 2), ask, on, end, rate),
            m.find(ev, "DEMANDE_TPT"), le=ask)  # fmt: skip
    w.ferme(x, medical.cert_med(x, v("CERT_MED", 2), ask, "TPT", debut=on, fin=end,
                                quotite=rate), m.find(ev, "CERT_MED"), le=ask)  # fmt: skip
    w.ferme(x, actes.arrete(x, v("ARRETE", 3), on, objet="TPT", debut=on, fin=end,
                            quotite=rate), m.find(ev, "ARRETE"), le=on)  # fmt: skip
    again = end + JOUR
    w.classe(x, actes.demande_tpt(x, v("DEMANDE_TPT", 2), end - JOUR * 8, again,
                                  again + JOUR * 89, rate),
             "Demande pour une période sans ligne ouverte : renouvellement à déclarer.",
             le=end - JOUR * 8)  # fmt: skip


def deces(w: Atelier, coll: int) -> None:
    """Declare a death and file its papers; three kinds of bank details."""
    m, v, on = w.monde, w.variante, _day(w)
    agent = m.agent(coll)
    kin = f"{agent['nom_famille']} Marceline"
    ev = m.evenement(agent, "DECES", on, champs={"ayants_droit": f"{kin}, conjoint"})
    x = w.sujet(agent, ev)
    w.ferme(x, civil.acte_deces(x, v("ACTE_DECES", 2), on, defunt=x.nom("courant"),
                                ne=x.naissance, homme=agent["sexe"] == "M"),
            m.find(ev, "ACTE_DECES"), le=on + JOUR * 6)  # fmt: skip
    w.ferme(
        x,
        medical.cert_deces(x, v("CERT_DECES", 2), on),
        m.find(ev, "CERT_DECES"),
        le=on,
    )
    w.ferme(x, civil.ayants_droit(x, v("AYANTS_DROIT", 2), on + JOUR * 15, on, kin),
            m.find(ev, "AYANTS_DROIT"), le=on + JOUR * 15)  # fmt: skip
    later = on + JOUR * 15
    w.ferme(x, frais.rib(x, v("RIB", 2), kin), m.find(ev, "RIB"), le=later)
    other = deces_sans_nom(w, agent["collectivite"], on)
    body = frais.rib(other, v("RIB", 2), f"{other.agent['nom_famille']} Barnabé")
    assert other.evenement is not None
    w.doute(body, "Titulaire inconnu : seul le nom de famille rappelle l'agent décédé.",
            [m.find(other.evenement, "RIB")], collectivite=agent["collectivite"], le=later,
            nom="rib famille")  # fmt: skip
    _margin(w, ev, agent, on)


def deces_sans_nom(w: Atelier, home: str, on: dt.date) -> Sujet:
    """Declare another death, of which nobody entitled is known yet."""
    rank = [row["code"] for row in w.monde.collectivites].index(home)
    agent = w.monde.agent(rank)
    return w.sujet(agent, w.monde.evenement(agent, "DECES", on + JOUR * 20))


def _margin(w: Atelier, ev: Fiche, agent: Fiche, on: dt.date) -> None:
    """File the dead agent's own birth act, bearing the death in its margin."""
    x = w.sujet(agent, ev)
    parent = w.monde.agent(0 if agent["collectivite"].endswith("1") else 1)
    y = w.sujet(parent, None)
    paper = civil.naissance(y, 1, x.naissance, x.nom("courant"), deces=on,
                            delivre=on + JOUR * 10)  # fmt: skip
    for key in ("parent", "autre_parent"):
        paper.champs.pop(key, None)
    w.classe(
        x,
        paper,
        "Acte de naissance portant une mention de décès : ce n'est pas l'acte "
        "de décès.",
        le=on + JOUR * 10,
    )
