import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.benchmark.frames import Labelled, Unit
from models.benchmark.report import fingerprints
from models.benchmark.splits import ENOUGH, UNITS, Protocol, Split, splits

EVERY = [(protocol, unit) for protocol in Protocol for unit in UNITS[protocol]]


def rows(market: Labelled, unit: Unit, chosen: np.ndarray) -> pl.DataFrame:
    return market.frame(unit)[chosen]


def own(market: Labelled, split: Split) -> np.ndarray:
    return split.train.get(market.name, np.zeros(0, np.int64))


def firms(frame: pl.DataFrame, unit: Unit) -> set[str]:
    if unit == Unit.BID:
        return set(frame["bidder_id"])
    return set(frame["bidders"].explode(empty_as_null=False))


@pytest.mark.parametrize(("protocol", "unit"), EVERY)
@settings(max_examples=4)
@given(seed=st.integers(0, 10_000))
def test_no_tender_is_on_both_sides(
    simulated: list[Labelled], protocol: Protocol, unit: Unit, seed: int
) -> None:
    for market in simulated:
        for split in splits(protocol, market, simulated, unit, seed):
            train, test = rows(market, unit, own(market, split)), rows(market, unit, split.test)

            assert not set(train["tender_id"]) & set(test["tender_id"])


@pytest.mark.parametrize(
    ("protocol", "unit"), [x for x in EVERY if x[0] in (Protocol.DISJOINT, Protocol.FEW)]
)
@settings(max_examples=4)
@given(seed=st.integers(0, 10_000))
def test_no_firm_is_on_both_sides(
    simulated: list[Labelled], protocol: Protocol, unit: Unit, seed: int
) -> None:
    for market in simulated:
        for split in splits(protocol, market, simulated, unit, seed):
            train, test = rows(market, unit, own(market, split)), rows(market, unit, split.test)

            assert not firms(train, unit) & firms(test, unit)


@pytest.mark.parametrize(("protocol", "unit"), EVERY)
def test_both_sides_have_both_classes(simulated: list[Labelled], protocol: Protocol, unit: Unit) -> None:
    for market in simulated:
        for split in splits(protocol, market, simulated, unit):
            label = market.label(unit)[split.test]

            assert min(label.sum(), (~label).sum()) >= ENOUGH


def test_a_left_out_market_gives_no_label(simulated: list[Labelled]) -> None:
    north, south = simulated

    (split,) = splits(Protocol.TRANSFER, north, simulated, Unit.TENDER)

    assert set(split.train) == {south.name}
    assert split.test.size == north.tenders.height


def test_few_labels_are_few(simulated: list[Labelled]) -> None:
    made = splits(Protocol.FEW, simulated[0], simulated, Unit.BID)

    assert made
    assert all(s.train["north"].size < 0.1 * simulated[0].bids.height for s in made)


def test_time_runs_forward_and_only_labels_known_by_then_count(simulated: list[Labelled]) -> None:
    market = simulated[0]
    late = pl.datetime(2100, 1, 1, time_zone="UTC")
    never = Labelled(
        "late", market.tenders.with_columns(label_known=late), market.bids, market.tender_label,
        market.bid_label, market.firms,
    )  # fmt: skip

    (split,) = splits(Protocol.TEMPORAL, market, simulated, Unit.TENDER)
    train, test = (market.tenders[i] for i in (split.train["north"], split.test))

    assert train["closed_at"].max() < test["deadline_at"].min()  # type: ignore[operator]
    assert splits(Protocol.TEMPORAL, never, [never], Unit.TENDER) == []


def test_a_market_without_named_firms_is_no_judge_of_unseen_firms(simulated: list[Labelled]) -> None:
    market = simulated[0]
    nameless = Labelled("x", market.tenders, market.bids, market.tender_label, market.bid_label, firms=False)

    assert splits(Protocol.DISJOINT, nameless, [nameless], Unit.BID) == []


def test_equal_seeds_give_equal_splits(simulated: list[Labelled]) -> None:
    first, again, other = (fingerprints(simulated, seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other
