import numpy as np
import pytest
from sklearn import metrics as reference

from models.benchmark.metrics import Judged, calibration, evaluate, metrics, reliability, shifted


def judged(seed: int = 0, n: int = 400) -> Judged:
    rng = np.random.default_rng(seed)
    label = rng.random(n) < 0.3
    score = np.round(label * 0.7 + rng.normal(size=n), 1)
    probability = 1 / (1 + np.exp(-score))
    return Judged(score, probability, 0.6, 0.3, label, np.ones(n), rng.integers(0, 40, n))


def test_metrics_agree_with_scikit_learn() -> None:
    j = judged()
    flagged = j.probability >= j.threshold

    found = dict(metrics(j, j.weight))

    assert found["roc_auc"] == pytest.approx(reference.roc_auc_score(j.label, j.score))
    assert found["average_precision"] == pytest.approx(reference.average_precision_score(j.label, j.score))
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(j.label, flagged))
    assert found["f1"] == pytest.approx(reference.f1_score(j.label, flagged))


def test_weights_are_repeated_rows() -> None:
    j = judged()
    times = np.random.default_rng(1).integers(1, 5, j.label.size)
    score, probability, weight = (np.repeat(x, times) for x in (j.score, j.probability, j.weight))
    label, cluster = np.repeat(j.label, times), np.repeat(j.cluster, times)
    repeated = Judged(score, probability, j.threshold, j.learned, label, weight, cluster)

    weighted, plain = dict(metrics(j, times.astype(float))), dict(metrics(repeated, repeated.weight))

    for name in (
        "roc_auc",
        "average_precision",
        "balanced_accuracy",
        "f1",
        "precision_at_10",
        "recall_at_5%",
    ):
        assert weighted[name] == pytest.approx(plain[name])


def test_brier_is_that_of_rows_drawn_at_the_base_rate() -> None:
    j = judged()
    weight = np.where(j.label, 0.05 / j.label.sum(), 0.95 / (~j.label).sum())
    p = shifted(j.probability, 0.3, 0.05)

    found = dict(calibration(j, 0.05))

    assert found["brier_at_5%"] == pytest.approx(reference.brier_score_loss(j.label, p, sample_weight=weight))


def test_saying_the_base_rate_scores_the_prevalence_and_is_calibrated() -> None:
    j = judged()
    flat = Judged(j.score, np.full(j.label.size, 0.3), 0.5, 0.3, j.label, j.weight, j.cluster)

    found = dict(calibration(flat, 0.01))

    assert found["brier_to_prevalence_at_1%"] == pytest.approx(1.0)


def test_the_bins_of_the_reliability_curve_hold_everything() -> None:
    j = judged()

    bins = reliability(j.probability, j.label, j.weight)

    assert sum(w for _, _, w in bins) == pytest.approx(400)
    assert sum(seen * w for _, seen, w in bins) == pytest.approx(j.label.sum())


def test_the_interval_holds_the_value_and_depends_on_the_seed_alone() -> None:
    j = judged()

    first, again = (evaluate([j, j], resamples=60, seed=3) for _ in range(2))

    assert str(first) == str(again)
    assert first["roc_auc"].low < first["roc_auc"].value < first["roc_auc"].high


def test_a_single_cluster_has_no_interval() -> None:
    j = judged()
    one = Judged(j.score, j.probability, 0.6, 0.3, j.label, j.weight, np.zeros(j.label.size, np.int64))

    assert np.isnan(evaluate([one])["roc_auc"].low)
