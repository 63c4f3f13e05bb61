"""How often each rule hits, month by month of the deadline, of the tenders that it could judge."""

import polars as pl

from detect.terms import State

RATES = pl.Schema(
    {"rule_id": pl.String(), "month": pl.Date(), "hit": pl.UInt32(), "judged": pl.UInt32()}
)  # fmt: skip


def rates(states: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.DataFrame:
    """One row per rule about tenders and month in which it judged any: `RATES`, in this order.

    `judged` are tenders with a hit or a clear outcome: what could not be checked lowers no rate. Tenders
    without a deadline belong to no month. Months are in UTC.

    Args:
        states: of the run whose outcomes are counted.
        tenders: of the records that the run read.

    """
    dated = tenders.select("tender_id", month=pl.col("deadline_at").dt.date().dt.truncate("1mo")).drop_nulls()
    rules = [c for c in states.collect_schema() if c != "tender_id"]
    of_months = states.join(dated, on="tender_id").group_by("month").agg(
        *((pl.col(r) == State.HIT.value).sum().alias(f"hit {r}") for r in rules),
        *(pl.col(r).is_in([State.HIT.value, State.CLEAR.value]).sum().alias(f"judged {r}") for r in rules),
    ).collect()  # fmt: skip
    hit, judged = (
        of_months.select("month", pl.col(f"^{name} .*$").name.map(lambda c: c.partition(" ")[2]))
        .unpivot(index="month", variable_name="rule_id", value_name=name)
        for name in ("hit", "judged")
    )  # fmt: skip
    both = hit.join(judged, on=["month", "rule_id"]).filter(pl.col("judged") > 0)
    return both.select(RATES.names()).cast(RATES).sort("rule_id", "month")
