from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from features.build import Build
from features.catalogue import Grain
from models.artefact import load, save
from models.labels import LABEL, SELECTION, UNIT, WEIGHT
from models.reasons import deletion, insertion, sentence, stability
from models.scorer import SCORES
from models.tender_boosting import EVIDENCE, NEAR, TenderBoosting
from records.tables import market_of

Tenders = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def fitted(tenders_of: Tenders) -> TenderBoosting:
    return TenderBoosting().fit(tenders_of())


def test_every_input_is_a_column_of_the_grain_as_of_the_deadline() -> None:
    frame = Build(market_of()).grain(Grain.TENDER, also=TenderBoosting.blocks)

    assert set(TenderBoosting.inputs) <= set(frame.collect_schema())
    assert not [c for c in NEAR if c.endswith("_market")]


def test_scores_carry_the_contract_and_find_what_was_planted(
    fitted: TenderBoosting, tenders_of: Tenders
) -> None:
    fresh = tenders_of(seed=1)

    scores = fitted.score(fresh.drop(LABEL, WEIGHT, UNIT, SELECTION, "truth"))

    extra = {"probability": pl.Float64(), "verdict": pl.String()}
    assert scores.schema == pl.Schema({"tender_id": pl.String(), **SCORES, **extra})
    assert scores["tender_id"].to_list() == fresh["tender_id"].to_list()
    assert roc_auc_score(fresh["truth"], scores["score"]) > 0.8
    assert scores["probability"].is_between(0, 1).all()
    by_verdict = fresh.join(scores, on="tender_id").group_by("verdict").agg(pl.col("truth").mean())
    share = dict(by_verdict.iter_rows())
    assert share["look"] > share["abstain"] > share["pass"]


def test_without_labels_nothing_is_learned_and_it_says_so(tenders_of: Tenders) -> None:
    frame = tenders_of(200).with_columns(pl.lit(None, pl.Boolean).alias(LABEL))

    for unlabelled in (frame, frame.drop(LABEL), tenders_of(200, reviewed=0.1)):
        scores = TenderBoosting().fit(unlabelled).score(unlabelled)
        assert scores["unscored_reason"].unique().to_list() == ["too_few_labels"]


def test_a_single_bid_is_unscored(fitted: TenderBoosting, tenders_of: Tenders) -> None:
    scores = fitted.score(tenders_of(3).with_columns(n_valid=pl.Series([1, None, 4])))

    assert scores["unscored_reason"].to_list() == ["fewer_than_two_bids", "fewer_than_two_bids", None]


def test_an_unknown_value_is_the_middle_and_never_a_reason(
    fitted: TenderBoosting, tenders_of: Tenders
) -> None:
    frame = tenders_of(50).with_columns(pl.lit(None, pl.Float64).alias(EVIDENCE[0]))

    explained = fitted.explain(frame)

    named = explained["reasons"].explode().struct.field("feature").unique().to_list()
    assert explained["score"].null_count() == 0
    assert EVIDENCE[0] not in named


def test_reasons_name_the_planted_columns_in_their_own_units(
    fitted: TenderBoosting, tenders_of: Tenders
) -> None:
    fresh = tenders_of(400, seed=2)

    told = fitted.explain(fresh).sort("score", descending=True).head(30)

    planted = {EVIDENCE[i] for i in (0, 3, 20)}
    firsts = told["reasons"].list.first().struct.field("feature").to_list()
    assert sum(f in planted for f in firsts) >= 27
    reason = told["reasons"][0].to_list()[0]
    of_tender = fresh.filter(pl.col("tender_id") == told["tender_id"][0])
    assert reason["value"] == of_tender[reason["feature"]].item()
    assert reason["typical_low"] < reason["typical_high"]
    assert "typical here" in sentence([reason])


def test_one_tender_alone_scores_as_among_all_in_any_order(
    fitted: TenderBoosting, tenders_of: Tenders
) -> None:
    frame = tenders_of(60)

    scores = fitted.score(frame)

    assert_frame_equal(scores.tail(1), fitted.score(frame.tail(1)))
    assert_frame_equal(scores.reverse(), fitted.score(frame.reverse()))


def test_a_stored_model_comes_back_the_same(
    fitted: TenderBoosting, tenders_of: Tenders, tmp_path: Path
) -> None:
    sha256 = save(fitted, tmp_path / "m.zip")

    restored = load(tmp_path / "m.zip", sha256)

    assert_frame_equal(restored.score(tenders_of(80)), fitted.score(tenders_of(80)))


def test_identities_and_dates_do_not_matter(tenders_of: Tenders) -> None:
    frame = tenders_of(300, reviewed=0.8)
    renamed = frame.with_columns(tender_id="x" + pl.col("tender_id"), deadline_at=pl.lit(None))

    first, other = (TenderBoosting().fit(f).score(f).drop("tender_id") for f in (frame, renamed))

    assert_frame_equal(first, other)


def test_the_base_rate_is_what_the_audit_found(tenders_of: Tenders) -> None:
    audited = tenders_of(300, reviewed=0.8).with_columns(
        pl.when(pl.col(LABEL).is_not_null()).then(0.5).alias(SELECTION)
    )
    share = audited.filter(pl.col(LABEL).is_not_null())[LABEL].mean()

    assert TenderBoosting().fit(audited).base_rate == pytest.approx(share)


def test_reasons_pass_deletion_and_insertion(fitted: TenderBoosting, tenders_of: Tenders) -> None:
    assert fitted.boosted is not None
    inputs, margin = fitted.margins(tenders_of(400, seed=3))
    inputs = inputs[margin > np.quantile(margin, 0.8)]
    middle = np.append(np.full(len(EVIDENCE), 0.5), 5.0)
    contributions = fitted.boosted.contributions(inputs)

    fell = deletion(inputs, contributions, fitted.boosted.margin, middle)
    rose = insertion(inputs, contributions, fitted.boosted.margin, middle)

    assert fell > 0.3
    assert rose > 0.3
    shuffled = np.random.default_rng(1).permuted(contributions, axis=1)
    assert abs(deletion(inputs, shuffled, fitted.boosted.margin, middle)) < fell / 2


def test_reasons_are_stable_under_bootstrap(fitted: TenderBoosting, tenders_of: Tenders) -> None:
    fresh = tenders_of(300, seed=4)
    again = TenderBoosting().fit(tenders_of().sample(fraction=1, with_replacement=True, seed=1))
    found = []
    for model in (fitted, again):
        assert model.boosted is not None
        found.append(model.boosted.contributions(model.margins(fresh)[0]))
    top = np.argsort(-fitted.margins(fresh)[1])[:30]

    assert stability([c[top] for c in found]) > 0.5
