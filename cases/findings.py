"""What a run says, as rows of the desk: one of each tender or party, and which rules speak in it of whom."""

import polars as pl

from cases.suppress import mark
from cases.timing import AUDIT_DAYS, WORKING_DAYS
from detect.kept import Run
from detect.queue import Place
from features.catalogue import Grain
from records.tables import Market

KEY = ("grain", "subject_id")
CONTEXT = ("title", "buyer_name", "region", "category", "mechanism", "estimate", "currency", "deadline_at")
ROWS = pl.Schema(
    {
        **dict.fromkeys(KEY, pl.String()),
        "level": pl.Int64(),
        "attention": pl.Float64(),
        "worth": pl.Float64(),
        "place": pl.String(),
        "score": pl.Float64(),
        "rule_ids": pl.List(pl.String()),
        "n_not_evaluable": pl.Int64(),
        "case_id": pl.String(),
        **dict.fromkeys(("title", "buyer_name", "region", "category", "mechanism"), pl.String()),
        "estimate": pl.Float64(),
        "currency": pl.String(),
        "deadline_at": pl.Datetime("us", "UTC"),
        "n_bids": pl.Int64(),
        "n_tenders": pl.Int64(),
    }
)
FIRED = pl.Schema(
    {
        **dict.fromkeys(KEY, pl.String()),
        "rule_id": pl.String(),
        "mark": pl.Int64(),
        "level": pl.Int64(),
        "subjects": pl.List(pl.String()),
    }
)


def rows(run: Run, found: pl.DataFrame, market: Market | None = None) -> pl.DataFrame:
    """`ROWS`, the default `due_at`, and `fingerprint`, equal as long as a run says the same.

    `found` is what `fired` tells of the run. `market` gives the audit's tenders their titles; a run keeps
    those of alerts only.
    """
    said = pl.concat([_tenders(run), _drawn(run, market), _parties(run)])
    speaking = found.group_by(KEY).agg(
        pl.concat_str("rule_id", "mark", "level", separator=":").sort().alias("speaking")
    )  # fmt: skip
    printed = pl.struct(pl.exclude("rule_ids", "speaking"), *_joined("rule_ids", "speaking")).hash()
    return (
        said.with_columns(pl.col(pl.String).str.replace_all("\x00", "\ufffd", literal=True))
        .join(speaking, on=KEY, how="left", maintain_order="left")
        .with_columns(printed.reinterpret(signed=True).alias("fingerprint"))
        .drop("speaking")
        .with_columns(_due(pl.lit(run.manifest["started_at"]).str.to_datetime(time_zone="UTC")))
    )


def fired(run: Run) -> pl.DataFrame:
    """Which rules speak in which row, and of whom: `FIRED`."""
    tenders = run.hits.select(
        pl.lit(Grain.TENDER.value).alias("grain"), pl.col("tender_id").alias("subject_id"),
        "rule_id", "level", "subjects",
    )  # fmt: skip
    parties = run.party_hits.select(
        "grain", pl.col("party_id").alias("subject_id"), "rule_id", "level", "subjects"
    )
    joined = pl.col("subjects").list.unique().list.sort().list.join("\x1f")
    found = pl.concat([tenders, parties]).with_columns(joined.alias("of"))
    sets = found["of"].unique()
    marks = pl.DataFrame(
        {"of": sets, "mark": [mark(s.split("\x1f") if s else []) for s in sets]},
        schema={"of": pl.String, "mark": pl.Int64},
    )
    return (
        found.join(marks, on="of", how="left")
        .group_by(*KEY, "rule_id", "mark")
        .agg(pl.col("level").max(), pl.col("subjects").first())
        .select(FIRED.names())
        .cast(FIRED)
    )


def _tenders(run: Run) -> pl.DataFrame:
    return _shaped(run.alerts.with_columns(grain=pl.lit(Grain.TENDER.value)).rename({"tender_id": KEY[1]}))


def _drawn(run: Run, market: Market | None) -> pl.DataFrame:
    """Tenders that only the random audit drew."""
    drawn = run.queue.filter(pl.col("place") == Place.AUDIT.value).join(
        run.alerts, on="tender_id", how="anti"
    )
    judged = drawn.drop("worth").join(run.scores.drop("level"), on="tender_id", how="left")
    if market is not None:
        told = market.tenders.select("tender_id", *CONTEXT).join(drawn.lazy(), on="tender_id", how="semi")
        judged = judged.join(told.collect(), on="tender_id", how="left")
    no_level = judged.with_columns(level=pl.lit(0), grain=pl.lit(Grain.TENDER.value))
    return _shaped(no_level.rename({"tender_id": KEY[1]}))


def _parties(run: Run) -> pl.DataFrame:
    named = run.party_alerts.rename({"party_id": KEY[1], "last_deadline": "deadline_at"})
    return _shaped(named.with_columns(place=pl.lit(Place.QUEUE.value)))


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    have = frame.schema
    empty = {"rule_ids": pl.lit([], pl.List(pl.String)), "attention": pl.lit(0.0)}
    return frame.select(
        (pl.col(c) if c in have else empty.get(c, pl.lit(None))).cast(t).alias(c) for c, t in ROWS.items()
    ).with_columns(pl.col("rule_ids").fill_null(empty["rule_ids"]), pl.col("attention").fill_null(0.0))


def _joined(*names: str) -> list[pl.Expr]:
    return [pl.col(name).list.join(",") for name in names]


def _due(start: pl.Expr) -> pl.Expr:
    """Working days after the run, by level, for what people are asked to look at; null for the rest."""
    days = {level.value: n for level, n in WORKING_DAYS.items()}
    n = pl.col("level").replace_strict(days, default=AUDIT_DAYS, return_dtype=pl.Int64)
    day = start.dt.date().dt.add_business_days(n, roll="backward")
    asked = pl.col("place") != Place.LEFT_OUT.value
    return (
        pl.when(asked)
        .then(day.cast(pl.Datetime("us", "UTC")) + (start - start.dt.truncate("1d")))
        .alias("due_at")
    )
