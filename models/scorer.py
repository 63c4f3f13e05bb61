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

SHADOW = "shadow"
"""Column of groups that marks sets of random bidders: learned from, never scored."""

SCORE = "score "
"""Start of the name of a column that holds the percentile of another model."""

MEAN = "mean "
"""Start of the name of a column of firms: the mean of a tender's column over the tenders that it entered."""

UNSCORED: dict[str, tuple[str, str]] = {
    "fewer_than_two_bids": ("Fewer than two valid bids: nothing to compare.", "有效报价不足两个，无从比较。"),
    "market_too_small": ("Too few tenders to say what is usual.", "项目数量过少，无法判断何为常态。"),
    "screens_unknown": (
        "Less than half of the stratum's screens are known.",
        "该组一半以上的筛查指标缺失。",
    ),
    "too_few_labels": ("Too few decisions to learn from.", "已有认定过少，无法学习。"),
    "no_comparable_price": ("The bid has no price that can be compared.", "该投标无可比报价。"),
    "too_few_meetings": ("The members met in fewer than three tenders.", "成员同场不足三个项目。"),
    "tests_unknown": ("None of the tests can be made.", "各项检验均无法进行。"),
    "too_few_tenders": ("The firm entered fewer than three tenders.", "该企业参与的项目不足三个。"),
}
"""Why a row has no score: code, then words in en and zh."""


class Scorer(Protocol):
    """A model of one grain. Its docstring's first sentence is what catalogues show.

    `score` gives the keys of the grain and the columns of `SCORES`: a percentile in [0, 1] of how
    unusual a row is within its stratum, null with `unscored_reason` where it cannot be said, and
    up to three reasons for the rows at the unusual end. `explain` gives the
    reasons of every row. `must_not_see` says in words what is kept from the model.
    Where it `counts`, its score adds to the attention of an alert; else it is shown only, since it weighs
    nothing but what rules weigh as well.
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
    must_not_see: str
    counts: bool

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


NO_IDENTITY = "ids, names, dates, amounts of money"
"""What no model sees."""

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


def all_models(grain: Grain | None = None) -> dict[str, type[Scorer]]:
    """Every model in `models`, or those of one grain, by name."""
    discover(models, deep=False)
    return {name: cls for name, cls in sorted(MODELS.items()) if grain in (None, cls.grain)}


def unsupervised(grain: Grain = Grain.TENDER) -> dict[str, type[Scorer]]:
    """The models of a grain that learn from records alone, by name."""
    return {name: cls for name, cls in all_models(grain).items() if not cls.labelled}


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
