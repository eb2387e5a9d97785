"""Check an exported fiche without the service: nothing was changed, added or removed.

    python verifier_export.py export.zip [CLE_PUBLIQUE]

CLE_PUBLIQUE is shown in hexadecimal on the page of the event; without it, the one written
in the export is used, which only proves that the export agrees with itself. Needs the
package `cryptography`. Exits 0 when all holds.
"""

# ruff: noqa: T201 - a script of its own

import datetime as dt
import hashlib
import json
import sys
import zipfile
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MANIFEST, JOURNAL = "manifeste.json", "journal.json"


def canonical(value: object) -> bytes:
    """Return the one JSON text of a value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def digest(fact: dict[str, Any]) -> str:
    """Return the hash of an entry of the journal and of the one before it."""
    moment = dt.datetime.fromisoformat(fact["survenu_at"]).astimezone(dt.UTC)
    body = canonical([
        fact["chaine"], fact["rang"], fact["tag"], fact["version"], fact["auteur"],
        moment.isoformat(timespec="microseconds"), fact["evenement_id"], fact["sujet"],
        fact["contenu"],
    ])  # fmt: skip
    return hashlib.sha256(fact["precedente"].encode() + body).hexdigest()


def check_facts(facts: list[dict[str, Any]], head: dict[str, Any]) -> list[str]:
    """Return what is wrong with the entries: content, order, end."""
    wrong = []
    before: dict[str, Any] | None = None
    for fact in facts:
        place = f"journal, rang {fact['rang']}"
        if digest(fact) != fact["empreinte"]:
            wrong.append(f"{place} : contenu modifié")
        if before is not None and fact["rang"] <= before["rang"]:
            wrong.append(f"{place} : ordre modifié")
        follows = before is not None and fact["rang"] == before["rang"] + 1
        if follows and before and fact["precedente"] != before["empreinte"]:
            wrong.append(f"{place} : ne suit pas l'entrée précédente")
        if fact["rang"] > head["rang"]:
            wrong.append(f"{place} : au-delà de la tête signée")
        if fact["rang"] == head["rang"] and fact["empreinte"] != head["empreinte"]:
            wrong.append(f"{place} : n'est pas la tête signée")
        before = fact
    return wrong


def check(archive: zipfile.ZipFile, key: str | None) -> list[str]:
    """Return what is wrong with an export (French sentences), nothing when all holds."""
    manifest = json.loads(archive.read(MANIFEST))
    signature = manifest.pop("signature")
    public = Ed25519PublicKey.from_public_bytes(
        bytes.fromhex(key or manifest["cle_publique"])
    )
    try:
        public.verify(bytes.fromhex(signature), canonical(manifest))
    except (InvalidSignature, ValueError):
        return ["La signature n'est pas celle du service, ou le manifeste a changé."]
    wrong = []
    announced = manifest["fichiers"]
    present = set(archive.namelist()) - {MANIFEST}
    wrong += [f"{name} : disparu" for name in sorted(announced.keys() - present)]
    wrong += [f"{name} : ajouté" for name in sorted(present - announced.keys())]
    for name in sorted(present & announced.keys()):
        if hashlib.sha256(archive.read(name)).hexdigest() != announced[name]:
            wrong.append(f"{name} : modifié")
    if JOURNAL in present:
        facts = json.loads(archive.read(JOURNAL))
        wrong += check_facts(facts, manifest["tete"])
        if len(facts) != manifest["nb_faits"]:
            wrong.append(f"journal : {manifest['nb_faits']} entrées annoncées")
    return wrong


def main() -> int:
    """Print what is wrong; return the exit code."""
    path, *keys = sys.argv[1:]
    key = keys[0] if keys else None
    try:
        with zipfile.ZipFile(path) as archive:
            wrong = check(archive, key)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        wrong = [f"Cet export ne peut pas être lu : {error}"]
    for sentence in wrong:
        print(sentence)
    if not wrong:
        print("Tout concorde : rien n'a été changé depuis l'export.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
