import numpy as np
import polars as pl
import pytest

from models.compare import TABLE, curve, figures, plot, said, versus, worse
from models.labels import LABEL, UNIT, WEIGHT
from models.protocol import Protocol


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    rng = np.random.default_rng(0)
    ids = [f"T{i}" for i in range(300)]
    tests = {"tender_id": ids, LABEL: rng.random(300) < 0.3, WEIGHT: 1.0, UNIT: rng.integers(0, 25, 300)}
    return Protocol(None, "firms may recur", "labels known today", pl.DataFrame(tests))


def scored(protocol: Protocol, strength: float, seed: int = 0, chance: bool = True) -> pl.DataFrame:
    noise = np.random.default_rng(seed).normal(size=300)
    value = 1 / (1 + np.exp(1 - strength * protocol.tests[LABEL].to_numpy() - noise))
    frame = pl.DataFrame({"tender_id": protocol.tests["tender_id"], "score": value})
    return said(frame.with_columns(probability="score") if chance else frame)


def test_a_better_challenger_wins_and_the_interval_says_so(protocol: Protocol) -> None:
    table = versus(scored(protocol, 0.5), scored(protocol, 3.0, seed=1), protocol)

    assert table.schema == TABLE
    row = table.filter(metric="average_precision").row(0, named=True)
    assert 0 < row["low"] < row["difference"] < row["high"]
    assert row["difference"] == pytest.approx(row["challenger"] - row["champion"])
    assert not worse(table)
    assert worse(versus(scored(protocol, 3.0, seed=1), scored(protocol, 0.5), protocol))


def test_equal_models_are_not_worse_and_nobody_is_compared_with_nobody(protocol: Protocol) -> None:
    same = scored(protocol, 1.0)

    assert not worse(versus(same, same, protocol))
    alone = versus(None, same, protocol)
    assert alone.schema == TABLE
    assert alone["champion"].null_count() == alone.height
    assert not worse(alone)


def test_only_models_that_state_chances_have_a_brier_score_and_a_curve(protocol: Protocol) -> None:
    ranks = scored(protocol, 1.0, chance=False)

    assert "brier" not in figures(ranks, protocol)
    assert curve(ranks, protocol) is None
    assert 0 < figures(scored(protocol, 1.0), protocol)["brier"] < 1
    points = curve(scored(protocol, 1.0), protocol)
    assert points is not None
    assert sum(p["tenders"] for p in points) == 300


def test_tenders_without_a_score_rank_last(protocol: Protocol) -> None:
    full = scored(protocol, 3.0)
    positive = protocol.tests.filter(LABEL)["tender_id"].head(40).to_list()
    blank = full.filter(~pl.col("tender_id").is_in(positive))

    assert figures(blank, protocol)["roc_auc"] < figures(full, protocol)["roc_auc"] - 0.1


def test_curves_are_drawn(protocol: Protocol) -> None:
    assert plot(scored(protocol, 1.0), protocol, "a model").startswith(b"\x89PNG")
    assert plot(scored(protocol, 1.0, chance=False), protocol, "a model").startswith(b"\x89PNG")
