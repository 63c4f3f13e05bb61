import numpy as np
import polars as pl
import pytest

from models.evaluate import Curve, ranking
from models.learner import all_learners, balanced, learner
from models.learners.alike import likeness
from models.learners.oriented import agreeing


def market(seed: int, turn: float) -> tuple[pl.DataFrame, np.ndarray]:
    """Own screens tell the label alike everywhere, company in a direction of the market's own."""
    rng = np.random.default_rng(seed)
    label = rng.random(300) < 0.3
    own = rng.normal(size=300) - label
    near = turn * (2.0 * label + rng.normal(size=300))
    return pl.DataFrame(
        {"bid_cv": own, "bid_cv_z": own, "bid_cv_near1_market": near, "market": f"m{seed}"}
    ), label


@pytest.mark.parametrize("name", sorted(all_learners()))
def test_a_learner_ranks_what_it_was_taught(name: str) -> None:
    rows, label = market(1, 1.0)
    other, truth = market(2, 1.0)

    score = all_learners()[name](0).fit(rows, label, np.ones(300)).score(other)

    assert Curve.of(ranking(score, truth), np.ones(300)).roc_auc() > 0.75


def test_company_is_turned_by_what_the_market_itself_says() -> None:
    rows, label = market(1, 1.0)
    turned, truth = market(2, -1.0)
    auc = {}
    for name in ("oriented", "boosting"):
        score = all_learners()[name](0).fit(rows, label, np.ones(300)).score(turned)
        auc[name] = Curve.of(ranking(score, truth), np.ones(300)).roc_auc()

    assert auc["oriented"] > auc["boosting"] + 0.1


def test_a_signal_that_agrees_with_nothing_abstains() -> None:
    rng = np.random.default_rng(0)

    assert agreeing(rng.normal(size=500), rng.normal(size=500)) is None
    assert agreeing(rng.normal(size=500), np.full(500, np.nan)) is None


def test_a_market_that_looks_like_the_target_weighs_more() -> None:
    rng = np.random.default_rng(0)
    names = ["near"] * 200 + ["far"] * 200
    train = pl.DataFrame({"market": names, "bid_cv": np.r_[rng.normal(0, 1, 200), rng.normal(5, 1, 200)]})
    target = pl.DataFrame({"bid_cv": rng.normal(0.5, 1, 150)})

    weight = likeness(train, target)

    assert weight.mean() == pytest.approx(1)
    assert weight[0] > 2 * weight[-1] > 0
    assert np.unique(weight).size == 2
    assert likeness(train.drop("bid_cv"), target).tolist() == [1.0] * 400


def test_both_classes_weigh_the_same() -> None:
    label = np.array([True, False, False, False])

    weight = balanced(label, np.ones(4))

    assert weight[label].sum() == pytest.approx(weight[~label].sum())


def test_a_name_is_given_once() -> None:
    taken = all_learners()["boosting"]

    with pytest.raises(ValueError, match="Learner boosting is registered twice"):
        learner("boosting")(taken)
