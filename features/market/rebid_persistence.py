"""Who was lowest stays lowest: rebids after a round that no bid won (Kawai and Nakabayashi 2022).

When all first bids exceed a secret reserve, the firms bid again. Where the first bids i(1) and i(2) differ
by a hair, either firm may be lowest next, under competition about as often as i(2) and i(3) change places
when *they* differ by a hair. Where the winner is agreed, the others keep clear of it: i(1) and i(2) hardly
ever change places, i(2) and i(3) as if by the toss of a coin. The published test compares the distributions of
the second-round differences of both pairs; this one compares how often they change sign, and was derived from
that description, not from the authors' code. A lower bid stands further from its neighbour, even within a margin,
so the shares are compared at equal distance.
"""  # noqa: E501

import numpy as np
import polars as pl
from scipy.special import ndtr

from features.false_discovery import adjusted
from features.hypergeometric import upper_tail
from features.market.outcome import Outcome, require
from features.segments import Bools, Floats

FEWEST = 30
"""Close pairs of either kind without which the test says nothing."""

SOURCE = "Kawai and Nakabayashi 2022"

_INVALID = (
    "costs that last from round to round and differ most at the bottom: the lowest stays lowest lawfully",
    "first bids that are made known between the rounds, so that firms react to each other",
    "firms that leave after the first round for reasons of price",
    "a margin so wide that close is not close: a clear leader seldom changes (try a smaller one)",
    "rounds that a reader joined wrongly: see how `rebids` finds them",
)


def rebid_persistence(rebids: pl.LazyFrame, *, margin: float = 0.01) -> Outcome:
    """Whether the lowest and second lowest of a round change places less often than the second and third.

    Only pairs whose first bids lie within `margin` of the scale and that both bid again count. `statistic`
    is by how much less often i(1)/i(2) change places than i(2)/i(3) whose first bids lie as far apart (least
    squares on the distance, one slope for both): near zero under competition, up to a half where the
    winner is agreed. The one-sided p-value is normal, with an error that allows any dependence within a
    round: one that has both pairs close counts i(2) twice, in opposite directions.

    Args:
        rebids: as the function `rebids` gives them.
        margin: largest difference of two first bids, as a share of the scale.

    Returns:
        `details`: `persistence`, how often the lowest of a round is lowest in the next, over all rounds;
        `changed_12` and `changed_23`, the two shares; `pairs_12` and `pairs_23`, how many pairs they rest on.

    Raises:
        ValueError: fewer than `FEWEST` close pairs of either kind.

    >>> rng = np.random.default_rng(1)
    >>> first, second = np.sort(rng.uniform(0.95, 0.96, (200, 3))), rng.uniform(0.9, 0.91, (200, 3))
    >>> columns = {f"{name}_{k + 1}": bids[:, k] for name, bids in {"first": first, "second": second}.items()
    ...            for k in range(3)}
    >>> found = rebid_persistence(pl.LazyFrame({**columns, "lowest": second.min(axis=1)}))
    >>> bool(found.p_value > 0.05), found.n
    (True, 200)
    """
    rows = rebids.sort(pl.all()).collect()
    close, changed = _pairs(rows, margin)
    n = close.sum(axis=0)
    for k, name in enumerate(("lowest and second", "second and third")):
        more = "Take more tenders, or a wider margin."
        require("Rebid persistence", int(n[k]), FEWEST, f"close pairs of {name} lowest bids", more)
    share = (close & changed).sum(axis=0) / n
    less, p = _compared(rows, close, changed)
    kept = rows.filter(pl.col("second_1").is_not_null()).select(
        (pl.col("second_1") <= pl.col("lowest")).mean()
    )
    return Outcome(
        "rebid persistence",
        statistic=less,
        n=int(close.any(axis=1).sum()),
        unit="rounds with a close pair",
        p_value=p,
        invalid_if=_INVALID,
        source=SOURCE,
        details={
            "persistence": float(kept.item()),
            "changed_12": float(share[0]),
            "changed_23": float(share[1]),
            "pairs_12": float(n[0]),
            "pairs_23": float(n[1]),
        },
    )


def _bids(rows: pl.DataFrame, name: str) -> Floats:
    columns = (pl.col(f"{name}_{k}").cast(pl.Float64).fill_null(float("nan")) for k in (1, 2, 3))
    return rows.select(columns).to_numpy()


