from pathlib import Path

import polars as pl
import pytest

from detect.elsewhere import HELD, elsewhere
from detect.kept import Run
from detect.rule import all_rules
from detect.score import score
from records.simulate import into_store
from records.store import Store
from records.tables import Market

FACT = ["kind", "kind_b", "value_hash"]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder: Path = tmp_path_factory.mktemp("elsewhere")
    into_store(folder, 300, 6)
    return Store(folder).market()


@pytest.fixture(scope="module")
def run(market: Market) -> Run:
    return score(market, rules=[all_rules()[i] for i in ("E01", "E08", "M01", "P04")], records_version=1)


def test_they_are_the_holders_that_were_counted_less_those_who_share_the_value(
    market: Market, run: Run
) -> None:
    tenders = run.facts.filter(pl.col("holders") > 2)["tender_id"].unique().sort()
    assert tenders.len() > 10
    also = 0
    for tender in tenders:
        facts = run.facts.filter(tender_id=tender)
        found = elsewhere(market, tender, facts)
        sides = pl.concat(facts.select(*FACT, "holders", of=s) for s in ("bidder_a", "bidder_b"))
        counted = sides.group_by(FACT).agg(pl.col("of").n_unique(), pl.col("holders").max())
        named = found.select(*FACT, n=pl.col("also").list.len() + pl.col("names").list.len())
        both = counted.join(named, on=FACT, how="left", nulls_equal=True)
        assert both.filter(pl.col("n").fill_null(0) != pl.col("holders") - pl.col("of")).is_empty()
        also += found["also"].explode().count()
    assert also > 0


def test_values_that_nobody_else_holds_have_no_row(market: Market, run: Run) -> None:
    facts = run.facts.filter(pl.col("holders") == 2).head(1)
    found = elsewhere(market, facts["tender_id"].item(), facts)
    assert found.is_empty()
    assert found.schema == HELD
