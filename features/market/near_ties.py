"""Near ties per stratum: the grain of rules that speak of a market and name no firm (rules Q11)."""

import polars as pl

from features.catalogue import Column, Grain, block, frame
from features.market.missing_bids import FEWEST, density_screen
from records.tables import Mechanism

FEWEST_BIDS = 500
"""Bids of a stratum without which its near ties are not counted (rules Q11)."""

WIDTH = 0.005
"""Share of the ceiling by which a bid may win or lose to count as a near tie (rules Q11)."""

_SEALED = [Mechanism.LOWEST.value, Mechanism.SCORED.value]
_DOMAIN = f"ceilings known; {FEWEST_BIDS} bids in {FEWEST} tenders or more whose lowest bid may win"
_SOURCE = "Chassang, Kawai, Nakabayashi and Ortner 2022"
_SCHEMA = pl.Schema(
    {
        "stratum": pl.String, "market_tenders": pl.Int64, "market_bids": pl.Int64, "near_ties": pl.Int64,
        "near_neighbours": pl.Int64, "near_tie_p": pl.Float64, "coarse_tenders_share": pl.Float64,
    }
)  # fmt: skip


@frame
def market_strata(strata: pl.LazyFrame) -> pl.LazyFrame:
    """One row per tender with a priced bid: `tender_id, stratum`, without the mark that parts ids."""
    return strata.select("tender_id", pl.col("stratum").str.replace_all("|", "/", literal=True))


@block(
    Grain.MARKET,
    {
        "market_tenders": Column("Tenders of the stratum with a ceiling and two valid bids or more.", "标段"
        "数",
                                 "tenders", _DOMAIN),
        "market_bids": Column("Valid bids in them.", "报价数", "bids", _DOMAIN),
        "near_ties": Column(
            "Bids that lie within half a percent of the ceiling of the lowest rival bid, exact ties left "
            "out.",
            "与最低竞争报价相差不足限价0.5%的报价数", "bids", _DOMAIN, _SOURCE),
        "near_neighbours": Column(
            "Bids that lie between half a percent and one percent from it.",
            "与最低竞争报价相差限价0.5%至1%的报价数", "bids", _DOMAIN, _SOURCE),
        "near_tie_p": Column(
            "Chance of so few near ties beside those neighbours where margins are spread smoothly "
            "(bootstrap of "
            "tenders).", "近似平局过少的偶然概率", "probability",
            f"{_DOMAIN}, one bid within one percent", f"{_SOURCE}; rules Q11"),
        "coarse_tenders_share": Column(
            "Share of these tenders whose bids lie on a grid of a fortieth of a percent of the ceiling or "
            "wider.",
            "报价网格过粗的标段占比", "share", f"{_DOMAIN}, one bid within one percent"),
    },
)  # fmt: skip
def near_ties(priced_bids: pl.LazyFrame, market_strata: pl.LazyFrame, tenders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per stratum with enough bids; average-bid, rate and fixed-price awards do not count."""
    method = pl.col("mechanism").cast(pl.String)
    sealed = tenders.filter(method.is_in(_SEALED).fill_null(True)).select("tender_id")
    bids = (
        priced_bids.filter(pl.col("ceiling").cast(pl.Float64) > 0).join(sealed, on="tender_id", how="semi")
        .filter(pl.len().over("tender_id") >= 2).join(market_strata, on="tender_id")
        .select("stratum", "tender_id", "price", "ceiling")
        .filter(pl.len().over("stratum") >= FEWEST_BIDS).collect()
    )  # fmt: skip
    parts = sorted(bids.partition_by("stratum", as_dict=True).items(), key=lambda part: str(part[0][0]))
    large = [(str(stratum), part) for (stratum,), part in parts if part["tender_id"].n_unique() >= FEWEST]
    return pl.LazyFrame([_row(stratum, part) for stratum, part in large], schema=_SCHEMA)


def _row(stratum: str, bids: pl.DataFrame) -> dict[str, str | int | float | None]:
    sized = {"market_tenders": bids["tender_id"].n_unique(), "market_bids": bids.height}
    row: dict[str, str | int | float | None] = {**dict.fromkeys(_SCHEMA), "stratum": stratum, **sized}
    try:
        found = density_screen(bids.lazy(), width=WIDTH)
    except ValueError:  # no margin within one percent
        return row
    seen = found.details
    return {
        **row,
        "near_ties": int(seen["near"]),
        "near_neighbours": int(seen["far"]),
        "near_tie_p": found.p_value,
        "coarse_tenders_share": seen["coarse_share"],
    }
