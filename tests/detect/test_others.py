from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from detect.explain import explain, explain_parties
from detect.kept import Run, load, save
from detect.others import BID_SCORES, PARTY_SCORES, supporting
from detect.rule import Level, all_rules
from detect.score import score
from detect.terminal.stories import show_party, show_story
from features.catalogue import KEYS, Grain
from models.bid_boosting import BidBoosting
from models.bidder_boosting import BidderBoosting
from models.labels import LABEL, UNIT, WEIGHT
from models.likeness import Likeness
from models.scorer import make, unsupervised
from records.tables import Market, market_of

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def market() -> Market:
    """Sixty tenders: fourteen firms come and go; A, B and C meet in every third and bid alike."""
    rng = np.random.default_rng(0)
    tenders = [
        {"tender_id": f"T{t:02}", "deadline_at": START + timedelta(days=t), "currency": "CNY",
         "batch_id": "b"}
        for t in range(60)
    ]  # fmt: skip
    bids = [
        {"bid_id": f"b{t}{f}", "tender_id": f"T{t:02}", "bidder_id": f, "amount": amount,
         "status": "valid", "won": f == "ABC"[t // 3 % 3], "batch_id": "b"}
        for t in range(60)
        for i, f in enumerate("ABCDEFGHIJKLMNOPQ")
        if (t % 3 == 0 if i < 3 else rng.random() < 0.25)
        for amount in [100_000 + (40 * ((i + t) % 3) if i < 3 else int(rng.integers(1_000, 30_000)))]
    ]  # fmt: skip
    return market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))


def taught(model: type[Likeness]) -> Likeness:
    """A model that learned from noise: what it says matters not, only that it is kept and told."""
    rng = np.random.default_rng(0)
    n, guilty = 60, rng.random(60) < 0.5
    rows = {c: rng.normal(size=n) - guilty for c in model.evidence}
    keys = {k: [f"{k}{i}" for i in range(n)] for k in KEYS[model.grain]}
    context = {"mechanism": "lowest", "n_valid": 5, "n_entered": 9, WEIGHT: 1.0, UNIT: rng.integers(0, 12, n)}
    return model().fit(pl.DataFrame({**keys, **rows, LABEL: guilty}).with_columns(**{
        name: pl.Series(value) if isinstance(value, np.ndarray) else pl.lit(value)
        for name, value in context.items()
    }, label_selection=pl.lit(None, pl.Float64)))  # fmt: skip


@pytest.fixture(scope="module")
def run(market: Market) -> Run:
    groups = [make(name) for name in unsupervised(Grain.GROUP)]
    others = [taught(BidBoosting), taught(BidderBoosting), *groups]
    return score(market, rules=[all_rules()["Q01"], all_rules()["O04"]], others=others)


def test_bids_and_parties_are_scored_and_the_run_names_the_models(run: Run) -> None:
    assert run.bid_scores.schema == BID_SCORES
    assert run.party_scores.schema == PARTY_SCORES
    assert set(run.bid_scores["model"]) == {"bid_boosting", "bidder_boosting"}
    assert set(run.party_scores["grain"]) == {"bidder", "group"}
    assert run.manifest["other_models"] == ["bid_boosting", "bidder_boosting", "coalition", "group_evidence"]


def test_one_tender_is_explained_alike_from_the_whole_run_and_alone(
    run: Run, market: Market, tmp_path: Path
) -> None:
    folder = save(run, tmp_path)

    whole, alone = (explain(r, market, "T03") for r in (load(folder), load(folder, "T03")))

    assert whole.scored == alone.scored
    assert {s.of_id for s in whole.scored} >= {"A", "B", "C"}
    assert all(s.probability is not None and s.verdict for s in whole.scored)
    assert [s.score for s in whole.scored] == sorted((s.score for s in whole.scored), reverse=True)


@pytest.mark.parametrize(("lang", "said"), [("en", "above"), ("zh", "高于同类的")])
def test_scores_are_told_in_the_terminal(run: Run, market: Market, lang: str, said: str) -> None:
    out = Console(record=True, width=200)

    show_story(explain(run, market, "T03", lang), lang, out)

    assert said in out.export_text()


def test_only_scores_that_say_more_than_rules_do_support_an_alert(run: Run) -> None:
    counted = supporting(run.party_scores)

    assert set(counted["grain"]) == {"bidder"}
    known = run.party_scores.filter(model="bidder_boosting").drop_nulls("score")
    assert counted.sort("party_id")["score"].to_list() == known.sort("party_id")["score"].to_list()


def test_a_supported_alert_gains_a_screen_s_weight_at_most_and_never_turns_red(market: Market) -> None:
    rules = [all_rules()[i] for i in ("Q01", "O04", "O01F")]
    alone = score(market, rules=rules)
    run = score(market, rules=rules, others=[taught(BidderBoosting)])
    key = ["grain", "party_id"]

    both = run.party_alerts.join(alone.party_alerts, on=key, suffix="_alone")

    assert both.height == alone.party_alerts.height
    gained = both["attention"] - both["attention_alone"]
    assert gained.is_between(0, 10).all()
    assert (both.filter(pl.col("level_alone") < Level.RED)["level"] < Level.RED).all()


def test_a_party_is_told_with_what_models_say_of_it(run: Run, market: Market) -> None:
    (party,) = [p for p in explain_parties(run, market, run.party_alerts) if p.grain == "group"][:1]
    out = Console(record=True, width=200)

    show_party(party, "en", out)

    assert {s.model for s in party.scored} == {"coalition", "group_evidence"}
    assert "Bids of a group among each other" in out.export_text()
    assert replace(party, scored=[]).scored == []
