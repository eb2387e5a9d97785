"""Hard files: what a right system must not guess, and what closes nothing."""

import datetime as dt

from tests.fabrique.cas import JOUR, Atelier, Piece
from tests.fabrique.monde import Fiche
from tests.fabrique.papiers import actes, arrets, civil, frais, medical, paie
from tests.fabrique.papiers.base import Papier, Sujet


def _cmo(w: Atelier, agent: Fiche, on: dt.date, end: dt.date) -> Fiche:
    return w.monde.evenement(agent, "CMO", on, suites=[("ARRET", on, end)])


def homonymes(w: Atelier) -> None:
    """Two people of one name in one collectivité, then in two."""
    m, name = w.monde, w.monde.familles.pop()
    on, end = dt.date(2026, 2, 9), dt.date(2026, 2, 18)
    twins = [m.agent(0, nom=name, prenoms=["Nadège"], sexe="F", naissance=birth)
             for birth in (dt.date(1971, 5, 3), dt.date(1988, 10, 21))]  # fmt: skip
    evs = [_cmo(w, twin, on, end) for twin in twins]
    lines = [m.find(ev, "AAT") for ev in evs]
    x = w.sujet(twins[0], evs[0])
    w.doute(
        arrets.aat(x, 1, on, end, nir=False, anonyme=True, main=False),
        "Deux agents de même nom et prénom, même période ; rien ne les distingue.",
        lines,
        collectivite="EMP01",
        le=on,
        nom=f"arret {name}",
    )
    y = w.sujet(twins[1], evs[1])
    w.ferme(y, arrets.aat(y, 2, on, end, nir=True), lines[1], le=on, dur=True)
    far = m.familles.pop()
    pair = [
        m.agent(coll, nom=far, prenoms=["Lionel"], sexe="M", naissance=birth)
        for coll, birth in ((0, dt.date(1979, 1, 30)), (1, dt.date(1990, 8, 12)))
    ]
    both = [_cmo(w, agent, on + JOUR * 21, end + JOUR * 21) for agent in pair]
    z = w.sujet(pair[1], both[1])
    paper = arrets.aat(z, 2, on + JOUR * 21, end + JOUR * 21)
    w.doute(
        paper,
        "L'avis est celui de l'homonyme d'une autre collectivité (employeur et date "
        "de naissance) que celle qui dépose.",
        [m.find(both[0], "AAT")],
        collectivite="EMP01",
        le=on + JOUR * 21,
        nom="avis arret",
    )
    t = w.sujet(pair[1], both[1])
    w.ferme(t, paie.bulletin(t, 0, dt.date(2026, 3, 1)),
            m.find(both[1], "BULLETIN", du=dt.date(2026, 3, 1)), le=dt.date(2026, 3, 30),
            dur=True)  # fmt: skip


