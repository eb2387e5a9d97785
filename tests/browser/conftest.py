"""One service and one browser for all the walks."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.maison import (
    CHROMIUM_FLAGS,
    Maison,
    running,
    signed_in,
    wait_until_read,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_FLAGS
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def maison(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Maison]:
    """Start the service on the demo, all its scans read."""
    with running(tmp_path_factory.mktemp("portail")) as started:
        with signed_in(browser, started, "operateur@demo") as operateur:
            wait_until_read(operateur)
        yield started
