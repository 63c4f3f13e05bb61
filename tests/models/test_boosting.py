import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from models.boosting import FEWEST, Boosted, TooFewLabelsError, _folds, learn, reliability


def rows_of(n: int, seed: int, share: float = 0.2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, 30, n)
    positive = rng.random(n) < share
    rows = rng.random((n, 6))
    rows[positive, :2] **= 3
    return rows, positive, unit


@pytest.fixture(scope="module")
def reviewed() -> Boosted:
    rows, positive, unit = rows_of(800, 0)
    return learn(rows, positive, np.ones(800), unit, np.ones(800, dtype=bool))


def test_ranks_unseen_rows_and_states_calibrated_chances(reviewed: Boosted) -> None:
    rows, positive, _ = rows_of(4000, 1)

    chance = reviewed.probability(reviewed.margin(rows), 0.2)

    assert reviewed.cleared
    assert roc_auc_score(positive, chance) > 0.7
    assert np.mean((chance - positive) ** 2) < 0.16 * 0.97
    assert chance.mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.5])
def test_a_base_rate_moves_the_odds_so_that_chances_hold_there(reviewed: Boosted, rate: float) -> None:
    rows, positive, _ = rows_of(20000, 2, share=rate)

    chance = reviewed.probability(reviewed.margin(rows), rate)

    assert chance.mean() == pytest.approx(rate, rel=0.35)
    assert np.mean((chance - positive) ** 2) < rate * (1 - rate)


def test_unreviewed_tenders_are_not_taken_for_clean_ones() -> None:
    rows, positive, unit = rows_of(3000, 3)
    known = positive & (np.random.default_rng(0).random(3000) < 0.3)

    found = learn(rows, known, np.ones(3000), unit, known)
    fresh, truth, _ = rows_of(6000, 4)
    chance = found.probability(found.margin(fresh), 0.2)

    assert not found.cleared
    assert roc_auc_score(truth, chance) > 0.68
    assert chance.mean() == pytest.approx(0.2, abs=0.04)


def test_too_few_labels_are_refused() -> None:
    rows, positive, unit = rows_of(300, 5)
    few = positive & (np.cumsum(positive) < FEWEST)

    with pytest.raises(TooFewLabelsError, match="19 collusive labels and 281 other tenders; 20 of each"):
        learn(rows, few, np.ones(300), unit, np.ones(300, dtype=bool))


def test_a_fold_holds_whole_companies_and_some_of_the_collusive() -> None:
    _, positive, unit = rows_of(500, 6)

    fold = _folds(positive, unit, np.ones(500, dtype=bool), np.random.default_rng(0))

    assert all(len(set(fold[unit == u])) == 1 for u in set(unit))
    assert set(fold[positive]) == set(range(5))


def test_monotone_columns_never_lower_the_score() -> None:
    rows, positive, unit = rows_of(400, 7)
    found = learn(rows, positive, np.ones(400), unit, np.ones(400, dtype=bool), monotone=[1, 1, 0, 0, 0, 0])
    higher = rows.copy()
    higher[:, 0] += 0.2

    assert (found.margin(higher) >= found.margin(rows) - 1e-9).all()


def test_contributions_add_up_to_the_margin(reviewed: Boosted) -> None:
    rows, _, _ = rows_of(50, 8)

    rest = reviewed.margin(rows) - reviewed.contributions(rows).sum(axis=1)

    assert rest == pytest.approx(np.full(50, rest[0]))


def test_reliability_counts_every_row_once() -> None:
    rng = np.random.default_rng(0)
    chance = expit(rng.normal(size=105))

    found = reliability(chance, rng.random(105) < chance, np.ones(105))

    assert found.shape == (10, 3)
    assert found[:, 2].sum() == 105
    assert (np.diff(found[:, 0]) > 0).all()
