import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from models.evaluate import OVERALL, REPORT, Curve, ranking, ranking_report


def curve(score: list[float], positive: list[bool]) -> Curve:
    ranked = ranking(np.array(score, dtype=float), np.array(positive))
    return Curve.of(ranked, np.ones(len(score)))


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 4)), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_agrees_with_scikit_learn_under_ties_and_weights(rows: list[tuple[int, bool, int]]) -> None:
    score, positive, weight = (np.array(column) for column in zip(*rows, strict=True))
    if positive.all() or not positive.any():
        return

    found = Curve.of(ranking(score.astype(float), positive), weight.astype(float))

    assert found.roc_auc() == pytest.approx(roc_auc_score(positive, score, sample_weight=weight))
    expected = average_precision_score(positive, score, sample_weight=weight)
    assert found.average_precision() == pytest.approx(expected)


def test_metrics_by_hand() -> None:
    found = dict(curve([4, 3, 2, 1], [True, False, True, False]).metrics(2))

    assert found == pytest.approx(
        {
            "roc_auc": 0.75,
            "average_precision": (1 + 2 / 3) / 2,
            "lift": (1 + 2 / 3) / 2 / 0.5,
            "precision_at_1%": 1.0,
            "recall_at_1%": 0.5,
            "precision_at_5%": 1.0,
            "recall_at_5%": 0.5,
            "precision_at_2": 0.5,
            "recall_at_2": 0.5,
        }
    )


def test_a_constant_score_finds_what_chance_finds() -> None:
    found = dict(curve([0] * 200, [True] * 20 + [False] * 180).metrics(50))

    assert found["roc_auc"] == 0.5
    assert found["precision_at_1%"] == pytest.approx(0.1)
    assert found["recall_at_5%"] == pytest.approx(0.05)
    assert found["lift"] == pytest.approx(1)


def planted(n: int = 400, seed: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = np.random.default_rng(seed)
    ids = [f"T{i:04}" for i in range(n)]
    scheme = ["cover"] * 30 + ["rotation"] * 20 + [None] * (n - 50)
    ring = [f"c{i % 5}" for i in range(30)] + ["r0"] * 20 + [None] * (n - 50)
    value = np.concatenate([rng.normal(3, 1, 30), rng.normal(0, 1, n - 30)])
    scores = pl.DataFrame({"tender_id": ids, "value": value})
    return scores, pl.DataFrame({"tender_id": ids, "scheme": scheme, "ring_id": ring})


def row(report: pl.DataFrame, scheme: str, metric: str) -> dict[str, float]:
    return report.filter(scheme=scheme, metric=metric).row(0, named=True)


def test_each_scheme_is_compared_with_honest_tenders_only() -> None:
    scores, truth = planted()

    report = ranking_report(scores, truth)

    assert report.schema == REPORT
    assert report["scheme"].unique(maintain_order=True).to_list() == [OVERALL, "cover", "rotation"]
    cover, rotation = row(report, "cover", "roc_auc"), row(report, "rotation", "roc_auc")
    assert (cover["rings"], cover["ring_tenders"], cover["honest_tenders"]) == (5, 30, 350)
    assert cover["prevalence"] == pytest.approx(30 / 380)
    assert cover["value"] > 0.95
    assert 0.3 < rotation["value"] < 0.7


def test_intervals_hold_the_value_and_need_two_rings() -> None:
    scores, truth = planted()

    report = ranking_report(scores, truth)

    cover = row(report, "cover", "average_precision")
    assert cover["low"] < cover["value"] < cover["high"]
    assert row(report, "rotation", "roc_auc")["low"] is None


def test_rings_are_wider_units_than_tenders() -> None:
    rng = np.random.default_rng(4)
    ids = [f"T{i:04}" for i in range(600)]
    level = np.repeat(rng.normal(1, 1, 6), 20)
    value = np.concatenate([level + rng.normal(0, 0.2, 120), rng.normal(0, 1, 480)])
    scores = pl.DataFrame({"tender_id": ids, "value": value})
    loose = pl.DataFrame({"tender_id": ids, "scheme": ["cover"] * 120 + [None] * 480})
    ring = pl.Series([f"r{i // 20}" for i in range(120)] + [None] * 480)

    alone, clustered = (
        row(ranking_report(scores, t), "cover", "roc_auc") for t in (loose, loose.with_columns(ring_id=ring))
    )

    assert clustered["high"] - clustered["low"] > 1.5 * (alone["high"] - alone["low"])


def test_row_order_does_not_matter_and_a_seed_repeats() -> None:
    scores, truth = planted()

    first = ranking_report(scores, truth)
    again = ranking_report(scores.reverse(), truth.sample(fraction=1, shuffle=True, seed=2))

    assert first.equals(again)


def test_unscored_tenders_rank_last_and_are_counted() -> None:
    scores, truth = planted()
    blank = scores.with_columns(value=pl.when(pl.col("tender_id") >= "T0010").then("value"))

    cover = row(ranking_report(blank, truth), "cover", "roc_auc")

    assert cover["unscored"] == 10
    assert cover["value"] < 0.75


def test_a_market_without_rings_gives_an_empty_report() -> None:
    scores, truth = planted()

    report = ranking_report(scores, truth.with_columns(scheme=pl.lit(None, pl.String)))

    assert (report.height, report.schema) == (0, REPORT)