def noms_croises(w: Atelier) -> None:
    """Cross names: a usage name that is another's birth name, an initial, a compound."""
    m = w.monde
    left, right = m.familles.pop(), m.familles.pop()
    on, end = dt.date(2026, 3, 16), dt.date(2026, 3, 25)
    a = m.agent(1, nom=left, usage=right, prenoms=["Odile"], sexe="F",
                naissance=dt.date(1968, 7, 7))  # fmt: skip
    z = m.agent(
        1, nom=right, prenoms=["Odile"], sexe="F", naissance=dt.date(1984, 2, 19)
    )
    evs = [_cmo(w, agent, on, end) for agent in (a, z)]
    lines = [m.find(ev, "AAT") for ev in evs]
    x, y = w.sujet(a, evs[0]), w.sujet(z, evs[1])
    w.doute(
        arrets.aat(
            y, 0, on, end, nir=False, anonyme=True, nom=f"{right} Odile", main=False
        ),
        "Le nom est le nom d'usage de l'une et le nom de famille de l'autre ; "
        "pas de date de "
        "naissance.",
        lines,
        collectivite="EMP02",
        le=on,
        nom="AT Odile",
    )
    w.ferme(
        x, arrets.aat(x, 1, on, end, nom=f"{right} Odile"), lines[0], le=on, dur=True
    )
    name = m.familles.pop()
    pair = [
        m.agent(2, nom=name, prenoms=[first], sexe="F")
        for first in ("Mireille", "Maëlle")
    ]
    calls = [_cmo(w, agent, on, end) for agent in pair]
    t = w.sujet(pair[0], calls[0])
    w.doute(
        arrets.aat(
            t, 1, on, end, nir=False, anonyme=True, nom=f"{name} M.", main=False
        ),
        "Initiale seule : deux agents de ce nom ont la même initiale.",
        [m.find(ev, "AAT") for ev in calls],
        collectivite="EMP03",
        le=on,
        nom="doc03",
    )
    jean = m.familles.pop()
    men = [
        m.agent(0, nom=jean, prenoms=[first], sexe="M")
        for first in ("Noël", "Noël-Armand")
    ]
    spells = [_cmo(w, agent, on + JOUR * 7, end + JOUR * 7) for agent in men]
    u = w.sujet(men[1], spells[1])
    w.ferme(u, arrets.aat(u, 0, on + JOUR * 7, end + JOUR * 7), m.find(spells[1], "AAT"),
            le=on + JOUR * 7, dur=True)  # fmt: skip
    _ecritures(w, on, end)


def _ecritures(w: Atelier, on: dt.date, end: dt.date) -> None:
    """Ligatures, cedillas, particles, apostrophes, written with and without."""
    for coll, name, written in (
        (0, "L'HŒUILLIER", "L'HOEUILLIER"), (1, "ÇAKMAZ", "CAKMAZ"),
        (2, "DE SAINT-AUBRAC", "SAINT AUBRAC (DE)"), (0, "D'ESTRAVEL", "D ESTRAVEL"),
    ):  # fmt: skip
        agent = w.monde.agent(coll, nom=name)
        ev = _cmo(w, agent, on, end)
        x = w.sujet(agent, ev)
        w.ferme(x, arrets.aat(x, w.variante("AAT", 3), on, end,
                              nom=f"{written} {x.prenom}"),
                w.monde.find(ev, "AAT"), le=on, dur=True)  # fmt: skip


def inconnus(w: Atelier) -> None:
    """Send an unknown agent, a wrong year, a leave nobody declared, a volet 1."""
    m = w.monde
    on, end = dt.date(2026, 4, 6), dt.date(2026, 4, 15)
    ghost = m.agent(1)
    m.agents.remove(ghost)
    x = w.sujet(ghost, None)
    w.doute(arrets.aat(x, 0, on, end), "Agent inconnu de la collectivité.", [],
            collectivite="EMP02", le=on, nom="arret maladie avril")  # fmt: skip
    late = m.agent(2)
    ev = _cmo(w, late, on, end)
    y = w.sujet(late, ev)
    year = dt.timedelta(days=365)
    w.doute(
        arrets.aat(y, 2, on - year, end - year, prescrit=on),
        "Période écrite en 2025 pour une prescription de 2026 : erreur d'année probable.",
        [m.find(ev, "AAT")],
        collectivite="EMP03",
        le=on,
        nom="avis (2)",
        agent=late,
        evenement=ev,
    )
    none = m.agent(0)
    hurt = m.evenement(none, "AS", on, sans_arret=True)
    z = w.sujet(none, hurt)
    w.doute(
        arrets.aat(z, 1, on, end, date_at=on),
        "Avis d'arrêt pour un accident déclaré sans "
        "arrêt : aucune ligne d'arrêt ouverte.",
        [],
        collectivite="EMP01",
        le=on,
        nom="prolongation",
        agent=none,
        evenement=hurt,
    )
    secret = m.agent(1)
    ill = _cmo(w, secret, on, end)
    t = w.sujet(secret, ill)
    w.doute(
        arrets.aat(t, 0, on, end, volet=1),
        "Volet 1 sur un congé de maladie ordinaire : secret médical, à redemander.",
        [m.find(ill, "AAT")],
        collectivite="EMP02",
        le=on,
        nom="arret volet",
        agent=secret,
        evenement=ill,
    )


