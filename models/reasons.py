"""Why a row scores as it does: the largest reasons, how far they can be trusted, and a sentence of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalogue import CATALOGUE, Column, Grain
from models.scorer import HIT, MEAN, REASON, all_models

Array = npt.NDArray[np.float64]

REASONS = 3
_WORDS = {
    "en": ("{label}: {value:.3g}{unit} (typical here {low:.3g} to {high:.3g})", "; ", "Nothing stands out."),
    "zh": ("{label}：{value:.3g}{unit}（此处常见范围 {low:.3g} 至 {high:.3g}）", "；", "无突出特征。"),
}


def largest(rows: pl.DataFrame, columns: Sequence[str], contributions: Array, typical: Array) -> pl.DataFrame:
    """The largest positive contributions of each row with a known value: `row, reasons` (see `REASON`).

    Args:
        rows: `row` and `columns` in their own units.
        columns: in the order of the contributions.
        contributions: shape (rows, columns).
        typical: 10th and 90th percentile, shape (rows, columns, 2).

    """
    known = rows.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
    weight = np.where(np.isfinite(known), np.clip(contributions, 0, None), 0.0)
    total = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    top = np.argsort(-share, axis=1, kind="stable")[:, :REASONS]
    pick = np.arange(len(top))[:, None]
    long = pl.DataFrame(
        {
            "row": np.repeat(rows["row"].to_numpy(), top.shape[1]),
            "feature": np.array(columns, dtype=object)[top].ravel(),
            "value": known[pick, top].ravel(),
            "typical_low": typical[pick, top, 0].ravel(),
            "typical_high": typical[pick, top, 1].ravel(),
            "share": share[pick, top].ravel(),
        },
        schema={"row": pl.UInt32, **dict(REASON)},
    )
    told = long.filter(pl.col("share") > 0)
    return told.group_by("row", maintain_order=True).agg(pl.struct(pl.exclude("row")).alias("reasons"))


def sentence(reasons: Sequence[Mapping[str, Any]], lang: str = "en", grain: Grain = Grain.TENDER) -> str:
    """Reasons of a row of a grain as one sentence in `en` or `zh`, each value beside what is usual there.

    >>> reason = {"feature": "bid_cv", "value": 0.012, "typical_low": 0.05, "typical_high": 0.2, "share": 1.0}
    >>> sentence([reason], "zh")
    '报价变异系数：0.012（此处常见范围 0.05 至 0.2）'
    """
    pattern, between, nothing = _WORDS[lang]
    columns = CATALOGUE.columns(Grain.TENDER) | CATALOGUE.columns(grain)
    said = []
    for r in reasons:
        column = columns.get(r["feature"]) or of_model(r["feature"])
        label = column.zh if lang == "zh" else column.meaning.rstrip(".")
        unit = f" {column.unit}" if column.unit and lang == "en" else ""
        said.append(
            pattern.format(
                label=label, value=r["value"], unit=unit, low=r["typical_low"], high=r["typical_high"]
            )
        )
    return between.join(said) or nothing


def of_model(name: str) -> Column:
    """What a column means that only models read: a rule's hit, a model's percentile, or a firm's mean.

    >>> of_model("hit Q02.1").meaning, of_model("score ecod").zh
    ('Rule Q02 hit (version 1).', '评分：报价与同场关系尾部评分')
    >>> of_model("mean partner_overlap").zh
    '所参与项目的均值：投标人历史同场重合度'

    Raises:
        KeyError: it is none of them.

    """
    kind, _, of = name.partition(" ")
    if f"{kind} " == HIT:
        rule, _, version = of.partition(".")
        return Column(f"Rule {rule} hit (version {version}).", f"规则 {rule} 命中（第 {version} 版）")
    if f"{kind} " == MEAN:
        column = CATALOGUE.columns(Grain.TENDER)[of]
        return Column(
            f"Mean over its tenders: {column.meaning}", f"所参与项目的均值：{column.zh}", column.unit
        )
    scorer = all_models()[of]
    return Column(f"Percentile: {scorer.title_en}.", f"评分：{scorer.title_zh}")


def deletion(
    inputs: Array, contributions: Array, margin: Callable[[Array], Array], middle: Array, steps: int = 5
) -> float:
    """How much faster the score falls when the strongest reasons are taken away first, in log-odds.

    The mean fall over the first `steps` columns replaced by `middle`, less the fall when random columns go
    first. Above zero, the reasons name what the model uses; at zero they might as well be drawn.
    """
    rng = np.random.default_rng(0)
    ranked = np.argsort(-contributions, axis=1)
    random = rng.permuted(np.tile(np.arange(inputs.shape[1]), (len(inputs), 1)), axis=1)
    start = margin(inputs)
    return float(_fall(inputs, ranked, margin, middle, start, steps)) - float(
        _fall(inputs, random, margin, middle, start, steps)
    )


def insertion(
    inputs: Array, contributions: Array, margin: Callable[[Array], Array], middle: Array, steps: int = 5
) -> float:
    """How much faster the score rises from an all-usual row when the strongest reasons are put in first."""
    blank = np.tile(middle, (len(inputs), 1))
    rng = np.random.default_rng(0)
    ranked = np.argsort(-contributions, axis=1)
    random = rng.permuted(np.tile(np.arange(inputs.shape[1]), (len(inputs), 1)), axis=1)
    start = margin(blank)
    rises = [-_fall(blank, order, margin, inputs, start, steps) for order in (ranked, random)]
    return float(rises[0] - rises[1])


def _fall(
    rows: Array, order: npt.NDArray[np.int64], margin: Callable[[Array], Array], into: Array, start: Array,
    steps: int,
) -> float:  # fmt: skip
    """Mean fall of the score as columns take the values of `into`, in the order given."""
    changed, put, pick = rows.copy(), np.broadcast_to(into, rows.shape), np.arange(len(rows))
    falls = []
    for k in range(steps):
        column = order[:, k]
        changed[pick, column] = put[pick, column]
        falls.append(float((start - margin(changed)).mean()))
    return float(np.mean(falls))


def stability(contributions: Sequence[Array], top: int = REASONS) -> float:
    """Mean share of a row's first reasons that two models fitted on resamples have in common.

    >>> stability([np.array([[3.0, 2, 1, 0]]), np.array([[3.0, 2, 0, 1]])], top=2)
    1.0
    """
    first = [np.argsort(-c, axis=1)[:, :top] for c in contributions]
    shared = [
        (a[:, :, None] == b[:, None, :]).any(axis=2).mean()
        for i, a in enumerate(first)
        for b in first[i + 1 :]
    ]
    return float(np.mean(shared))
