from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from models.artefact import load, save
from models.reasons import sentence
from models.stack import Stack

Tenders = Callable[..., pl.DataFrame]
HITS = ("hit B01.1", "hit Q02.1")


def with_hits(tenders: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """A rule that hits what is collusive, and one that hits anything."""
    rng = np.random.default_rng(seed)
    chance = np.where(tenders["truth"].to_numpy(), 0.6, 0.02)
    noise, telling = rng.random(tenders.height) < 0.3, rng.random(tenders.height) < chance
    return tenders.with_columns(pl.Series(HITS[0], noise), pl.Series(HITS[1], telling))


@pytest.fixture(scope="module")
def fitted(tenders_of: Tenders) -> Stack:
    return Stack().fit(with_hits(tenders_of(strength=0.7)))


def test_a_hit_or_a_rarer_tender_never_clears(fitted: Stack, tenders_of: Tenders) -> None:
    fresh = with_hits(tenders_of(300, seed=1), 1)

    chance = fitted.score(fresh)["probability"]

    for hit in HITS:
        assert (fitted.score(fresh.with_columns(pl.lit(True).alias(hit)))["probability"] >= chance).all()


def test_hits_add_to_what_screens_say(fitted: Stack, tenders_of: Tenders) -> None:
    fresh = with_hits(tenders_of(600, seed=2, strength=0.7), 2)
    silent = fresh.with_columns(pl.lit(False).alias(hit) for hit in HITS)

    heard, unheard = (roc_auc_score(fresh["truth"], fitted.score(f)["score"]) for f in (fresh, silent))

    assert heard > unheard + 0.03


def test_reasons_name_rules_and_models_in_words(fitted: Stack, tenders_of: Tenders) -> None:
    fresh = with_hits(tenders_of(200, seed=3), 3)

    told = fitted.explain(fresh).filter(pl.col("score") > 0.9)["reasons"].explode()
    of_rule = told.struct.unnest().filter(feature="hit Q02.1")

    assert of_rule.height
    assert set(of_rule["value"]) == {1.0}
    assert set(of_rule["typical_high"]) == {0.0}
    assert "Rule Q02 hit (version 1): 1 (typical here 0 to 0)" in sentence(of_rule.head(1).to_dicts())
    assert "规则 Q02 命中" in sentence(of_rule.head(1).to_dicts(), "zh")


def test_a_frame_without_a_rule_that_was_learned_from_is_refused(fitted: Stack, tenders_of: Tenders) -> None:
    with pytest.raises(ValueError, match=r"Model stack reads \['hit Q02.1'\], which the frame lacks"):
        fitted.score(with_hits(tenders_of(10)).drop("hit Q02.1"))


def test_a_stored_stack_comes_back_the_same(fitted: Stack, tenders_of: Tenders, tmp_path: Path) -> None:
    sha256 = save(fitted, tmp_path / "m.zip")

    fresh = with_hits(tenders_of(80))

    assert_frame_equal(load(tmp_path / "m.zip", sha256).score(fresh), fitted.score(fresh))
