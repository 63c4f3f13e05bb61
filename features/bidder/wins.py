"""Whether a firm won rarer or oftener than its exposure explains, over the whole market."""

import polars as pl

from features.bidder.entries import floats
from features.catalogue import Column, Grain, block, frame
from features.false_discovery import false_discovery_rate
from features.poisson_binomial import TERMS, tails, terms

_DECIDED = "an outcome of one of its tenders is on record"
_TAILS = pl.Struct({"few": pl.Float64, "many": pl.Float64})
_ROLES = {
    "alone": ("bidding alone", "单独投标"),
    "lead": ("as the lead of a joint bid", "作为联合体牵头人"),
    "member": ("as another member of a joint bid", "作为联合体成员"),
}


@frame
def firm_outcomes(firm_bids: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm and tender with a winner on record, of those that stood behind a valid or winning bid.

    Columns: `tender_id, bidder_id, deadline_at`, `won`, `chance` (winners over contenders, a joint bid is
    one contender), `n_contenders`, `n_winners`, and `role`: alone, lead or member, of several bids that of
    the winning one. Unlike `decided_entries` it asks for no date.
    """
    won = pl.col("won").fill_null(False)
    contending = firm_bids.filter(~pl.col("failed").fill_null(False) | won)
    role = (
        pl.when(~pl.col("joint")).then(pl.lit("alone")).when("lead").then(pl.lit("lead"))
        .otherwise(pl.lit("member"))
    )  # fmt: skip
    leads = contending.filter("lead").group_by("tender_id", "bidder_id").agg(won.any().alias("won"))
    decided = (
        leads.group_by("tender_id").agg(n_contenders=pl.len(), n_winners=pl.col("won").sum())
        .filter(pl.col("n_winners") > 0)
    )  # fmt: skip
    return (
        contending.with_columns(role=role)
        .group_by("tender_id", "bidder_id", "deadline_at")
        .agg(
            won.any().alias("won"),
            pl.col("role").sort_by(won, "role", descending=[True, False]).first(),
        )
        .join(decided, on="tender_id")
        .with_columns(chance=pl.col("n_winners") / pl.col("n_contenders"))
    )


@block(
    Grain.BIDDER,
    {
        "n_decided": Column("Tenders with a winner on record in which the firm stood behind a valid bid.",
                            "已决投标数", "tenders"),
        "n_wins": Column("How many of them it won.", "其中中标数", "wins", _DECIDED),
        "wins_due": Column("Wins that equal chances give over the same tenders: the sum of winners over "
                           "contenders.", "机会均等的期望中标数", "wins", _DECIDED, "rules O01"),
        "few_wins_p": Column("Chance of so few wins or fewer with equal chances (Poisson-binomial).",
                             "中标过少的偶然概率", "probability", _DECIDED, "rules O01"),
        "many_wins_p": Column("Chance of so many wins or more with equal chances (Poisson-binomial).",
                              "中标过多的偶然概率", "probability", _DECIDED, "rules O11"),
        "few_wins_q": Column("False discovery rate at which the firm stands out as a serial loser among all.",
                             "中标过少的错误发现率", "share", _DECIDED, "Benjamini and Hochberg 1995"),
        "many_wins_q": Column("False discovery rate at which the firm stands out as a frequent winner.",
                              "中标过多的错误发现率", "share", _DECIDED, "Benjamini and Hochberg 1995"),
        **{f"bids_{role}": Column(f"Decided tenders that the firm entered {en}.", f"{zh}次数", "tenders")
           for role, (en, zh) in _ROLES.items()},
        **{f"wins_{role}": Column(f"Decided tenders that the firm won {en}.", f"{zh}中标次数", "wins")
           for role, (en, zh) in _ROLES.items()},
    },
)  # fmt: skip
def bidder_wins(firm_outcomes: pl.LazyFrame) -> pl.LazyFrame:
    """One row per firm with a decided tender; a win that was certain counts as neither rare nor frequent."""
    certain = pl.col("chance") >= 1
    by_role = [
        made
        for role in _ROLES
        for made in (
            (pl.col("role") == role).sum().cast(pl.Int64).alias(f"bids_{role}"),
            ((pl.col("role") == role) & pl.col("won")).sum().cast(pl.Int64).alias(f"wins_{role}"),
        )
    ]
    tails = pl.struct("open_wins", *TERMS).map_batches(_tails, return_dtype=_TAILS)
    return (
        firm_outcomes.sort("tender_id")
        .group_by("bidder_id", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("n_decided"),
            pl.col("won").sum().cast(pl.Int64).alias("n_wins"),
            pl.col("chance").sum().alias("wins_due"),
            (pl.col("won") & ~certain).sum().alias("open_wins"),
            *(made.sum().alias(name) for name, made in terms(pl.col("chance")).items()),
            *by_role,
        )
        .with_columns(tails.alias("tails"))
        .with_columns(
            few_wins_p=pl.col("tails").struct.field("few"), many_wins_p=pl.col("tails").struct.field("many")
        )
        .with_columns(false_discovery_rate(pl.col(f"{tail}_wins_p")).alias(f"{tail}_wins_q")
                      for tail in ("few", "many"))
        .drop("tails", "open_wins", *TERMS)
    )  # fmt: skip


def _tails(sums: pl.Series) -> pl.Series:
    of = sums.struct.unnest()
    few, many = tails(floats(of, "open_wins"), {name: floats(of, name) for name in TERMS})
    return pl.DataFrame({"few": few, "many": many}).to_struct("tails")
