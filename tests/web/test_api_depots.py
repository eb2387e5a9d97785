"""The deposit door: durable before it answers, idempotent; nothing is lost or parsed."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from intake import depots as store
from records.comptes import HOUSE
from socle import storage as storages
from socle.db import Database
from socle.errors import UnavailableError
from tests.web.maison import Maison, sign_in
from tests.web.monde import Client, make_agent, make_evenement
from tests.web.test_api_register import place
from web.keys import SERVICES

PDF = b"%PDF-1.7\n% un fichier quelconque\n%%EOF\n"


def form(*files: bytes, first: bool = True, **fields: str) -> FormData:
    """Return a multipart body; fields before the files, or after."""
    body = FormData(quote_fields=False)
    if first:
        for name, value in fields.items():
            body.add_field(name, value)
    for rank, content in enumerate(files):
        body.add_field("fichier", content, filename=f"scan {rank}.pdf")
    if not first:
        for name, value in fields.items():
            body.add_field(name, value)
    body._is_multipart = True
    return body


async def kept(maison: Maison) -> list[tuple[str, str]]:
    """Return every (owner, hash) in the storage."""
    storage = maison.app[SERVICES].storage
    return await asyncio.to_thread(lambda: list(storage.walk()))


async def test_receipt_after_durable_bytes(maison: Maison) -> None:
    """201 with the hash of what was sent; the bytes are there, the job is queued."""
    client = Client(maison, "rh_azur")
    body = await client("POST", "/depots", data=form(PDF), expect=201)
    depot = await client("GET", f"/depots/{body['reference']}", expect=200)

    assert hashlib.sha256(PDF).hexdigest() == body["empreinte"] == depot["empreinte"]
    assert (len(PDF), "scan 0.pdf", "recu") == (
        body["taille"],
        body["nom"],
        body["etat"],
    )
    assert "non analysé" == depot["antivirus"]
    assert [(f"c{maison.collectivites['azur']}", body["empreinte"])] == await kept(
        maison
    )
    queue = maison.app[SERVICES].queue
    states = await asyncio.to_thread(queue.states, [body["reference"]])
    assert [body["reference"]] == list(states)


async def test_same_bytes_give_the_first_receipt(maison: Maison) -> None:
    """« deja-recu » is not an error: 200 with the first receipt."""
    client = Client(maison, "rh_azur")
    first = await client("POST", "/depots", data=form(PDF), expect=201)
    again = await client("POST", "/depots", data=form(PDF), expect=200)

    assert first["reference"] == again["reference"]
    assert (first["recepisse"], "deja-recu") == (again["recepisse"], again["code"])


async def test_two_collectivites_do_not_share(maison: Maison) -> None:
    """The same bytes from another collectivité are another deposit, told apart."""
    mine = await Client(maison, "rh_azur")(
        "POST", "/depots", data=form(PDF), expect=201
    )
    theirs = await Client(maison, "rh_brume")(
        "POST", "/depots", data=form(PDF), expect=201
    )

    assert mine["reference"] != theirs["reference"]
    assert 2 == len(await kept(maison))


async def test_idempotency_key(maison: Maison) -> None:
    """Same key, same bytes: same answer; same key, other bytes: 422, nothing kept."""
    client = Client(maison, "rh_azur")
    key = {"Idempotency-Key": "envoi-1"}
    first = await client("POST", "/depots", data=form(PDF), headers=key, expect=201)
    again = await client("POST", "/depots", data=form(PDF), headers=key, expect=200)
    other = await client(
        "POST", "/depots", data=form(PDF + b"x"), headers=key, expect=422
    )
    listed = await client("GET", "/depots", expect=200)

    assert first["reference"] == again["reference"]
    assert "cle" in other["code"]
    assert 1 == listed["total"]


async def test_a_key_belongs_to_its_account(maison: Maison) -> None:
    """Two machines may use the same key."""
    key = {"Idempotency-Key": "1"}
    mine, theirs = Client(maison, "rh_azur"), Client(maison, "rh_brume")
    await mine("POST", "/depots", data=form(PDF), headers=key, expect=201)
    await theirs("POST", "/depots", data=form(PDF + b"y"), headers=key, expect=201)


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 201, "a\tb"])
async def test_unusable_keys(maison: Maison, key: str) -> None:
    """An empty, accented or endless key is refused, never ignored."""
    await Client(maison, "rh_azur")(
        "POST", "/depots", data=form(PDF), headers={"Idempotency-Key": key}, expect=422
    )


async def test_double_click_makes_one_deposit(maison: Maison) -> None:
    """Eight times the same file at once: one deposit, eight equal receipts."""
    client = Client(maison, "rh_azur")
    bodies = await asyncio.gather(
        *(client("POST", "/depots", data=form(PDF)) for _ in range(8))
    )
    listed = await client("GET", "/depots", expect=200)

    assert 1 == len({body["reference"] for body in bodies})
    assert 1 == listed["total"]


async def test_several_files_several_receipts(maison: Maison) -> None:
    """A receipt per file, in the order sent."""
    client = Client(maison, "rh_azur")
    body = await client("POST", "/depots", data=form(b"un", b"deux", PDF), expect=201)

    assert [2, 4, len(PDF)] == [r["taille"] for r in body["elements"]]
    assert 3 == body["total"]


@pytest.mark.parametrize("first", [True, False])
async def test_fields_before_or_after_the_file(maison: Maison, first: bool) -> None:
    """What the sender says counts, wherever it stands in the body."""
    client = Client(maison, "rh_azur")
    agent = await make_agent(client, await place(client))
    fiche = await make_evenement(client, agent["reference"])
    piece = fiche["pieces_attendues"][0]["reference"]
    body = await client(
        "POST", "/depots", data=form(PDF, first=first, piece_attendue=piece, type="AAT"),
        expect=201,
    )  # fmt: skip
    depot = await maison.db.aread(store.get, body["reference"], HOUSE)

    assert depot.piece_id is not None
    assert "AAT" == depot.type_declare


@pytest.mark.parametrize("first", [True, False])
async def test_who_sees_several_says_for_whom(maison: Maison, first: bool) -> None:
    """An operator names the collectivité, before or after the file."""
    client = Client(maison, "operateur")
    azur = await place(client)
    missing = await client("POST", "/depots", data=form(PDF), expect=422)
    await client(
        "POST", "/depots", data=form(PDF, first=first, collectivite=azur), expect=201
    )
    owners = {owner for owner, _ in await kept(maison) if owner.startswith("c")}

    assert "collectivite-a-preciser" == missing["code"]
    assert {f"c{maison.collectivites['azur']}"} == owners


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"type": "ZZZ"}, 422, "type-inconnu"),
        ({"nimporte": "x"}, 422, "demande-invalide"),
        ({"piece_attendue": "PA-2026-00000-00000-A"}, 404, "introuvable"),
        ({"agent": "personne"}, 404, "introuvable"),
    ],
)
async def test_wrong_fields(
    maison: Maison, fields: dict[str, str], status: int, code: str
) -> None:
    """A wrong or foreign reference stops the sending; no deposit is made."""
    client = Client(maison, "rh_azur")
    body = await client("POST", "/depots", data=form(PDF, **fields), expect=status)
    listed = await client("GET", "/depots", expect=200)

    assert (code, 0) == (body["code"], listed["total"])


async def test_empty_file(maison: Maison) -> None:
    """Zero byte is refused at once, with what to do."""
    body = await Client(maison, "rh_azur")(
        "POST", "/depots", data=form(b""), expect=422
    )

    assert "fichier-vide" == body["code"]
    assert [] == await kept(maison)


async def test_no_file(maison: Maison) -> None:
    """A form without a file says so."""
    body = await Client(maison, "rh_azur")(
        "POST", "/depots", data=form(type="AAT"), expect=422
    )

    assert ["fichier"] == [e["champ"] for e in body["erreurs"]]


async def test_exact_size_limit(
    maison: Maison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit passes, one byte more does not, and leaves nothing behind."""
    services = maison.app[SERVICES]
    smaller = services.settings.model_copy(update={"taille_max": 1000})
    object.__setattr__(services, "settings", smaller)
    client = Client(maison, "rh_azur")
    await client("POST", "/depots", data=form(b"a" * 1000), expect=201)
    body = await client("POST", "/depots", data=form(b"b" * 1001), expect=413)

    assert "trop-volumineux" == body["code"]
    assert 1 == len(await kept(maison))


