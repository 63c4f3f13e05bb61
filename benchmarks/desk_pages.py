"""How quick the dashboard's pages are with many alerts and several people at work.

    python -m benchmarks.desk_pages --alerts 1000000 -w FOLDER    # made there, or taken as it is

A simulated market is scored for real; its tenders with an alert, their bids and their firms, are repeated
under new ids until there are enough alerts, and laid on the desk. Then `streamlit run` serves that workspace.
Readers are WebSocket clients that ask for a page as a browser does: a time is from the question until the
server has sent all of the page and says so. `--browser` lets Chromium read besides: its times end when the
page stands still and takes clicks. All of it runs on one machine, readers included.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import polars as pl
from sqlalchemy import text
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from benchmarks.desk import told
from cases.commands.desk import lay_down
from cases.database import address, opened
from detect.kept import ROW_GROUP, Run, latest_folder, load, save
from detect.score import score
from docs.screenshots import ROOT, browser, free_port
from records.simulate import simulate
from records.source import UNREADABLE, Raw
from records.store import Store

FRAMES_BY_TENDER = ("alerts", "scores", "unusual", "hits", "facts", "states", "excused", "queue", "cases")
TOGETHER = 50
"""Repeated parts that are imported as one chunk."""

READ_BY_INTAKE = {
    **dict.fromkeys(("alerts", "queue", "scores", "party_alerts", "party_hits"), ()),
    "hits": ("tender_id", "rule_id", "level", "subjects"),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--alerts", type=int, default=20_000)
    asked.add_argument("--workspace", "-w", type=Path, help="by default one that is removed afterwards")
    asked.add_argument("--part", type=int, default=3_000, help="tenders of the market that is scored")
    asked.add_argument("--seed", type=int, default=62)
    asked.add_argument("--readers", type=int, default=10)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--pauses", type=float, nargs="*", default=[5.0, 0.0], help="means, in seconds")
    asked.add_argument("--browser", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = given.workspace or Path(folder)
        told({"machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"})
        if latest_folder(workspace) is None:
            told(made(workspace, given.alerts, given.part, given.seed))
        told(measured(workspace, given))


def made(workspace: Path, n: int, part: int, seed: int) -> dict[str, object]:
    """Fill a workspace with records, run and desk; tells what each took."""
    start = time.monotonic()
    raw: dict[str, pl.DataFrame] = {}
    for chunk in simulate(part, seed):
        raw = {name: pl.concat([raw[name], t]) if name in raw else t for name, t in chunk.raw.tables.items()}
    with tempfile.TemporaryDirectory() as scratch:
        small = Store.open_or_create(scratch)
        small.take("part", [Raw(raw, UNREADABLE.to_frame())])
        run = score(small.market(), records_version=1)
    times = -(-n // run.alerts.height)
    scored = time.monotonic()
    _records(workspace, raw, run, times)
    stored = time.monotonic()
    folder = _run(workspace, run, times)
    kept = load(folder, only=READ_BY_INTAKE)
    ready = time.monotonic()
    posted = lay_down(workspace, kept, None)
    return {
        "alerts": posted["new"], "tenders": run.alerts.height * times,
        "findings": run.hits.height * times, "repeated, times": times,
        "part scored, s": round(scored - start), "records stored, s": round(stored - scored),
        "run written and read, s": round(ready - stored),
        "laid on the desk, s": round(time.monotonic() - ready, 1),
        "largest resident set meanwhile, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def _records(workspace: Path, raw: dict[str, pl.DataFrame], run: Run, times: int) -> None:
    """The tenders with an alert, their bids and firms; what else the market had is in no page by default."""
    with_alert = {
        name: raw[name].join(run.alerts, on="tender_id", how="semi") for name in ("tenders", "bids")
    }
    firms = raw["bidders"].join(with_alert["bids"], on="bidder_id", how="semi")
    tables = {**with_alert, "bidders": firms}
    chunks = (
        Raw(
            {
                name: pl.concat(_again(t, i) for i in range(at, min(at + TOGETHER, times)))
                for name, t in tables.items()
            },
            UNREADABLE.to_frame(),
        )
        for at in range(0, times, TOGETHER)
    )
    Store.open_or_create(workspace).take("repeated", chunks)


def _run(workspace: Path, run: Run, times: int) -> Path:
    """The run with all frames by tender repeated, and those of parties once."""
    folder = save(run, workspace)
    for name in FRAMES_BY_TENDER:
        frame: pl.DataFrame = getattr(run, name)
        of = frame.join(run.alerts, on="tender_id", how="semi") if "tender_id" in frame.columns else frame
        ordered = of.sort("tender_id") if "tender_id" in of.columns else of
        many = pl.concat([_again(ordered, i).lazy() for i in range(times)])
        many.sink_parquet(folder / f"{name}.parquet", row_group_size=ROW_GROUP)
    return folder


def _again(frame: pl.DataFrame, i: int) -> pl.DataFrame:
    """The rows under ids of their own, with titles that tell them apart, and spread over the queue."""
    new = pl.lit(f"{i:05}-")
    ids = [
        c
        for c in ("tender_id", "bid_id", "bidder_id", "bidder_a", "bidder_b", "case_id")
        if c in frame.columns
    ]
    lists = [c for c in ("subjects", "tender_ids") if c in frame.columns]
    titles = ["title"] if "title" in frame.columns else []
    jitter = ["attention"] if "attention" in frame.columns else []
    spread = 0.5 + pl.int_range(pl.len()).add(i * 7919) * 7919 % 10007 / 10007
    return frame.with_columns(
        *((pl.col(c) * spread).alias(c) for c in jitter),
        *(pl.concat_str(new, c).alias(c) for c in ids),
        *(pl.col(c).list.eval(pl.concat_str(new, pl.element())) for c in lists),
        *(pl.concat_str(c, pl.lit(f"（第{i}批）")).alias(c) for c in titles),
    )


def measured(workspace: Path, given: argparse.Namespace) -> dict[str, object]:
    """Times of pages and memory of the server, while all readers ask."""
    found: dict[str, object] = {}
    visits = _visits(workspace)
    with _serving(workspace) as (server, port):
        for places in visits.values():
            with _session(port) as socket:
                _ask(socket, places[0])
        found["memory of its own, resident with mapped files, MB"] = _resident(server.pid)
        for pause in given.pauses:
            before = _worked(server.pid)
            took = _read(port, visits, given, pause)
            n = sum(map(len, took.values()))
            name = f"{given.readers} readers, pause {pause:g} s"
            found[name] = ""
            found |= {f"{name}: {page}": _figures(times) for page, times in sorted(took.items())}
            found[f"{name}: pages a second"] = round(n / given.seconds, 1)
            found[f"{name}: processor s a page"] = round((_worked(server.pid) - before) / n, 2)
            found[f"{name}: memory of its own, resident with mapped files, MB"] = _resident(server.pid)
    return found


Visits = dict[str, list[str]]


def _visits(workspace: Path) -> Visits:
    """Addresses by what is measured; each time one of them is drawn."""
    engine = opened(address(workspace))
    rng = np.random.default_rng(0)
    with engine.connect() as connection:
        highest = connection.execute(text("SELECT max(id) FROM alerts")).scalar_one()
        ids = ", ".join(str(i) for i in rng.integers(1, highest + 1, 400))
        query = f"SELECT subject_id, buyer_name, region FROM alerts WHERE grain = 'tender' AND id IN ({ids})"
        rows = connection.execute(text(query)).all()
        rules = list(connection.execute(text("SELECT DISTINCT rule_id FROM fired")).scalars())
    engine.dispose()
    queue: dict[str, list[dict[str, str]]] = {
        "worst": [{}],
        "order": [{"order": o} for o in ("worth", "amount", "deadline", "due")],
        "level": [{"level": x} for x in ("RED", "ORANGE", "YELLOW")],
        "rule": [{"rule": r} for r in rules],
        "place": [{"region": r.region} for r in rows if r.region] + [{"buyer": r.buyer_name} for r in rows],
        "word": [{"q": w} for w in ("道路", "学校", "改造 工程")]
        + [{"q": f"第{i}批"} for i in range(0, 300, 7)],
    }
    cases = [f"case?{urlencode({'tender': r.subject_id, 'lang': 'zh'})}" for r in rows]
    return {f"queue, {k}": [f"?{urlencode({**x, 'lang': 'zh'})}" for x in v] for k, v in queue.items()} | {
        "case": cases
    }


SHARES = {"queue, worst": 3, "case": 8}
"""How often a page is asked for, once where nothing is said: readers go from the queue to cases."""


def _read(port: int, visits: Visits, given: argparse.Namespace, pause: float) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in visits}
    until = time.monotonic() + given.seconds
    weights = np.array([SHARES.get(name, 1) for name in visits], float)

    def reader(seed: int) -> None:
        rng = np.random.default_rng(seed)
        time.sleep(rng.random() * min(pause, 5))
        with _session(port) as socket:
            while time.monotonic() < until:
                name = str(rng.choice(list(visits), p=weights / weights.sum()))
                place = str(rng.choice(visits[name]))
                start = time.monotonic()
                _ask(socket, place)
                took[name].append(time.monotonic() - start)
                time.sleep(rng.exponential(pause) if pause else 0)

    threads = [threading.Thread(target=reader, args=(i,)) for i in range(given.readers)]
    for thread in threads:
        thread.start()
    if given.browser:
        took |= _browsed(port, visits, until)
    for thread in threads:
        thread.join()
    return took


def _session(port: int) -> ClientConnection:
    """One reader's connection, which stays open from page to page as a browser's does."""
    stream = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(stream, subprotocols=[Subprotocol("streamlit")], max_size=None, compression=None)


def _ask(socket: ClientConnection, place: str) -> None:
    """Ask for a page and hear all of it."""
    page, _, query = place.partition("?")
    state = ClientState(query_string=query, page_name=page)
    state.context_info.timezone = "Asia/Shanghai"
    socket.send(BackMsg(rerun_script=state).SerializeToString())
    while True:
        message = ForwardMsg.FromString(bytes(socket.recv(timeout=120)))  # type: ignore[arg-type]
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            raise RuntimeError(message.delta.new_element.exception.message)
        if kind == "script_finished":
            return


def _browsed(port: int, visits: Visits, until: float) -> dict[str, list[float]]:
    """The same by one browser: until the page stands still and its table or heading is there."""
    took: dict[str, list[float]] = {}
    rng = np.random.default_rng(99)
    still = "[data-testid=stApp][data-test-script-state=notRunning]"
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(60_000)
        while time.monotonic() < until:
            name = str(rng.choice(["queue, worst", "case"]))
            place = str(rng.choice(visits[name]))
            start = time.monotonic()
            page.goto(f"http://127.0.0.1:{port}/{place}")
            page.locator(".case-head h2" if name == "case" else ".leads tbody tr").first.wait_for()
            there = time.monotonic()
            page.locator(still).wait_for()
            took.setdefault(f"Chromium, {name}, first content", []).append(there - start)
            took.setdefault(f"Chromium, {name}, still", []).append(time.monotonic() - start)
            time.sleep(2)
    return took


@contextmanager
def _serving(workspace: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={port}",
        "--server.headless=true", "--server.fileWatcherType=none",
    ]  # fmt: skip
    environment = {**os.environ, "BIDLENS_WORKSPACE": str(workspace.resolve())}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            yield server, port
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(120):
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("The dashboard did not start.")


def _resident(process: int) -> str:
    """Memory that a process holds for itself, and the most that was resident, files it maps included, in MB.

    Each connection to SQLite maps 128 MB of the database; the system holds these pages once for all.
    """
    lines = dict(x.split(":", 1) for x in Path(f"/proc/{process}/status").read_text().splitlines())
    own, most = (int(lines[name].split()[0]) // 1024 for name in ("RssAnon", "VmHWM"))
    return f"{own:,}, {most:,}"


def _worked(process: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(times: list[float]) -> str:
    if not times:
        return "not asked"
    p50, p95, most = np.percentile(times, [50, 95, 100])
    return f"p50 {p50:6.2f} s   p95 {p95:6.2f} s   most {most:6.2f} s   of {len(times):,}"


if __name__ == "__main__":
    main()
