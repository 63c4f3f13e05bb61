"""The uses behind "device reused across tenders": which device, by whom, in which earlier tender, when."""

import polars as pl

from detect.rule import Rule
from features.build import Build
from features.tie.device_reuse import WINDOW
from features.tie.earlier_uses import DEVICES, linked_before
from records.tables import Market, market_of

_VALUE = ("kind", "value_hash")
_FRAMES = ("value_uses", "few_users", "rivals_together", "tender_codes", "known_values")
_OF_LOTS = ("tenders", "bids", "consortium_members")
USES = pl.Schema(
    {
        "bidder_a": pl.String(), "bidder_b": pl.String(), "kind": pl.String(), "value_hash": pl.String(),
        "display": pl.String(), "bidder_id": pl.String(), "tender_id": pl.String(), "title": pl.String(),
        "used_at": pl.Datetime("us", "UTC"),
    }
)  # fmt: skip


def reads_reuses(rule: Rule) -> bool:
    """Whether a rule about two bidders rests on devices that they used before.

    >>> from detect.rule import all_rules
    >>> [i for i, rule in all_rules().items() if reads_reuses(rule)]
    ['E17']
    """
    return "reused_devices" in rule.inputs


def reuses(market: Market, tender_id: str) -> pl.DataFrame:
    """What ties bidders of a tender by `reused_devices`: `USES`, a row for each use of each device by either.

    Uses are those within the time that counts. `display` is how the value may be shown, `tender_id` the
    earlier tender, `used_at` the moment from which that use was known.
    """
    tables, here = market.to_dict(), pl.col("tender_id") == tender_id
    named = (tables[t].filter(here).select("bidder_id") for t in ("bids", "consortium_members"))
    of_devices = market.identifiers.filter(pl.col("kind").is_in(DEVICES), pl.col("tender_id").is_not_null())
    own = of_devices.join(pl.concat(named).unique(), on="bidder_id", how="semi")
    held = own.group_by(_VALUE).agg(n=pl.col("bidder_id").n_unique()).filter(pl.col("n") > 1).collect()
    if held.is_empty():
        return USES.to_frame()
    shown = of_devices.join(held.lazy(), on=_VALUE, how="semi").collect()
    lots = pl.col("tender_id").is_in([*shown["tender_id"].unique(), tender_id])
    found = {name: tables[name].filter(lots).collect() for name in _OF_LOTS}
    build = Build(market_of(**found, identifiers=shown, known_values=market.known_values))
    frames = {name: build.table(name) for name in _FRAMES}
    linked = linked_before(DEVICES, WINDOW, **frames).filter(here).select("bidder_a", "bidder_b", *_VALUE)
    deadline = found["tenders"].filter(here)["deadline_at"].item()
    before = frames["value_uses"].filter(
        pl.col("known_at") < deadline, pl.col("known_at") >= pl.lit(deadline) - WINDOW
    )
    of_either = (pl.col("bidder_id") == pl.col("bidder_a")) | (pl.col("bidder_id") == pl.col("bidder_b"))
    displays = shown.lazy().group_by(_VALUE).agg(pl.col("display").drop_nulls().first())
    return (
        linked.join(before, on=_VALUE)
        .filter(of_either)
        .rename({"lot": "tender_id", "known_at": "used_at"})
        .join(displays, on=_VALUE, how="left")
        .join(found["tenders"].lazy().select("tender_id", "title"), on="tender_id", how="left")
        .select(USES.names())
        .sort("bidder_a", "bidder_b", "kind", "value_hash", "used_at")
        .collect()
    )
