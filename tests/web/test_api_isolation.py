"""What belongs to another collectivité does not exist: same answer, byte for byte.

The cases are walked out of the description: every operation whose address holds a
reference, for every role that sees only its own.
"""

import json
import re
from typing import Any

import pytest
from aiohttp import FormData

from intake.tables import Depot
from records import tables as t
from records.references import Sujet, new_reference
from socle.db import WriteSession
from tests.web.maison import NOW, Maison
from tests.web.monde import Client, fill, make_agent, make_evenement
from tests.web.test_api_depots import PDF, form
from tests.web.test_api_register import place
from tests.web.test_bordereaux import Dossier
from tests.web.test_bordereaux import form as sending
from web.api.routes import OPERATIONS

CANARY = "KANARIBRUME"


async def brume(maison: Maison) -> dict[str, str]:
    """Make one object of each kind in the other collectivité; return the references."""
    client = Client(maison, "rh_brume")
    home = await place(client, "brume")
    service = await client(
        "POST", "/services",
        json={"collectivite": home, "code": "S", "libelle": CANARY}, expect=201,
    )  # fmt: skip
    agent = await make_agent(client, home, nom_famille=CANARY, nom_usage=None)
    fiche = await make_evenement(client, agent["reference"], numero=CANARY)
    recours = await client(
        "POST", f"/evenements/{fiche['reference']}/recours", json={}, expect=201
    )
    letters = await Client(maison, "administrateur")(
        "POST", "/courriers/edition", json={"collectivites": [home]}, expect=201
    )
    sent = await Client(maison, "administrateur")(
        "POST", "/bordereaux", data=prestations(home, CANARY), expect=201
    )
    (decompte,) = (await client("GET", "/decomptes", expect=200))["elements"]
    depot = await client("POST", "/depots", data=form(PDF), expect=201)
    simulation = await client(
        "POST", "/simulations",
        json={"situation": {"statut": "CNRACL"}, "conserver": True,
              "arret": {"nature": "CMO", "debut": "2026-09-01", "fin": "2026-09-30"}},
        expect=200,
    )  # fmt: skip
    liste = await client("POST", "/listes-arrets", json={}, expect=201)
    paper = await maison.db.awrite(_paper, depot["reference"], fiche["reference"])
    held = fiche["pieces_attendues"][0]["reference"]
    await client("PUT", f"/affectations/{held}", expect=200)
    view = {"liste": "document_manquant", "nom": CANARY, "filtres": {"texte": CANARY}}
    await client("POST", "/vues", json=view, expect=201)
    return {
        "collectivites": home,
        "services": service["reference"],
        "agents": agent["reference"],
        "evenements": fiche["reference"],
        "consequence": fiche["consequences"][0]["reference"],
        "recours": recours["reference"],
        "pieces-attendues": fiche["pieces_attendues"][0]["reference"],
        "courriers": letters["courriers"][0]["reference"],
        "colis": sent["colis"],
        "bordereaux": sent["bordereaux"][0],
        "decomptes": decompte["reference"],
        "depots": depot["reference"],
        "documents": paper,
        "simulations": simulation["reference"],
        "listes-arrets": liste["reference"],
        "affectations": held,
    }


def prestations(home: str, numero: str) -> FormData:
    """Return a colis of prestations about the agent of these tests."""
    dossier = Dossier(home=home, agent={}, fiche={}, nom=CANARY, numero=numero)
    return sending(dossier.colis())


