from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest

from cases.package.chains import chains
from features.tie.ownership import HUB
from records.tables import Market, market_of

AT = datetime(2024, 6, 1, tzinfo=UTC)
NAMES = {"A": "甲", "B": "乙", "C": "丙"}


def _market(*links: tuple[str, str, str, datetime | None, datetime | None]) -> Market:
    schema: dict[str, pl.DataType] = {
        "from_id": pl.String(), "to_id": pl.String(), "kind": pl.String(),
        "valid_from": pl.Datetime("us", "UTC"), "valid_to": pl.Datetime("us", "UTC"),
    }  # fmt: skip
    rows = pl.DataFrame(list(links), schema, orient="row")
    bidders = pl.DataFrame({"bidder_id": ["H"], "name": ["控股公司"], "batch_id": ["b"]})
    return market_of(relations=rows.with_columns(batch_id=pl.lit("b")), bidders=bidders)


def test_the_shortest_path_is_told_link_by_link() -> None:
    market = _market(
        ("H", "A", "owns", None, None), ("H", "X62000123", "employs", None, None),
        ("X62000123", "B", "manages", AT - timedelta(9), None),
    )  # fmt: skip
    (found,) = chains(market, NAMES, AT)
    assert (found.a, found.b) == ("甲", "乙")
    assert [(x.from_name, x.kind, x.to_name) for x in found.links] == [
        ("控股公司", "owns", "甲"), ("控股公司", "employs", "•••23"), ("•••23", "manages", "乙"),
    ]  # fmt: skip
    assert found.links[2].since == AT - timedelta(9)


@pytest.mark.parametrize(
    ("since", "until", "n"),
    [
        (None, None, 1),
        (AT, None, 1),
        (AT + timedelta(1), None, 0),
        (None, AT, 0),
        (None, AT + timedelta(1), 1),
    ],
)
def test_only_what_held_at_the_moment_counts(since: datetime | None, until: datetime | None, n: int) -> None:
    assert len(chains(_market(("A", "B", "owns", since, until)), NAMES, AT)) == n


def test_the_state_ties_nobody() -> None:
    market = _market(
        ("A", "S", "state_owned_by", None, None), ("S", "A", "owns", None, None),
        ("S", "B", "owns", None, None), ("B", "S", "state_owned_by", None, None),
    )  # fmt: skip
    assert chains(market, NAMES, AT) == []


def test_a_fund_with_many_firms_ties_nobody() -> None:
    many = [("H", f"F{n}", "owns", None, None) for n in range(HUB)]
    few = many[: HUB - 3]
    ties = [("H", "A", "owns", None, None), ("H", "B", "owns", None, None)]
    assert chains(_market(*many, *ties), NAMES, AT) == []
    assert len(chains(_market(*few, *ties), NAMES, AT)) == 1


def test_paths_longer_than_four_links_are_left_out() -> None:
    def row_of(*firms: str) -> list[tuple[str, str, str, None, None]]:
        return [(a, b, "owns", None, None) for a, b in pairwise(firms)]

    assert len(chains(_market(*row_of("A", "1", "2", "3", "B")), NAMES, AT)[0].links) == 4
    assert chains(_market(*row_of("A", "1", "2", "3", "4", "B")), NAMES, AT) == []
