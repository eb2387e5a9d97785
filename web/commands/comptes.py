"""`comptes creer` and `jetons creer`: secrets are printed once, never stored in clear."""

import datetime as dt
from typing import Annotated

import typer

from records.store import comptes as store
from records.store import sessions
from socle.errors import RefusedError
from web.commands.console import AsJson, emit, open_house, say
from web.services import Services

comptes = typer.Typer(help="Comptes des personnes.", no_args_is_help=True)
jetons = typer.Typer(help="Jetons des machines (API).", no_args_is_help=True)

Role = Annotated[
    str,
    typer.Option(help="collectivite, gestionnaire, operateur ou administrateur."),
]
Collectivite = Annotated[
    list[str] | None,
    typer.Option(help="Référence, référence externe ou SIRET ; répétable."),
]
_DURATION = {"h": "hours", "j": "days", "m": "minutes"}


@comptes.callback()
def _comptes() -> None:
    """Comptes des personnes."""


@jetons.callback()
def _jetons() -> None:
    """Jetons des machines (API)."""


@comptes.command("creer")
def create_compte(
    *,
    identifiant: Annotated[
        str, typer.Option(help="Une adresse électronique convient.")
    ],
    role: Role,
    collectivite: Collectivite = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Code de service ; répétable.")
    ] = None,
    secret_medical: Annotated[
        bool, typer.Option(help="Ouvre les pièces couvertes par le secret médical.")
    ] = False,
    validite: Annotated[str, typer.Option(help="Durée du lien : de 15m à 7j.")] = "1j",
    as_json: AsJson = False,
) -> None:
    """Ouvre un compte et affiche, une seule fois, son lien d'activation."""
    services = open_house()
    nouveau = _nouveau(services, identifiant, role, collectivite, service)
    if secret_medical:
        nouveau = store.NouveauCompte(
            identifiant=nouveau.identifiant,
            role=nouveau.role,
            collectivites=nouveau.collectivites,
            services=nouveau.services,
            has_secret_medical=True,
        )
    now = services.clock.now()
    made, secret = services.db.write(
        store.create_compte, nouveau, now=now, validity=duration(validite)
    )
    services.db.close()
    link = f"{services.settings.public_url}/activation?code={secret}"
    shown = {"identifiant": made.identifiant, "role": made.role,
             "reference": made.reference, "activation": link, "secret": secret,
             "validite": validite}  # fmt: skip
    if as_json:
        emit(shown)
        return
    say(f"Compte {made.identifiant} ({made.role}) créé : {made.reference}")
    say(f"Lien d'activation, à usage unique, valable {validite} :")
    say(f"  {link}")


@jetons.command("creer")
def create_jeton(
    *,
    role: Role,
    collectivite: Collectivite = None,
    expire: Annotated[
        str | None, typer.Option(help="Durée (90j, 12h) ou jour AAAA-MM-JJ.")
    ] = None,
    nom: Annotated[str | None, typer.Option(help="Nom de la machine.")] = None,
    as_json: AsJson = False,
) -> None:
    """Affiche, une seule fois, un jeton pour l'API."""
    services = open_house()
    now = services.clock.now()
    name = nom or f"jeton-{now:%Y%m%d%H%M%S%f}"
    nouveau = _nouveau(services, name, role, collectivite, None)
    made, token = services.db.write(
        sessions.create_jeton, nouveau, now=now, expire_at=_expiry(expire, now)
    )
    services.db.close()
    if as_json:
        emit({"jeton": token, "role": made.role, "identifiant": made.identifiant,
              "reference": made.reference, "expire": expire})  # fmt: skip
    else:
        say(token)


def _nouveau(
    services: Services,
    identifiant: str,
    role: str,
    collectivites: list[str] | None,
    codes: list[str] | None,
) -> store.NouveauCompte:
    found = [
        services.db.read(store.find_collectivite, text) for text in collectivites or ()
    ]
    kept = [services.db.read(store.find_service, found, code) for code in codes or ()]
    return store.NouveauCompte(
        identifiant=identifiant, role=role, collectivites=found, services=kept
    )


def duration(text: str) -> dt.timedelta:
    """Read a duration: 15m, 12h, 7j."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _DURATION:
        raise RefusedError(
            "duree-invalide", f"Durée « {text} » : écrivez par exemple 15m, 12h ou 7j."
        )
    return dt.timedelta(**{_DURATION[unit]: int(number)})


def _expiry(text: str | None, now: dt.datetime) -> dt.datetime | None:
    if text is None:
        return None
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return now + duration(text)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    if end <= now:
        raise RefusedError("duree-invalide", f"Le {text} est déjà passé.")
    return end
