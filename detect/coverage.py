"""What the records can support: per rule, how many tenders in each state, and what is missing."""

import polars as pl

from detect.kept import Run
from detect.rule import all_rules
from records.kinds import KINDS


def coverage(run: Run, lang: str = "en") -> pl.DataFrame:
    """One row per rule: `rule_id, title, grain, verdict`, rows in each state, `missing` columns.

    Rows are tenders where `grain` says so, otherwise firms, pairs, groups, buyers and so on.

    `verdict` is `supported`, `partly` or `not evaluable`: the last means that not one tender had
    the inputs, which says nothing about those tenders.
    """
    titles = {r.id: (r.zh if lang == "zh" else r.en).title for r in all_rules().values()}
    judged = pl.col("hit") + pl.col("clear")
    verdict = (
        pl.when((judged == 0) & (pl.col("not_evaluable") > 0)).then(pl.lit("not evaluable"))
        .when(judged == 0).then(pl.lit("not applicable"))
        .when(pl.col("not_evaluable") > 0).then(pl.lit("partly"))
        .otherwise(pl.lit("supported"))
    )  # fmt: skip
    missing = run.missing.sort("n", "column", descending=[True, False]).group_by(
        "rule_id", maintain_order=True
    )
    words = {f"shared_{k.name}": k.zh if lang == "zh" else k.en for k in KINDS.values()}
    named = missing.agg(pl.col("column").replace(words).str.join(", ").alias("missing"))
    return (
        run.counts.with_columns(verdict.alias("verdict"))
        .join(named, on="rule_id", how="left")
        .select(
            "rule_id",
            pl.col("rule_id").replace_strict(titles, default=None).alias("title"),
            "grain", "verdict", "hit", "clear", "not_evaluable", "not_applicable",
            pl.col("missing").fill_null(""),
        )
        .sort("rule_id")
    )  # fmt: skip
