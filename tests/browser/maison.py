"""The real service in a temporary folder, and a real Chromium in front of it."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules/axe-core"
ARTEFACTS = ROOT / "artefacts"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 60.0
READ_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Maison:
    """A service that runs: where, with which accounts, which scans to try."""

    url: str
    mots_de_passe: dict[str, str]
    exemples: Path
    # who signed in already, as the browser kept it: five sign-ins a minute are allowed
    entrees: dict[str, StorageState] = field(default_factory=dict)

    def place(self, path: str) -> str:
        """Return the full address of a page."""
        return self.url + path


@contextmanager
def running(folder: Path) -> Iterator[Maison]:
    """Load the demo in a folder, start `serve` on a free port, stop it after."""
    env = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - a child needs its PATH
        if not name.startswith("VAGUEMESTRE_")
    }
    env |= {
        "VAGUEMESTRE_DONNEES": str(folder),
        "VAGUEMESTRE_TRAVAILLEURS": "1",
        "VAGUEMESTRE_RESERVE_DISQUE": "0",
        "PYTHONUNBUFFERED": "1",
    }
    loaded = subprocess.run(
        [sys.executable, "-m", "web", "demo", "--json"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    demo = json.loads(loaded.stdout)
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve", "--port", "0"],
            cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
        try:
            yield Maison(
                url=_address(process),
                mots_de_passe={
                    one["identifiant"]: one["mot_de_passe"] for one in demo["acces"]
                },
                exemples=Path(demo["exemples"]),
            )
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _address(process: "subprocess.Popen[bytes]") -> str:
    """Read the line by which the service says where it answers."""
    assert process.stdout is not None
    waiting = selectors.DefaultSelector()
    waiting.register(process.stdout, selectors.EVENT_READ)
    deadline = time.monotonic() + START_S
    seen = b""
    while time.monotonic() < deadline and process.poll() is None:
        if waiting.select(timeout=1.0):
            seen += os.read(process.stdout.fileno(), 4096)
            found = re.search(rb"(http://127\.0\.0\.1:\d+)\s", seen)
            if found:
                return _answering(found.group(1).decode(), deadline)
    raise AssertionError(f"the service did not start: {seen.decode()}")


def _answering(url: str, deadline: float) -> str:
    """Wait until the service listens: the address is said a moment before."""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/connexion", timeout=5):
                return url
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nothing answers at {url}")


@dataclass(frozen=True, kw_only=True)
class Personne:
    """Someone signed in, with the page of the browser."""

    page: Page
    maison: Maison
    plaintes: list[str]

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.maison.place(path))


@contextmanager
def signed_in(
    browser: Browser,
    maison: Maison,
    who: str,
    *,
    width: int = 1280,
    has_script: bool = True,
) -> Iterator[Personne]:
    """Sign someone in, in a fresh browser; what the console complains of is kept."""
    kept = maison.entrees.get(who)
    context = new_context(browser, width=width, has_script=has_script, kept=kept)
    page = context.new_page()
    plaintes: list[str] = []
    page.on("pageerror", lambda error: plaintes.append(str(error)))
    page.on(
        "console",
        lambda said: plaintes.append(said.text) if said.type == "error" else None,
    )
    page.goto(maison.place("/"))
    if "/connexion" in page.url:
        page.get_by_label("Identifiant").fill(who)
        page.get_by_label("Mot de passe").fill(maison.mots_de_passe[who])
        page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", level=1, name="Mes actions en cours").wait_for()
    maison.entrees[who] = context.storage_state()
    try:
        yield Personne(page=page, maison=maison, plaintes=plaintes)
    finally:
        context.close()


def new_context(
    browser: Browser,
    *,
    width: int = 1280,
    has_script: bool = True,
    kept: StorageState | None = None,
) -> BrowserContext:
    """Open a French browser of a given width; `kept` is what a former one remembered."""
    return browser.new_context(
        storage_state=kept,
        viewport={"width": width, "height": 900},
        locale="fr-FR",
        java_script_enabled=has_script,
    )


def wait_until_read(personne: Personne) -> None:
    """Wait until no deposit is left unread."""
    deadline = time.monotonic() + READ_S
    while time.monotonic() < deadline:
        left = 0
        for state in ("recu", "en_cours"):
            personne.go(f"/depots?etat={state}")
            left += personne.page.locator("table").count()
        if not left:
            return
        time.sleep(1)
    raise AssertionError("deposits are still unread")


def violations(page: Page) -> list[str]:
    """Run axe on the page as it stands; return each violation with its element."""
    spy = page.context.new_cdp_session(page)
    source = (AXE / "axe.min.js").read_text(encoding="utf-8")
    spy.send("Runtime.evaluate", {"expression": source})
    french = (AXE / "locales/fr.json").read_text(encoding="utf-8")
    spy.send("Runtime.evaluate", {"expression": f"axe.configure({{locale: {french}}})"})
    found = page.evaluate(
        "async () => (await axe.run(document)).violations.flatMap("
        "(v) => v.nodes.map((n) => `${v.id}: ${v.help}: ${n.html.slice(0, 200)}`))"
    )
    spy.detach()
    return list(found)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(
        page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


def picture(page: Page, name: str, *, is_whole: bool = False) -> None:
    """Keep a picture of what is on the screen, or of the whole page, for people."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=str(ARTEFACTS / f"{name}.png"), full_page=is_whole)


def tab_to(page: Page, selector: str, limit: int = 80) -> None:
    """Press Tab until what the selector names has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")
