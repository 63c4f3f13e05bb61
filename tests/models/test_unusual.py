import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from models.scorer import SCORES, Scorer, make, unsupervised
from models.unusual import SCREENS

NAMES = sorted(unsupervised())


def tenders(n: int = 600, seed: int = 1, mechanism: str | None = "lowest") -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    screens = {name: rng.lognormal(0, 0.3, n) for name in SCREENS}
    return pl.DataFrame(
        {
            "tender_id": [f"T{i:05}" for i in range(n)],
            "mechanism": pl.Series([mechanism] * n, dtype=pl.String),
            "n_valid": rng.integers(4, 7, n),
            "partner_overlap": None,
            **screens,
        }
    )


def plant(frame: pl.DataFrame, tender_id: str, **values: float) -> pl.DataFrame:
    chosen = pl.col("tender_id") == tender_id
    return frame.with_columns(
        pl.when(chosen).then(value).otherwise(name).alias(name) for name, value in values.items()
    )


@pytest.fixture(params=NAMES)
def scorer(request: pytest.FixtureRequest) -> Scorer:
    return make(request.param)


def of(scores: pl.DataFrame, tender_id: str) -> dict[str, object]:
    return scores.filter(pl.col("tender_id") == tender_id).row(0, named=True)


def test_scores_carry_the_keys_and_the_contract(scorer: Scorer) -> None:
    scores = scorer.fit(tenders()).score(tenders())

    assert scores.schema == pl.Schema({"tender_id": pl.String(), **SCORES})
    assert scores["tender_id"].to_list() == tenders()["tender_id"].to_list()
    assert scores["score"].is_between(0, 1).all()


@pytest.mark.parametrize("value", [0.001, 50.0])
def test_an_extreme_at_either_end_ranks_high_and_is_the_reason(scorer: Scorer, value: float) -> None:
    planted_screens = ("bid_cv", "bid_spread", "bid_skewness", "step_spread")
    frame = plant(tenders(), "T00007", **dict.fromkeys(planted_screens, value))

    scores = scorer.fit(frame).score(frame)

    planted = of(scores, "T00007")
    assert planted["score"] > 0.9  # type: ignore[operator]
    reasons = planted["reasons"]
    assert isinstance(reasons, list)
    assert {r["feature"] for r in reasons} <= set(planted_screens)
    assert reasons[0]["value"] == value
    assert 0 < reasons[0]["typical_low"] < reasons[0]["typical_high"] < 2


def test_tenders_with_several_extremes_rank_above_the_rest(scorer: Scorer) -> None:
    planted = [f"T{i:05}" for i in range(10)]
    frame = tenders()
    for i, tender_id in enumerate(planted):
        frame = plant(frame, tender_id, **dict.fromkeys(SCREENS[i % 4 : i % 4 + 6], 0.01 if i % 2 else 9.0))

    scores = scorer.fit(frame).score(frame)

    top = scores.sort("score", descending=True).head(12)["tender_id"].to_list()
    assert len(set(planted) & set(top)) >= 9


def test_reasons_are_ordered_shares_and_only_given_at_the_unusual_end(scorer: Scorer) -> None:
    scores = scorer.fit(tenders()).score(tenders())

    told = scores.filter(pl.col("reasons").is_not_null())
    share = pl.element().struct.field("share")
    assert told["score"].min() >= 0.9  # type: ignore[operator]
    assert scores.filter(pl.col("score") > 0.9).height == told.filter(pl.col("score") > 0.9).height
    assert told.select((pl.col("reasons").list.eval(share).list.sum() <= 1.000001).all()).item()
    assert told.select((pl.col("reasons").list.eval(share.diff() <= 0).list.all()).all()).item()


def test_explain_gives_the_same_scores_and_reasons_for_all(scorer: Scorer) -> None:
    scorer.fit(tenders())

    scored, explained = scorer.score(tenders()), scorer.explain(tenders())

    assert_frame_equal(scored.drop("reasons"), explained.drop("reasons"))
    assert explained["reasons"].null_count() == 0
    told = scored.filter(pl.col("reasons").is_not_null())
    assert_frame_equal(told, explained.join(told.select("tender_id"), on="tender_id", how="semi"))


def test_row_order_ids_and_repetition_do_not_matter(scorer: Scorer) -> None:
    frame = tenders()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=5)
    renamed = shuffled.with_columns("x" + pl.col("tender_id"))

    first = scorer.fit(frame).score(frame)
    again = make(scorer.name).fit(shuffled).score(shuffled)
    other = make(scorer.name).fit(renamed).score(renamed)

    assert_frame_equal(first, again, check_row_order=False)
    assert_frame_equal(again.drop("tender_id"), other.drop("tender_id"))


def test_one_tender_alone_scores_as_among_all(scorer: Scorer) -> None:
    frame = tenders()
    scorer.fit(frame)

    assert_frame_equal(scorer.score(frame).tail(1), scorer.score(frame.tail(1)))