def _pairs(rows: pl.DataFrame, margin: float) -> tuple[Bools, Bools]:
    """Per round, for i(1)/i(2) and i(2)/i(3): close and both bid again, not equally; changed places."""
    with np.errstate(invalid="ignore"):
        apart, later = np.diff(_bids(rows, "first"), axis=1), np.diff(_bids(rows, "second"), axis=1)
        return (apart < margin) & ~np.isnan(later) & (later != 0), later < 0


def _compared(rows: pl.DataFrame, close: Bools, changed: Bools) -> tuple[float, float]:
    """By how much less often the first column changes at equal distance, and its one-sided p-value."""
    of_round, kind = np.nonzero(close)
    apart = np.diff(_bids(rows, "first"), axis=1)[close]
    x = np.column_stack([np.ones(kind.size), apart, kind == 0])
    inverse, y = np.linalg.pinv(x.T @ x), changed[close].astype(np.float64)
    beta = inverse @ (x.T @ y)
    scores = x * (y - x @ beta)[:, None]
    by_round = np.array([np.bincount(of_round, weights=column) for column in scores.T])
    error = float(np.sqrt(max((inverse @ (by_round @ by_round.T) @ inverse)[2, 2], 0.0)))
    return float(-beta[2]), float(ndtr(beta[2] / error)) if error > 0 else 1.0


def persistent_firms(rebids: pl.LazyFrame, *, margin: float = 0.01, fewest: int = 5) -> pl.DataFrame:
    """Firms that are too seldom overtaken, or overtake too seldom, when they or their neighbour are lowest.

    A firm's rounds are those where it is i(1) or i(2) and both are close. The share of places changed
    is compared with that of the close pairs i(2)/i(3) in the rounds where the firm is in neither: an exact
    one-sided test of two shares (Fisher), which for a large market is the binomial test with that share as
    its chance, but knows how uncertain the share is.

    Returns:
        One row per firm with `fewest` such rounds or more, least chance first: `bidder_id, rounds,
        changed, expected` (changes that the market's share gives), `p_value`, and `adjusted`
        (Benjamini and Hochberg over the firms returned).

    Raises:
        ValueError: fewer than `FEWEST` close pairs of second and third lowest bids.

    """
    rows = rebids.sort(pl.all()).collect()
    close, changed = _pairs(rows, margin)
    more = "Take more tenders, or a wider margin."
    what = "close pairs of second and third lowest bids"
    require("The test of firms", int(close[:, 1].sum()), FEWEST, what, more)
    state = rows.select("firm_1", "firm_2", "firm_3").with_columns(
        pl.Series("rounds", close[:, 0]), pl.Series("changed", close[:, 0] & changed[:, 0]),
        pl.Series("yardstick", close[:, 1]), pl.Series("yardstick_changed", close[:, 1] & changed[:, 1]),
    )  # fmt: skip
    return _tested(_by_firm(state).filter(pl.col("rounds") >= fewest))


def _by_firm(state: pl.DataFrame) -> pl.DataFrame:
    """Rounds and changes of each firm, and those of the yardstick where it stands in neither place."""
    counts = ("rounds", "changed", "yardstick", "yardstick_changed")
    placed = pl.concat(
        state.select(pl.col(f"firm_{k}").alias("bidder_id"), pl.lit(k).alias("place"), *counts)
        for k in (1, 2, 3)
    ).drop_nulls("bidder_id")
    leading, measured = pl.col("place") <= 2, pl.col("place") >= 2
    own = placed.group_by("bidder_id").agg(
        *(pl.col(name).filter(leading).sum().cast(pl.Int64) for name in counts[:2]),
        *(pl.col(name).filter(measured).sum().cast(pl.Int64) for name in counts[2:]),
    )
    return own.with_columns((int(state[name].sum()) - pl.col(name)).alias(name) for name in counts[2:])


def _tested(firms: pl.DataFrame) -> pl.DataFrame:
    p = _fisher(*(firms[name].to_numpy().astype(np.float64) for name in
                  ("rounds", "changed", "yardstick", "yardstick_changed")))  # fmt: skip
    expected = pl.col("rounds") * pl.col("yardstick_changed") / pl.col("yardstick")
    return firms.select(
        "bidder_id", "rounds", "changed", expected.alias("expected"),
        pl.Series("p_value", p), pl.Series("adjusted", adjusted(p)),
    ).sort("p_value", "bidder_id")  # fmt: skip


def _fisher(rounds: Floats, changed: Floats, others: Floats, others_changed: Floats) -> Floats:
    """P(so few changes among `rounds`), given all changes of firm and yardstick together."""
    kept = rounds + others - changed - others_changed
    return upper_tail(rounds - changed, rounds + others, rounds, kept)
