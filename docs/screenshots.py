"""Pictures of the dashboard for the README: `python docs/screenshots.py WORKSPACE`.

Starts the dashboard on a free port, opens it in Chromium at 1366 by 768, and writes queue and case
in both languages beside this file.
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
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from detect.score import latest

ROOT = Path(__file__).parents[1]
SIZE: ViewportSize = {"width": 1366, "height": 768}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-sync", "--no-first-run"]  # fmt: skip
SUFFIX = {"en": "", "zh": ".zh"}


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
    workspace = parser.parse_args().workspace
    run = latest(workspace)
    if run is None or run.alerts.is_empty():
        sys.exit(f"{workspace} has no alerts to show. Run: bidlens demo -w {workspace}")
    worst = run.alerts["tender_id"][0]
    with dashboard(workspace) as address, browser() as chrome:
        for lang in SUFFIX:
            _take(chrome, f"{address}/?{urlencode({'lang': lang})}", f"queue{SUFFIX[lang]}.png")
            case = urlencode({"tender": worst, "lang": lang})
            _take(chrome, f"{address}/case?{case}", f"case{SUFFIX[lang]}.png")


def _take(chrome: Browser, address: str, name: str) -> None:
    page = chrome.new_page(viewport=SIZE, timezone_id="Asia/Shanghai")
    page.goto(address)
    page.locator("[data-testid=stDataFrame], [data-testid=stVegaLiteChart]").first.wait_for()
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
    page.wait_for_timeout(1500)  # charts and tables paint after they are in place
    page.screenshot(path=Path(__file__).with_name(name))
    page.close()
    print(Path(__file__).with_name(name))


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
