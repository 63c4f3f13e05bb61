"""Past cases like this one, and what became of them."""

import polars as pl
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cases.tables import Alert, Fired
from cases.workflow import OPEN
from records.tables import INSTANT, Market

LATEST = 2000
"""Closed alerts that are looked through, the latest first."""
MOST = 8

OUTCOMES = pl.Schema({"tender_id": pl.String(), "outcome": pl.String(), "reason": pl.String(), "at": INSTANT})
"""What became of a tender: a state of `cases.workflow`, or `found` or `cleared` for a label."""


def met(market: Market, tender_id: str) -> list[str]:
    """Other tenders in which a bidder of this one took part, at most `LATEST` of them."""
    bids = market.bids.select("tender_id", "bidder_id")
    own = bids.filter(pl.col("tender_id") == tender_id).select("bidder_id").unique().collect()["bidder_id"]
    firms = pl.col("bidder_id").is_in(own.to_list())
    others = bids.filter(firms, pl.col("tender_id") != tender_id)
    return others.select("tender_id").unique().sort("tender_id").head(LATEST).collect()["tender_id"].to_list()


def decided(session: Session, rule_ids: list[str], tender_ids: list[str]) -> pl.DataFrame:
    """Tenders whose alert was closed here, and that a rule flagged or that are named (see `OUTCOMES`)."""
    asked = (
        select(Alert.subject_id, Alert.state, Alert.reason, Alert.closed_at)
        .where(
            Alert.grain == "tender",
            Alert.state.not_in([s.value for s in OPEN]),
            or_(
                select(1).where(Fired.alert_id == Alert.id, Fired.rule_id.in_(rule_ids)).exists(),
                Alert.subject_id.in_(tender_ids),
            ),
            Alert.closed_at.is_not(None),
        )
        .order_by(Alert.closed_at.desc())
        .limit(LATEST)
    )
    return pl.DataFrame([tuple(r) for r in session.execute(asked)], schema=OUTCOMES, orient="row")


def labelled(market: Market) -> pl.DataFrame:
    """Tenders about which the records hold a decision (see `OUTCOMES`), the surest one of each."""
    outcome = pl.when("collusive").then(pl.lit("found")).otherwise(pl.lit("cleared"))
    surest = market.decisions.filter(pl.col("tender_id").is_not_null()).sort(
        "strength", "known_at", descending=True
    )
    first = surest.unique("tender_id", keep="first", maintain_order=True)
    told = first.select("tender_id", outcome.alias("outcome"), reason="kind", at="known_at")
    return told.collect().cast(OUTCOMES)


def similar(
    hits: pl.LazyFrame, market: Market, tender_id: str, outcomes: pl.DataFrame, *, most: int = MOST
) -> pl.DataFrame:
    """Decided tenders that share rules or bidders with this one, the most alike first.

    Columns: those of `OUTCOMES`, `title`, `rules` (shared, by id), `bidders` (names of shared ones) and
    `likeness`: the mean of the shares of rules and of bidders that both have (Jaccard), in (0, 1].
    """
    known = outcomes.filter(pl.col("tender_id") != tender_id).unique("tender_id", keep="first")
    asked = [tender_id, *known["tender_id"]]
    fired = hits.select("tender_id", value="rule_id").filter(pl.col("tender_id").is_in(asked)).unique()
    bids = (
        market.bids.filter(pl.col("tender_id").is_in(asked)).select("tender_id", value="bidder_id").unique()
    )
    by_rule = _shared(fired.collect(), tender_id).rename({"alike": "rule_alike", "shared": "rules"})
    by_firm = _shared(bids.collect(), tender_id).rename({"alike": "firm_alike", "shared": "firms"})
    alike = pl.mean_horizontal(pl.col("rule_alike", "firm_alike").fill_null(0.0))
    nearest = (
        known.join(by_rule, on="tender_id", how="left")
        .join(by_firm, on="tender_id", how="left")
        .with_columns(alike.alias("likeness"), pl.col("rules", "firms").fill_null([]))
        .filter(pl.col("likeness") > 0)
        .sort("likeness", "at", "tender_id", descending=[True, True, False], nulls_last=True)
        .head(most)
    )
    titles = market.tenders.select("tender_id", "title").filter(
        pl.col("tender_id").is_in(nearest["tender_id"].to_list())
    )
    return (
        nearest.join(titles.collect(), on="tender_id", how="left", maintain_order="left")
        .with_columns(_named(nearest["firms"], market))
        .select(*OUTCOMES, "title", "rules", "bidders", "likeness")
    )


def _shared(values: pl.DataFrame, tender_id: str) -> pl.DataFrame:
    """Jaccard likeness with this tender, and the shared values in order."""
    own = values.filter(pl.col("tender_id") == tender_id)["value"]
    mine = pl.col("value").is_in(own.to_list())
    return (
        values.filter(pl.col("tender_id") != tender_id)
        .group_by("tender_id")
        .agg(
            (mine.sum() / (len(own) + pl.len() - mine.sum())).alias("alike"),
            pl.col("value").filter(mine).sort().alias("shared"),
        )
    )


def _named(firms: pl.Series, market: Market) -> pl.Series:
    ids = firms.explode().drop_nulls().unique().to_list()
    rows = market.bidders.filter(pl.col("bidder_id").is_in(ids)).select("bidder_id", "name").collect()
    names = {i: n or i for i, n in rows.iter_rows()}
    told = [[names.get(i, i) for i in row] for row in firms]
    return pl.Series("bidders", told, pl.List(pl.String))
