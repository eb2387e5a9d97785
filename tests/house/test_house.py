"""The house is as drawn: packages, sizes, words and files agree with what is written."""

import ast
import importlib.util
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "socle", "records", "classifiers", "intake", "letters", "bordereaux", "web",
)  # fmt: skip
MAX_FILE = 400
MAX_FUNCTION = 50
GENERATED = ("web/migrations/versions",)


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not str(path.relative_to(ROOT)).startswith(GENERATED):
                yield path


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("package", PACKAGES)
def test_package_resolves_here(package: str) -> None:
    """Some of our names are also published packages: ours must win."""
    spec = importlib.util.find_spec(package)

    assert spec is not None
    assert spec.origin is not None
    assert ROOT in Path(spec.origin).parents


def test_sizes_stay_small() -> None:
    """No function over 50 lines, no file over 400; the worst are printed."""
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    for path in _sources(*PACKAGES):
        text = path.read_text()
        name = str(path.relative_to(ROOT))
        files.append((text.count("\n"), name))
        functions += [(n, f"{name}:{f}") for f, n in _functions(ast.parse(text))]
    for kind, sizes in (("fichiers", files), ("fonctions", functions)):
        lengths = sorted(size for size, _ in sizes)
        p95 = lengths[int(len(lengths) * 0.95) - 1]
        print(f"{kind}: médiane {statistics.median(lengths)}, p95 {p95}")
        for size, name in sorted(sizes, reverse=True)[:5]:
            print(f"  {size:4d} {name}")

    assert [] == [entry for entry in files if entry[0] > MAX_FILE]
    assert [] == [entry for entry in functions if entry[0] > MAX_FUNCTION]


# `asyncio.Protocol.data_received(data)` names its argument, not us
LIBRARY_NAMES = {"web/connections.py data"}
BANNED = re.compile(r"^(Event|Record|Document|Item|data|info|manager|helper|utils)$")


def test_banned_words() -> None:
    """Words that say nothing name nothing here."""
    found = []
    for path in _sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names = [node.name]
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names = [node.id]
            elif isinstance(node, ast.arg):
                names = [node.arg]
            found += [
                f"{path.relative_to(ROOT)}:{node.lineno} {name}"
                for name in names
                if BANNED.match(name)
                and f"{path.relative_to(ROOT)} {name}" not in LIBRARY_NAMES
            ]

    assert [] == found


def test_identifiers_are_ascii() -> None:
    """Accents live in texts, never in names."""
    found = []
    for path in _sources(*PACKAGES, "tests", "benchmarks"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "name", None) or getattr(node, "id", None)
            if isinstance(name, str) and not name.isascii():
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")

    assert [] == found


def test_every_file_says_what_it_is_for() -> None:
    """Each module opens with a sentence."""
    silent = [
        str(path.relative_to(ROOT))
        for path in _sources(*PACKAGES, "tests", "benchmarks")
        if path.name != "__init__.py"
        and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert [] == silent


def test_glossary_and_code_agree() -> None:
    """Every French class of the register is in the glossary."""
    glossary = (ROOT / "docs/glossaire.md").read_text()
    known = set(re.findall(r"`([A-Z][A-Za-z]+)`", glossary))
    classes = {
        node.name
        for path in _sources("records")
        if path.name in {"tables.py", "parties.py", "evenements.py", "pieces.py"}
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    }

    assert set() == classes - known


def test_glossary_names_exist() -> None:
    """The glossary names no class that the code does not have."""
    glossary = (ROOT / "docs/glossaire.md").read_text()
    known = set(re.findall(r"^\|[^|]*\| `([A-Z][A-Za-z]+)` \|", glossary, re.MULTILINE))
    classes = {
        node.name
        for path in _sources(*PACKAGES)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    }

    assert set() == known - classes


# spelled in pieces so that this file does not name what it forbids
FORBIDDEN = (
    "/wo" + "rk/", "/ro" + "ot/", "fi" + "les.pythonhosted", "regis" + "try.npmjs",
    "deb." + "debian.org", "py" + "pi.org",
)  # fmt: skip


def test_nothing_names_a_machine_or_a_registry() -> None:
    """The repository speaks of the product alone."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    found = []
    for name in filter(None, tracked):
        path = ROOT / name
        if not path.is_file() or path.suffix in {
            ".pdf",
            ".png",
            ".tif",
            ".webp",
            ".jpg",
        }:
            continue
        text = path.read_text(errors="replace")
        found += [f"{name}: {word}" for word in FORBIDDEN if word in text]

    assert [] == found


def test_compose_file_is_valid() -> None:
    """The compose file follows its published schema."""
    checked = subprocess.run(
        [
            "check-jsonschema", "--builtin-schema", "vendor.compose-spec",
            "docker-compose.yml",
        ],
        cwd=ROOT, check=False, capture_output=True, text=True,
        env={"PATH": str(ROOT / ".venv/bin") + ":/usr/bin:/bin"},
    )  # fmt: skip

    assert 0 == checked.returncode, checked.stdout


def test_compose_changes_engines_by_one_setting_each() -> None:
    """Each setting the compose file gives exists; no secret stands in it."""
    from socle.settings import PREFIX, Settings

    text = (ROOT / "docker-compose.yml").read_text()
    names = set(re.findall(rf"{PREFIX}([A-Z0-9_]+):", text))

    assert names <= {name.upper() for name in Settings.model_fields}
    assert not re.search(r"(?i)(password|secret|cle):\s*['\"]?\w{6,}", text)
    assert {"BASE", "STOCKAGE", "SMTP", "CLAMD"} <= names


def test_documented_settings_exist() -> None:
    """The operator's page lists every setting, and no other."""
    from socle.settings import PREFIX, Settings

    text = (ROOT / "docs/exploitation.md").read_text()
    documented = set(re.findall(rf"`{PREFIX}([A-Z0-9_]+)`", text))

    assert {name.upper() for name in Settings.model_fields} == documented


def test_decisions_name_what_enforces_them() -> None:
    """A decision without a test or a lint is a wish."""
    wishes = [
        path.name
        for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
        if "Tenu par" not in path.read_text()
    ]

    assert [] == wishes


def test_decisions_have_one_number_each() -> None:
    """A decision is cited by its number: its name and its title agree, no two share it."""
    paths = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    titles = [path.read_text().split("\n", 1)[0] for path in paths]

    assert [f"{n:04d}" for n in range(1, len(paths) + 1)] == [p.name[:4] for p in paths]
    assert [f"# {path.name[:4]} — " for path in paths] == [t[:9] for t in titles]


def test_doctests() -> None:
    """The examples of the pure rooms are true."""
    names = [
        "records.periodes", "records.references", "records.pieces", "socle.clock",
        "classifiers.text", "intake.indices",
    ]  # fmt: skip
    import doctest
    import importlib

    for name in names:
        result = doctest.testmod(importlib.import_module(name))
        assert 0 == result.failed, name
        assert result.attempted > 0, name
