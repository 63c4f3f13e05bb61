from typing import Any, Self

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from detect.beyond import beyond_hits
from detect.kept import Run
from detect.rule import Level, Weight, all_rules
from detect.score import score
from features.catalogue import Grain
from models.scorer import HIT
from records.tables import market_of


class Listener:
    """Says .4 of any tender and .6 more where a rule hit."""

    name = title_en = title_zh = must_not_see = "listener"
    grain = Grain.TENDER
    inputs: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    labelled = reads_hits = counts = True

    def fit(self, _: pl.DataFrame) -> Self:
        return self

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        hits = pl.any_horizontal(pl.lit(False), pl.selectors.starts_with(HIT))
        return frame.select("tender_id", score=0.4 + 0.6 * hits, reasons=pl.lit(None))

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        return self.score(frame)

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, _: Any) -> Self:
        return self


class Deaf(Listener):
    reads_hits = False


def test_a_score_counts_as_if_no_rule_had_hit_where_it_reads_hits() -> None:
    tenders = pl.DataFrame({"tender_id": ["T", "U"], f"{HIT}E01.1": [True, False]})
    scored = Listener().score(tenders)

    assert scored["score"].to_list() == [1.0, 0.4]
    assert beyond_hits(Listener(), tenders, scored)["score"].to_list() == [0.4, 0.4]
    assert_frame_equal(beyond_hits(Deaf(), tenders, scored), scored.drop("reasons"))


def judged(scorer: Listener) -> Run:
    bids = [
        {"bid_id": f"{t}{f}", "tender_id": t, "bidder_id": f, "amount": a, "status": "valid", "batch_id": "b"}
        for t, amounts in {"T": (100, 100, 130), "U": (100, 108, 131)}.items()
        for f, a in zip("ABC", amounts, strict=True)
    ]
    tenders = pl.DataFrame({"tender_id": ["T", "U"], "currency": "CNY", "batch_id": "b"})
    return score(market_of(tenders=tenders, bids=pl.DataFrame(bids)), rules=RULES, scorer=scorer)


RULES = [all_rules()["Q01"]]


@pytest.mark.parametrize("scorer", [Listener(), Deaf()])
def test_attention_does_not_grow_by_hits_that_the_score_has_read(scorer: Listener) -> None:
    run = judged(scorer)
    attention = dict(run.scores.select("tender_id", "attention").iter_rows())
    own = score_of(run, "T")

    assert run.hits["tender_id"].unique().to_list() == ["T"]
    points = attention["T"] - Weight.SCREEN * 0.4
    assert points == pytest.approx(judged_without_a_score()["T"])
    assert attention["U"] == pytest.approx(Weight.SCREEN * 0.4)
    assert own == (1.0 if scorer.reads_hits else 0.4)


def test_a_rare_score_that_only_repeats_a_hit_raises_no_level() -> None:
    levels = [judged(s).scores.filter(tender_id="T")["level"].item() for s in (Listener(), Deaf())]

    assert levels[0] == levels[1] < Level.RED


def score_of(run: Run, tender: str) -> float:
    return float(run.scores.filter(tender_id=tender)["score"].item())


def judged_without_a_score() -> dict[str, float]:
    class Silent(Deaf):
        def score(self, frame: pl.DataFrame) -> pl.DataFrame:
            return super().score(frame).with_columns(score=pl.lit(None, pl.Float64))

    return dict(judged(Silent()).scores.select("tender_id", "attention").iter_rows())
