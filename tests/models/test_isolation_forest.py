import numpy as np
import pytest

from models.isolation_forest import IsolationForestScorer, average_path, expected_depth


def planted(seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    ranks = np.random.default_rng(seed).uniform(0.01, 0.99, (500, 4))
    ranks[0] = [0.5, 0.999, 0.5, 0.5]
    return ranks


def test_contributions_add_up_to_the_shortening_of_the_path() -> None:
    ranks = planted()
    scorer = IsolationForestScorer()
    scorer.learn({"a": ranks})
    forest = scorer.forests["a"]

    total = scorer.contributions("a", ranks).sum(axis=1)

    depth = -np.log2(scorer.rarity("a", ranks)) * average_path(np.array([forest.max_samples_]))
    root = np.mean([expected_depth(tree.tree_)[0] for tree in forest.estimators_])
    np.testing.assert_allclose(total, root - depth, atol=1e-6)


def test_the_planted_column_contributes_most() -> None:
    ranks = planted()
    scorer = IsolationForestScorer()
    scorer.learn({"a": ranks})

    assert scorer.contributions("a", ranks)[0].argmax() == 1


def test_moving_the_main_reason_back_to_the_middle_lowers_the_score_most() -> None:
    ranks = planted()
    scorer = IsolationForestScorer()
    scorer.learn({"a": ranks})
    rarest = np.argsort(-scorer.rarity("a", ranks))[:25]
    top = scorer.contributions("a", ranks[rarest]).argmax(axis=1)

    drops = np.zeros((25, 4))
    for column in range(4):
        mended = ranks[rarest].copy()
        mended[:, column] = 0.5
        drops[:, column] = scorer.rarity("a", ranks[rarest]) - scorer.rarity("a", mended)

    assert (drops.argmax(axis=1) == top).mean() >= 0.7
    assert drops[np.arange(25), top].mean() > 2 * drops.mean()


def test_combinations_that_never_occur_are_found() -> None:
    rng = np.random.default_rng(3)
    one = rng.uniform(0.01, 0.99, 800)
    ranks = np.column_stack([one, np.clip(one + rng.normal(0, 0.02, 800), 0.01, 0.99)])
    ranks[0] = [0.15, 0.85]
    scorer = IsolationForestScorer()
    scorer.learn({"a": ranks})

    assert (scorer.rarity("a", ranks) < scorer.rarity("a", ranks)[0]).mean() > 0.9


@pytest.mark.parametrize(("n", "path"), [(1, 0.0), (2, 1.0), (3, 1.2074), (256, 10.2448)])
def test_average_path_follows_the_paper(n: int, path: float) -> None:
    assert average_path(np.array([n]))[0] == pytest.approx(path, abs=1e-4)
