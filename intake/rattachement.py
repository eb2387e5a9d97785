"""Verdict × register → what the paper answers, with reasons. Never a guess.

The linking order is that of the trade: the line chosen by the sender, the reference printed
on the paper, then the person, the event, the line. A line closes by itself only on proof;
any doubt goes to a person with the candidates side by side. Pure: no database, no clock.
"""

import re
from dataclasses import replace

from classifiers.evidence import Liasse
from classifiers.verdict import BLANCHE, INCONNU, Raison, Verdict
from intake import particuliers
from intake.confirmation import ask_to_confirm
from intake.constats import ACCIDENTS, Niveau, lecture_of, lecture_of_row
from intake.correspondances import compare
from intake.examen import (
    Cas,
    Rencontre,
    ask,
    file,
    filed,
    meet,
    only_event,
    split,
)
from intake.identite import Identification, find_agents, find_in_line
from intake.personne import person
from intake.proposition import Candidat, Contexte, Lien, Proposition, Registre
from records.noms import fold
from records.pieces import PieceAttendue
from records.vocabulary import EtatJustificatif

__all__ = ["Candidat", "Contexte", "Lien", "Proposition", "Registre", "propose"]

MIN_TYPE = 0.5
NEVER_ASKED = frozenset(
    {"FEUILLE_AT", "ATT_PEC", "DECOMPTE_MUT", "BORD_PAPIER", "COURRIER", "AUTRE"}
)
# Papers that exist without a line: filed when nothing is asked for them.
FILED_WITHOUT_LINE = frozenset({"BULLETIN", "CERT_MED", "RIB", "DECOMPTE_IJ"})
SEVERAL_LINES = frozenset({"ARRETE", "DECOMPTE_IJ"})
SECRET_NATURES = frozenset({"CMO", "CLM", "CLD", "CGM"})

RATTACHE = EtatJustificatif.RATTACHE.code
QUARANTAINE = EtatJustificatif.QUARANTAINE.code


def propose(
    verdict: Verdict, liasse: Liasse, registre: Registre, contexte: Contexte
) -> Proposition:
    """Say what a paper answers: a link with its proof, or a question, or a filing."""
    cas = Cas(
        verdict=verdict,
        lecture=lecture_of(verdict, liasse.pages),
        registre=registre,
        contexte=contexte,
        personnes=find_agents(
            liasse, verdict, registre.agents, registre.nir_empreintes
        ),
    )
    found = _decide(cas)
    if verdict.is_to_confirm:
        found = ask_to_confirm(found)
    return replace(found, remarques=(*found.remarques, *_remarks(cas)))


def _decide(cas: Cas) -> Proposition:
    type_ = cas.verdict.type
    if type_ == BLANCHE:
        return file("page-blanche", "Ces pages sont blanches.")
    if type_ == INCONNU or cas.verdict.confiance < MIN_TYPE:
        return ask(
            cas,
            "type-inconnu",
            "Le type du papier n'a pas été reconnu avec assez de certitude.",
        )
    if cas.contexte.piece_choisie is not None:
        return _chosen(cas)
    if type_ in NEVER_ASKED:
        return filed(cas, "jamais-exige", "Ce type de papier n'est jamais exigé.")
    amount = cas.lecture.montant("montant")
    if type_ == "FACTURE" and (_is_credit(cas) or (amount is not None and amount < 0)):
        detail = "C'est un avoir : il ne se paie pas et ne lève pas de ligne."
        return filed(cas, "avoir", detail)
    if type_ == "RIB":
        return particuliers.bank_account(
            cas.lecture, cas.registre, cas.contexte, cas.personnes
        )
    if cas.verdict.lignes and _names_several(cas):
        return _several_people(cas)
    return _one_person(cas)


def _is_credit(cas: Cas) -> bool:
    return bool(re.search(r" (avoir n|avoir du|facture d avoir) ", cas.lecture.texte))


# --- the person ---------------------------------------------------------------------


def _one_person(cas: Cas) -> Proposition:
    who = person(cas)
    if isinstance(who, Proposition):
        return who
    return _of_person(cas, who)


# --- the event and the line -----------------------------------------------------------


def _of_person(cas: Cas, who: Identification) -> Proposition:
    secret = _secret(cas, who)
    if secret is not None:
        return secret
    open_, settled = split(meet(cas, who.agent.id))
    best = _winners(cas, open_)
    if best:
        return _link(cas, who, best)
    if not open_ and any(m.correspondance.niveau is Niveau.EXACTE for m in settled):
        return file(
            "deja-recu",
            "Le document demandé pour cette période a déjà été reçu : doublon.",
            who=who,
            evenement=settled[0].piece.evenement_id,
            remarques=("doublon",),
        )
    if open_:
        return ask(
            cas,
            "ligne-incertaine",
            "Le papier peut répondre à une ligne, sans la preuve qui permet de la lever.",
            who=who,
            meetings=open_,
        )
    return _no_line(cas, who)


