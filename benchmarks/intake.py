"""Speeds of the counter, each beside its baseline, in one run: `make bench`.

- pages per second of the whole path (receipt to link) with two workers, against bare
  tesserocr on the same pages with two processes;
- text-layer PDFs per second;
- time to the receipt of a 300 kB scan while the workers are busy;
- peak memory of each process.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pypdfium2
import typst
from PIL import Image

from intake.reception import Envoi, receive
from records.store import collectivites
from tests.bilan.maison import command, environment, services_for, settings_for, workers
from tests.bilan.releve import waiting
from web.deposits import guichet_of
from web.services import Services

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
DPI = 200
DARK = 128
LETTER = """
#set page(paper: "a4", margin: 2.5cm)
#set text(lang: "fr", size: 11pt)
= Bulletin de paie
Période du 01/03/2026 au 31/03/2026 – exemplaire {rank} {salt}

#lorem(220)

Traitement de base indiciaire 1 890,12 #h(1fr) Net à payer 1 602,35 €
"""


def text_pdfs(count: int) -> list[bytes]:
    """Make PDFs with a text layer, all different."""
    return [
        typst.compile(LETTER.format(rank=n, salt=secrets.token_hex(4)).encode())
        for n in range(count)
    ]


def scanned_pdfs(folder: Path, count: int, pictures: Path) -> list[bytes]:
    """Make scans of one page (200 dpi, grey) and the same pages as pictures."""
    made = []
    pictures.mkdir(exist_ok=True)
    sources = sorted(folder.glob("scans/*.pdf"))
    for source in sources:
        document = pypdfium2.PdfDocument(source)
        picture = document[0].render(scale=DPI / 72, grayscale=True).to_pil()
        document.close()
        if picture.width > picture.height or not _has_ink(picture):
            continue
        name = f"{len(made):04d}"
        picture.save(pictures / f"{name}.png")
        target = pictures / f"{name}.pdf"
        picture.save(target, "PDF", resolution=DPI, quality=75)
        made.append(target.read_bytes() + f"%{name}".encode())
        if len(made) == count:
            break
    return made


def _has_ink(picture: Image.Image) -> bool:
    """Tell a written page from a blank back: one dark pixel in two hundred."""
    dark = sum(picture.histogram()[:DARK])
    return dark > picture.width * picture.height / 200


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def deposit(services: Services, owner: int, files: list[bytes]) -> None:
    """Hand files to the counter, one after the other."""
    for rank, content in enumerate(files):
        envoi = Envoi(
            collectivite_id=owner,
            nom_fichier=f"mesure {rank}.pdf",
            depose_par="mesure",
            canal="commande",
        )
        now = services.clock.now()
        await receive(guichet_of(services), _once(content), envoi, now)


def drain(services: Services) -> float:
    """Wait until nothing waits; return the seconds."""
    started = time.perf_counter()
    while services.db.read(waiting):
        time.sleep(0.02)
    return time.perf_counter() - started


def bare(pictures: Path) -> tuple[int, float]:
    """Run the baseline on two processes; return pages and seconds of the slower one."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.nu", str(pictures), str(n), str(WORKERS)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for n in range(WORKERS)
    ]  # fmt: skip
    time.sleep(6)  # both have loaded their pictures and their engine
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate()[0].split() for process in running]
    return sum(int(a[0]) for a in answers), max(float(a[1]) for a in answers)


def receipts(address: str, token: str, count: int) -> list[float]:
    """Return the milliseconds to the receipt of a 300 kB scan, one at a time."""
    found = []
    for _ in range(count):
        body = b"%PDF-1.4\n" + secrets.token_bytes(300_000)
        mark = secrets.token_hex(8)
        form = (
            f'--{mark}\r\nContent-Disposition: form-data; name="fichier"; '
            f'filename="scan.pdf"\r\n\r\n'
        ).encode() + body + f"\r\n--{mark}--\r\n".encode()  # fmt: skip
        request = urllib.request.Request(
            f"{address}/api/v1/depots",
            data=form,
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": f"multipart/form-data; boundary={mark}",
            },
        )
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        found.append((time.perf_counter() - started) * 1000)
    return found


def peak_memory(pid: int) -> dict[str, float]:
    """Return the peak resident memory (MB) of a process and of its children."""
    found = {}
    pending = [pid]
    while pending:
        current = pending.pop()
        folder = Path(f"/proc/{current}")
        try:
            status = (folder / "status").read_text()
            words = (folder / "cmdline").read_bytes().split(b"\0")
            kids = (folder / f"task/{current}/children").read_text().split()
        except OSError:
            continue
        pending += [int(kid) for kid in kids]
        name = b" ".join(words[1:4]).decode(errors="replace")
        peak = next(line for line in status.split("\n") if line.startswith("VmHWM"))
        found[f"{name[:40]} ({current})"] = int(peak.split()[1]) / 1024
    return found


def run(pages: int, texts: int, posts: int) -> dict[str, object]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run(
            [sys.executable, "-m", "tests.fabrique", str(folder / "corpus"),
             "--graine", "77", "--nombre", "140"],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        pictures = folder / "images"
        scans = scanned_pdfs(folder / "corpus", pages, pictures)
        settings = settings_for(folder / "var", WORKERS)
        command(settings, "migrate")
        command(settings, "apprentissage", "ajuster")
        services = services_for(settings)
        owner = services.db.write(
            collectivites.create, nom="Mesure", auteur="mesure",
            now=services.clock.now(), reference_externe="MESURE",
        ).id  # fmt: skip
        with workers(settings, folder / "log") as running:
            asyncio.run(deposit(services, owner, [*text_pdfs(4), *scans[:2]]))
            drain(services)  # engines are warm
            asyncio.run(deposit(services, owner, text_pdfs(texts)))
            text_seconds = drain(services)
            asyncio.run(deposit(services, owner, scans[2:]))
            scan_seconds = drain(services)
            latencies = _busy_receipts(services, settings, owner, posts)
            memory = {k: v for p in running for k, v in peak_memory(p.pid).items()}
        read, bare_seconds = bare(pictures)
    whole = (len(scans) - 2) / scan_seconds
    alone = read / bare_seconds
    return {
        "pages_par_seconde": round(whole, 2),
        "tesserocr_seul": round(alone, 2),
        "rapport": round(whole / alone, 2),
        "pdf_texte_par_seconde": round(texts / text_seconds, 1),
        "recepisse_ms": {
            "p50": round(statistics.median(latencies), 1),
            "p99": round(sorted(latencies)[int(len(latencies) * 0.99) - 1], 1),
        },
        "memoire_max_mo": {k: round(v) for k, v in memory.items()},
    }


def _busy_receipts(
    services: Services, settings: object, owner: int, posts: int
) -> list[float]:
    """Measure receipts over HTTP while the workers read."""
    made = json.loads(
        command(
            settings, "jetons", "creer", "--role", "collectivite",
            "--collectivite", "MESURE", "--json",
        )  # type: ignore[arg-type]
    )  # fmt: skip
    port = "8917"
    server = subprocess.Popen(
        [sys.executable, "-m", "web", "serve", "--sans-travailleur", "--port", port],
        cwd=ROOT, env=environment(settings), stdout=subprocess.DEVNULL,  # type: ignore[arg-type]
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/sante", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        asyncio.run(deposit(services, owner, text_pdfs(40)))
        return receipts(address, made["jeton"], posts)
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    """Print the figures, as text and as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=42)
    parser.add_argument("--textes", type=int, default=200)
    parser.add_argument("--envois", type=int, default=200)
    asked = parser.parse_args()
    found = run(asked.pages, asked.textes, asked.envois)
    print(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