def deux_accidents(w: Atelier) -> None:
    """One agent, two accidents and a sickness: papers without and with the fact."""
    m = w.monde
    first, second = dt.date(2026, 1, 13), dt.date(2026, 5, 19)
    agent = m.agent(0)
    evs = [m.evenement(agent, "AS", on, suites=[("ARRET", on, on + JOUR * 9)])
           for on in (first, second)]  # fmt: skip
    ill = _cmo(w, agent, dt.date(2026, 3, 2), dt.date(2026, 3, 11))
    x, y = w.sujet(agent, evs[0]), w.sujet(agent, evs[1])
    lines = [m.find(ev, "CMATMP") for ev in evs]
    w.doute(
        arrets.cmatmp(x, 0, second + JOUR * 20, date_at=None, soins=second + JOUR * 40),
        "Certificat sans date d'accident : deux accidents ouverts.",
        lines,
        collectivite="EMP01",
        le=second + JOUR * 20,
        nom="certificat",
        agent=agent,
    )
    w.ferme(
        y,
        arrets.cmatmp(y, 1, second, date_at=second, arret=second + JOUR * 9),
        lines[1],
        le=second,
        dur=True,
    )
    w.ferme(y, arrets.aat(y, 2, second, second + JOUR * 9, date_at=second),
            m.find(evs[1], "AAT"), le=second, dur=True)  # fmt: skip
    z = w.sujet(agent, ill)
    w.ferme(z, arrets.aat(z, 1, dt.date(2026, 3, 2), dt.date(2026, 3, 11)),
            m.find(ill, "AAT"), le=dt.date(2026, 3, 2), dur=True)  # fmt: skip
    w.doute(
        medical.ordonnance(x, 0, second + JOUR * 30, date_at=None),
        "Ordonnance sans date d'accident, deux accidents ouverts, aucune ligne.",
        [],
        collectivite="EMP01",
        le=second + JOUR * 30,
        nom="ordo",
        agent=agent,
    )
    back = medical.cert_med(
        z, 0, dt.date(2026, 3, 12), "reprise", debut=dt.date(2026, 3, 12)
    )
    w.classe(
        z,
        back,
        "Certificat de reprise : aucune ligne ouverte.",
        le=dt.date(2026, 3, 12),
        remarque="La date de reprise est à reporter.",
    )


def paies(w: Atelier) -> None:
    """Send a payslip already there, a month not asked, what is no payslip."""
    m = w.monde
    on, end = dt.date(2026, 4, 7), dt.date(2026, 4, 17)
    agent = m.agent(2)
    ev = _cmo(w, agent, on, end)
    x = w.sujet(agent, ev)
    april = dt.date(2026, 4, 1)
    line = m.find(ev, "BULLETIN", du=april)
    line["etat"], line["integre_le"] = "integree", "2026-05-06"
    w.classe(x, paie.bulletin(x, 1, april), "Bulletin déjà intégré : doublon.",
             le=dt.date(2026, 5, 12))  # fmt: skip
    w.classe(x, paie.bulletin(x, 2, dt.date(2026, 1, 1)), "Mois qui n'est pas demandé.",
             le=dt.date(2026, 5, 12))  # fmt: skip
    w.classe(x, paie.att_salaire(x, 0, on + JOUR * 2, dernier=on - JOUR, at=None),
             "Attestation de salaire non demandée.", le=on + JOUR * 2)  # fmt: skip


