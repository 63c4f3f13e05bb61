import numpy as np
import polars as pl
import pytest

from models.ecod import Ecod
from models.unusual import SCREENS


def test_both_tails_of_prices_count_alike_and_are_averaged() -> None:
    ranks = np.array([[0.5, 0.5], [0.01, 0.5], [0.99, 0.5], [0.01, 0.99]])

    rarity = Ecod().rarity("bid_cv,bid_skewness", ranks)

    assert rarity == pytest.approx([0.0, np.log(50) / 2, np.log(50) / 2, np.log(50)])


def test_only_much_company_counts_and_has_one_vote() -> None:
    ranks = np.array([[0.5, 0.5, 0.01], [0.5, 0.5, 0.99], [0.99, 0.99, 0.01]])

    rarity = Ecod().rarity("bid_cv,bid_skewness,partner_overlap", ranks)

    little = -np.log(0.99)
    assert rarity == pytest.approx([little, np.log(100), np.log(50) + little])


def test_contributions_are_the_parts_of_the_score() -> None:
    ranks = np.random.default_rng(0).uniform(0.01, 0.99, (50, 3))
    key = "bid_cv,bid_skewness,partner_overlap"

    parts = Ecod().contributions(key, ranks)

    assert parts.sum(axis=1) == pytest.approx(Ecod().rarity(key, ranks))
    assert (parts >= 0).all()


def test_each_kind_of_evidence_weighs_one_on_average() -> None:
    even = (np.arange(2_000) + 0.5) / 2_000
    parts = Ecod().contributions("bid_cv,bid_skewness,partner_overlap", np.column_stack([even] * 3))

    assert parts[:, :2].sum(axis=1).mean() == pytest.approx(1, abs=0.01)
    assert parts[:, 2].mean() == pytest.approx(1, abs=0.01)


def test_bidders_that_keep_meeting_rank_above_strangers_and_are_the_reason() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "tender_id": [f"T{i}" for i in range(500)],
            "mechanism": "lowest",
            "n_valid": 5,
            "partner_overlap": np.concatenate([rng.uniform(0.5, 0.9, 20), rng.beta(1, 9, 480)]),
            **{name: rng.lognormal(0, 0.3, 500) for name in SCREENS},
        }
    )

    explained = Ecod().fit(frame).explain(frame)

    assert explained["score"].head(20).min() > 0.85  # type: ignore[operator]
    first = explained["reasons"].head(20).list.first().struct.field("feature")
    assert first.unique().to_list() == ["partner_overlap"]
