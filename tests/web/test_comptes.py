"""Accounts and the second factor: RFC 6238, spent once, required, given and taken back."""

import datetime as dt
import re

import pytest
from cryptography.exceptions import InvalidTag

from records.store import comptes, facteurs, gestion_comptes
from socle.clock import ManualClock
from socle.crypto import Coffre
from socle.db import Database, WriteSession
from tests.web.maison import NOW, PASSWORD, Maison, Navigateur, sign_in, started
from tests.web.test_portal import Page, visit
from web import second_facteur as totp

# RFC 6238, appendix B, SHA-1: the seed is the ASCII « 12345678901234567890 »
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = (
    (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"),
    (1234567890, "89005924"), (2000000000, "69279037"), (20000000000, "65353130"),
)  # fmt: skip


@pytest.fixture
def maison(maison_entiere: Maison) -> Maison:
    """Open the house with its portal."""
    return maison_entiere


# --- the algorithm --------------------------------------------------------------------


@pytest.mark.parametrize(("at", "expected"), VECTORS)
def test_codes_are_those_of_the_rfc(at: int, expected: str) -> None:
    """The last six digits of each vector of RFC 6238 are recognised at its instant."""
    instant = dt.datetime.fromtimestamp(at, dt.UTC)

    assert at // 30 == totp.step_of(SEED, expected[2:], instant)


@pytest.mark.parametrize(("late_s", "is_taken"), [(0, True), (30, True), (61, False)])
def test_a_code_lives_one_step_around_its_own(late_s: int, is_taken: bool) -> None:
    """One step early or late is forgiven, two are not."""
    instant = dt.datetime.fromtimestamp(1234567890 + late_s, dt.UTC)

    assert is_taken == (totp.step_of(SEED, "005924", instant) is not None)


@pytest.mark.parametrize("given", ["", "00592", "0059245", "abcdef", "٠٠٥٩٢٤"])
def test_what_is_not_six_digits_is_never_a_code(given: str) -> None:
    """Shorter, longer, other signs."""
    instant = dt.datetime.fromtimestamp(1234567890, dt.UTC)

    assert totp.step_of(SEED, given, instant) is None


def test_a_sealed_secret_opens_for_its_account_only(coffre: Coffre) -> None:
    """Moved to another row, the secret is worth nothing."""
    sealed = totp.seal(coffre, 1, SEED)

    assert SEED == totp.unseal(coffre, 1, sealed)
    with pytest.raises(InvalidTag):
        totp.unseal(coffre, 2, sealed)


# --- giving oneself one ---------------------------------------------------------------


async def enrol(maison: Maison, who: str) -> tuple[str, list[str]]:
    """Give someone a second factor by the pages; return the secret and spare codes."""
    nav = await sign_in(maison, who)
    await visit(nav, "POST", "/compte/second-facteur/commencer", champs={})
    page = await visit(nav, "GET", "/compte/second-facteur")
    found = re.search(r'class="reference">([A-Z2-7 ]+)<', page.texte)
    assert found is not None
    secret = found.group(1).replace(" ", "")
    code = code_at(secret, maison.clock)
    done = await visit(
        nav, "POST", "/compte/second-facteur/activer", champs={"code": code}
    )
    spare = re.findall(r'<li class="reference">([A-Z2-9-]+)</li>', done.texte)
    return secret, spare


def code_at(secret: str, clock: ManualClock, steps: int = 0) -> str:
    import pyotp

    return pyotp.TOTP(secret).generate_otp(int(clock.now().timestamp()) // 30 + steps)


async def by_password(maison: Maison, who: str) -> tuple[Page, dict[str, str]]:
    """Give the right password; return the answer and the cookie it set."""
    maison.client.session.cookie_jar.clear()
    answer = await maison.client.post(
        "/connexion", data={"identifiant": who, "mot_de_passe": PASSWORD,
                            "suite": "/documents"}, allow_redirects=False,
    )  # fmt: skip
    cookie = answer.cookies["vaguemestre"].value
    place = answer.headers.get("Location", "")
    return Page(answer.status, "", place), {"vaguemestre": cookie}


async def by_code(maison: Maison, cookie: dict[str, str], code: str) -> Page:
    half = Navigateur(maison, "", cookie)
    return await visit(half, "POST", "/connexion/code", data={"code": code})


async def test_the_code_is_asked_and_spent_once(maison: Maison) -> None:
    """Password, then code; the same code again, from elsewhere, is refused."""
    secret, spare = await enrol(maison, "gestionnaire")
    maison.clock.advance(dt.timedelta(seconds=60))
    code = code_at(secret, maison.clock)
    first, cookie = await by_password(maison, "gestionnaire")
    half = await visit(Navigateur(maison, "", cookie), "GET", "/documents")
    opened = await by_code(maison, cookie, code)
    _, other = await by_password(maison, "gestionnaire")
    replayed = await by_code(maison, other, code)

    assert 10 == len(set(spare))
    assert (303, "/connexion/code") == (first.status, first.lieu)
    assert (303, "/connexion?suite=/documents") == (half.status, half.lieu)
    assert (303, "/documents") == (opened.status, opened.lieu)
    assert 422 == replayed.status


async def test_a_spare_code_opens_once(maison: Maison) -> None:
    """Without the telephone: one spare code, one sign-in; lower case and spaces pass."""
    _, spare = await enrol(maison, "gestionnaire")
    statuses = []
    for typed in (spare[0].lower().replace("-", " "), spare[0]):
        _, cookie = await by_password(maison, "gestionnaire")
        statuses.append((await by_code(maison, cookie, typed)).status)
    kept = await maison.db.aread(_stored)

    assert [303, 422] == statuses
    assert not any(code in kept for code in spare)


def _stored(session: WriteSession) -> str:
    """Return everything the base keeps about second factors, as text."""
    import sqlalchemy as sa

    from records import tables_comptes as c

    rows = session.execute(sa.select(c.CodeSecours.empreinte)).all()
    return repr(rows) + repr(session.execute(sa.select(c.Compte.totp_scelle)).all())


async def test_five_wrong_codes_end_the_sign_in(maison: Maison) -> None:
    """After five tries the half-done sign-in is dead, even for the right code."""
    secret, _ = await enrol(maison, "gestionnaire")
    maison.clock.advance(dt.timedelta(seconds=60))
    _, cookie = await by_password(maison, "gestionnaire")
    wrong = []
    for _ in range(5):
        wrong.append((await by_code(maison, cookie, "000000")).status)
        maison.clock.advance(dt.timedelta(seconds=15))
    late = await by_code(maison, cookie, code_at(secret, maison.clock))

    assert [422] * 5 == wrong
    assert (303, "/connexion") == (late.status, late.lieu)


async def test_half_a_sign_in_dies_in_ten_minutes(maison: Maison) -> None:
    """The right code, too late: start again."""
    secret, _ = await enrol(maison, "gestionnaire")
    _, cookie = await by_password(maison, "gestionnaire")
    maison.clock.advance(dt.timedelta(minutes=10))
    late = await by_code(maison, cookie, code_at(secret, maison.clock))

    assert (303, "/connexion") == (late.status, late.lieu)


async def test_removing_it_needs_a_code(maison: Maison) -> None:
    """A session left open is not enough to take the second factor away."""
    _, spare = await enrol(maison, "rh_azur")
    nav = await sign_in(maison, "rh_azur")
    wrong = await visit(
        nav, "POST", "/compte/second-facteur/retirer", champs={"code": "123456"}
    )
    done = await visit(
        nav, "POST", "/compte/second-facteur/retirer", champs={"code": spare[1]}
    )
    found = await maison.db.aread(comptes.acces, "rh_azur")
    assert found is not None
    left = await maison.db.aread(facteurs.get, found.compte_id)

    assert (422, 303) == (wrong.status, done.status)
    assert not left.is_actif
    assert left.scelle is None


async def test_the_picture_shows_only_while_enrolling(maison: Maison) -> None:
    """A PNG under the strict policy; once active, nothing shows the secret again."""
    nav = await sign_in(maison, "rh_azur")
    before = await visit(nav, "GET", "/compte/second-facteur/code.png")
    await visit(nav, "POST", "/compte/second-facteur/commencer", champs={})
    maison.client.session.cookie_jar.clear()
    shown = await maison.client.get(
        "/compte/second-facteur/code.png", cookies=nav.cookies
    )
    octets = await shown.read()
    await enrol(maison, "rh_azur")
    after = await visit(nav, "GET", "/compte/second-facteur/code.png")
    page = await visit(nav, "GET", "/compte/second-facteur")

    assert octets.startswith(b"\x89PNG")
    assert "no-store" == shown.headers["Cache-Control"]
    assert [404, 404] == [before.status, after.status]
    assert "code.png" not in page.texte


async def test_required_staff_must_enrol_before_anything_else(
    sqlite: Database, clock: ManualClock, tmp_path: object
) -> None:
    """`personnel`: the staff is led to enrolment, everything else is closed."""
    async with started(sqlite, clock, tmp_path, second_facteur="personnel") as maison:
        clerk, rh = [await sign_in(maison, w) for w in ("gestionnaire", "rh_azur")]
        page = await visit(clerk, "GET", "/documents")
        act = await visit(clerk, "POST", "/declarer", champs={})
        api = await maison.client.get("/api/v1/agents", cookies=clerk.cookies)
        enrolment = await visit(clerk, "GET", "/compte/second-facteur")
        free = await visit(rh, "GET", "/documents")
        await enrol(maison, "gestionnaire")
        after = await visit(clerk, "GET", "/documents")

    assert (303, "/compte/second-facteur") == (page.status, page.lieu)
    assert act.status in {403, 405}
    assert 403 == api.status
    assert [200, 200, 200] == [x.status for x in (enrolment, free, after)]


@pytest.mark.parametrize(
    ("said", "url", "expected"),
    [
        ("", "", "facultatif"), ("", "https://exemple.fr", "personnel"),
        ("facultatif", "https://exemple.fr", "facultatif"), ("tous", "", "tous"),
    ],
)  # fmt: skip
def test_over_tls_the_staff_needs_one_unless_told_otherwise(
    said: str, url: str, expected: str
) -> None:
    """The default follows how the portal is reached."""
    from socle.settings import Settings

    settings = Settings(_env_file=None, second_facteur=said, url_publique=url)

    assert expected == settings.second_facteur_exige


# --- accounts by their administrator --------------------------------------------------


async def reference_of(maison: Maison, who: str) -> str:
    found = await maison.db.aread(gestion_comptes.listing, texte=who)
    return next(x.reference for x in found.rows if x.identifiant == who)


async def test_an_account_opened_by_the_page_opens_by_its_link_once(
    maison: Maison,
) -> None:
    """The link is shown once, sets the password, and is dead afterwards."""
    admin = await sign_in(maison, "administrateur")
    home = await visit(admin, "GET", "/comptes/nouveau")
    azur = re.search(r'value="(CL-[^"]+)">azur', home.texte)
    assert azur is not None
    champs = {"identifiant": "nouvelle@azur.example", "role": "collectivite",
              "collectivites": azur.group(1)}  # fmt: skip
    made = await visit(admin, "POST", "/comptes/nouveau", champs=champs)
    code = re.search(r"/activation\?code=([\w-]+)", made.texte)
    assert code is not None
    password = "une phrase bien à elle, longue"
    activation = {"code": code.group(1), "mot_de_passe": password,
                  "confirmation": password}  # fmt: skip
    statuses = [
        (await visit(maison, "POST", "/activation", data=activation)).status
        for _ in range(2)
    ]
    twice = await visit(admin, "POST", "/comptes/nouveau", champs=champs)

    assert [303, 422] == statuses
    assert 409 == twice.status
    assert "nouvelle@azur.example" in twice.texte


async def test_the_activation_link_fills_the_code(maison: Maison) -> None:
    """The address given by the page and by the command line is the one that is read."""
    page = await visit(maison, "GET", "/activation?code=abc-123")

    assert 'value="abc-123"' in page.texte


async def test_a_perimeter_narrowed_to_a_service_is_narrowed_at_once(
    maison: Maison,
) -> None:
    """Sessions end; foreign services are refused; what is seen is the service."""
    from records.store import services

    homes = maison.collectivites
    made = {
        nom: await maison.db.awrite(
            services.create, collectivite_id=homes[nom], code="EAU", libelle="Eau",
            auteur="CO-ESSAI", now=NOW,
        )
        for nom in ("azur", "brume")
    }  # fmt: skip
    admin, rh = (
        await sign_in(maison, "administrateur"),
        await sign_in(maison, "rh_azur"),
    )
    ref = await reference_of(maison, "rh_azur")
    fiche = await visit(admin, "GET", f"/comptes/{ref}")
    azur = re.search(r'value="(CL-[^"]+)" selected>azur', fiche.texte)
    assert azur is not None
    given = {"collectivites": azur.group(1)}
    foreign = await visit(
        admin, "POST", f"/comptes/{ref}/perimetre",
        champs=given | {"services": made["brume"].reference},
    )  # fmt: skip
    done = await visit(
        admin, "POST", f"/comptes/{ref}/perimetre",
        champs=given | {"services": made["azur"].reference},
    )  # fmt: skip
    out = await visit(rh, "GET", "/documents")
    again = await sign_in(maison, "rh_azur")
    found = await maison.db.aread(comptes.acces, "rh_azur")
    assert found is not None
    chosen = await maison.db.aread(gestion_comptes.perimeter_ids, found.compte_id)

    assert (422, 303) == (foreign.status, done.status)
    assert (303, "/connexion?suite=/documents") == (out.status, out.lieu)
    assert (frozenset({homes["azur"]}), frozenset({made["azur"].id})) == chosen
    assert 200 == (await visit(again, "GET", "/documents")).status


async def test_suspended_reset_restored(maison: Maison) -> None:
    """Suspended is out at once; reset kills the password; restored comes back."""
    admin = await sign_in(maison, "administrateur")
    ref = await reference_of(maison, "rh_brume")
    nav = await sign_in(maison, "rh_brume")
    await visit(admin, "POST", f"/comptes/{ref}/suspendre", champs={})
    out = await visit(nav, "GET", "/documents")
    refused = await visit(admin, "POST", f"/comptes/{ref}/reinitialiser", champs={})
    await visit(admin, "POST", f"/comptes/{ref}/retablir", champs={})
    back, _ = await by_password(maison, "rh_brume")
    reset = await visit(admin, "POST", f"/comptes/{ref}/reinitialiser", champs={})
    found = await maison.db.aread(comptes.acces, "rh_brume")
    assert found is not None

    assert 303 == out.status
    assert 422 == refused.status
    assert 303 == back.status
    assert "/activation?code=" in reset.texte
    assert found.mot_de_passe is None


async def test_nobody_locks_the_house_from_inside(maison: Maison) -> None:
    """Not one's own account, not the last administrator."""
    admin = await sign_in(maison, "administrateur")
    ref = await reference_of(maison, "administrateur")
    own = await visit(admin, "POST", f"/comptes/{ref}/suspendre", champs={})

    assert 422 == own.status
    assert "votre propre compte" in own.texte


async def test_the_administrator_sees_and_closes_sessions(maison: Maison) -> None:
    """One browser of somebody, then all of them; their second factor too."""
    await enrol(maison, "gestionnaire")
    navs = [await sign_in(maison, "gestionnaire") for _ in range(3)]
    admin = await sign_in(maison, "administrateur")
    ref = await reference_of(maison, "gestionnaire")
    fiche = await visit(admin, "GET", f"/comptes/{ref}")
    cle = re.search(r'name="connexion" value="([0-9a-f]+)"', fiche.texte)
    assert cle is not None
    await visit(admin, "POST", f"/comptes/{ref}/deconnecter",
                champs={"connexion": cle.group(1)})  # fmt: skip
    one = [(await visit(nav, "GET", "/documents")).status for nav in navs]
    await visit(admin, "POST", f"/comptes/{ref}/deconnecter", champs={})
    every = [(await visit(nav, "GET", "/documents")).status for nav in navs]
    await visit(admin, "POST", f"/comptes/{ref}/second-facteur", champs={})
    by_pass, _ = await by_password(maison, "gestionnaire")

    assert 3 >= one.count(200) >= 2
    assert [303, 303, 303] == every
    assert "/documents" == by_pass.lieu


async def test_only_the_administrator_handles_accounts(maison: Maison) -> None:
    """For any other role the pages are refused; an unknown account is a 404."""
    admin = await sign_in(maison, "administrateur")
    ghost = await visit(admin, "GET", "/comptes/CO-2026-00000-00000-A")
    statuses = [
        (await visit(await sign_in(maison, who), "GET", "/comptes")).status
        for who in ("rh_azur", "gestionnaire", "operateur")
    ]

    assert [403, 403, 403] == statuses
    assert 404 == ghost.status
