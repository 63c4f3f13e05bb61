import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import bidlens as front_door
from records.simulate import into_store


class Done(NamedTuple):
    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code in {0, 1}, self.err
        return json.loads(self.out)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err.splitlines()]


Bidlens = Callable[..., Done]


@pytest.fixture
def bidlens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bidlens:
    """The whole command, in this process."""
    monkeypatch.setattr(front_door, "refuse_strangers", lambda: None)

    before = signal.getsignal(signal.SIGTERM)

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["bidlens", *words])
        capsys.readouterr()
        try:
            front_door.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            signal.signal(signal.SIGTERM, before)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with records that nobody may change."""
    folder = tmp_path_factory.mktemp("market")
    into_store(folder, 100, 5)
    return folder