def argent(w: Atelier) -> None:
    """Send a credit note, an invoice of nobody, bank details nobody asked."""
    m, on = w.monde, dt.date(2026, 2, 17)
    agent = m.agent(1)
    ev = m.evenement(
        agent,
        "AS",
        on,
        suites=[
            ("FRAIS", on + JOUR * 3, None, {"piece": "FACTURE", "montant": "64.30"})
        ],
    )
    x = w.sujet(agent, ev)
    le = on + JOUR * 9
    line = m.find(ev, "FACTURE")
    w.classe(
        x,
        frais.facture(x, 0, le, "64.30", date_at=on, avoir=True),
        "Avoir : ne doit pas être payé et ne ferme pas la facture.",
        le=le,
    )
    w.doute(frais.facture(x, 1, le, "64.30", date_at=None, patient=False),
            "Ni agent ni date d'accident : le montant seul ne suffit pas.", [line],
            collectivite="EMP02", le=le, nom="facture pharmacie")  # fmt: skip
    w.classe(
        x,
        frais.decompte_mut(x, w.tirage.randrange(2), le, "12.40"),
        "Décompte de mutuelle : aucune ligne.",
        le=le,
    )
    w.classe(x, frais.devis(x, 1, le, "310.00"), "Devis : aucune ligne ouverte.", le=le)
    home = x.employeur
    town = Sujet(m, agent, None, w.tirage)
    piece = Piece(frais.rib(town, 0, home["nom"]), "aucune", None, None,
                  "RIB de la collectivité : aucune ligne.")  # fmt: skip
    w.add("RIB", [piece], home["code"], le, "rib trésorerie", dur=True)
    own = Piece(frais.rib(town, 1, x.nom("courant")), "aucune", agent, None,
                "RIB de l'agent : aucune ligne.")  # fmt: skip
    w.add("RIB", [own], home["code"], le, "RIB", dur=True)


def doubles(w: Atelier) -> None:
    """One arrêté for two lines, one slip for two agents, one file with two papers."""
    m, on = w.monde, dt.date(2026, 1, 20)
    agent = m.agent(0)
    end = on + JOUR * 17
    ev = m.evenement(agent, "AS", on, suites=[("ARRET", on, end)])
    x = w.sujet(agent, ev)
    both = [m.find(ev, "ARRETE", precision=p) for p in ("imputabilité", "congé")]
    w.ferme(x, actes.arrete(x, 0, end + JOUR * 8, objet="imputabilité et congé", debut=on,
                            fin=end, taux="plein", imputable=True),
            *both, le=end + JOUR * 8, dur=True)  # fmt: skip
    pair, spans, lines = [], [], []
    for shift in (0, 4):
        who = m.agent(1, regime="IRCANTEC")
        start = on + JOUR * shift
        ill = _cmo(w, who, start, start + JOUR * 13)
        y = w.sujet(who, ill)
        pair.append(y)
        spans.append((y, start, start + JOUR * 13))
        lines.append(m.find(ill, "DECOMPTE_IJ")["code"])
    slip = paie.decompte_ij(spans, 0, on + JOUR * 30)
    piece = Piece(slip, lines, pair[0].agent, pair[0].evenement)
    w.add("DECOMPTE_IJ", [piece], "EMP02", on + JOUR * 30, "IJ subrogation", dur=True)
    other = m.agent(2)
    hurt = m.evenement(other, "AS", on, suites=[("ARRET", on, on + JOUR * 11)])
    z = w.sujet(other, hurt)
    first = Piece(arrets.cmatmp(z, 0, on, date_at=on, arret=on + JOUR * 11),
                  [m.find(hurt, "CMATMP")["code"]], other, hurt)  # fmt: skip
    next_one = Piece(arrets.aat(z, 2, on, on + JOUR * 11, date_at=on),
                     [m.find(hurt, "AAT")["code"]], other, hurt)  # fmt: skip
    w.add("AAT", [first, next_one], "EMP03", on, "dossier complet", dur=True)


