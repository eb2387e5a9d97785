"""The portal by HTTP: doors, perimeters, the window, deposits, the bench — no browser."""

import html
import re
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData

from intake import depots
from records.comptes import HOUSE
from records.store import justificatifs, pieces, taches
from records.store.justificatifs import JustificatifNouveau
from records.store.taches import TacheNouvelle
from records.vocabulary import Typologie
from tests.web.maison import NOW, PASSWORD, Maison, Navigateur, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place

PDF = b"%PDF-1.7\n% un fichier quelconque\n%%EOF\n"
REDIRECTION = 303


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


@dataclass
class Page:
    """An answer of the portal, read."""

    status: int
    texte: str
    lieu: str


async def visit(
    nav: Navigateur | Maison, method: str, path: str, **kwargs: Any
) -> Page:
    """Ask for a page without following redirects; a form carries its token."""
    maison = nav if isinstance(nav, Maison) else nav.maison
    cookies = {} if isinstance(nav, Maison) else nav.cookies
    champs = kwargs.pop("champs", None)
    if champs is not None and isinstance(nav, Navigateur):
        kwargs["data"] = {"_jeton": nav.jeton, **champs}
    maison.client.session.cookie_jar.clear()
    answer: ClientResponse = await maison.client.request(
        method, path, cookies=cookies, allow_redirects=False, **kwargs
    )
    texte = html.unescape(await answer.text()).replace("\u00a0", " ")
    return Page(answer.status, texte, answer.headers.get("Location", ""))


def sending(nav: Navigateur, *files: tuple[str, bytes], **fields: str) -> FormData:
    """Return what the browser sends from a file form: the token first."""
    body = FormData(quote_fields=False)
    body.add_field("_jeton", nav.jeton)
    for name, value in fields.items():
        body.add_field(name, value)
    for name, content in files:
        body.add_field("fichier", content, filename=name)
    body._is_multipart = True
    return body


@dataclass
class Dossier:
    """An agent of Azur with one leave: its references and its first open line."""

    agent: str
    evenement: str
    ligne: str
    type: str


