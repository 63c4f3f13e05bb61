"""Scores of bids, firms and groups, as a run keeps them; those of tenders are in `detect.score`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from detect.parties import PARTY, PARTY_GRAINS
from features.build import Build
from features.catalogue import KEYS, Grain
from models.frame import grain_frame
from models.scorer import REASON, Scorer, all_models
from records.tables import Market

_SAID = {
    "model": pl.String(), "score": pl.Float64(), "unscored_reason": pl.String(), "probability": pl.Float64(),
    "verdict": pl.String(), "reasons": pl.List(REASON),
}  # fmt: skip

BID_SCORES = pl.Schema({**dict.fromkeys(KEYS[Grain.BID], pl.String()), **_SAID})
"""What models of bids say of every bid, and models of firms of its bidder; `probability` and `verdict` are
null where a model states none, `reasons` where a row is ordinary."""

PARTY_SCORES = pl.Schema({**PARTY, **_SAID})
"""The same of firms and groups."""


class OtherScores(NamedTuple):
    """What models of other grains than tenders say: their names, `BID_SCORES` and `PARTY_SCORES`."""

    models: tuple[str, ...]
    bids: pl.DataFrame
    parties: pl.DataFrame


NO_SCORES = OtherScores((), BID_SCORES.to_frame(), PARTY_SCORES.to_frame())


def frames_of(build: Build, scorers: Sequence[Scorer]) -> dict[Grain, pl.DataFrame]:
    """What scorers read, by grain."""
    return {grain: grain_frame(build, grain) for grain in dict.fromkeys(s.grain for s in scorers)}


def score_others(
    frames: Mapping[Grain, pl.DataFrame], market: Market, scorers: Sequence[Scorer]
) -> OtherScores:
    """Scores of bids, firms and groups by the models of these grains, from `frames_of` a market.

    Models without labels learn first what is usual in this very market; the others come fitted.
    """
    bids, parties = [BID_SCORES.to_frame()], [PARTY_SCORES.to_frame()]
    for scorer in scorers:
        rows = frames[scorer.grain]
        said = _said(scorer if scorer.labelled else scorer.fit(rows), rows)
        if scorer.grain == Grain.BID:
            bids.append(said.select(BID_SCORES.names()).cast(dict(BID_SCORES)))  # type: ignore[arg-type]
            continue
        party = pl.concat_str(KEYS[scorer.grain], separator="|").alias("party_id")
        named = said.with_columns(pl.lit(scorer.grain.value).alias("grain"), party)
        parties.append(named.select(PARTY_SCORES.names()).cast(dict(PARTY_SCORES)))  # type: ignore[arg-type]
        if scorer.grain == Grain.BIDDER:
            bids.append(_of_bids(market.bids, said))
    return OtherScores(tuple(s.name for s in scorers), pl.concat(bids), pl.concat(parties))


def supporting(party_scores: pl.DataFrame) -> pl.DataFrame:
    """The score that counts towards an alert about a party: `grain, party_id, score`."""
    counted = [name for name in party_scores["model"].unique() if all_models()[name].counts]
    return (
        party_scores.filter(pl.col("model").is_in(counted), pl.col("score").is_not_null())
        .group_by(PARTY.names())
        .agg(pl.col("score").max())
    )


def supporting_inputs() -> set[str]:
    """Columns on which scores that count towards alerts about parties rest."""
    return {
        name
        for cls in all_models().values()
        if cls.counts and cls.grain in PARTY_GRAINS
        for name in cls.inputs
    }


def _said(scorer: Scorer, rows: pl.DataFrame) -> pl.DataFrame:
    """Scores with every column of a run; groups are few, so each gets reasons."""
    found = scorer.explain(rows) if scorer.grain == Grain.GROUP else scorer.score(rows)
    missing = {"probability": pl.Float64(), "verdict": pl.String()}
    none = [pl.lit(None, dtype).alias(name) for name, dtype in missing.items() if name not in found.columns]
    stated = [name for name in missing if name in found.columns]
    kept = ("score", "unscored_reason", "reasons")
    return found.select(*KEYS[scorer.grain], pl.lit(scorer.name).alias("model"), *kept, *none, *stated)


def _of_bids(bids: pl.LazyFrame, firms: pl.DataFrame) -> pl.DataFrame:
    """Scores of firms beside their bids."""
    scored = firms.lazy().filter(pl.col("score").is_not_null())
    said = bids.select(KEYS[Grain.BID]).join(scored, on="bidder_id").select(BID_SCORES.names())
    return said.cast(dict(BID_SCORES)).collect()  # type: ignore[arg-type]
