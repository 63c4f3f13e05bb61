from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import binom

from features.catalogue import CATALOGUE, Grain
from features.group.coalition import coalition, coalition_lots, coalition_shadows
from models.artefact import load, save
from models.coalition import Coalition
from models.group_evidence import CONDUCT, PRICES, GroupEvidence
from models.reasons import sentence
from models.scorer import SCORES, SHADOW


def groups(n: int, planted: int, seed: int = 0) -> pl.DataFrame:
    """Groups of three among eight bidders in ten tenders; the first `planted` bid close to each other."""
    rng = np.random.default_rng(seed)
    price = 1000 * np.exp(0.1 * rng.normal(size=(n, 10, 8)))
    close = 1 + 0.002 * rng.random((planted, 10, 3))
    price[:planted, :, :3] = price[:planted, :, :1] * close
    g, t, f = (x.ravel() for x in np.indices(price.shape))
    bids = pl.DataFrame({"g": g, "t": t, "f": f, "price": price.ravel()}).select(
        pl.format("G{}", "g").alias("group_id"), pl.format("T{}-{}", "g", "t").alias("tender_id"),
        pl.format("F{}-{}", "g", "f").alias("bidder_id"), "price", member=pl.col("f") < 3,
    )  # fmt: skip
    entries = bids.filter("member").with_columns(present=pl.lit(3)).lazy()
    lots = coalition_lots(entries, bids.select("tender_id", "bidder_id", "price").lazy())
    own = coalition(lots).with_columns(pl.lit(False).alias(SHADOW))
    shadows = coalition_shadows(lots).with_columns(pl.lit(True).alias(SHADOW))
    tests = {**dict.fromkeys(CONDUCT, 0.5), "identifier_rarity": None, "identifier_pairs": 0, "group_size": 3}
    both = pl.concat([own, shadows]).with_columns(pl.lit(v).alias(k) for k, v in tests.items())
    return both.cast({"identifier_rarity": pl.Float64}).sort(SHADOW, "group_id").collect()


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return groups(60, planted=3)


@pytest.fixture(scope="module")
def fitted(frame: pl.DataFrame) -> Coalition:
    return Coalition().fit(frame)


def test_members_that_bid_like_one_stand_out_and_it_says_by_what(
    fitted: Coalition, frame: pl.DataFrame
) -> None:
    told = fitted.explain(frame)

    assert told.schema == pl.Schema({"group_id": pl.String(), **SCORES})
    assert told.height == 60
    top = told.sort("score", descending=True).head(3)
    assert set(top["group_id"]) == {"G0", "G1", "G2"}
    assert top["reasons"][0][0]["feature"].startswith("coalition_")
    assert "typical here" in sentence(top["reasons"][0].to_list(), "en", Grain.GROUP)


def test_strangers_score_high_no_more_often_than_chance() -> None:
    honest = groups(200, planted=0, seed=1)

    score = Coalition().fit(honest).score(honest)["score"]

    for share in (0.01, 0.05):
        assert (score >= 1 - share).sum() <= binom.ppf(0.999, 200, share)


def test_a_group_that_met_too_seldom_has_no_score(fitted: Coalition, frame: pl.DataFrame) -> None:
    unknown = [pl.lit(None, frame.schema[c]).alias(c) for c in Coalition.inputs]

    scores = fitted.score(frame.head(2).with_columns(unknown))

    assert scores["unscored_reason"].to_list() == ["too_few_meetings"] * 2


@pytest.mark.parametrize("kind", [Coalition, GroupEvidence])
def test_a_stored_model_comes_back_the_same(
    kind: type[Coalition] | type[GroupEvidence], frame: pl.DataFrame, tmp_path: Path
) -> None:
    made = kind().fit(frame)
    sha256 = save(made, tmp_path / "m.zip")

    assert_frame_equal(load(tmp_path / "m.zip", sha256).score(frame), made.score(frame))


def test_evidence_combines_tests_prices_and_traces(frame: pl.DataFrame) -> None:
    scorer = GroupEvidence().fit(frame)
    one = frame.filter(group_id="G9")

    plain = scorer.explain(one)["score"].item()
    tested = scorer.explain(one.with_columns(turn_p=pl.lit(0.001)))
    traced = scorer.explain(one.with_columns(identifier_rarity=pl.lit(20.0), identifier_pairs=pl.lit(1)))
    close = scorer.explain(frame.filter(group_id="G0"))

    assert tested["score"].item() > 0.98 > plain
    assert tested["reasons"][0][0] | {"share": 0} == {
        "feature": "turn_p", "value": 0.001, "typical_low": 0.1, "typical_high": 0.9, "share": 0,
    }  # fmt: skip
    assert traced["score"].item() > 0.99
    assert close["reasons"][0][0]["feature"] == PRICES


def test_a_group_of_which_nothing_is_known_has_no_score(frame: pl.DataFrame) -> None:
    blank = frame.filter(group_id="G9").with_columns(
        pl.lit(None, frame.schema[c]).alias(c) for c in (*CONDUCT, "identifier_pairs", *Coalition.inputs)
    )

    scores = GroupEvidence().fit(frame).score(blank)

    assert scores["unscored_reason"].to_list() == ["tests_unknown"]


def test_every_input_is_a_column_of_groups() -> None:
    assert set(GroupEvidence.inputs) <= set(CATALOGUE.columns(Grain.GROUP))