async def make_dossier(maison: Maison) -> Dossier:
    """Declare one leave of one agent of Azur."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    event = await make_evenement(client, agent["reference"])
    found = await maison.db.aread(
        pieces.listing, HOUSE, pieces.FiltrePieces(evenement=event["reference"])
    )
    first = next(x for x in found.elements if x.piece.type == "AAT").piece
    return Dossier(agent["reference"], event["reference"], first.reference, first.type)


async def make_paper(
    maison: Maison,
    nav: Navigateur,
    *,
    etat: str = "a_verifier",
    is_secret: bool = False,
    **read: Any,
) -> str:
    """Deposit a file, then write what a reader would have made of it."""
    sent = await visit(nav, "POST", "/deposer", data=sending(nav, ("x.pdf", PDF)))
    reference = re.search(r"DP-[\w-]+", sent.texte).group()
    depot = await maison.db.aread(depots.get, reference, HOUSE)

    def write(session: Any) -> str:
        paper = justificatifs.add(
            session,
            JustificatifNouveau(
                collectivite_id=depot.collectivite_id,
                depot_id=depot.id,
                rang=1,
                pages=(1,),
                type="AAT",
                confiance=0.9,
                etat=etat,
                is_secret_medical=is_secret,
                **read,
            ),
            auteur="test",
            now=NOW,
        )
        kind = Typologie.SECRET_MEDICAL if is_secret else Typologie.A_VERIFIER
        tache = TacheNouvelle(
            typologie=kind,
            code="agent-inconnu",
            detail="Deux agents portent ce nom.",
            collectivite_id=depot.collectivite_id,
            depot_id=depot.id,
            justificatif_id=paper.id,
        )
        taches.open_task(session, tache, auteur="test", now=NOW)
        return paper.reference

    return await maison.db.awrite(write)


# --- doors ----------------------------------------------------------------------------


async def test_a_stranger_signs_in_then_arrives_where_they_went(maison: Maison) -> None:
    """The page asked for comes back after the sign-in; never another site."""
    first = await visit(maison, "GET", "/documents?etat=rattache")
    assert (REDIRECTION, "/connexion?suite=/documents%3Fetat%3Drattache") == (
        first.status,
        first.lieu,
    )
    for suite, wanted in (("/agents?q=dup", "/agents?q=dup"), ("//mal.example", "/")):
        entered = await visit(
            maison,
            "POST",
            "/connexion",
            data={"identifiant": "rh_azur", "mot_de_passe": PASSWORD, "suite": suite},
        )
        assert (REDIRECTION, wanted) == (entered.status, entered.lieu)


async def test_a_wrong_password_keeps_the_identifier_as_text(maison: Maison) -> None:
    """What was typed comes back as text, never as markup."""
    typed = '"><script>alert(1)</script>'
    answer = await maison.client.post(
        "/connexion", data={"identifiant": typed, "mot_de_passe": "x" * 14}
    )
    texte = await answer.text()
    assert (422, True, False) == (
        answer.status,
        "incorrect" in texte,
        "<script>alert" in texte,
    )


async def test_a_form_without_its_token_changes_nothing(maison: Maison) -> None:
    """Every posted form of the portal asks for the proof."""
    nav = await sign_in(maison, "rh_azur")
    for path in ("/deconnexion", "/compte/connexions/fermer"):
        page = await visit(nav, "POST", path, data={"connexion": "x"})
        assert 403 == page.status
    body = sending(nav, ("x.pdf", PDF))
    body._fields.pop(0)
    assert 403 == (await visit(nav, "POST", "/deposer", data=body)).status


async def test_another_browser_of_mine_can_be_closed(maison: Maison) -> None:
    """« Mon compte » lists the browsers signed in, and closes one."""
    first, second = await sign_in(maison, "rh_azur"), await sign_in(maison, "rh_azur")
    page = await visit(first, "GET", "/compte")
    assert "2 connexions ouvertes" in page.texte
    cle = re.search(r'name="connexion" value="(\w+)"', page.texte).group(1)
    await visit(first, "POST", "/compte/connexions/fermer", champs={"connexion": cle})
    assert 200 == (await visit(first, "GET", "/compte")).status
    assert REDIRECTION == (await visit(second, "GET", "/compte")).status


# --- perimeters -----------------------------------------------------------------------


async def test_what_is_foreign_looks_inexistent(maison: Maison) -> None:
    """The neighbour gets the same answer for ours and for nothing."""
    ours = await make_dossier(maison)
    azur, brume = await sign_in(maison, "rh_azur"), await sign_in(maison, "rh_brume")
    for path, absent in (
        (f"/agents/{ours.agent}", "/agents/AG-2026-00000-00000-0"),
        (f"/evenements/{ours.evenement}", "/evenements/EV-2026-00000-00000-0"),
        (
            f"/pieces-attendues/{ours.ligne}/integration",
            "/pieces-attendues/PA-2026-00000-00000-0/integration",
        ),
    ):
        assert 200 == (await visit(azur, "GET", path)).status
        foreign, nothing = (
            await visit(brume, "GET", path),
            await visit(brume, "GET", absent),
        )
        assert 404 == foreign.status == nothing.status
        assert _anonymous(foreign.texte) == _anonymous(nothing.texte)


def _anonymous(texte: str) -> str:
    """Leave out the number of the request, which no two answers share."""
    return re.sub(r"\b[0-9a-f]{16}\b", "", texte)


async def test_the_bench_is_for_those_who_work_there(maison: Maison) -> None:
    """A collectivité has neither the screen, nor the acts, nor the list."""
    azur = await sign_in(maison, "rh_azur")
    paper = await make_paper(maison, azur)
    assert 403 == (await visit(azur, "GET", f"/documents/{paper}/traiter")).status
    act = await visit(azur, "POST", f"/documents/{paper}/classer", champs={})
    assert 403 == act.status
    assert 404 == (await visit(azur, "GET", "/actions/a_verifier")).status
    home = await visit(azur, "GET", "/")
    assert "1 document est en cours de vérification" in home.texte


async def test_the_bench_says_when_the_learned_model_proposed(maison: Maison) -> None:
    """A type to confirm, the version, the words that weighed and where they stand."""
    rh, clerk = await sign_in(maison, "rh_azur"), await sign_in(maison, "gestionnaire")
    word = {
        "code": "mots-appris",
        "detail": "« net à payer » a pesé dans la proposition du modèle appris.",
        "page": 1,
        "zone": [0.1, 0.2, 0.3, 0.02],
        "poids": 0.4,
    }
    paper = await make_paper(maison, rh, modele=3, motifs=[word])
    shown = await visit(clerk, "GET", f"/documents/{paper}/traiter")

    assert "Type à confirmer" in shown.texte
    assert "modèle appris n° 3" in shown.texte
    assert "net à payer" in shown.texte
    assert re.search(r"Repère </span>1</span>«", shown.texte)


async def test_a_medical_paper_is_counted_never_shown(maison: Maison) -> None:
    """Without the right: one number, no type, no page, no original."""
    azur = await sign_in(maison, "rh_azur")
    paper = await make_paper(maison, azur, etat="quarantaine", is_secret=True)
    home = await visit(azur, "GET", "/")
    assert "1 document en quarantaine médicale" in home.texte
    for path in (f"/documents/{paper}", f"/documents/{paper}/original"):
        assert 404 == (await visit(azur, "GET", path)).status
    listed = await visit(azur, "GET", "/documents")
    assert "Aucun document n’a encore été intégré" in listed.texte
    receipts = await visit(azur, "GET", "/depots")
    depot = re.search(r"DP-[\w-]+", receipts.texte).group()
    assert 404 == (await visit(azur, "GET", f"/depots/{depot}/original")).status


# --- the main job ---------------------------------------------------------------------


async def test_the_window_chooses_the_line_and_receives_the_scan(
    maison: Maison,
) -> None:
    """S03: type and line preselected; after « Intégrer », the line says it is read."""
    ours, nav = await make_dossier(maison), await sign_in(maison, "rh_azur")
    path = f"/pieces-attendues/{ours.ligne}/integration"
    window = await visit(nav, "GET", path)
    assert f'value="{ours.type}" selected' in window.texte
    assert f'value="{ours.ligne}" checked' in window.texte
    body = sending(nav, ("avis.pdf", PDF), type=ours.type, piece_attendue=ours.ligne)
    sent = await visit(nav, "POST", path, data=body)
    assert REDIRECTION == sent.status
    assert sent.lieu.startswith("/documents-manquants?recu=DP-")
    after = await visit(nav, "GET", sent.lieu)
    assert 2 == after.texte.count("Reçu, lecture en cours")
    depot = sent.lieu.split("=")[1]
    follow = f"/depots/{depot}/suivi"
    assert 204 == (await visit(nav, "GET", f"{follow}?vu=recu")).status
    assert 200 == (await visit(nav, "GET", f"{follow}?vu=en_cours")).status


async def test_a_refused_scan_leaves_the_window_as_filled(maison: Maison) -> None:
    """An empty file: the sentence says what to do, the choices stay."""
    ours, nav = await make_dossier(maison), await sign_in(maison, "rh_azur")
    path = f"/pieces-attendues/{ours.ligne}/integration"
    body = sending(nav, ("vide.pdf", b""), type="BULLETIN", piece_attendue="")
    page = await visit(nav, "POST", path, data=body)
    assert 422 == page.status
    assert "Ce fichier est vide" in page.texte
    assert 'value="BULLETIN" selected' in page.texte


async def test_a_bad_file_sinks_no_other(maison: Maison) -> None:
    """The plain form: a receipt for one, a refusal with its name for the other."""
    nav = await sign_in(maison, "rh_azur")
    files = (("vide.pdf", b""), ("<b>bon</b>.pdf", PDF))
    answer = await visit(nav, "POST", "/deposer", data=sending(nav, *files))
    assert (200, True, True) == (
        answer.status,
        "Ce fichier est vide" in answer.texte,
        "Récépissé DP-" in answer.texte,
    )
    raw = await maison.client.get("/depots", cookies=nav.cookies)
    assert "<b>bon" not in await raw.text()
    only = sending(nav, ("vide.pdf", b""))
    assert 422 == (await visit(nav, "POST", "/deposer", data=only)).status


async def test_a_wrong_filter_is_said_beside_its_field(maison: Maison) -> None:
    """The list is still there, what was typed too."""
    await make_dossier(maison)
    nav = await sign_in(maison, "rh_azur")
    page = await visit(nav, "GET", "/documents-manquants?exigible_avant=demain")
    assert (200, True, True) == (
        page.status,
        "Écrivez la date" in page.texte,
        "Avis d'arrêt de travail" in page.texte,
    )
    forged = await visit(nav, "GET", "/documents-manquants?curseur=xx.yy")
    assert (422, True) == (forged.status, "reprenez la liste" in forged.texte)


@pytest.mark.parametrize("tri", ["echeance", "exigible", "nom"])
async def test_every_sort_pages_through_every_line(maison: Maison, tri: str) -> None:
    """Whatever the order, each line is seen once, none is lost between two pages."""
    await make_dossier(maison)
    seen: list[str] = []
    curseur = None
    while True:
        page = await maison.db.aread(
            pieces.listing, HOUSE, curseur=curseur, limite=2, tri=tri
        )
        seen += [line.piece.reference for line in page.elements]
        if (curseur := page.suivant) is None:
            break
    assert page.total == len(seen) == len(set(seen)) > 2


# --- the bench ------------------------------------------------------------------------


async def test_a_tie_is_made_undone_and_never_made_twice(maison: Maison) -> None:
    """The clerk ties, the line closes; a stale screen is told; undo opens it again."""
    ours, azur = await make_dossier(maison), await sign_in(maison, "rh_azur")
    paper = await make_paper(maison, azur)
    clerk = await sign_in(maison, "gestionnaire")
    screen = await visit(clerk, "GET", f"/documents/{paper}/traiter")
    version = re.search(r'name="version" value="(\d+)"', screen.texte).group(1)
    champs = {"piece": ours.ligne, "version": version, "liste": "a_verifier"}
    act = f"/documents/{paper}/rattacher"
    done = await visit(clerk, "POST", act, champs=champs)
    assert (REDIRECTION, "/actions/a_verifier") == (done.status, done.lieu)
    assert "satisfaite" == await _state(maison, ours)
    told = await visit(clerk, "GET", done.lieu)
    assert "Annuler cet acte" in told.texte
    again = await visit(clerk, "POST", act, champs=champs)
    assert 409 == again.status
    assert "n'attend plus ce document" in again.texte
    undo = {"motif": "Rattachement annulé", "retour": "1"}
    await visit(clerk, "POST", f"/documents/{paper}/detacher", champs=undo)
    assert "attendue" == await _state(maison, ours)


async def _state(maison: Maison, ours: Dossier) -> str:
    return (await maison.db.aread(pieces.get, ours.ligne, HOUSE)).etat


async def test_days_said_to_be_proved_close_only_these_days(maison: Maison) -> None:
    """A part of the period is proved: the line stays open, and says what is left."""
    ours, azur = await make_dossier(maison), await sign_in(maison, "rh_azur")
    paper = await make_paper(maison, azur)
    clerk = await sign_in(maison, "gestionnaire")
    act = f"/documents/{paper}/rattacher"
    wrong = {"piece": ours.ligne, "du": "2026-06-10", "au": "2026-06-01"}
    refused = await visit(clerk, "POST", act, champs=wrong)
    assert (422, True) == (refused.status, "dans l’ordre" in refused.texte)
    days = {"piece": ours.ligne, "du": "2026-06-01", "au": "2026-06-10"}
    assert REDIRECTION == (await visit(clerk, "POST", act, champs=days)).status
    assert "attendue" == await _state(maison, ours)
    event = await visit(clerk, "GET", f"/evenements/{ours.evenement}")
    assert "reste à prouver : du 11/06/2026 au 30/06/2026" in event.texte


async def test_an_anomaly_needs_a_reason_its_sender_reads(maison: Maison) -> None:
    """Without a reason, refused; with one, the collectivité sees it and can resend."""
    azur = await sign_in(maison, "rh_azur")
    paper = await make_paper(maison, azur)
    clerk = await sign_in(maison, "gestionnaire")
    act = f"/documents/{paper}/anomalie"
    silent = await visit(clerk, "POST", act, champs={"motif": ""})
    assert (422, True) == (silent.status, "Dites pourquoi" in silent.texte)
    reason = {"motif": "Document non signé.", "precision": "Page 2."}
    assert REDIRECTION == (await visit(clerk, "POST", act, champs=reason)).status
    listed = await visit(azur, "GET", "/actions/dossier_en_anomalie")
    assert "Document non signé. Page 2." in listed.texte
    page = await visit(azur, "GET", f"/documents/{paper}")
    assert "Déposer une nouvelle version" in page.texte
    assert "/traiter" not in page.texte
    undo = await visit(clerk, "POST", f"/documents/{paper}/remettre", champs={})
    assert (REDIRECTION, True) == (undo.status, undo.lieu.startswith("/documents/"))
    back = await visit(clerk, "GET", "/actions/a_verifier")
    assert f"/documents/{paper}/traiter" in back.texte