def _winners(cas: Cas, open_: list[Rencontre]) -> list[Rencontre]:
    """Return the lines proved, or nothing when more than one could be the right one."""
    exact = [m for m in open_ if m.correspondance.niveau is Niveau.EXACTE]
    if exact:
        events = {m.piece.evenement_id for m in exact}
        if len(events) > 1:
            return []
        if len(exact) == 1 or cas.verdict.type in SEVERAL_LINES:
            return exact
        return _same_line_twice(exact)
    unique = [m for m in open_ if m.correspondance.niveau is Niveau.UNIQUE]
    if len(unique) == 1 and len(open_) == 1:
        return unique
    return []


def _same_line_twice(exact: list[Rencontre]) -> list[Rencontre]:
    """Prefer the line asking this very type to those that merely accept it."""
    own = [m for m in exact if not m.piece.substituts] or exact
    return own if len(own) == 1 else []


def _link(cas: Cas, who: Identification, best: list[Rencontre]) -> Proposition:
    strongest = best[0].correspondance.niveau
    is_known = who.is_proved or (who.is_full and strongest is Niveau.EXACTE)
    if not is_known:
        return ask(
            cas,
            "preuve-insuffisante",
            "Le nom seul ne suffit pas : aucun autre élément ne confirme la personne ou "
            "l'évènement.",
            who=who,
            meetings=best,
        )
    details = [
        Raison(code="ligne-trouvee", detail=m.correspondance.detail, poids=0.4)
        for m in best
    ]
    return Proposition(
        etat=RATTACHE,
        code="preuve",
        detail=best[0].correspondance.detail,
        agent_id=who.agent.id,
        evenement_id=best[0].piece.evenement_id,
        liens=tuple(
            Lien(piece_id=m.piece.id, periode=m.correspondance.periode) for m in best
        ),
        raisons=(*who.raisons, *details),
    )


def _no_line(cas: Cas, who: Identification) -> Proposition:
    type_ = cas.verdict.type
    evenement = only_event(cas, who.agent.id)
    if type_ == "PV_CM" and _has_nature(cas, who.agent.id, "CMO"):
        return file(
            "pv-sur-cmo",
            "Avis du conseil médical sur un congé de maladie ordinaire : il ne lève pas "
            "de ligne et ouvre une régularisation.",
            who=who,
            evenement=_of_nature(cas, who.agent.id, "CMO"),
            remarques=("regularisation",),
        )
    if type_ in FILED_WITHOUT_LINE:
        is_certificate = type_ == "CERT_MED"
        if is_certificate and _accidents_open(cas, who.agent.id):
            return ask(
                cas,
                "evenement-incertain",
                "Le certificat ne dit pas de quel accident il parle.",
                who=who,
            )
        is_return = is_certificate and "reprise" in cas.lecture.texte
        return file(
            "rien-demande",
            "Aucune ligne n'est ouverte pour ce papier : il est classé.",
            who=who,
            evenement=evenement,
            remarques=("reprise_a_reporter",) if is_return else (),
        )
    return ask(
        cas,
        "aucune-ligne",
        "Aucune ligne ouverte ne correspond : la déclaration est peut-être à compléter "
        "ou une date à corriger.",
        who=who,
    )


def _has_nature(cas: Cas, agent_id: int, nature: str) -> bool:
    return _of_nature(cas, agent_id, nature) is not None


def _of_nature(cas: Cas, agent_id: int, nature: str) -> int | None:
    for evenement in cas.registre.evenements:
        if evenement.agent_id == agent_id and evenement.nature == nature:
            return evenement.id
    return None


def _accidents_open(cas: Cas, agent_id: int) -> bool:
    return any(
        e.agent_id == agent_id and e.nature in ACCIDENTS
        for e in cas.registre.evenements
    )


