"""The scanner's hook: what a clamd says of a file, and nothing more reassuring than that.

Without a scanner the answer is « non analysé », never « sain ». With one configured, an
unreachable scanner is an error to retry: it fails closed.
"""

import asyncio
import enum
from dataclasses import dataclass
from pathlib import Path

from aioclamd import ClamdAsyncClient, ClamdError

from socle.errors import UnavailableError

_TIMEOUT_S = 60.0
_PORT = 3310


class EtatAnalyse(enum.Enum):
    """What is known of a file, as the portal says it."""

    NON_ANALYSE = "non analysé"
    RIEN_TROUVE = "rien trouvé"
    VIRUS = "virus détecté"
    LIMITE = "analyse incomplète"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyse:
    """The state, with the scanner and signature names: an « OK » is dated evidence."""

    etat: EtatAnalyse
    signature: str = ""
    moteur: str = ""


class Antivirus:
    """A clamd at `host:port`, or none when the address is empty."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":") if ":" in address else (address, "", "")
        self._host = host
        self._port = int(port) if port else _PORT

    @property
    def is_configured(self) -> bool:
        """Tell whether a scanner was asked for."""
        return bool(self._host)

    def scan(self, path: Path) -> Analyse:
        """Scan a file; raises `UnavailableError` when the scanner cannot answer."""
        if not self.is_configured:
            return Analyse(etat=EtatAnalyse.NON_ANALYSE)
        try:
            return asyncio.run(asyncio.wait_for(self._scan(path), _TIMEOUT_S))
        except (ClamdError, OSError, TimeoutError) as error:
            raise UnavailableError(
                "antivirus-indisponible",
                "L'antivirus ne répond pas : le document attend d'être analysé.",
            ) from error

    async def _scan(self, path: Path) -> Analyse:
        client = ClamdAsyncClient(self._host, self._port, timeout=_TIMEOUT_S)
        with path.open("rb") as file:
            answer = await client.instream(file)
        moteur = await client.version()
        status, signature = answer["stream"]
        if status == "OK":
            return Analyse(etat=EtatAnalyse.RIEN_TROUVE, moteur=moteur)
        # clamd with AlertExceedsMax reports its own limits as a signature: a file it could
        # not finish is not a clean file
        limit = (signature or "").startswith("Heuristics.Limits.Exceeded")
        etat = EtatAnalyse.LIMITE if limit else EtatAnalyse.VIRUS
        return Analyse(etat=etat, signature=signature or "", moteur=moteur)
