"""What became of the award: the contract that was signed, and who gave way to whom (T6 and later)."""

import polars as pl

from features.catalogue import Column, Grain, Reach, block, frame
from features.ratio import ratio

CHANGE_DAYS = 90
"""A change within so many days of the award repairs the bid rather than answers to the work (rules B12)."""

_ONE = "one award in force, a contract with its bidder in its currency"


@frame(reach=Reach.TENDER)
def standing_awards(awards: pl.LazyFrame) -> pl.LazyFrame:
    """Awards that no later one replaces and that nobody cancelled: `tender_id, bidder_id, award_id, ...`."""
    replaced = awards.select(award_id="changed_from").drop_nulls().unique()
    inactive = pl.col("status").str.to_lowercase().is_in(["cancelled", "unsuccessful", "withdrawn"])
    return awards.filter(~inactive.fill_null(False)).join(replaced, on="award_id", how="anti").select(
        "tender_id", "bidder_id", "award_id", "amount", "currency", "awarded_at"
    )  # fmt: skip


@frame(reach=Reach.TENDER)
def replaced_awards(awards: pl.LazyFrame) -> pl.LazyFrame:
    """One row per award that replaced another bidder's, with the moment when it did.

    Columns: `tender_id, from_id` (who gave way), `to_id`, `increase` (of the amount, as a share),
    `replaced_at`, `change_reason`.
    """
    before = awards.select(
        "tender_id", changed_from="award_id", from_id="bidder_id", old="amount", old_currency="currency"
    )
    same = (pl.col("currency") == pl.col("old_currency")).fill_null(True)
    increase = ratio(pl.col("amount").cast(pl.Float64), pl.col("old").cast(pl.Float64)) - 1
    return (
        awards.join(before, on=["tender_id", "changed_from"])
        .filter(pl.col("from_id") != pl.col("bidder_id"))
        .select("tender_id", "from_id", pl.col("bidder_id").alias("to_id"),
                pl.when(same).then(increase).alias("increase"), pl.col("awarded_at").alias("replaced_at"),
                "change_reason")
    )  # fmt: skip


@block(
    Grain.TENDER,
    {
        "contract_to_award": Column(
            "Amount of the contract as first signed over that of the award, less one.",
            "签约金额相对中标金额的变化", "share of the award", _ONE,
            "招投标法 46; rules B12"),
        "contract_change": Column(
            f"The same for the contract as it stood {CHANGE_DAYS} days after the award.",
            "中标后90日内合同金额变化", "share of the award",
            f"{_ONE}; dates of award and contracts known", "招投标法 46; rules B12, R068"),
        "contract_change_final": Column("The same for the contract as it last stood.",
                                        "合同金额最终变化", "share of the award", _ONE, "rules B12, R069"),
        "n_contract_changes": Column("Changes of the contract on record.", "合同变更次数", "changes", _ONE,
                                     "rules B12"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def contract_changes(standing_awards: pl.LazyFrame, contracts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender whose only award led to a contract; known from the signature on (T7)."""
    single = standing_awards.filter(pl.len().over("tender_id") == 1, pl.col("amount") > 0)
    made = (
        contracts.select("tender_id", "bidder_id", "contract_id", "changed_from", "signed_at",
                         signed="amount", money="currency")
        .join(single.drop("award_id").rename({"bidder_id": "winner"}), on="tender_id")
        .filter((pl.col("bidder_id") == pl.col("winner")).fill_null(True))
        .filter((pl.col("money") == pl.col("currency")).fill_null(True))
    )  # fmt: skip
    first = pl.col("changed_from").is_null()
    only = first.sum() == 1
    change = ratio(pl.col("signed").cast(pl.Float64), pl.col("amount").cast(pl.Float64)) - 1
    soon = pl.col("signed_at") - pl.col("awarded_at") <= pl.duration(days=CHANGE_DAYS)
    when, dated = pl.col("signed_at"), pl.col("signed_at").is_not_null().all()
    return made.group_by("tender_id").agg(
        contract_to_award=pl.when(only).then(change.filter(first).first()),
        contract_change=pl.when(only & dated).then(change.filter(soon).sort_by(when.filter(soon)).last()),
        contract_change_final=pl.when(only & (dated | (pl.len() == 1))).then(change.sort_by(when).last()),
        n_contract_changes=pl.when(only).then((~first).sum().cast(pl.Int64)),
    )


@block(
    Grain.TENDER,
    {
        "n_award_replacements": Column("Awards that passed to another bidder after the first was named.",
                                       "中标人变更次数", "awards", "an award on record",
                                       "条例 55; rules O07"),
        "replacement_increase": Column("Largest increase of the amount by which an award passed on.",
                                       "递补后中标金额涨幅", "share of the replaced award",
                                       "an award was replaced, amounts known", "条例 55; rules O07"),
    },
    reach=Reach.TENDER,
)  # fmt: skip
def award_replacements(awards: pl.LazyFrame, replaced_awards: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with an award; known from the second award on (T6)."""
    passed = replaced_awards.group_by("tender_id").agg(
        pl.len().cast(pl.Int64).alias("n_award_replacements"),
        pl.col("increase").max().alias("replacement_increase"),
    )
    awarded = awards.select("tender_id").unique()
    return awarded.join(passed, on="tender_id", how="left").with_columns(
        pl.col("n_award_replacements").fill_null(0)
    )
