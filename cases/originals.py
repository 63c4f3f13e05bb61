"""Alerts of which another one may be a duplicate: about the same bidders, of the same case or buyer."""

from collections.abc import Collection
from typing import NamedTuple

import polars as pl
from sqlalchemy import Engine, or_, select

from cases.database import reading
from cases.tables import Alert
from features.catalogue import Grain
from records.tables import Market

MOST = 100
COMMON = 2
"""Bidders that two tenders share before they may be about the same."""


class Candidate(NamedTuple):
    """An alert, and how many bidders its tender shares with the one that is asked for; 0 below `COMMON`."""

    alert: Alert
    shared: int


def originals(
    engine: Engine, market: Market, alert: Alert, hidden: Collection[str] = (), *, most: int = MOST
) -> list[Candidate]:
    """Alerts about tenders that `alert` may repeat: most shared bidders first, then case and buyer.

    Args:
        engine: of the desk's database.
        market: the records as the reader may see them.
        alert: about a tender.
        hidden: tenders of which the reader must not know yet.
        most: how many at most.

    """
    shared = _companions(market, alert.subject_id, most)
    same = [Alert.case_id == alert.case_id] if alert.case_id else []
    same += [Alert.buyer_name == alert.buyer_name] if alert.buyer_name else []
    about = select(Alert).where(
        Alert.grain == Grain.TENDER.value, Alert.id != alert.id, Alert.original_id.is_(None)
    )
    with reading(engine) as session:
        met = list(session.scalars(about.where(Alert.subject_id.in_(list(shared)))))
        near = about.where(or_(*same)).order_by(Alert.level.desc(), Alert.id).limit(most) if same else None
        others = [] if near is None else list(session.scalars(near))
    found = {a.id: Candidate(a, shared.get(a.subject_id, 0)) for a in [*met, *others]}
    fit = [c for c in found.values() if c.alert.subject_id not in hidden]
    return sorted(fit, key=lambda c: (-c.shared, -c.alert.level, c.alert.id))[:most]


def _companions(market: Market, tender_id: str, most: int) -> dict[str, int]:
    """Other tenders with `COMMON` of a tender's bidders and more: how many, the most first."""
    bids = market.bids.select("tender_id", "bidder_id")
    own = bids.filter(pl.col("tender_id") == tender_id).select("bidder_id").unique().collect()
    theirs = bids.filter(pl.col("bidder_id").is_in(own["bidder_id"].to_list()))
    n = theirs.group_by("tender_id").agg(pl.col("bidder_id").n_unique().alias("n"))
    common = n.filter(pl.col("n") >= COMMON, pl.col("tender_id") != tender_id)
    return dict(common.sort("n", "tender_id", descending=[True, False]).head(most).collect().iter_rows())
