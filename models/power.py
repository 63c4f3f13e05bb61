"""What would be found: rings of a given size, planted in the market at hand, and how often they surface.

A ring is planted in tenders of the market itself: its firms, which nobody has seen before, take the places of
as many bidders, one of them takes over the lowest price, in turn, and the others bid a little above it. It
leaves no trace but company and prices, so the figure is a lower bound where traces are on record. The scorer
learns from the market with the rings in it, as it would have.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from features.binomial import upper_tail
from models.scorer import Scorer
from records.tables import Market, market_of

Ints = npt.NDArray[np.int64]

MOST_PLANTED = 0.05
"""Share of the market's tenders that rings may touch at once; beyond it the ring is the usual."""
COVER = (0.02, 0.06)
"""Cover bids lie so far above the ring's winner, as shares of its price."""

POWER = pl.Schema(
    {
        "firms": pl.Int64(),
        "tenders": pl.Int64(),
        "rings": pl.Int64(),
        "found": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "by_chance": pl.Float64(),
    }
)


@dataclass(frozen=True)
class Plan:
    """What to plant and what counts as found.

    A ring is found when at least `evidence` of its tenders are among the first `share` of all tenders.
    """

    firms: Sequence[int] = (3, 5)
    tenders: Sequence[int] = (5, 10, 20, 40)
    share: float = 0.01
    evidence: int = 2
    rounds: int = 3
    seed: int = 0


def power(market: Market, judge: Callable[[Market], pl.DataFrame], plan: Plan) -> pl.DataFrame:
    """How often rings of each size would be found: `POWER`, with 95 % intervals (Wilson 1927).

    Every round plants as many rings as fit below `MOST_PLANTED` of the tenders and judges the market once.
    Sizes that do not fit in are left out.

    Args:
        market: the records; they are not changed.
        judge: gives `tender_id, score` of every tender of a market, higher is more worth a look.
        plan: sizes, capacity, rounds.

    `by_chance` is how often a random order would find such a ring.

    Raises:
        ValueError: no size fits into the market.

    """
    bids = market.bids.collect()
    priced = bids.filter(pl.col("amount").is_not_null())
    sizes = priced.group_by("tender_id").agg(pl.col("bidder_id").n_unique().alias("n"))
    hosts = sizes.filter(pl.col("n") >= 3).sort("tender_id")["tender_id"].to_numpy()
    found: dict[tuple[int, int], list[bool]] = {}
    for number in range(plan.rounds):
        rng = np.random.default_rng([plan.seed, number])
        rings = _rings(plan, hosts.size, number)
        order = rng.permutation(hosts.size)
        ends = np.cumsum([m for _, m in rings])
        chosen = [hosts[order[e - m : e]] for (_, m), e in zip(rings, ends, strict=True)]
        planted = _planted(bids, [k for k, _ in rings], chosen, rng)
        scores = judge(_with_bids(market, planted))
        top = _top(scores, plan.share)
        for ring, tenders in zip(rings, chosen, strict=True):
            found.setdefault(ring, []).append(len(top.intersection(tenders.tolist())) >= plan.evidence)
    return pl.DataFrame(list(_told(found, plan)), schema=POWER, orient="row")


def judged_by(make: Callable[[], Scorer], frame: Callable[[Market], pl.DataFrame], *, fit: bool) -> Callable[
    [Market], pl.DataFrame
]:  # fmt: skip
    """A judge for `power`: the scorer on a market's frame, fitted on that very market if asked."""

    def judge(market: Market) -> pl.DataFrame:
        tenders = frame(market)
        scorer = make().fit(tenders) if fit else make()
        return scorer.score(tenders).select("tender_id", "score")

    return judge


_SAID = {
    "en": "Of {n:,} tenders with a look at {looks:,}: ",
    "zh": "在 {n:,} 个项目中查看前 {looks:,} 个：",
}
_FOUND = {
    "en": "a ring of {k} firms over {m} tenders was found in {share:.0%} of {rings} trials.",
    "zh": "{k} 家企业在 {m} 个项目中串标，{rings} 次试验中被发现的比例为 {share:.0%}。",
}
_NONE = {
    "en": "no ring of a size that was tried would be found four times in five.",
    "zh": "所试规模的串标组均不能以五分之四的把握被发现。",
}


