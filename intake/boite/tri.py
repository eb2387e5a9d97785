"""Triage in the child: bytes → what the file is, or the code that refuses it."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from intake.boite import signatures, tri_images, tri_pdf
from socle.sandbox_server import Answer, CodedError

SHORTEST = 8


def examiner(file: BinaryIO, params: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield the real type first, then the findings.

    `params`: `extension` (without the point), `pages_max`, `pixels_max`.
    """
    octets = file.read()
    if len(octets.strip(b"\x00 \t\r\n")) < SHORTEST:
        raise CodedError("fichier-vide")
    kind = signatures.real_type(octets)
    if kind is None:
        raise _refusal(octets, str(params["extension"]))
    yield {"type": kind}, b""
    try:
        if kind == signatures.PDF:
            findings = tri_pdf.examine(octets, params)
        else:
            findings = tri_images.examine(octets, kind, params)
    except struct.error as error:
        raise CodedError("image-illisible", str(error)) from None
    if signatures.has_double_nature(octets, kind):
        findings["notes"].append("double-nature")
    yield findings, b""


def _refusal(octets: bytes, extension: str) -> CodedError:
    """Name the refusal of a content that is none of the accepted types."""
    described = signatures.described_type(octets)
    announced = signatures.EXTENSIONS.get(extension.lower())
    if announced is None or (announced == signatures.HEIC and _is_container(octets)):
        return CodedError("type-non-accepte", described)
    return CodedError("type-different-de-l-extension", described)


def _is_container(octets: bytes) -> bool:
    return octets[4:8] == b"ftyp"
