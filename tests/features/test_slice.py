from collections.abc import Collection
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.build import Build
from features.catalogue import AS_OF, CATALOGUE, KEYS, Grain, Reach
from features.needs import Needs, needs
from features.slice import Scan, sliced
from features.tender import ceiling_place, few_bids, market_dispersion, round_losers, screen_places
from features.tie import service_rates, upload_intensity
from records.simulate import into_store
from records.store import Store
from records.tables import Market, market_of

HISTORIES = (
    ceiling_place, few_bids, market_dispersion, round_losers, screen_places, service_rates, upload_intensity,
)  # fmt: skip
LAST_DIGIT: dict[str, Any] = {"rel_tol": 1e-12, "abs_tol": 1e-12}
"""A grouped sum in Polars adds in no fixed order, and one row is divided otherwise than several."""

AS_IT_COMES: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
    "phases": [Phase.explicit, Phase.generate],
}
"""Every example builds all features: a failing one is told as it is rather than made smaller."""


@pytest.fixture(autouse=True)
def _histories_speak_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in HISTORIES:
        monkeypatch.setattr(module, "ENOUGH", 5)


@cache
def market(seed: int, tenders: int) -> Market:
    with TemporaryDirectory() as folder:
        into_store(Path(folder), tenders, seed, defects=0.02)
        found = {n: f.collect() for n, f in Store(folder).market().to_dict().items()}
    return market_of(**{**found, **more(found, np.random.default_rng(seed))})


