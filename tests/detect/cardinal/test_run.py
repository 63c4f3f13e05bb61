import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import detect.cardinal.run as run_module
from detect.cardinal.ini import parse
from detect.cardinal.lines import parts
from detect.cardinal.run import run
from detect.cardinal.settings import Settings, from_sections
from records.source import BadInput

Made = Callable[..., Any]
CODES = ("R003", "R018", "R024", "R025", "R028", "R030", "R035", "R036", "R038", "R048", "R058")
ALL = "\n".join(f"[{code}]" for code in CODES)


def settings(text: str = ALL) -> Settings:
    return from_sections(parse(text, "settings"))


def write(folder: Path, *lines: bytes) -> Path:
    file = folder / "lines.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


@pytest.fixture
def market(release: Made) -> list[bytes]:
    drawn = random.Random(5)
    statuses = ("valid", "valid", "disqualified")

    def made(i: int) -> bytes:
        currency = drawn.choices(("USD", "EUR"), (30, 1 + 30 * (i < 20)))[0]
        firms = drawn.sample("ABCDEFGH", 3)
        bids = [f"{f} {drawn.randint(95, 105)} {drawn.choice(statuses)} {currency}" for f in firms]
        awards = drawn.choice((firms[0], f"{firms[0]} cancelled", ""))
        given = release(f"o{i}", ", ".join(bids), awards, buyer={"id": drawn.choice("XYZ")})
        return json.dumps(given).encode()

    return [made(i) for i in range(120)]


@pytest.mark.parametrize("step", [700, 5000, 20_000])
def test_parts_add_up_to_the_whole(
    step: int, market: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, *market, b"{broken", *market[:3])
    whole = run(file, settings(), maps=True, workers=1)
    size = file.stat().st_size
    several = [(start, min(start + step, size)) for start in range(0, size, step)]
    monkeypatch.setattr(run_module, "parts", lambda *_: several)
    monkeypatch.setattr(run_module, "Parallel", lambda **_: lambda jobs: (f(*a, **k) for f, a, k in jobs))
    assert run(file, settings(), maps=True, workers=2) == whole
    assert any("Line 121 " in warning for warning in whole.warnings)


def test_two_processes_give_what_one_gives(
    market: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, *market)
    monkeypatch.setattr(run_module, "parts", lambda path, n: parts(path, n, least=100))
    several = run(file, settings(), maps=True, workers=2)
    assert several == run(file, settings(), maps=True, workers=1)


def test_without_settings_nothing_is_computed(market: list[bytes], tmp_path: Path) -> None:
    assert run(write(tmp_path, *market), Settings()).json() == b'{"Meta":{}}'


def test_an_empty_file_has_fences_without_numbers(tmp_path: Path) -> None:
    found = json.loads(run(write(tmp_path), settings(), maps=True).json(maps=True))
    assert found["Meta"]["R025"] == {"q1": None, "q3": None, "upper_fence": None, "lower_fence": None}
    assert set(found) == {"Meta", "Maps"}
    assert all(found["Maps"][name] == {} for name in found["Maps"])
    assert len(found["Maps"]) == 8


ONE = b'{"ocid":"%s","tender":{"numberOfTenderers":1,"procurementMethod":"open"%s}}'


@pytest.mark.parametrize(
    ("line", "flagged"),
    [
        (ONE % (b"a", b""), True),
        (ONE % (b"a", b',"status":"cancelled"'), False),
        (ONE % (b"a", b',"procurementMethodDetails":"Out"'), False),
        (ONE % (b"a", b',"procurementMethodDetails":"In"'), True),
        ((ONE % (b"a", b"")).replace(b'"a"', b"5"), False),
        (ONE % (b"\\u0061", b"") + b"\r", True),
        (b"[0]", False),
        (b"null", False),
        (b" \t\r", False),
    ],
)
def test_processes_left_out(line: bytes, flagged: bool, tmp_path: Path) -> None:
    given = settings("[exclusions]\nprocurement_method_details = Out\n[R018]")
    found = run(write(tmp_path, line), given)
    assert found.groups == ({"OCID": {"a": {"R018": 1.0}}} if flagged else {})
    assert found.warnings == []


@pytest.mark.parametrize(
    "line",
    [b"{", b'{"ocid":"a"} x', b"\xef\xbb\xbf{}", b'{"title":"\xff"}', b'{"ocid":"\xff"}', b'{"x":"\\ud800"}'],
)
def test_invalid_lines_are_left_out_and_told(line: bytes, tmp_path: Path) -> None:
    found = run(write(tmp_path, b"", line, ONE % (b"a", b"")), settings("[R018]"))
    assert found.groups == {"OCID": {"a": {"R018": 1.0}}}
    assert [warning.split(",")[0] for warning in found.warnings] == ["Line 2 is left out"]


def test_a_process_on_several_lines_keeps_what_each_says(tmp_path: Path) -> None:
    short = b'{"ocid":"a","tender":{"tenderPeriod":{"startDate":"%s","endDate":"%s"}}}'
    lines = ONE % (b"a", b""), short % (b"2021-01-01T00:00:00Z", b"2021-01-02T00:00:00Z")
    assert run(write(tmp_path, *lines), settings()).groups["OCID"] == {"a": {"R003": 1.0, "R018": 1.0}}


def test_the_main_currency_is_set_or_the_first_that_is_compared(release: Made, judge: Made) -> None:
    market = (
        release("a", "A 1 valid CHF"),
        release("b", "A 1 disqualified EUR, B 2 valid EUR", "B"),
        release("c", "A 1 disqualified USD, B 2 valid USD", "B"),
    )
    first, chosen = judge("[R036]", *market), judge("currency = USD; [R036]", *market)
    assert list(first.groups["OCID"]) == ["b"]
    assert first.warnings == ["2 prices in 'USD' are left out, the main currency is 'EUR'"]
    assert list(chosen.groups["OCID"]) == ["c"]
    quiet = judge("[output]; info_currency_mismatches = true; [R036]", *market)
    assert quiet.groups == first.groups
    assert quiet.warnings == []


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"No such file .* Check the path"):
        run(tmp_path / "none.jsonl", settings())
    with pytest.raises(BadInput, match="directory"):
        run(tmp_path, settings())
