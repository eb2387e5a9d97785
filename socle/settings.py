"""Settings: read once from the environment, frozen, then passed as an argument.

Every setting has a safe default on the embedded mode. An unknown `VAGUEMESTRE_` name or a
wrong value stops the start with one clear line.
"""

import os
import secrets
import socket
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "VAGUEMESTRE_"


class SettingsError(Exception):
    """The environment does not describe a service that can start."""


class Settings(BaseSettings):
    """What an administrator may decide; names as in `VAGUEMESTRE_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore"
    )

    donnees: Path = Path("./var")
    base: str = ""
    stockage: str = ""
    s3_endpoint: str = ""
    s3_cle: str = ""
    s3_secret: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"
    hote: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    url_publique: str = ""
    travailleurs: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=0, le=256)
    travailleur_id: str = Field(default_factory=socket.gethostname)
    smtp: SecretStr | None = None
    imap: SecretStr | None = None
    surveiller: Path | None = None
    clamd: str = ""
    sceaux: Path | None = None
    cle: SecretStr | None = None
    cle_fichier: Path | None = None
    oidc_emetteur: str = ""
    oidc_client: str = ""
    oidc_secret: SecretStr | None = None
    oidc_nom: str = "votre fournisseur d'identité"
    oidc_hotes: str = ""
    oidc_adresses_sures: bool = False
    second_facteur: str = Field(default="", pattern="^(facultatif|personnel|tous)?$")
    fuseau: str = "Europe/Paris"
    taille_max: int = Field(default=25 * 1024 * 1024, ge=1)
    pages_max: int = Field(default=500, ge=1)
    colis_max: int = Field(default=2 * 1024**3, ge=1)
    reserve_disque: int = Field(default=2 * 1024**3, ge=0)
    proxys_de_confiance: str = ""

    @field_validator("smtp")
    @classmethod
    def _known_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        from socle.mail import serveur_of

        if value is not None:
            serveur_of(value.get_secret_value())
        return value

    @field_validator("fuseau")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"fuseau horaire inconnu : {value}") from error
        return value

    @property
    def database_url(self) -> str:
        """Where records and work engine live together."""
        return self.base or f"sqlite+aiosqlite:///{self.donnees}/vaguemestre.sqlite"

    @property
    def storage_url(self) -> str:
        """Where the bytes are kept: a folder or `s3://bucket/prefix`."""
        return self.stockage or str(self.donnees / "depots")

    @property
    def public_url(self) -> str:
        """How letters, mails and links name the portal, without a final slash."""
        return (self.url_publique or f"http://{self.hote}:{self.port}").rstrip("/")

    @property
    def second_facteur_exige(self) -> str:
        """Who must have a second factor: facultatif, personnel or tous.

        Not said: the staff as soon as the portal answers over TLS.
        """
        is_https = self.public_url.startswith("https:")
        return self.second_facteur or ("personnel" if is_https else "facultatif")

    @property
    def is_embedded(self) -> bool:
        """Tell whether everything lives in one folder of this machine."""
        return self.database_url.startswith("sqlite")


def load_settings() -> Settings:
    """Read the environment; raise `SettingsError` with one French line when wrong."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ  # noqa: TID251 - this is the place
        if name.startswith(PREFIX) and name not in known
    )
    if unknown:
        raise SettingsError(
            f"Réglage inconnu : {', '.join(unknown)}. "
            "Les noms admis sont dans docs/exploitation.md."
        )
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"Réglage {name} refusé : {first['msg']}.") from error


def master_key(settings: Settings) -> bytes:
    """Return the 32-byte master key; made at first start, readable by its owner only.

    Sessions, signatures and encryption at rest derive from it: losing it makes encrypted
    columns unreadable, so `sauvegarder` copies it apart.
    """
    if settings.cle is not None:
        return bytes.fromhex(settings.cle.get_secret_value())
    path = settings.cle_fichier or settings.donnees / "cle"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
    return bytes.fromhex(path.read_text().strip())
