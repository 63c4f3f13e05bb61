from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from features.build import Build
from features.catalogue import KEYS, Grain
from models.artefact import load, save
from models.bid_boosting import BidBoosting
from models.bidder_boosting import BidderBoosting
from models.frame import grain_frame
from models.labels import LABEL, SELECTION, UNIT, WEIGHT
from models.likeness import Likeness
from models.protocol import draw
from models.reasons import sentence
from models.scorer import SCORES
from records.tables import Market, market_of

START = datetime(2020, 1, 1, tzinfo=UTC)
MODELS = [BidBoosting, BidderBoosting]


def rows_of(model: type[Likeness], n: int = 600, seed: int = 0) -> pl.DataFrame:
    """Rows of 60 firms in 20 companies, a quarter of which collude, which lowers some columns."""
    rng = np.random.default_rng(seed)
    company = rng.integers(0, 20, n)
    collusive = (company % 4 == 0) & (rng.random(n) < 0.8)
    columns = {c: rng.normal(0, 1, n) - collusive * (i in (1, 5)) for i, c in enumerate(model.evidence)}
    seen = rng.random(n) < 0.6
    keys = {
        "tender_id": [f"T{i // 3:05}" for i in range(n)],
        "bidder_id": [f"F{c}-{i}" for i, c in enumerate(company)],
        "bid_id": [f"b{i}" for i in range(n)],
    }
    return pl.DataFrame(
        {
            **{name: keys[name] for name in KEYS[model.grain]},
            "mechanism": "lowest",
            "n_valid": 5,
            "n_entered": rng.integers(3, 40, n),
            "deadline_at": [START + timedelta(days=i // 3) for i in range(n)],
            **columns,
            "truth": collusive,
            LABEL: pl.Series([bool(c) if s else None for c, s in zip(collusive, seen, strict=True)]),
            WEIGHT: pl.Series([1.0 if s else None for s in seen]),
            UNIT: company,
            SELECTION: pl.Series([None] * n, dtype=pl.Float64),
        }
    )


@pytest.fixture(scope="module", params=MODELS, ids=lambda m: m.name)
def model(request: pytest.FixtureRequest) -> type[Likeness]:
    kind: type[Likeness] = request.param
    return kind


@pytest.fixture(scope="module")
def fitted(model: type[Likeness]) -> Likeness:
    return model().fit(rows_of(model))


def test_scores_carry_the_contract_and_find_what_was_planted(fitted: Likeness, model: type[Likeness]) -> None:
    fresh = rows_of(model, seed=1)

    scores = fitted.score(fresh.drop(LABEL, WEIGHT, UNIT, SELECTION, "truth"))

    keys = dict.fromkeys(KEYS[model.grain], pl.String())
    assert scores.schema == pl.Schema({**keys, **SCORES, "probability": pl.Float64(), "verdict": pl.String()})
    assert roc_auc_score(fresh["truth"], scores["score"]) > 0.75
    assert scores["probability"].is_between(0, 1).all()


def test_reasons_are_told_in_both_languages(fitted: Likeness, model: type[Likeness]) -> None:
    told = fitted.explain(rows_of(model, 300, seed=2)).sort("score", descending=True).head(20)

    firsts = told["reasons"].list.first().struct.field("feature").to_list()
    assert sum(f in (model.evidence[1], model.evidence[5]) for f in firsts) >= 14
    assert "typical here" in sentence(told["reasons"][0].to_list(), "en", model.grain)
    assert "此处常见范围" in sentence(told["reasons"][0].to_list(), "zh", model.grain)


def test_a_stored_model_comes_back_the_same(fitted: Likeness, model: type[Likeness], tmp_path: Path) -> None:
    sha256 = save(fitted, tmp_path / "m.zip")

    fresh = rows_of(model, 60)
    assert_frame_equal(load(tmp_path / "m.zip", sha256).score(fresh), fitted.score(fresh))


def test_rows_that_cannot_be_judged_say_why() -> None:
    bids = rows_of(BidBoosting).with_columns(
        n_valid=pl.when(pl.int_range(pl.len()) == 0).then(1).otherwise("n_valid"),
        bid_to_lowest=pl.when(pl.int_range(pl.len()) == 1).then(None).otherwise("bid_to_lowest"),
    )
    firms = rows_of(BidderBoosting).with_columns(
        n_entered=pl.when(pl.int_range(pl.len()) == 0).then(2).otherwise("n_entered")
    )

    of_bids = BidBoosting().score(bids)["unscored_reason"]
    of_firms = BidderBoosting().score(firms)["unscored_reason"]

    assert of_bids.head(3).to_list() == ["fewer_than_two_bids", "no_comparable_price", "too_few_labels"]
    assert of_firms.head(2).to_list() == ["too_few_tenders", "too_few_labels"]


def market(tenders: int = 12) -> Market:
    bids = [
        {"bid_id": f"b{t}{f}", "tender_id": f"T{t}", "bidder_id": f, "amount": 100 + 7 * i + t % 3,
         "status": "valid", "won": i == 0, "batch_id": "b"}
        for t in range(tenders)
        for i, f in enumerate("ABC")
    ]  # fmt: skip
    closing = [{"tender_id": f"T{t}", "deadline_at": START + timedelta(days=t), "currency": "CNY",
                "batch_id": "b"} for t in range(tenders)]  # fmt: skip
    return market_of(tenders=pl.DataFrame(closing), bids=pl.DataFrame(bids))


@pytest.mark.parametrize(("grain", "n"), [(Grain.BID, 36), (Grain.BIDDER, 3)])
def test_the_frame_of_a_grain_has_a_row_per_key_and_every_input(grain: Grain, n: int) -> None:
    frame = grain_frame(Build(market()), grain)

    model = {Grain.BID: BidBoosting, Grain.BIDDER: BidderBoosting}[grain]
    assert frame.height == frame.select(KEYS[grain]).n_unique() == n
    assert set(model.inputs) <= set(frame.columns)


def test_nothing_that_came_after_the_deadline_is_in_a_bid_s_row() -> None:
    long, short = (grain_frame(Build(market(n)), Grain.BID) for n in (12, 6))

    assert_frame_equal(
        short.sort("bid_id"), long.join(short.select("bid_id"), on="bid_id", how="semi").sort("bid_id")
    )


@pytest.mark.parametrize("kind", MODELS, ids=lambda m: m.name)
def test_the_frozen_test_shares_no_firm_and_no_tender_with_training(kind: type[Likeness]) -> None:
    frame = rows_of(kind)
    if kind is BidBoosting:
        decided = frame.filter(pl.col(LABEL).is_not_null()).select(
            "tender_id", "bidder_id", decision_id="bid_id", kind=pl.lit("court"), collusive=LABEL,
            strength=pl.lit(1.0), known_at=pl.col("deadline_at") + pl.duration(days=1), batch_id=pl.lit("b"),
        )  # fmt: skip
        records = market_of(
            bids=frame.select("tender_id", "bidder_id", "bid_id", batch_id=pl.lit("b")), decisions=decided
        )
    else:
        records = market_of()

    trial = draw(records, frame, grain=kind.grain)

    assert trial is not None
    for key in trial.protocol.keys:
        assert not set(trial.training[key]) & set(trial.test[key])
    assert (trial.protocol.cut is None) == (kind is BidderBoosting)
