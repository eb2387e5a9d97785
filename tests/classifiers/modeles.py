"""The layouts of `modeles.toml`, by type."""

import tomllib
from pathlib import Path

MODELES: dict[str, list[list[str]]] = {
    code: [layout["lignes"] for layout in layouts]
    for code, layouts in tomllib.loads(
        Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    ).items()
}
