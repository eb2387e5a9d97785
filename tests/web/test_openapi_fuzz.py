"""Schemathesis draws thousands of requests from the description: none may crash.

Nightly: every operation, right and wrong input, answers checked against the schemas.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.test_cli import ROOT, _environment, free_port

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,unsupported_method,ignored_auth"
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Serve the demo's register on a free port; give its address and a token."""
    environment = _environment(tmp_path)
    run = [sys.executable, "-m", "web"]
    subprocess.run(
        [*run, "demo", "--vide"], cwd=tmp_path, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    made = subprocess.run(
        [*run, "jetons", "creer", "--role", "administrateur"], cwd=tmp_path,
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    port = free_port()
    with (tmp_path / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*run, "serve", "--port", str(port), "--sans-travailleur"], cwd=tmp_path,
            env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url)
            yield url, made.stdout.strip()
        finally:
            process.terminate()
            process.wait(25)


def _wait(url: str) -> None:
    for _ in range(1_200):
        try:
            urllib.request.urlopen(f"{url}/sante", timeout=10).close()
        except urllib.error.HTTPError:
            return  # not all well, but it answers
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("never ready")


@pytest.mark.nightly
def test_nothing_drawn_from_the_description_breaks_it(
    service: tuple[str, str], tmp_path: Path
) -> None:
    """No 5xx, no undescribed status, no answer off its schema, no open door."""
    url, token = service
    examples = os.getenv("SCHEMATHESIS_EXAMPLES", "40")  # noqa: TID251 - a test's size
    run = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"), "run",
            f"{url}/api/v1/openapi.json", "--url", url,
            "--header", f"Authorization: Bearer {token}",
            "--checks", CHECKS, "--max-examples", examples,
            "--phases", "examples,coverage,fuzzing", "--generation-deterministic",
        ],
        cwd=tmp_path, check=False, capture_output=True, text=True,
        env=_environment(ROOT) | {"NO_COLOR": "1"},
    )  # fmt: skip

    assert 0 == run.returncode, run.stdout[-8000:]
