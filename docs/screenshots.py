"""Pictures of the dashboard: `python docs/screenshots.py WORKSPACE [--all FOLDER]`.

Starts the dashboard on a free port, opens it in Chromium at 1366 by 768, and writes queue and case
in both languages beside this file, for the README. With `--all` it writes every page in full height, both
languages and both themes, to a folder, to be looked at.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from cases.roles import Role
from detect.kept import Run, latest

ROOT = Path(__file__).parents[1]
SIZE: ViewportSize = {"width": 1366, "height": 768}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-sync", "--no-first-run"]  # fmt: skip
HERE = Path(__file__).parent
SUFFIX = {"en": "", "zh": ".zh"}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")


@contextmanager
def dashboard(workspace: Path, *options: str, port: int | None = None) -> Iterator[str]:
    """Serve the dashboard of a workspace on this machine; gives its address.

    Args:
        workspace: what to show.
        options: of `streamlit run`.
        port: a free one by default.

    Raises:
        RuntimeError: it did not start within a minute; holds what it printed.

    """
    port = port or free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={port}",
        "--server.headless=true", "--server.fileWatcherType=none", *options,
    ]  # fmt: skip
    environment = {**os.environ, "BIDLENS_WORKSPACE": str(workspace.resolve())}
    with served(command, f"http://127.0.0.1:{port}", "/_stcore/health", environment) as address:
        yield address


@contextmanager
def served(
    command: list[str], address: str, health: str, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """Run a server until the end of the block; it is there once `health` answers."""
    log = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT) as server:
        try:
            _wait(address, health, server)
            yield address
        finally:
            _end(server)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window; the machine's own where Playwright has none of its own."""
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


def chromium() -> str | None:
    """Path of the machine's Chromium, None where it has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path, help="a scored workspace, for example workspace-demo")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, to this folder")
    given = parser.parse_args()
    workspace: Path = given.workspace
    run = latest(workspace)
    if run is None or run.alerts.is_empty():
        sys.exit(f"{workspace} has no alerts to show. Run: bidlens demo -w {workspace}")
    worst = run.alerts["tender_id"][0]
    with dashboard(workspace) as address, browser() as chrome:
        if given.all:
            given.all.mkdir(parents=True, exist_ok=True)
            everything(chrome, address, run, given.all)
            return
        for lang in SUFFIX:
            _take(chrome, f"{address}/?{urlencode({'lang': lang})}", HERE / f"queue{SUFFIX[lang]}.png")
            case = urlencode({"tender": worst, "lang": lang})
            _take(chrome, f"{address}/case?{case}", HERE / f"case{SUFFIX[lang]}.png")


def everything(chrome: Browser, address: str, run: Run, folder: Path) -> None:
    """Every page in both languages and themes, those that show one thing with one, in full height."""
    worst, parties = run.alerts["tender_id"][0], run.party_alerts["party_id"].to_list()[:1]
    pages = [p.stem[3:] for p in sorted((ROOT / "app_pages").glob("[0-9][0-9]_*.py"))]
    shown_as = {"case": {"tender": worst}, "log": {"role": Role.AUDITOR.value}}
    asked = [(p, "", shown_as.get(p, {})) for p in pages]
    asked += [("rules", "-one", {"rule": run.alerts["rule_ids"][0][0]})]
    asked += [("parties", "-one", {"party": p}) for p in parties]
    for lang, theme in product(SUFFIX, THEMES):
        for page, what, given in asked:
            path = "" if page == pages[0] else page
            query = urlencode({**given, "lang": lang})
            file = folder / f"{page}{what}.{lang}.{theme}.png"
            _take(chrome, f"{address}/{path}?{query}", file, theme)


def _take(chrome: Browser, address: str, file: Path, theme: Theme | None = None) -> None:
    """A picture of what is on screen; with a theme, of the whole page."""
    page = chrome.new_page(viewport=SIZE, timezone_id="Asia/Shanghai", color_scheme=theme)
    page.set_default_timeout(60_000)
    page.goto(address)
    _settled(page)
    if theme is not None:
        needed = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": SIZE["width"], "height": min(int(needed) + 60, 6000)})
        _settled(page)
    page.screenshot(path=file)
    page.close()
    print(file)


def _settled(page: Page) -> None:
    page.locator(".run-note").wait_for()
    page.wait_for_timeout(500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1500)  # charts and tables paint after they are in place


def _wait(address: str, health: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        try:
            with urlopen(address + health, timeout=1):
                return
        except (URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.5)
    _end(server)
    said = server.stdout.read().decode() if server.stdout else ""
    raise RuntimeError(f"No server started at {address}: {said}")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=3)
    except subprocess.TimeoutExpired:  # it waits for its sessions; nothing here is worth waiting for
        server.kill()


if __name__ == "__main__":
    main()