def test_unknown_screens_are_not_used_and_not_imputed_as_values(scorer: Scorer) -> None:
    frame = tenders().with_columns(lowest_to_estimate=None, bid_kurtosis=None)

    explained = scorer.fit(frame).explain(frame)

    named = explained["reasons"].explode().struct.field("feature").unique().to_list()
    assert not {"lowest_to_estimate", "bid_kurtosis"} & set(named)
    assert explained["score"].null_count() == 0


def test_one_unknown_value_never_becomes_a_reason(scorer: Scorer) -> None:
    frame = plant(tenders(), "T00003", bid_spread=float("nan")).with_columns(
        pl.when(pl.col("tender_id") != "T00004").then("bid_cv").alias("bid_cv")
    )

    explained = scorer.fit(frame).explain(frame)

    nan_row, null_row = of(explained, "T00003")["reasons"], of(explained, "T00004")["reasons"]
    assert isinstance(nan_row, list)
    assert isinstance(null_row, list)
    assert "bid_spread" not in {r["feature"] for r in nan_row}
    assert "bid_cv" not in {r["feature"] for r in null_row}


def test_a_tender_with_few_known_screens_is_unscored_not_ordinary(scorer: Scorer) -> None:
    blank = pl.when(pl.col("tender_id") != "T00003")
    frame = tenders().with_columns(blank.then(s).alias(s) for s in SCREENS[:8])

    row = of(scorer.fit(frame).score(frame), "T00003")

    assert (row["score"], row["unscored_reason"]) == (None, "screens_unknown")


def test_a_single_bid_and_an_unknown_count_are_unscored(scorer: Scorer) -> None:
    frame = tenders().with_columns(
        n_valid=pl.when(pl.col("tender_id") == "T00001").then(1)
        .when(pl.col("tender_id") != "T00002").then("n_valid")
    )  # fmt: skip

    scores = scorer.fit(frame).score(frame)

    assert of(scores, "T00001")["unscored_reason"] == "fewer_than_two_bids"
    assert of(scores, "T00002")["unscored_reason"] == "fewer_than_two_bids"
    assert scores["score"].null_count() == 2


def test_a_tiny_market_is_not_scored_and_says_so(scorer: Scorer) -> None:
    scores = scorer.fit(tenders(49)).score(tenders(49))

    assert scores["score"].null_count() == 49
    assert scores["unscored_reason"].unique().to_list() == ["market_too_small"]


def test_a_small_market_is_compared_as_a_whole_and_says_so(scorer: Scorer) -> None:
    scores = scorer.fit(tenders(50)).score(tenders(50))

    assert scores["score"].null_count() == 0
    assert scores.select("stratum", "stratum_n").unique().rows() == [("whole market", 50)]


def test_a_thin_mechanism_is_compared_across_mechanisms(scorer: Scorer) -> None:
    frame = pl.concat([tenders(600), tenders(30, seed=2, mechanism="scored")])

    scores = scorer.fit(frame).score(frame)

    strata = scores.head(600)["stratum"].unique().to_list(), scores.tail(30)["stratum"].unique().to_list()
    assert strata == (["lowest · 4-6 bids"], ["any mechanism · 4+ bids"])


def test_percentiles_are_even_within_every_stratum(scorer: Scorer) -> None:
    frame = pl.concat([tenders(600), tenders(300, seed=2, mechanism=None)])

    scores = scorer.fit(frame).score(frame)

    middle = scores.group_by("stratum").agg(pl.col("score").mean())["score"]
    assert middle.to_list() == pytest.approx([0.5, 0.5], abs=0.01)


def test_a_missing_input_is_refused_by_name(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match=r"reads \['bid_cv'\], which the frame lacks"):
        scorer.fit(tenders().drop("bid_cv"))


def test_state_restores_to_the_same_scores(scorer: Scorer) -> None:
    frame = tenders()
    state = scorer.fit(frame).state()

    assert_frame_equal(make(scorer.name).restore(state).score(frame), scorer.score(frame))


def test_reasons_are_empty_where_nothing_stands_out(scorer: Scorer) -> None:
    middle = dict.fromkeys(SCREENS, 1.0)
    frame = plant(tenders(), "T00009", **middle)

    row = of(scorer.fit(frame).explain(frame), "T00009")

    assert row["score"] < 0.05  # type: ignore[operator]
    assert isinstance(row["reasons"], list)


def test_a_tender_is_explained_alike_alone_and_in_company(scorer: Scorer) -> None:
    frame = tenders()
    some = frame.filter(pl.col("tender_id").is_in(["T00004", "T00002"]))

    alone = scorer.fit(frame).explain(some)

    together = scorer.explain(frame).filter(pl.col("tender_id").is_in(["T00004", "T00002"]))
    assert_frame_equal(alone, together)
