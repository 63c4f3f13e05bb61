import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.champion import load_champion
from models.promotion import fetch, promote
from models.registry import train
from models.tracking import ANYONES
from models.unusual import COMPANY, SCREENS
from records.source import BadInput


def tenders(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    screens = {name: rng.lognormal(0, 0.3, 300) for name in (*SCREENS, *COMPANY)}
    return pl.DataFrame(
        {"tender_id": [f"T{i}" for i in range(300)], "mechanism": "lowest", "n_valid": 5, **screens}
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = (
        f"-m mlflow server --host 127.0.0.1 --port {port} --workers 1 "
        f"--backend-store-uri sqlite:///{folder}/mlflow.db --artifacts-destination {folder}/artefacts"
    )
    log = (folder / "log").open("wb")
    served = subprocess.Popen(
        [sys.executable, *words.split()], stdout=log, stderr=log, start_new_session=True, cwd=folder,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
    )  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}", served, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(30)
        log.close()


def _wait(address: str, served: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except OSError:
            assert served.poll() is None, log.read_text()
            time.sleep(0.5)
    raise AssertionError(log.read_text())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a server is ended with its process group")
def test_what_one_workspace_promotes_on_a_server_another_fetches(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BIDLENS_MLFLOW_URI", raising=False)
    monkeypatch.setenv(ANYONES, address)
    here, there = tmp_path / "here", tmp_path / "there"
    with pytest.raises(BadInput, match=rf"No version of ecod was promoted.*{address}"):
        fetch(there, "ecod")

    train(tenders(), "ecod", here)
    second = train(tenders(seed=1), "ecod", here)
    assert promote(here, "ecod") == second.version == 2
    assert load_champion(there) is None
    assert fetch(there, "ecod") == 2

    assert not (here / "mlflow.db").exists()
    ours, theirs = load_champion(here), load_champion(there)
    assert ours is not None
    assert theirs is not None
    assert_frame_equal(theirs.score(tenders(2)), ours.score(tenders(2)))
