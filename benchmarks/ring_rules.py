"""What each rule adds: recall per planted scheme, and how well alerts about parties name the rings."""

from typing import NamedTuple

import polars as pl

from detect.kept import Run
from detect.parties import PARTY_GRAINS
from detect.rule import Level, all_rules

PAIR = 2
"""Members of a ring that an alert has to name before it is said to have found the ring."""


class Measured(NamedTuple):
    """One market's figures.

    * `recall`: `rule_id, unit, scheme, found, n`; the unit is a tender in which the ring acted, or a ring of
      which a party alert names two members; scheme "honest" has the tenders without a ring.
    * `alone`: `rule_id, n`: ring tenders, or rings, that no other rule of that unit finds.
    * `parties`: `rings, rings_found, alerts, mostly_members`.
    * `schemes`: `truth, named, n`: group alerts by the scheme that was planted ("-" where less than half of
      the named firms are members of one ring) and the one that they are said to look like.
    """

    recall: pl.DataFrame
    alone: pl.DataFrame
    parties: pl.DataFrame
    schemes: pl.DataFrame


def measured(run: Run, truth: pl.DataFrame, members: pl.DataFrame) -> Measured:
    """Compare a run with what was planted.

    `truth` has `tender_id, scheme` (null for honest tenders), `members` has `ring_id, scheme, bidder_id`.
    """
    seats = members.select("ring_id", "bidder_id", pl.col("scheme").cast(pl.String)).unique()
    tenders, lone_tenders = _by_tender(run, truth)
    rings, lone_rings = _by_ring(run, seats)
    named = _named(run, seats)
    found = named.filter(pl.col("inside") >= PAIR)["ring_id"].n_unique()
    mostly = _owner(named).filter("mostly")
    counts = {
        "rings": [seats["ring_id"].n_unique()],
        "rings_found": [found],
        "alerts": [run.party_alerts.filter(pl.col("subjects").list.len() > 0).height],
        "mostly_members": [mostly.height],
    }
    return Measured(
        pl.concat([tenders, rings]), pl.concat([lone_tenders, lone_rings]),
        pl.DataFrame(counts, schema=dict.fromkeys(counts, pl.Int64)), _confusion(run, mostly),
    )  # fmt: skip


def _by_tender(run: Run, truth: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    told = truth.select("tender_id", pl.col("scheme").cast(pl.String).fill_null("honest"))
    sizes = told.group_by("scheme").agg(pl.len().cast(pl.Int64).alias("n"))
    hits = run.hits.filter(pl.col("level") >= Level.YELLOW).select("rule_id", "tender_id").unique()
    return _counted(hits.join(told, on="tender_id"), sizes, "tender", "tender_id")


def _by_ring(run: Run, seats: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    sizes = seats.group_by("scheme").agg(pl.col("ring_id").n_unique().cast(pl.Int64).alias("n"))
    hits = run.party_hits.filter(pl.col("level") >= Level.YELLOW).select(
        "rule_id", "party_id", bidder_id="subjects"
    )
    inside = hits.explode("bidder_id").join(seats, on="bidder_id")
    found = (
        inside.group_by("rule_id", "party_id", "ring_id", "scheme")
        .agg(pl.col("bidder_id").n_unique().alias("n"))
        .filter(pl.col("n") >= PAIR)
        .select("rule_id", "ring_id", "scheme")
        .unique()
    )
    return _counted(found, sizes, "ring", "ring_id")


def _counted(
    found: pl.DataFrame, sizes: pl.DataFrame, unit: str, key: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How many units of each scheme every rule finds; and how many no other rule finds, honest ones apart."""
    rules = pl.DataFrame({"rule_id": _rules(unit)}, schema={"rule_id": pl.String})
    n = found.group_by("rule_id", "scheme").agg(pl.len().cast(pl.Int64).alias("found"))
    recall = (
        rules.join(sizes, how="cross")
        .join(n, on=["rule_id", "scheme"], how="left")
        .select("rule_id", pl.lit(unit).alias("unit"), "scheme", pl.col("found").fill_null(0), "n")
    )
    planted = found.filter(pl.col("scheme") != "honest")
    lone = planted.filter(pl.len().over(key) == 1).group_by("rule_id").agg(pl.len().cast(pl.Int64).alias("n"))
    return recall, lone


def _rules(unit: str) -> list[str]:
    """The rules that can raise an alert of a tender, or one of a party."""
    ring = unit == "ring"
    rules = all_rules().values()
    return [r.id for r in rules if r.level >= Level.YELLOW and (r.grain in PARTY_GRAINS) == ring]


def _named(run: Run, seats: pl.DataFrame) -> pl.DataFrame:
    """Per party alert and ring with a member in it: `grain, party_id, size, ring_id, scheme, inside`."""
    alerts = run.party_alerts.select(
        "grain", "party_id", pl.col("subjects").list.len().alias("size"), bidder_id="subjects"
    )
    inside = alerts.explode("bidder_id").join(seats, on="bidder_id")
    key = ["grain", "party_id", "size", "ring_id", "scheme"]
    return inside.group_by(key).agg(pl.len().alias("inside"))


def _owner(named: pl.DataFrame) -> pl.DataFrame:
    """The ring with most members in each alert, and whether they are at least half of its firms."""
    best = named.sort("inside", "ring_id", descending=[True, False])
    first = best.unique(["grain", "party_id"], keep="first", maintain_order=True)
    return first.with_columns((2 * pl.col("inside") >= pl.col("size")).alias("mostly"))


def _confusion(run: Run, mostly: pl.DataFrame) -> pl.DataFrame:
    groups = run.party_alerts.filter(pl.col("grain") == "group")
    told = groups.join(
        mostly.select("grain", "party_id", truth="scheme"), on=["grain", "party_id"], how="left"
    )
    named = told.select(pl.col("truth").fill_null("-"), named=pl.col("scheme").fill_null("none fits"))
    return named.group_by("truth", "named").agg(pl.len().cast(pl.Int64).alias("n"))


def recall_table(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Share found per rule and scheme over all markets, schemes as columns; null where there is none."""
    total = pl.concat(parts).group_by("rule_id", "unit", "scheme").agg(pl.col("found", "n").sum())
    share = total.with_columns((pl.col("found") / pl.col("n")).round(3).alias("share"))
    wide = share.sort("scheme").pivot("scheme", index=["unit", "rule_id"], values="share")
    return wide.sort("unit", "rule_id", descending=[True, False])


def alone_table(parts: list[pl.DataFrame], recall: pl.DataFrame) -> pl.DataFrame:
    """Add `alone`: tenders or rings that only this rule finds, over all markets."""
    total = pl.concat(parts).group_by("rule_id").agg(pl.col("n").sum().alias("alone"))
    return recall.join(total, on="rule_id", how="left", maintain_order="left").with_columns(
        pl.col("alone").fill_null(0)
    )


def confusion_table(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Group alerts by planted scheme and by what they are said to look like."""
    total = pl.concat(parts).group_by("truth", "named").agg(pl.col("n").sum())
    return total.sort("named").pivot("named", index="truth", values="n").fill_null(0).sort("truth")
