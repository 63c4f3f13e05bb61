import sys

import polars as pl
import pytest

from benchmarks import rates
from benchmarks.rings import make_market
from detect.rule import all_rules


@pytest.fixture(scope="module")
def honest() -> rates.Honest:
    return rates.measured(make_market(1200, 511, rings=False)[0])


@pytest.mark.slow
def test_no_rule_breaks_its_promise_where_nobody_agrees_anything(honest: rates.Honest) -> None:
    found = rates.table([honest.rates])

    assert found["rule_id"].to_list() == [r.id for r in all_rules().values() if r.rate is not None]
    # Bids of one firm share its record, so that one market of this size says nothing about them.
    assert found.filter(pl.col("chance") < rates.BROKEN, pl.col("counted") != "bid").rows() == []
    assert found.filter(pl.col("counted") == "tender", pl.col("judged") > 300).height >= 9


@pytest.mark.slow
def test_what_is_planted_alone_is_red(honest: rates.Honest) -> None:
    assert honest.red["others"].sum() == 0


def test_hits_are_held_against_the_promise() -> None:
    kept = pl.DataFrame([("Q05", "tender", 1000, 25, 9)], rates.COUNTED, orient="row")
    broken = kept.with_columns(pl.lit(60, pl.Int64).alias("hits"))
    found = rates.table([kept, broken]).row(0, named=True)

    assert (found["judged"], found["hits"], found["share"], found["promise"]) == (2000, 85, 0.0425, 0.02)
    assert found["chance"] < rates.BROKEN
    assert rates.table([kept])["chance"].item() == pytest.approx(0.155, abs=0.005)


def test_the_seed_of_the_sample_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["rates", "--seeds", "62"])

    with pytest.raises(SystemExit, match="Seed 62 made the sample; choose others"):
        rates.main()
