"""What a model is to the rest of the house: fit on a frame, score a frame, say why."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar

import polars as pl

import models
from features.catalogue import Grain
from records.discovery import discover

REASON = pl.Struct(
    {
        "feature": pl.String,
        "value": pl.Float64,
        "typical_low": pl.Float64,
        "typical_high": pl.Float64,
        "share": pl.Float64,
    }
)
"""One reason: the value, the 10th and 90th percentile of its stratum, and its share of the score."""

SCORES = pl.Schema(
    {
        "score": pl.Float64(),
        "unscored_reason": pl.String(),
        "stratum": pl.String(),
        "stratum_n": pl.Int64(),
        "reasons": pl.List(REASON),
    }
)
"""What a scorer returns beside the keys of its grain."""

HIT = "hit "
"""Start of the name of a column that says where a rule hit."""

UNSCORED: dict[str, tuple[str, str]] = {
    "fewer_than_two_bids": ("Fewer than two valid bids: nothing to compare.", "有效报价不足两个，无从比较。"),
    "market_too_small": ("Too few tenders to say what is usual.", "项目数量过少，无法判断何为常态。"),
    "screens_unknown": (
        "Less than half of the stratum's screens are known.",
        "该组一半以上的筛查指标缺失。",
    ),
    "too_few_labels": ("Too few reviewed tenders to learn from.", "已复核项目过少，无法学习。"),
}
"""Why a row has no score: code, then words in en and zh."""


class Scorer(Protocol):
    """A model of one grain. Its docstring's first sentence is what catalogues show.

    `score` gives the keys of the grain and the columns of `SCORES`: a percentile in [0, 1] of how
    unusual a row is within its stratum, null with `unscored_reason` where it cannot be said, and
    up to three reasons for the rows at the unusual end. `explain` gives the
    reasons of every row.
    `state` is made of scikit-learn estimators, arrays, strings, numbers, lists and dicts only, so
    that it can be stored without pickling a class of ours; `restore` undoes it.
    `blocks` are on-demand blocks of the grain that its frame must hold. A `labelled` model reads in
    `fit`, and only there, the columns of `models.labels.labelled`; without labels it scores nothing.
    One that `reads_hits` also reads the frame's columns whose names start with `HIT`.
    """

    name: str
    title_en: str
    title_zh: str
    grain: Grain
    inputs: tuple[str, ...]
    blocks: tuple[str, ...]
    labelled: bool
    reads_hits: bool

    def fit(self, frame: pl.DataFrame) -> Self:
        """Learn what is usual."""

    def score(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Say how unusual each row is."""

    def explain(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Say how unusual each row is, with reasons for every one."""

    def state(self) -> dict[str, Any]:
        """What was learned."""

    def restore(self, state: Mapping[str, Any]) -> Self:
        """Take over what was learned before."""


MODELS: dict[str, type[Scorer]] = {}

_Model = TypeVar("_Model", bound=type[Scorer])


def model(cls: _Model) -> _Model:
    """Register a scorer under its `name`.

    Raises:
        ValueError: a scorer of that name exists already.

    """
    if cls.name in MODELS:
        raise ValueError(f"Model {cls.name} is registered twice.")
    MODELS[cls.name] = cls
    return cls


def all_models() -> dict[str, type[Scorer]]:
    """Every model below `models`, by name."""
    discover(models)
    return dict(sorted(MODELS.items()))


def unsupervised() -> dict[str, type[Scorer]]:
    """The models that learn from records alone, by name."""
    return {name: cls for name, cls in all_models().items() if not cls.labelled}


def make(name: str) -> Scorer:
    """A new, unfitted scorer.

    Raises:
        ValueError: no such model.

    """
    known = all_models()
    if name not in known:
        raise ValueError(f"There is no model {name!r}; there are {sorted(known)}.")
    return known[name]()


def require(frame: pl.DataFrame, columns: tuple[str, ...], name: str) -> None:
    """Refuse a frame that lacks inputs of a model.

    Raises:
        ValueError: names the missing columns.

    """
    if missing := sorted(set(columns) - set(frame.columns)):
        raise ValueError(
            f"Model {name} reads {missing}, which the frame lacks; build the grain's frame first."
        )
