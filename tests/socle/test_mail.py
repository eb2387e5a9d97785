"""The outbox against a server that misbehaves: nothing lost, nothing doubled, all shown."""

import dataclasses
import datetime as dt
import email
from pathlib import Path

import pytest

from socle import mail
from socle.db import Database
from socle.errors import RefusedError
from socle.mail import CourrielNouveau, EtatCourriel
from tests.socle.facteur import Serveur, certificate, serving

NOW = dt.datetime(2026, 9, 30, 10, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def to(server: Serveur, **changes: object) -> mail.Serveur:
    """Return how the product reaches a server."""
    reached = mail.serveur_of(
        f"smtp://127.0.0.1:{server.port}?expediteur=avis@exemple.fr"
    )
    return dataclasses.replace(reached, **changes)  # type: ignore[arg-type]


def write(database: Database, rank: int = 0, **changes: str) -> bool:
    """Write a message in the outbox."""
    given = {
        "cle": f"CR-{rank}", "objet": f"CR-{rank}", "destinataire": "rh@exemple.fr",
        "sujet": "Un courrier est disponible", "corps": "Ouvrez votre espace.",
    } | changes  # fmt: skip
    return database.write(mail.post, CourrielNouveau(**given), NOW)


def only(database: Database) -> mail.CourrielVu:
    """Return the one message."""
    (found,) = database.read(mail.listing)
    return found


def test_a_message_leaves_once(database: Database) -> None:
    """Written twice under one key, run twice: one message at the other end."""
    assert write(database)
    assert not write(database)
    with serving() as server:
        first = mail.deliver(database, to(server), NOW)
        again = mail.deliver(database, to(server), NOW + HOUR)

    (received,) = server.recus
    parsed = email.message_from_bytes(received)
    assert (1, 0) == (first, again)
    assert "rh@exemple.fr" == parsed["To"]
    assert parsed["Message-ID"].endswith("@vaguemestre>")
    assert EtatCourriel.ENVOYE == only(database).etat


@pytest.mark.parametrize("mode", ["421", "450", "451", "452"])
def test_a_refusal_for_now_waits_longer_each_time(
    database: Database, mode: str
) -> None:
    """4xx: kept, tried again after its wait and not before, sent once cured."""
    write(database)
    with serving(mode) as server:
        mail.deliver(database, to(server), NOW)
        waiting = only(database)
        mail.deliver(database, to(server), NOW + dt.timedelta(seconds=59))
        tried = server.tentatives
        mail.deliver(database, to(server), NOW + dt.timedelta(seconds=61))
        twice = only(database)
        server.mode = "accepte"
        mail.deliver(database, to(server), NOW + HOUR)

    assert EtatCourriel.EN_ATTENTE == waiting.etat
    assert int(mode) == waiting.dernier_code
    assert 1 == tried
    assert 2 == twice.nb_essais
    assert twice.prochain_at - NOW > dt.timedelta(minutes=2)
    assert 1 == len(server.recus)


@pytest.mark.parametrize("mode", ["550", "552"])
def test_a_refusal_for_good_stops_and_shows(database: Database, mode: str) -> None:
    """5xx: never tried again by itself; a person sees it and may try again."""
    write(database)
    with serving(mode) as server:
        mail.deliver(database, to(server), NOW)
        mail.deliver(database, to(server), NOW + 100 * HOUR)
        stopped = only(database)
        assert database.write(mail.retry, stopped.id, NOW + 100 * HOUR)
        assert not database.write(mail.retry, stopped.id, NOW)
        server.mode = "accepte"
        mail.deliver(database, to(server), NOW + 100 * HOUR)

    assert (EtatCourriel.ARRETE, int(mode)) == (stopped.etat, stopped.dernier_code)
    assert 2 == server.tentatives
    assert EtatCourriel.ENVOYE == only(database).etat


@pytest.mark.parametrize(("mode", "hours"), [("550", 1), ("450", 24 * 16)])
def test_a_message_stopped_is_told_once(
    database: Database, mode: str, hours: int
) -> None:
    """Refused for good, or refused for now sixteen times: told in that transaction."""
    told: list[mail.CourrielVu] = []
    write(database)
    with serving(mode) as server:
        for hour in range(0, hours, 24):
            mail.deliver(
                database, to(server), NOW + hour * HOUR,
                on_stopped=lambda _session, seen, _now: told.append(seen),
            )  # fmt: skip

    assert [EtatCourriel.ARRETE] == [seen.etat for seen in told]
    assert (1 if mode == "550" else mail.MAX_TRIES) == only(database).nb_essais


def test_a_refusal_of_ourselves_loses_nothing(database: Database) -> None:
    """A wrong password or sender is ours to mend: the messages wait."""
    write(database)
    with serving("530") as server:
        mail.deliver(database, to(server), NOW)
        waiting = only(database)
        server.mode = "accepte"
        mail.deliver(database, to(server), NOW + HOUR)

    assert (EtatCourriel.EN_ATTENTE, 530) == (waiting.etat, waiting.dernier_code)
    assert EtatCourriel.ENVOYE == only(database).etat


def test_an_answer_lost_after_data_doubles_under_one_name(database: Database) -> None:
    """Cut after DATA: sent again, and both copies carry the same Message-ID."""
    write(database)
    with serving("coupe_apres_data") as server:
        mail.deliver(database, to(server), NOW)
        waiting = only(database)
        server.mode = "accepte"
        mail.deliver(database, to(server), NOW + HOUR)

    names = {email.message_from_bytes(one)["Message-ID"] for one in server.recus}
    assert EtatCourriel.EN_ATTENTE == waiting.etat
    assert 2 == len(server.recus)
    assert 1 == len(names)


def test_nobody_there_loses_nothing(database: Database) -> None:
    """A server down for a day: every message is there after, each leaves once."""
    for rank in range(5):
        write(database, rank)
    with serving() as gone:
        nowhere = to(gone)
    for hour in range(24):
        mail.deliver(database, nowhere, NOW + hour * HOUR)
    with serving() as server:
        mail.deliver(database, to(server), NOW + 48 * HOUR)

    assert 5 == len(server.recus)
    assert {"envoye": 5} == database.read(mail.counts)


@pytest.mark.parametrize("mode", ["banniere_muette", "lent"])
def test_a_slow_server_costs_a_bounded_time(database: Database, mode: str) -> None:
    """A banner that never comes, a byte at a time: the round ends, the message waits."""
    write(database)
    with serving(mode) as server:
        sent = mail.deliver(database, to(server), NOW, within_s=1.0)

    assert 0 == sent
    assert (EtatCourriel.EN_ATTENTE, 0) == (
        only(database).etat,
        only(database).dernier_code,
    )


def test_a_certificate_of_another_host_is_refused(
    database: Database, tmp_path: Path
) -> None:
    """TLS with a stranger's certificate, or refused: nothing is said, the message waits."""
    write(database)
    with serving(contexte=certificate(tmp_path, "ailleurs.exemple")) as server:
        mail.deliver(database, to(server, is_tls=True), NOW)
    with serving("tls_refuse") as other:
        mail.deliver(database, to(other, is_starttls=True), NOW + HOUR)

    assert [] == server.recus == other.recus
    assert EtatCourriel.EN_ATTENTE == only(database).etat
    assert 2 == only(database).nb_essais


@pytest.mark.parametrize(
    "changes",
    [
        {"destinataire": "rh@exemple.fr\r\nBcc: x@y.fr"},
        {"destinataire": "rh@exemple.fr, x@y.fr"},
        {"destinataire": "Nom <rh@exemple.fr>"},
        {"destinataire": "rh"},
        {"destinataire": ""},
        {"sujet": "Bonjour\nBcc: x@y.fr"},
        {"sujet": "Bonjour\x00"},
        {"sujet": "Bonjour\rX: y"},
    ],
)
def test_a_header_cannot_be_forged(database: Database, changes: dict[str, str]) -> None:
    """CR, LF, NUL, several addresses: refused when written, nothing is kept."""
    with pytest.raises(RefusedError):
        write(database, **changes)

    assert () == database.read(mail.listing)


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://hote", "smtp://hote?expediteur=a%0Ab@c"]
)
def test_a_wrong_address_of_server_is_told(url: str) -> None:
    """The setting says what is wrong with it."""
    with pytest.raises((ValueError, RefusedError)):
        mail.serveur_of(url)


@pytest.mark.nightly
@pytest.mark.parametrize(
    "mode", ["421", "450", "451", "452", "coupe_apres_data", "accepte"]
)
def test_five_hundred_messages_in_each_mode(sqlite: Database, mode: str) -> None:
    """500 messages: none lost; doubles only after a cut, under one name each."""
    for rank in range(500):
        write(sqlite, rank)
    with serving(mode) as server:
        for hour in range(3):
            mail.deliver(sqlite, to(server), NOW + hour * HOUR, within_s=600)
        server.mode = "accepte"
        for hour in range(72, 76):
            mail.deliver(sqlite, to(server), NOW + hour * HOUR, within_s=600)

    names = [email.message_from_bytes(one)["Message-ID"] for one in server.recus]
    assert 500 == len(set(names))
    assert mode == "coupe_apres_data" or len(names) == 500
