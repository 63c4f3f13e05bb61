from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from detect.explain import limits_of
from detect.parameters import in_workspace, read_parameters, tuned
from detect.rule import RULES, Level, Point, Rule, Weight, Words, all_rules, rule
from detect.score import score
from features.catalogue import Grain
from records.source import BadInput
from records.tables import market_of

WORDS = Words("title", "more than {most}", "innocent")
SETS = """
[national]
jurisdiction = "CN"
valid_from = 2020-01-01
owner = "centre"
reason = "trial"
[national.rules.Z9]
most = 5

[province]
jurisdiction = "CN-62"
valid_from = 2024-01-01
valid_to = 2025-01-01
owner = "province"
reason = "trial"
[province.rules.Z9]
most = 2
"""


@pytest.fixture
def many_bids(monkeypatch: pytest.MonkeyPatch) -> Rule:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))

    def predicate(n_bids: pl.Expr, *, most: int = 3) -> pl.Expr:
        return n_bids > most

    options: dict[str, Any] = {"level": Level.YELLOW, "grain": Grain.TENDER, "weight": Weight.SCREEN}
    return rule("Z9", point=Point.OPENING, en=WORDS, zh=WORDS, **options)(predicate)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parameters.toml"
    path.write_text(SETS)
    return path


def test_the_narrowest_set_in_force_at_the_deadline_counts(many_bids: Rule, file: Path) -> None:
    cases = [
        ("CN-62", 2024, 3, "hit", "province"),
        ("CN-62", 2024, 2, "clear", None),
        ("CN-62", 2025, 5, "clear", None),
        ("CN-62", 2025, 6, "hit", "national"),
        ("CN-61", 2024, 5, "clear", None),
        ("CN-61", 2019, 4, "hit", None),
        ("DO", 2024, 4, "hit", None),
    ]
    tenders = pl.DataFrame(
        {
            "tender_id": [f"T{i}" for i in range(len(cases))],
            "jurisdiction": [c[0] for c in cases],
            "deadline_at": [datetime(c[1], 6, 1, tzinfo=UTC) for c in cases],
            "batch_id": "b",
        }
    )
    bids = pl.DataFrame(
        [
            {"bid_id": f"{t}-{b}", "tender_id": f"T{t}", "bidder_id": f"F{b}", "batch_id": "b"}
            for t, case in enumerate(cases)
            for b in range(case[2])
        ]
    )
    run = score(market_of(tenders=tenders, bids=bids), rules=[many_bids], parameters=read_parameters([file]))
    assert run.states.sort("tender_id")["Z9"].to_list() == [c[3] for c in cases]
    hits = {h["tender_id"]: h for h in run.hits.to_dicts()}
    assert {t: h["parameter_set"] for t, h in hits.items()} == {
        f"T{i}": c[4] for i, c in enumerate(cases) if c[3] == "hit"
    }
    assert [limits_of(run.manifest, hits[t])["most"] for t in ("T0", "T3", "T5")] == [2, 5, 3]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (("Z9]\nmost = 2", "Z8]\nmost = 2"), "no rule 'Z8'"),
        (("most = 2", "least = 2"), "no limit 'least'"),
        (("most = 2", "most = 2.5"), "type int"),
        (("most = 2", "most = true"), "type int"),
    ],
)
def test_a_set_for_what_does_not_exist_is_refused(
    many_bids: Rule, file: Path, changed: tuple[str, str], says: str
) -> None:
    file.write_text(SETS.replace(*changed))
    with pytest.raises(BadInput, match=says):
        tuned([many_bids], read_parameters([file]))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (('jurisdiction = "CN-62"', 'jurisdiction = "CN"'), "both hold in CN"),
        (('owner = "province"\n', ""), "owner"),
        (('owner = "province"', 'owner = "province"\ncolour = "red"'), "colour"),
        (("valid_to = 2025-01-01", "valid_to = 2023-01-01"), "the end after the beginning"),
        (("valid_from = 2024-01-01", 'valid_from = "2024"'), "without quotes"),
        (("[province]", "[province"), "cannot be read"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(file: Path, changed: tuple[str, str], says: str) -> None:
    file.write_text(SETS.replace(*changed))
    with pytest.raises(BadInput, match=says):
        read_parameters([file])


def test_shipped_sets_fit_the_rules_and_a_workspace_adds_its_own(file: Path) -> None:
    tuned(list(all_rules().values()), in_workspace(None))
    added = {s.id for s in in_workspace(file.parent)} - {s.id for s in in_workspace(None)}
    assert added == {"national", "province"}