def _secret(cas: Cas, who: Identification | None) -> Proposition | None:
    """Put aside a volet 1 (medical secrecy) unless it is about an accident or an MP."""
    if cas.verdict.type != "AAT" or cas.lecture.valeur("volet") != "1":
        return None
    natures = {
        e.nature for e in cas.registre.evenements if who and e.agent_id == who.agent.id
    }
    is_accident = cas.lecture.accident() is not None and natures & set(ACCIDENTS)
    if is_accident and not natures & SECRET_NATURES:
        return None
    return Proposition(
        etat=QUARANTAINE,
        code="volet-1",
        detail="Ce volet porte des données médicales couvertes par le secret. Il est mis "
        "à part : demandez à l'agent le volet 2 ou 3.",
        agent_id=who.agent.id if who else None,
        raisons=who.raisons if who else (),
    )


# --- several people on one paper ------------------------------------------------------


def _names_several(cas: Cas) -> bool:
    named = {
        fold(row["nom_lu"].valeur) for row in cas.verdict.lignes if "nom_lu" in row
    }
    return len(named) > 1


def _several_people(cas: Cas) -> Proposition:
    """Link a slip for several people: every one of them proved, or nobody."""
    winners: list[Rencontre] = []
    raisons: list[Raison] = []
    for row in cas.verdict.lignes:
        people = find_in_line(row, cas.registre.agents, cas.registre.nir_empreintes)
        full = [p for p in people if p.is_full and not p.contre]
        one = replace(
            cas,
            lecture=lecture_of_row(cas.verdict, row),
            personnes=people,
        )
        who = full[0] if len(full) == 1 else None
        best = _row_winner(one, who) if who else []
        if who is None or not best:
            return ask(
                cas,
                "plusieurs-agents",
                "Ce papier parle de plusieurs agents, et l'un d'eux n'est pas prouvé.",
            )
        winners += best
        raisons += who.raisons
    return Proposition(
        etat=RATTACHE,
        code="preuve",
        detail="Chaque ligne du papier désigne un agent et une période demandée.",
        liens=tuple(
            Lien(piece_id=m.piece.id, periode=m.correspondance.periode)
            for m in {m.piece.id: m for m in winners}.values()
        ),
        raisons=tuple(raisons),
    )


def _row_winner(cas: Cas, who: Identification) -> list[Rencontre]:
    open_, _ = split(meet(cas, who.agent.id))
    exact = [m for m in open_ if m.correspondance.niveau is Niveau.EXACTE]
    return exact[:1] if len(exact) == 1 else []


# --- the line chosen by the sender ----------------------------------------------------


def _chosen(cas: Cas) -> Proposition:
    """Follow the sender's choice unless the paper contradicts it."""
    wanted = cas.contexte.piece_choisie
    piece = next((p for p in cas.registre.pieces if p.id == wanted), None)
    if piece is None:
        return _one_person(cas)
    agent = next(a for a in cas.registre.agents if a.id == piece.agent_id)
    who = next((p for p in cas.personnes if p.agent.id == agent.id), None)
    secret = _secret(cas, who)
    if secret is not None:
        return secret
    why = _contradiction(cas, piece, who)
    if why is not None:
        return ask(cas, *why, chosen=piece, who=who)
    met = compare(cas.lecture, piece, cas.evenement(piece))
    detail = met.detail if met else "Ligne choisie par le déposant."
    return Proposition(
        etat=RATTACHE,
        code="choix-du-deposant",
        detail=f"Ligne choisie par le déposant. {detail}",
        agent_id=agent.id,
        evenement_id=piece.evenement_id,
        liens=(Lien(piece_id=piece.id),),
        raisons=(
            Raison(code="choix-du-deposant", detail=detail, poids=0.5),
            *(who.raisons if who else ()),
        ),
    )


def _contradiction(
    cas: Cas, piece: PieceAttendue, who: Identification | None
) -> tuple[str, str] | None:
    """Return why the paper does not fit the chosen line, None when it does."""
    if not piece.is_open:
        return "deja-recu", "La ligne choisie est déjà levée."
    if not piece.accepts(cas.verdict.type, cas.lecture.valeur("cas")):
        return "type-different", "Le papier n'est pas du type que demande la ligne."
    if who is None or who.contre:
        others = [p for p in cas.personnes if p.is_full and not p.contre]
        if others or who is not None:
            return "autre-agent", "Le papier désigne une autre personne que la ligne."
        return "agent-non-lu", "Le nom de l'agent n'a pas été trouvé sur le papier."
    met = compare(cas.lecture, piece, cas.evenement(piece))
    if met is None:
        return "autre-periode", "Les dates du papier ne sont pas celles de la ligne."
    if met.niveau <= Niveau.MUETTE and not who.is_full:
        return "preuve-insuffisante", met.detail
    return None


def _remarks(cas: Cas) -> tuple[str, ...]:
    if cas.lecture.valeur("tiers") == "true":
        return ("recours_a_ouvrir",)
    return ()
