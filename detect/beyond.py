"""What a score says beyond the hits of rules: nobody is heard twice."""

import polars as pl

from models.scorer import HIT, Scorer


def beyond_hits(scorer: Scorer, tenders: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Scores as they would be had no rule hit: what counts beside the points that hits bring themselves.

    Args:
        scorer: who gave the scores; one that reads no hits is returned as it is.
        tenders: the frame that was scored, with the hits' columns.
        scored: `tender_id, score` at least.

    Returns:
        `tender_id, score`, in the order given.

    """
    told = scored.select("tender_id", "score")
    hits = [name for name in tenders.columns if name.startswith(HIT)]
    if not scorer.reads_hits or not hits:
        return told
    heard = tenders.filter(pl.any_horizontal(hits))
    silent = heard.with_columns(pl.lit(False).alias(name) for name in hits)
    alone = scorer.score(silent).select("tender_id", beyond="score")
    joined = told.join(alone, on="tender_id", how="left", maintain_order="left")
    return joined.select("tender_id", pl.coalesce("beyond", "score").alias("score"))
