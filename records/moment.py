"""The market as it was known at a moment: nothing that came later, and an account of what stayed out.

Each row has a moment at which it became known; a market cut at `moment` holds the rows that were known
strictly before it. A row that nothing dates was never known, as everywhere in the features; `left_out`
counts such rows beside those that came later, so none goes missing unnoticed.

| table | known from |
|---|---|
| tenders | the earliest of publication, deadline, opening, outcome |
| bids, consortium members, bill items | the opening (see `_bids_known`) |
| documents | those of a bid as the bid, others as their tender |
| identifiers of a bid | as the bid, and not before they were observed |
| identifiers of a firm | `valid_from`, else the observation; undated ones always |
| panels | the draw, else the beginning of the evaluation, else the outcome |
| expert scores | the outcome |
| awards | their own date, and not before the outcome where it is dated |
| amendments, contracts, subcontracts, payments, decisions | their own date |
| relations, known values | `valid_from`; undated ones always |
| bidders | always: the register says how a firm stands, not when that was learnt |

Within a row, what was not yet known is null: a tender's `closed_at` and `status`, a bid's `won` and `rank`,
the buyer's own price before the opening, and every moment of the proceedings, or end of a validity, that
lies ahead. A deadline stands as it was last announced. The status of a bid says what became of it before
evaluation (`records.tables.Bids`) and comes with the bid, as features take it.
"""

from datetime import datetime

import polars as pl

from records.tables import SCHEMAS, Market, market_of

KNOWN = "_known_at"
"""Helper column: when the row became known, null for never; `_ALWAYS` for rows that stand undated."""

_ALWAYS = pl.lit(datetime(1, 1, 1), pl.Datetime("us")).dt.replace_time_zone("UTC")


def known_at(market: Market, moment: datetime) -> Market:
    """The market as it was known strictly before `moment`, an instant with a time zone.

    Cutting twice is cutting at the earlier moment. Lazy: nothing is read here.

    Raises:
        ValueError: the moment has no time zone.

    >>> from datetime import UTC
    >>> tenders = {"tender_id": ["T"], "batch_id": ["x"], "published_at": [datetime(2020, 1, 1, tzinfo=UTC)],
    ...            "deadline_at": [datetime(2020, 2, 1, tzinfo=UTC)]}
    >>> bids = {"bid_id": ["b"], "tender_id": ["T"], "bidder_id": ["A"], "batch_id": ["x"]}
    >>> market = market_of(tenders=pl.DataFrame(tenders), bids=pl.DataFrame(bids))
    >>> early = known_at(market, datetime(2020, 1, 15, tzinfo=UTC))
    >>> early.tenders.collect().height, early.bids.collect().height
    (1, 0)
    """
    at = _instant(moment)
    kept = {name: frame.filter(pl.col(KNOWN) < at) for name, frame in _dated(market).items()}
    return market_of(**{name: frame.with_columns(_hidden(name, at)) for name, frame in kept.items()})


def left_out(market: Market, moment: datetime) -> pl.DataFrame:
    """How many rows of each table a cut keeps and leaves out: `table, kept, later, undated`."""
    at, known = _instant(moment), pl.col(KNOWN)
    counts = {"kept": known < at, "later": known >= at, "undated": known.is_null()}
    frames = [
        frame.select(pl.lit(name).alias("table"), *(made.sum().alias(c) for c, made in counts.items()))
        for name, frame in _dated(market).items()
    ]
    return pl.concat(frames).sort("table").collect()


def _instant(moment: datetime) -> pl.Expr:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give one, for example tzinfo=UTC.")
    return pl.lit(moment).dt.convert_time_zone("UTC").dt.cast_time_unit("us")


def _dated(market: Market) -> dict[str, pl.LazyFrame]:
    """Every table with the moment at which each row became known."""
    tables = market.to_dict()
    moments = tables["tenders"].select(
        "tender_id", _tender=_tender_known(), _bids=_bids_known(), _outcome=_outcome_known()
    )
    return {
        name: tables[name].join(moments, on="tender_id", how="left").with_columns(made.alias(KNOWN))
        if "tender_id" in SCHEMAS[name].columns()
        else tables[name].with_columns(made.alias(KNOWN))
        for name, made in _MOMENTS.items()
    }


def _tender_known() -> pl.Expr:
    return pl.min_horizontal("published_at", "deadline_at", "opened_at", _outcome_known())


def _bids_known() -> pl.Expr:
    """The opening; without it the deadline, without either the outcome; never before the deadline."""
    return pl.max_horizontal(pl.coalesce("opened_at", "deadline_at", "closed_at"), "deadline_at")


def _outcome_known() -> pl.Expr:
    return pl.when(pl.col("closed_at").is_not_null()).then(pl.max_horizontal("closed_at", "deadline_at"))


def _with_bid(own: str) -> pl.Expr:
    """With the bid, and not before its own date; never if the bid never was."""
    return pl.when(pl.col("_bids").is_not_null()).then(pl.max_horizontal("_bids", own))


_SINCE = pl.col("valid_from").fill_null(_ALWAYS)

_MOMENTS: dict[str, pl.Expr] = {
    "tenders": pl.col("_tender"),
    "bids": pl.col("_bids"),
    "consortium_members": pl.col("_bids"),
    "bidders": _ALWAYS,
    "identifiers": pl.when(pl.col("tender_id").is_not_null())
    .then(_with_bid("observed_at"))
    .otherwise(pl.coalesce("valid_from", "observed_at").fill_null(_ALWAYS)),
    "relations": _SINCE,
    "bill_items": pl.col("_bids"),
    "amendments": pl.col("published_at"),
    "panels": pl.coalesce("drawn_at", "started_at", "_outcome"),
    "contracts": pl.col("signed_at"),
    "documents": pl.when(pl.col("bidder_id").is_null()).then("_tender").otherwise("_bids"),
    "expert_scores": pl.col("_outcome"),
    "awards": pl.max_horizontal("awarded_at", "_outcome"),
    "subcontracts": pl.col("signed_at"),
    "payments": pl.col("paid_at"),
    "decisions": pl.col("known_at"),
    "known_values": _SINCE,
}


_AHEAD: dict[str, tuple[str, ...]] = {
    "tenders": (
        "clarified_at", "opened_at", "evaluation_from", "evaluation_to", "publicity_from", "publicity_to",
    ),
    "panels": ("started_at", "finished_at"),
    "identifiers": ("valid_to",),
    "relations": ("valid_to",),
    "known_values": ("valid_to",),
}  # fmt: skip
"""Moments that nobody knew before they came."""

_WITH: dict[str, dict[str, tuple[str, ...]]] = {
    "tenders": {"_outcome": ("closed_at", "status"), "_bids": ("base_price",)},
    "bids": {"_outcome": ("won", "rank")},
}
"""Values that became known at another moment than their row."""


def _hidden(name: str, at: pl.Expr) -> list[pl.Expr]:
    """What a row that stays must not yet say."""
    came = [pl.when(pl.col(column) < at).then(column).alias(column) for column in _AHEAD.get(name, ())]
    learnt = [
        pl.when(pl.col(moment) < at).then(column).alias(column)
        for moment, columns in _WITH.get(name, {}).items()
        for column in columns
    ]
    return [*came, *learnt]
