"""C02: tenders that one web of evidence ties together, so that one person reads them as one case.

Two bidders are tied by a strong finding about both of them: a shared device, account or person, or a habit of
prices. Bidders tied to each other, however indirectly, form a case; its tenders are those of the findings. A
bidder tied to very many others joins nobody: such a hub is more often a service than an accomplice.
"""

import polars as pl

from detect.rule import Level
from features.components import components

HUB = 50
"""Partners from which on a bidder no longer links (rules C02; a choice)."""

CASES = pl.Schema(
    [
        ("case_id", pl.String()), ("level", pl.Int8()), ("subjects", pl.List(pl.String())),
        ("tender_ids", pl.List(pl.String())), ("rule_ids", pl.List(pl.String())),
        ("first_deadline", pl.Datetime("us", "UTC")), ("last_deadline", pl.Datetime("us", "UTC")),
    ]
)  # fmt: skip


def link(hits: pl.DataFrame, tenders: pl.DataFrame) -> pl.DataFrame:
    """Cases of two tenders or more, the worst and largest first: see `CASES`.

    `hits` are those of `detect.run.Verdicts`, `tenders` has `tender_id, deadline_at`. The id of a case is
    its earliest tender's, so that it stays when later tenders join, and the older one stays when two merge.

    >>> from datetime import UTC, datetime
    >>> rows = [("T1", ["A", "B"]), ("T2", ["B", "C"]), ("T3", ["X", "Y"])]
    >>> hits = pl.DataFrame([{"tender_id": t, "rule_id": "E01", "level": 4, "subjects": s} for t, s in rows])
    >>> days = [datetime(2024, 1, d, tzinfo=UTC) for d in (1, 2, 3)]
    >>> tenders = pl.DataFrame({"tender_id": ["T1", "T2", "T3"], "deadline_at": days})
    >>> link(hits, tenders).select("case_id", "subjects", "tender_ids").rows()
    [('T1', ['A', 'B', 'C'], ['T1', 'T2'])]
    """
    ties = _ties(hits)
    if ties.is_empty():
        return pl.DataFrame(schema=CASES)
    webs = ties.join(_webs(ties), left_on="a", right_on="bidder_id")
    dated = webs.join(tenders.select("tender_id", "deadline_at"), on="tender_id", how="left")
    of_time = pl.col("tender_id").sort_by("deadline_at", "tender_id", nulls_last=True)
    return (
        dated.group_by("web")
        .agg(
            of_time.first().alias("case_id"),
            pl.col("level").max().cast(pl.Int8),
            pl.concat([pl.col("a"), pl.col("b")]).unique().sort().alias("subjects"),
            of_time.unique(maintain_order=True).alias("tender_ids"),
            pl.col("rule_id").unique().sort().alias("rule_ids"),
            pl.col("deadline_at").min().alias("first_deadline"),
            pl.col("deadline_at").max().alias("last_deadline"),
        )
        .filter(pl.col("tender_ids").list.len() >= 2)
        .sort("case_id")
        .sort("level", pl.col("tender_ids").list.len(), descending=True, maintain_order=True)
        .select(CASES.names())
    )


def _ties(hits: pl.DataFrame) -> pl.DataFrame:
    """Strong findings about two bidders, without hubs: `tender_id, rule_id, level, a, b`."""
    strong = hits.filter((pl.col("level") >= Level.ORANGE) & (pl.col("subjects").list.len() == 2))
    ties = strong.select(
        "tender_id", "rule_id", "level",
        pl.col("subjects").list.get(0).alias("a"), pl.col("subjects").list.get(1).alias("b"),
    )  # fmt: skip
    both = pl.concat([ties.select(one="a", other="b"), ties.select(one="b", other="a")])
    partners = both.group_by("one").agg(pl.col("other").n_unique().alias("n"))
    hubs = partners.filter(pl.col("n") > HUB).select("one")
    return ties.join(hubs, left_on="a", right_on="one", how="anti").join(
        hubs, left_on="b", right_on="one", how="anti"
    )


def _webs(ties: pl.DataFrame) -> pl.DataFrame:
    """`bidder_id, web`: bidders that are tied, however indirectly, share a number."""
    bidders = pl.concat([ties["a"], ties["b"].alias("a")]).unique().sort()
    numbers = pl.DataFrame({"bidder_id": bidders}).with_row_index("number")
    coded = ties.join(numbers, left_on="a", right_on="bidder_id").join(
        numbers, left_on="b", right_on="bidder_id", suffix="_b"
    )
    web = components(coded["number"].to_numpy(), coded["number_b"].to_numpy(), bidders.len())
    return numbers.select("bidder_id", pl.Series("web", web))
