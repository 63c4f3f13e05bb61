"""What a new run means for the alerts on the desk: made, changed, back, taken up again, raised no longer."""

from dataclasses import dataclass

import polars as pl

from cases.act import Kind
from cases.findings import KEY, ROWS
from cases.tables import GONE
from cases.workflow import DISMISSED
from detect.queue import Place
from detect.terms import Level

_INSTANT = pl.Datetime("us", "UTC")
KNOWN = pl.Schema(
    {
        "id": pl.Int64(),
        **dict.fromkeys(KEY, pl.String()),
        "fingerprint": pl.Int64(),
        "level": pl.Int64(),
        "place": pl.String(),
        "state": pl.String(),
        "version": pl.Int64(),
        "rule_ids": pl.String(),
        "closed_on": pl.String(),
        "closed_at": _INSTANT,
        "due_at": _INSTANT,
    }
)
"""What is read of the alerts on the desk; lists and objects as JSON."""

CLOSED_ON = pl.Struct({"level": pl.Int64(), "rules": pl.List(pl.String())})
SETTLED = pl.col("state").is_in([s.value for s in sorted(DISMISSED)])
"""Closed for what was known then. What was handed on stays with those who have it."""


@dataclass(frozen=True)
class Plan:
    """What to write.

    * `new`, `changed`: `id`, the columns of `ROWS`, `fingerprint`, `due_at`; `changed` has the new `version`.
    * `news`: one row per event: `id, kind, version` and what was and is: `state`, `place` and `place_now`,
      `level` and `level_now`, `rules_then`, `rules_now`, `added` (rules that were silent).
    * `gone`: ids of open alerts that the run does not raise.
    * `unsaid`: ids of closed ones.
    """

    new: pl.DataFrame
    changed: pl.DataFrame
    news: pl.DataFrame
    gone: pl.Series
    unsaid: pl.Series

    def counts(self) -> dict[str, int]:
        """Numbers for `cases.intake.Posted`."""
        by_kind = dict(self.news["kind"].value_counts().iter_rows())
        return {
            "new": self.new.height,
            "changed": self.changed.height,
            "news": by_kind.get(Kind.FINDINGS.value, 0),
            "back": by_kind.get(Kind.BACK.value, 0),
            "reopened": by_kind.get(Kind.REOPENED.value, 0),
            "gone": self.gone.len(),
        }


def plan(known: pl.DataFrame, said: pl.DataFrame, speaking: pl.DataFrame, first: int) -> Plan:
    """Compare what is on the desk (`KNOWN`) with `cases.findings.rows` and `fired` of a run.

    `first` is the id of the first new alert.
    """
    new = said.join(known, on=KEY, how="anti").with_row_index("id", first).cast({"id": pl.Int64})
    seen = said.join(known, on=KEY, suffix="_then").filter(
        pl.col("fingerprint") != pl.col("fingerprint_then")
    )
    loud = speaking.filter(pl.col("level") >= Level.YELLOW).group_by(KEY)
    told = seen.join(loud.agg(pl.col("rule_id").unique().sort().alias("loud")), on=KEY, how="left")
    news = _news(told.with_columns(pl.col("loud").fill_null(pl.lit([], pl.List(pl.String)))))
    changed = (
        told.join(news.select("id", bumped="version"), on="id", how="left")
        .with_columns(_due(), pl.coalesce("bumped", "version").alias("version"))
        .select("id", *ROWS, "fingerprint", "due_at", "version")
    )
    silent = known.join(said, on=KEY, how="anti")
    is_open = pl.col("closed_at").is_null()
    gone = silent.filter(is_open, pl.col("place") != GONE)
    unsaid = silent.filter(~is_open, pl.col("fingerprint") != 0)
    return Plan(new, changed, pl.concat([news, _gone(gone)]), gone["id"], unsaid["id"])


def _news(told: pl.DataFrame) -> pl.DataFrame:
    closing = pl.col("closed_on").str.json_decode(CLOSED_ON)
    then = pl.col("rule_ids_then").str.json_decode(pl.List(pl.String))
    nothing = pl.lit([], pl.List(pl.String))
    settled = SETTLED & pl.col("closed_at").is_not_null()
    against = pl.when(settled).then(closing.struct.field("rules")).otherwise(then).fill_null(nothing)
    before = pl.when(settled).then(closing.struct.field("level")).otherwise("level_then")
    known = told.with_columns(
        pl.col("loud").list.set_difference(against).alias("added"),
        before.alias("before"),
        then.alias("rules_then"),
    )
    more = (pl.col("added").list.len() > 0) | (pl.col("level") > pl.col("before"))
    other = more | (pl.col("level") != pl.col("before"))
    kind = (
        pl.when(settled & more).then(pl.lit(Kind.REOPENED.value))
        .when(settled).then(None)
        .when(pl.col("place_then") == GONE).then(pl.lit(Kind.BACK.value))
        .when(other).then(pl.lit(Kind.FINDINGS.value))
    )  # fmt: skip
    return _event(known.with_columns(kind.alias("kind"), pl.col("rule_ids").alias("rules_now"))).filter(
        pl.col("kind").is_not_null()
    )


def _gone(gone: pl.DataFrame) -> pl.DataFrame:
    rules = pl.col("rule_ids").str.json_decode(pl.List(pl.String))
    return _event(gone.select(
        "id", "version", "state", pl.lit(Kind.GONE.value).alias("kind"),
        pl.col("place").alias("place_then"), pl.lit(GONE).alias("place"),
        pl.col("level").alias("level_then"), "level",
        rules.alias("rules_then"), rules.alias("rules_now"), pl.lit([], pl.List(pl.String)).alias("added"),
    ))  # fmt: skip


def _event(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "id", "kind", pl.col("version") + 1, "state", "place_then", "place", "level_then", "level",
        "rules_then", "rules_now", "added",
    )  # fmt: skip


def _due() -> pl.Expr:
    """The earlier deadline where the level rose, the new one where nobody was asked before."""
    rose = pl.col("level") > pl.col("level_then")
    sooner = pl.when(rose).then(pl.min_horizontal("due_at", "due_at_then")).otherwise("due_at_then")
    asked = pl.col("place") != Place.LEFT_OUT.value
    return pl.when(asked).then(pl.coalesce(sooner, "due_at")).otherwise("due_at_then").alias("due_at")