def statement(found: pl.DataFrame, plan: Plan, n_tenders: int, lang: str = "en") -> str:
    """The table in one sentence: the smallest rings of which four in five would be found."""
    begun = _SAID[lang].format(n=n_tenders, looks=max(1, round(plan.share * n_tenders)))
    reached = found.filter(pl.col("found") >= 0.8).sort("tenders", "firms")
    if reached.is_empty():
        return begun + _NONE[lang]
    k, m, share, rings = reached.select("firms", "tenders", "found", "rings").row(0)
    return begun + _FOUND[lang].format(k=k, m=m, share=share, rings=rings)


def _rings(plan: Plan, hosts: int, number: int) -> list[tuple[int, int]]:
    """Sizes `(firms, tenders)` of one round's rings: every size in turn while room is left.

    Each round begins with another size, so that a small market tries as many as it can.
    """
    sizes = [(k, m) for m in sorted(plan.tenders) for k in plan.firms if m <= hosts * MOST_PLANTED]
    if not sizes:
        least = int(np.ceil(min(plan.tenders) / MOST_PLANTED))
        raise ValueError(
            f"{hosts} tenders with three bidders are too few to plant a ring; {least} are needed."
        )
    start = number * max(1, len(sizes) // plan.rounds)
    chosen: list[tuple[int, int]] = []
    room = int(hosts * MOST_PLANTED)
    for i in range(len(sizes) * (room // sizes[0][1])):
        k, m = sizes[(start + i) % len(sizes)]
        if m <= room:
            chosen.append((k, m))
            room -= m
    return chosen


def _with_bids(market: Market, bids: pl.DataFrame) -> Market:
    tables: dict[str, pl.LazyFrame | pl.DataFrame] = {**market.to_dict(), "bids": bids}
    return market_of(**tables)


def _planted(bids: pl.DataFrame, firms: Sequence[int], tenders: Sequence[Ints], rng: np.random.Generator) -> (
    pl.DataFrame
):  # fmt: skip
    """The bids with the rings' firms in the places of the lowest bidders of their tenders."""
    seat = pl.DataFrame(
        {
            "tender_id": np.concatenate(tenders),
            "_ring": np.repeat(np.arange(len(tenders)), [t.size for t in tenders]),
            "_size": np.repeat(np.asarray(firms), [t.size for t in tenders]),
            "_turn": np.concatenate([np.arange(t.size) for t in tenders]),
        }
    )
    rows = bids.with_row_index("_row").join(seat, on="tender_id", how="left", maintain_order="left")
    place = pl.col("amount").rank("ordinal").over("tender_id").cast(pl.Int64) - 1
    rows = rows.with_columns(place.alias("_place"), pl.Series("_draw", rng.uniform(*COVER, rows.height)))
    taken = pl.col("_ring").is_not_null() & (pl.col("_place") < pl.col("_size"))
    member = (pl.col("_place") + pl.col("_turn")) % pl.col("_size")
    lowest = pl.col("amount").min().over("tender_id").cast(pl.Float64)
    amount = pl.when(pl.col("_place") > 0).then(lowest * (1 + pl.col("_draw"))).otherwise(lowest)
    changed = rows.with_columns(
        pl.when(taken)
        .then(pl.format("planted {} {}", "_ring", member))
        .otherwise("bidder_id")
        .alias("bidder_id"),
        pl.when(taken).then(amount.cast(bids.schema["amount"])).otherwise("amount").alias("amount"),
    )
    return changed.select(bids.columns)


def _top(scores: pl.DataFrame, share: float) -> set[str]:
    ranked = scores.filter(pl.col("score").is_not_null()).sort("score", "tender_id", descending=[True, False])
    return set(ranked.head(max(1, round(share * scores.height)))["tender_id"])


def _told(found: dict[tuple[int, int], list[bool]], plan: Plan) -> Iterator[tuple[object, ...]]:
    for (k, m), hits in sorted(found.items()):
        n, p, z = len(hits), float(np.mean(hits)), 1.96
        middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        scale = 1 + z * z / n
        chance = float(upper_tail(plan.evidence, m, plan.share))
        yield k, m, n, p, float((middle - half) / scale), float((middle + half) / scale), chance