def sans_preuve(w: Atelier) -> None:
    """Send what proves nothing: a PV on a CMO, letters, a foreign death, blanks."""
    m, on = w.monde, dt.date(2026, 3, 9)
    agent = m.agent(0)
    ev = _cmo(w, agent, on, on + JOUR * 20)
    x = w.sujet(agent, ev)
    w.classe(x, actes.pv_cm(x, 0, on + JOUR * 60, objet="octroi CLM", debut=on,
                            fin=on + JOUR * 180),
             "PV reçu sur un congé de maladie ordinaire : aucune ligne.", le=on + JOUR * 60,
             remarque="Ouvre une régularisation CMO vers CLM.")  # fmt: skip
    for paper, why, name in (
        (actes.courrier(x, 0, on), "Lettre d'accompagnement.", "courrier"),
        (actes.courrier(x, 1, on), "Courrier de l'agent.", "mot agent"),
        (actes.deliberation(x, on), "Délibération : ni arrêté ni PV.", "délibération"),
        (actes.notice(), "Notice : ce n'est pas le formulaire.", "arret notice"),
        (actes.bordereau(x, 0, on, ["Avis d'arrêt", "Bulletin"]), "Bordereau.", "BE"),
        (actes.bordereau(x, 1, on, ["Arrêté"]), "Bordereau de transmission.", "bordereau"),
    ):  # fmt: skip
        piece = Piece(paper, "aucune", None, None, why)
        w.add(paper.type, [piece], "EMP01", on, name, dur=True)
    mourner = m.agent(1, sexe="M")
    gone = m.evenement(mourner, "DECES", on)
    y = w.sujet(mourner, gone)
    parent = f"{mourner['nom_famille']} Gédéon"
    w.doute(civil.acte_deces(y, 0, on, defunt=parent, ne=dt.date(1941, 11, 2), homme=True),
            "Le défunt n'est pas l'agent : aucun évènement ne correspond.", [],
            collectivite="EMP02", le=on, nom="acte décès")  # fmt: skip
    for kind in ("propre", "sale", "verso"):
        blank = Papier("BLANCHE", [])
        piece = Piece(blank, "aucune", None, None, "Page blanche.")
        w.add(
            "BLANCHE", [piece], "EMP03", on, f"SCAN_{kind[:2]}", dur=True, blanche=kind
        )


def suites_accident(w: Atelier) -> None:
    """Send what follows an accident: care only, a relapse, an end on the form."""
    m = w.monde
    on = dt.date(2026, 2, 3)
    light = m.agent(2)
    care = m.evenement(light, "AS", on, sans_arret=True)
    x = w.sujet(light, care)
    w.ferme(x, arrets.cmatmp(x, 0, on, date_at=on, soins=on + JOUR * 15),
            m.find(care, "CMATMP"), le=on, dur=True)  # fmt: skip
    back = on + JOUR * 70
    hurt = m.agent(0)
    ev = m.evenement(hurt, "AS", on, suites=[
        ("ARRET", on, on + JOUR * 12), ("RECHUTE", back, None),
        ("CONSOLID", back + JOUR * 40, None)])  # fmt: skip
    y = w.sujet(hurt, ev)
    w.ferme(y, arrets.cmatmp(y, 2, back, cas="rechute", date_at=on, soins=back + JOUR * 20),
            m.find(ev, "CMATMP", precision="rechute"), le=back, dur=True)  # fmt: skip
    end = back + JOUR * 40
    w.ferme(y, arrets.cmatmp(y, 1, end, cas="final", date_at=on, consolidation=end),
            m.find(ev, "CERT_FINAL"), le=end, dur=True)  # fmt: skip
    more = on + JOUR * 13
    w.classe(y, arrets.cmatmp(y, 0, more, cas="prolongation", date_at=on,
                              soins=more + JOUR * 10),
             "Certificat de prolongation de soins : aucune ligne de prolongation.",
             le=more)  # fmt: skip
    w.ferme(y, arrets.aat(y, 0, on, on + JOUR * 12, volet=1, date_at=on),
            m.find(ev, "AAT"), le=on, dur=True)  # fmt: skip


TOUS = (
    homonymes, noms_croises, inconnus, deux_accidents, suites_accident, paies, argent,
    doubles, sans_preuve,
)  # fmt: skip
