"""One score from everything: hits of rules, scores of how unusual a tender is, screens and company.

Rules are to the right of models, so their hits come in as columns of the frame (`HIT`, made by
`detect.score.hits_of`); a frame without such columns trains a stack that knows no rule.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import polars as pl

from models.scorer import HIT, NO_IDENTITY, SCORE, Scorer, make, model, require, unsupervised
from models.strata import Array
from models.tender_boosting import TenderBoosting


@model
class Stack(TenderBoosting):
    """Weighs hits of rules, anomaly scores, screens and company by what was found collusive, in one score.

    The boosting of `tender_boosting` with two more kinds of columns: whether each rule hit, and the
    percentile of each unsupervised model. Both are monotone, since theory says that a hit or a rare tender
    never clears; screens and company are free, since their direction differs between markets. An unknown
    percentile counts as 0. The column of a hit names the rule and its version, and a frame that lacks one
    of them is refused: a rule that was changed is another witness.
    """

    name = "stack"
    title_en = "Everything weighed together"
    title_zh = "综合评分"
    reads_hits = True
    must_not_see = f"{NO_IDENTITY}, outcomes; labels in `fit` only"

    def __init__(self) -> None:
        super().__init__()
        self.hits: tuple[str, ...] = ()
        self.voices: dict[str, Scorer] = {}

    @property
    def extras(self) -> tuple[str, ...]:
        """Hits and scores, beside the screens."""
        return (*self.hits, *(f"{SCORE}{name}" for name in self.voices))

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn from labels as `tender_boosting` does; the unsupervised voices learn without them."""
        require(frame, self.inputs, self.name)
        self.hits = tuple(sorted(c for c in frame.columns if c.startswith(HIT)))
        self.voices = {name: make(name).fit(frame) for name in unsupervised()}
        return super().fit(frame)

    def state(self) -> dict[str, Any]:
        """What was learned, the voices with it."""
        voices = {name: voice.state() for name, voice in self.voices.items()}
        return {**super().state(), "hits": list(self.hits), "voices": voices}

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Undo `state`."""
        self.hits = tuple(state["hits"])
        self.voices = {name: make(name).restore(of) for name, of in state["voices"].items()}
        return super().restore(state)

    def seen(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the voices' percentiles; hits must be there.

        Raises:
            ValueError: a rule's hits are missing.

        """
        require(frame, self.hits, self.name)
        said = [
            voice.score(frame).select("tender_id", pl.col("score").alias(f"{SCORE}{name}"))
            for name, voice in self.voices.items()
        ]
        for one in said:
            frame = frame.join(one, on="tender_id", how="left", maintain_order="left")
        return frame

    def usual(self) -> Array:
        """No hit, and percentiles as they lie by what they are."""
        return np.array([(0.0, 0.0)] * len(self.hits) + [(0.1, 0.9)] * len(self.voices)).reshape(-1, 2)