def more(found: dict[str, pl.DataFrame], rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Tables that the simulation leaves empty, and ties that it does not make, in no order."""
    tenders, bids = found["tenders"], found["bids"]
    some = tenders.filter(pl.Series(rng.random(tenders.height) < 0.3))
    day = pl.duration(days=pl.lit(pl.Series(rng.integers(1, 40, some.height))))
    dated = some.with_row_index("n").with_columns(
        at=pl.col("deadline_at") - day, later=pl.col("deadline_at") + day
    )
    number = pl.col("n").cast(pl.String)
    amendments = dated.select(
        "tender_id", "batch_id", amendment_id=number, kind=pl.lit("change"), published_at="at",
        touches=pl.lit("scoring"), affects_bids=pl.lit(True),
    )  # fmt: skip
    pairs = (
        bids.select("tender_id", a="bidder_id").join(bids.select("tender_id", b="bidder_id"), on="tender_id")
        .filter(pl.col("a") != pl.col("b")).unique("tender_id", maintain_order=True)
        .join(dated.select("tender_id", "batch_id", "n", "later"), on="tender_id")
    )  # fmt: skip
    paid = pairs.select(
        "tender_id", "batch_id", payment_id=number, from_id="a", to_id="b", amount=pl.lit(7), paid_at="later"
    )
    passed_on = pairs.tail(9).select(
        "tender_id", "batch_id", subcontract_id=number, from_id="a", to_id="b", signed_at="later"
    )
    awards = found["awards"].join(pairs, on="tender_id", suffix="_p")
    replacing = awards.with_columns(
        award_id=pl.concat_str(pl.lit("r"), number),
        changed_from="award_id",
        bidder_id="b",
        awarded_at="later",
    ).select(found["awards"].columns)
    related = pairs.join(tenders.select("tender_id", "buyer_id"), on="tender_id").select(
        "batch_id", from_id="buyer_id", to_id="a", kind=pl.lit("related_to"), valid_from="later"
    )
    takers = pairs.select(
        "tender_id", "batch_id", bidder_id="a", kind=pl.lit("purchase_account"), value_hash=pl.lit("f" * 32)
    )
    number_of = pl.int_range(pl.len())
    again = pl.col("retender_of").is_null() & (number_of % 9 == 0)
    earlier = pl.when(again).then(pl.col("tender_id").shift()).otherwise("retender_of").alias("retender_of")
    method = pl.when(number_of % 3 == 0).then(pl.lit("direct")).otherwise("procurement_method")
    half = tenders["deadline_at"].drop_nulls().sort()[tenders.height // 2].date()
    founded = pl.lit(half) - pl.duration(days=number_of % 40)
    return {
        "tenders": tenders.with_columns(earlier, method.alias("procurement_method")),
        "bidders": found["bidders"].with_columns(founded_on=founded.cast(pl.Date)),
        "amendments": amendments,
        "payments": paid,
        "subcontracts": passed_on,
        "awards": pl.concat([found["awards"], replacing], how="vertical_relaxed"),
        "relations": pl.concat([found["relations"], related], how="diagonal_relaxed"),
        "identifiers": pl.concat([found["identifiers"], takers], how="diagonal_relaxed"),
        "documents": pairs.select(
            "tender_id", "batch_id", document_id=number, bidder_id="a", pages=pl.lit(9)
        ),
    }


@cache
def everything() -> Needs:
    exempt = {c for grain in AS_OF for node in CATALOGUE.on_demand(grain).values() for c in node.columns}
    return needs({grain: set(CATALOGUE.columns(grain)) - exempt for grain in AS_OF})


@cache
def whole(seed: int, tenders: int) -> Build:
    build = Build(market(seed, tenders))
    for grain in AS_OF:
        build.collected(grain)
    return build


def rows(build: Build, grain: Grain, asked: Collection[str]) -> pl.DataFrame:
    made = build.grain(grain).filter(pl.col("tender_id").is_in(list(asked))).sort(KEYS[grain])
    columns = [*KEYS[grain], *(n for n in CATALOGUE.columns(grain) if n in everything().columns[grain])]
    return made.select(*dict.fromkeys(columns)).collect()


def on_slice(seed: int, tenders: int, asked: list[str], reaches: Collection[Reach]) -> Build:
    parts = sliced(Scan(market(seed, tenders)), asked, everything().tables, reaches)
    kept = {name: whole(seed, tenders).table(name) for name in everything().kept}
    ids = pl.LazyFrame({"tender_id": asked})
    wider = Build(parts.wider, kept, asked=ids, needs=everything())
    return Build(parts.own, kept, asked=ids, needs=everything(), wider=wider)


def check(data: st.DataObject, tenders: int) -> None:
    seed = data.draw(st.integers(1, 3))
    ids = market(seed, tenders).tenders.collect()["tender_id"].sort().to_list()
    asked = data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=6, unique=True))
    part = on_slice(seed, tenders, asked, everything().reaches)
    for grain in AS_OF:
        assert_frame_equal(rows(part, grain, asked), rows(whole(seed, tenders), grain, asked), **LAST_DIGIT)


@settings(max_examples=3, **AS_IT_COMES)
@given(st.data())
def test_a_slice_gives_the_rows_of_the_whole_market(data: st.DataObject) -> None:
    check(data, 150)


@pytest.mark.slow
@settings(max_examples=15, **AS_IT_COMES)
@given(st.data())
def test_slices_of_many_markets_give_the_rows_of_the_whole(data: st.DataObject) -> None:
    check(data, 400)


def test_a_reach_that_is_too_small_shows() -> None:
    ids = market(1, 150).tenders.collect().sort("deadline_at")["tender_id"].to_list()[-20:]
    part = on_slice(1, 150, ids, {Reach.TENDER})
    differing = {
        column
        for grain in AS_OF
        for one, other in [(rows(part, grain, ids), rows(whole(1, 150), grain, ids))]
        for column in one.columns
        if one.height != other.height or not one[column].equals(other[column], null_equal=True)
    }
    assert {"past_bids", "partner_overlap"} <= differing


def test_everything_that_tenders_read_says_how_far_it_reaches() -> None:
    assert everything().of_market == frozenset()


def test_what_only_reads_its_tender_needs_no_other() -> None:
    wanted = needs({Grain.TENDER: ["bid_cv"]})
    assert wanted.reaches == {Reach.TENDER}
    asked = market(1, 150).tenders.collect()["tender_id"].to_list()[:1]
    part = sliced(Scan(market(1, 150)), asked, wanted.tables, wanted.reaches).wider
    assert part.tenders.collect()["tender_id"].to_list() == asked
    assert part.identifiers.collect().is_empty()
    assert set(part.bids.collect()["tender_id"]) == set(asked)


def test_a_tender_that_is_not_on_record_has_no_rows() -> None:
    part = on_slice(1, 150, ["nobody's"], everything().reaches)
    assert rows(part, Grain.TENDER, ["nobody's"]).is_empty()
