import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detect.cardinal.ini import parse
from detect.cardinal.run import Result, run
from detect.cardinal.settings import from_sections

Plain = dict[str, Any]


@pytest.fixture
def release() -> Callable[..., Plain]:

    def made(ocid: str, bids: str = "", awards: str = "", **more: Any) -> Plain:
        details = [_bid(*bid.split()) for bid in bids.split(", ") if bid]
        found = [_award(*award.split()) for award in awards.split(", ") if award]
        return {"ocid": ocid, "bids": {"details": details}, "awards": found, **more}

    return made


def _bid(firms: str, amount: str, status: str = "valid", currency: str = "USD", *date: str) -> Plain:
    value = {"amount": float(amount), "currency": currency}
    return {"status": status, "value": value, "tenderers": _parties(firms), "date": " ".join(date)}


def _award(firms: str, status: str = "active") -> Plain:
    return {"status": status, "suppliers": _parties(firms)}


def _parties(firms: str) -> list[Plain]:
    return [{"id": firm} for firm in firms.split("+")]


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Result]:

    def of(settings: str, *releases: Plain, **options: Any) -> Result:
        file = tmp_path / "releases.jsonl"
        file.write_text("".join(json.dumps(release) + "\n" for release in releases), encoding="utf-8")
        sections = parse(settings.replace("; ", "\n"), "settings")
        return run(file, from_sections(sections), maps=True, **{"workers": 1, **options})

    return of
