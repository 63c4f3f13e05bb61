"""What changed month by month around a run: inputs of models, how often rules hit, how scores lie."""

import polars as pl

from detect.kept import Run
from features.catalogue import Grain
from models.drift import drift, hit_columns
from models.frame import model_frame
from models.scorer import all_models
from records.tables import Market


def drifted(run: Run, market: Market) -> pl.DataFrame:
    """One row per column and month, the most moved first, see `models.drift.DRIFT`.

    Args:
        run: whose hits and scores are looked at.
        market: the records that it read.

    """
    frame = model_frame(market).join(run.scores.select("tender_id", "score"), on="tender_id", how="left")
    frame = hit_columns(run.hits, frame)
    read = {c for cls in all_models(Grain.TENDER).values() for c in cls.inputs if frame[c].dtype.is_numeric()}
    hits = [c for c in frame.columns if c.startswith("hit ")]
    return drift(frame, [*sorted(read), "score", *hits])