def _paper(session: WriteSession, depot: str, evenement: str) -> str:
    """Write a paper as the reader would."""
    import sqlalchemy as sa

    parent = session.scalars(sa.select(Depot).where(Depot.reference == depot)).one()
    event = session.scalars(
        sa.select(t.Evenement).where(t.Evenement.reference == evenement)
    ).one()
    row = t.Justificatif(
        reference=new_reference(Sujet.JUSTIFICATIF, 2026),
        collectivite_id=parent.collectivite_id, depot_id=parent.id, rang=1, pages=[1],
        type="AAT", type_propose="AAT", confiance=0.9, agent_id=event.agent_id,
        evenement_id=event.id, etat="a_verifier", integre_at=NOW,
        champs={"nom": {"valeur": CANARY}}, motifs=[], candidats=[], remarques=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.reference


BODIES: dict[str, Any] = {
    "change_service": {"libelle": "x"},
    "change_agent": {"nom_usage": "x"},
    "change_evenement": {"numero": "x"},
    "close_evenement": {"motif": "essai"},
    "create_consequence": {"type": "REPRISE"},
    "change_consequence": {"champs": {}},
    "set_salaires": {"salaires": []},
    "create_recours": {},
    "change_recours": {"champs": {}},
    "waive_piece": {"motif": "essai"},
    "post_impossible": {"motif": "essai"},
    "post_mal_lue": {"motif": "essai"},
    "post_garde": {},
    "post_courrier_evenement": {"nature": "attestation"},
    "post_reponse": {"reponse": "acceptee", "motif": "essai"},
    "reopen_piece": {"motif": "essai"},
    "split_depot": {"documents": [[1]]},
    "retype_document": {"type": "RIB"},
    "link_document": {"pieces": [{"piece": "PA-2026-00000-00000-A"}]},
    "unlink_document": {"motif": "essai"},
    "set_anomaly": {"motif": "essai"},
    "rotate_document": {"angle": 90},
}


def filled(path: str, owned: dict[str, str], *, ghost: bool) -> str:
    """Return an address with foreign references, or inexistent ones of the same kind."""
    kind = path.split("/")[1]
    names = {
        "reference": owned.get(kind, ""),
        "consequence": owned["consequence"],
        "recours": owned["recours"],
        "page": "1",
        "n": "1",
        "typologie": "a_verifier",
    }

    def value(found: re.Match[str]) -> str:
        known = names[found.group(1)]
        if not ghost or found.group(1) in {"page", "typologie", "n"}:
            return known
        return known[:2] + "-2026-00000-00000-A"

    return re.sub(r"\{(\w+)(?::[^{}]*)?\}", value, path)


@pytest.mark.parametrize("who", ["rh_azur", "gestionnaire"])
async def test_foreign_is_inexistent_everywhere(maison: Maison, who: str) -> None:
    """Foreign: 404, the same headers and body as what never existed."""
    owned = await brume(maison)
    role = maison.role_of(who)
    wrong = []
    tried = 0
    for operation in OPERATIONS:
        if "{reference}" not in operation.path or not operation.policy.allows(role):
            continue
        answers = []
        for ghost in (False, True):
            answer = await maison.client.request(
                operation.method,
                f"/api/v1{filled(operation.path, owned, ghost=ghost)}",
                json=BODIES.get(operation.nom), headers=maison.bearer(who),
            )  # fmt: skip
            body = json.loads(await answer.text())
            body.pop("requete", None)
            kept = {k: v for k, v in answer.headers.items()
                    if k not in {"Date", "X-Request-Id", "X-Request-ID"}}  # fmt: skip
            answers.append((answer.status, kept, body))
        tried += 1
        if answers[0] != answers[1] or answers[0][0] != 404:
            wrong.append((operation.nom, answers))

    assert [] == wrong
    assert tried > 15


@pytest.mark.parametrize("who", ["rh_azur", "gestionnaire"])
async def test_lists_counts_and_searches_leak_nothing(maison: Maison, who: str) -> None:
    """No list, count, search or filter shows a sign of the other collectivité."""
    owned = await brume(maison)
    client = Client(maison, who)
    leaks = []
    queries = [
        "/bordereaux", "/bordereaux?colis=PST-1", "/decomptes", "/releves",
        "/releves?texte=kanari", f"/releves?collectivite={owned['collectivites']}",
        "/collectivites", "/services", "/agents", "/agents?q=kanari", "/evenements",
        "/pieces-attendues", "/depots", "/documents", "/documents?q=quelconque",
        "/listes-arrets", "/actions", *(f"/actions/{word}" for word in
                      ("document_manquant", "dossier_a_cloturer", "a_verifier",
                       "recours_a_envoyer", "dossier_en_anomalie")),
        "/actions/document_manquant?affecte=moi", "/vues?liste=document_manquant",
        f"/evenements?agent={owned['agents']}",
        f"/pieces-attendues?evenement={owned['evenements']}",
        f"/pieces-attendues?collectivite={owned['collectivites']}",
        f"/services?collectivite={owned['collectivites']}",
    ]  # fmt: skip
    for path in queries:
        text = json.dumps(await client("GET", path))
        if CANARY in text or any(ref in text for ref in owned.values()):
            leaks.append(path)
        if '"total"' in text and '"total": 0' not in text and path != "/collectivites":
            leaks.append((path, text[-60:]))

    assert [] == leaks


async def test_nothing_of_ours_hangs_on_theirs(maison: Maison) -> None:
    """A body that names a foreign object is refused like one that names nothing."""
    owned = await brume(maison)
    client = Client(maison, "rh_azur")
    home = await place(client)
    for key, path, body in (
        ("collectivites", "/agents",
         {"collectivite": "REF", "nom_famille": "A", "prenoms": ["B"]}),
        ("services", "/agents",
         {"collectivite": home, "service": "REF", "nom_famille": "A", "prenoms": ["B"]}),
        ("agents", "/evenements",
         {"agent": "REF", "nature": "CMO", "date_survenance": "2026-06-01"}),
    ):  # fmt: skip
        statuses = []
        for ref in (owned[key], owned[key][:2] + "-2026-00000-00000-A"):
            sent = json.loads(json.dumps(body).replace("REF", ref))
            answer = await maison.client.post(
                f"/api/v1{path}", json=sent, headers=maison.bearer("rh_azur")
            )
            problem = json.loads(await answer.text())
            statuses.append((answer.status, problem["code"], problem["detail"]))
        assert statuses[0] == statuses[1], (path, statuses)
        assert 404 == statuses[0][0]
    for field in ("piece_attendue", "evenement", "agent", "collectivite"):
        kind = {"piece_attendue": "pieces-attendues"}.get(field, f"{field}s")
        await client(
            "POST", "/depots", data=form(PDF, **{field: owned[kind]}), expect=404
        )


async def test_medical_secrecy_hides_papers_and_whole_files(maison: Maison) -> None:
    """A paper kept aside is seen by a medical-secrecy profile only; so is its file."""
    owned = await brume(maison)
    path = f"/documents/{owned['documents']}"
    clerk = Client(maison, "administrateur")
    seen = await maison.client.get(
        f"/api/v1{path}/original", headers=maison.bearer("administrateur")
    )
    await maison.db.awrite(_put_aside, owned["documents"])
    await clerk("GET", path, expect=404)
    hidden = await maison.client.get(
        f"/api/v1{path}/original", headers=maison.bearer("administrateur")
    )
    depot = await clerk("GET", f"/depots/{owned['depots']}", expect=200)

    assert (200, 404) == (seen.status, hidden.status)
    assert [] == depot["documents"]


def _put_aside(session: WriteSession, reference: str) -> None:
    import sqlalchemy as sa

    session.execute(
        sa.update(t.Justificatif)
        .where(t.Justificatif.reference == reference)
        .values(secret_medical=True)
    )


async def test_original_is_an_inert_attachment(maison: Maison) -> None:
    """The bytes received come back unchanged, and nothing in them can run."""
    owned = await brume(maison)
    answer = await maison.client.get(
        f"/api/v1/documents/{owned['documents']}/original",
        headers=maison.bearer("rh_brume"),
    )
    body = await answer.read()

    assert PDF == body
    assert "application/octet-stream" == answer.headers["Content-Type"]
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox; default-src 'none'" == answer.headers["Content-Security-Policy"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "no-store" == answer.headers["Cache-Control"]


def test_fill_gives_every_mandatory_field() -> None:
    """The helper of these tests fills what the forms ask."""
    champs = [{"nom": "a", "type": "date", "obligatoire": True, "choix": []},
              {"nom": "b", "type": "texte", "obligatoire": False, "choix": []}]  # fmt: skip

    assert {"a": "2026-06-01"} == fill(champs)