async def test_full_disk_is_507_then_recovers(
    maison: Maison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk keeps nothing, says so, and the same file passes once there is room."""
    client = Client(maison, "rh_azur")

    def nothing_left(_self: object) -> None:
        raise storages.full()

    with monkeypatch.context() as patched:
        patched.setattr(storages.DiskStorage, "ping", nothing_left)
        answer = await maison.client.post(
            "/api/v1/depots", data=form(PDF), headers=maison.bearer("rh_azur")
        )
        health = await maison.client.get("/sante")
    body = await answer.json(content_type=None)
    listed = await client("GET", "/depots", expect=200)
    await client("POST", "/depots", data=form(PDF), expect=201)

    assert (507, "stockage-plein") == (answer.status, body["code"])
    assert int(answer.headers["Retry-After"]) > 0
    assert (0, 503) == (listed["total"], health.status)


async def test_a_database_down_loses_nothing_acknowledged(
    maison: Maison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the row cannot be written the answer is an error, never a receipt."""

    async def broken(*_args: object, **_kwargs: object) -> Any:
        raise UnavailableError("service-occupe", "La base ne répond pas.")

    monkeypatch.setattr(Database, "awrite", broken)
    answer = await maison.client.post(
        "/api/v1/depots", data=form(PDF), headers=maison.bearer("rh_azur")
    )

    assert 503 == answer.status


async def test_browser_session_deposits_with_its_token(maison: Maison) -> None:
    """The portal's session may call the API, with its anti-forgery proof."""
    browser = await sign_in(maison, "rh_azur")
    without = await maison.client.post(
        "/api/v1/depots", data=form(PDF), cookies=browser.cookies
    )
    with_proof = await maison.client.post(
        "/api/v1/depots", data=form(PDF), cookies=browser.cookies,
        headers={"X-Anti-Forgery": browser.jeton},
    )  # fmt: skip

    assert (403, 201) == (without.status, with_proof.status)


async def test_a_person_may_drop_many_files_then_waits(maison: Maison) -> None:
    """300 sendings at once, then 429 with Retry-After: a page gone mad is held."""
    from web.keys import LIMITES

    browser = await sign_in(maison, "rh_azur")
    maison.app[LIMITES].uploads.capacity = 2
    statuses = []
    for rank in range(3):
        answer = await maison.client.post(
            "/api/v1/depots", data=form(PDF + bytes([rank])), cookies=browser.cookies,
            headers={"X-Anti-Forgery": browser.jeton},
        )  # fmt: skip
        statuses.append(answer.status)

    assert [201, 201, 429] == statuses
    assert int(answer.headers["Retry-After"]) > 0


async def test_deposits_are_listed_by_page(maison: Maison) -> None:
    """The last received first, filtered by state."""
    client = Client(maison, "rh_azur")
    for rank in range(3):
        await client("POST", "/depots", data=form(PDF + bytes([rank])), expect=201)
    first = await client("GET", "/depots?limite=2&etat=recu", expect=200)
    rest = await client(
        "GET", f"/depots?limite=2&curseur={first['suivant']}", expect=200
    )
    none = await client("GET", "/depots?etat=traite", expect=200)

    assert (3, 2, 1) == (first["total"], len(first["elements"]), len(rest["elements"]))
    assert 0 == none["total"]


async def test_the_web_process_leaves_no_temporary_file(
    maison: Maison, tmp_path: Path
) -> None:
    """Received or refused, the incoming folder is empty afterwards."""
    client = Client(maison, "rh_azur")
    await client("POST", "/depots", data=form(PDF), expect=201)
    await client("POST", "/depots", data=form(b""), expect=422)
    await maison.client.post(
        "/api/v1/depots", data=b"--x\r\n", headers=maison.bearer("rh_azur")
        | {"Content-Type": "multipart/form-data; boundary=x"},
    )  # fmt: skip

    assert [] == list((tmp_path / "var").rglob("*.tmp"))
