"""Names and codes of the parties, Chinese with English alongside; all fictitious."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from records.simulation.arrays import Ints, below, digits, mix, position, text
from records.simulation.codes import credit_codes
from records.simulation.firms import Buyers, Circles, Firms
from records.simulation.places import (
    BRAND_EN,
    BRAND_ZH,
    BUYERS,
    CATEGORIES,
    COUNTY_CODE,
    COUNTY_PREFECTURE,
    PREFECTURES,
)

_SYLLABLES = pl.Series(list(BRAND_ZH)), pl.Series(BRAND_EN.split())


@dataclass(frozen=True)
class Parties:
    """Codes and names by number."""

    firm: pl.Series
    firm_valid: pl.Series
    buyer: pl.Series
    buyer_name: pl.Series
    agency: pl.Series
    agency_name: pl.Series


def parties(seed: int, firms: Firms, buyers: Buyers, defects: float) -> Parties:
    """Name everybody; `defects` is the share of firms whose credit code fails its check."""
    n = firms.circle.size
    wrong = (below(mix(seed, np.arange(n), 31), 1_000_000) < defects * 1_000_000).astype(np.int64)
    return Parties(
        firm=credit_codes("91", "MAX", np.arange(n), wrong),
        firm_valid=pl.Series(wrong == 0),
        buyer=credit_codes("12", "MBX", np.arange(buyers.county.size)),
        buyer_name=_buyer_names(buyers),
        agency=credit_codes("91", "MAW", np.arange(buyers.n_agencies)),
        agency_name=_agency_names(buyers.n_agencies),
    )


def firm_names(circles: Circles, firms: Firms) -> pl.Series:
    """For example 兰州祁源建设工程有限公司 (Lanzhou Qiyuan Construction)."""
    category = circles.category[firms.circle]
    order = np.argsort(category, kind="stable")
    number = np.empty(category.size, np.int64)
    number[order] = position(category[order])
    zh, en = _brands(number)
    local = below(mix(41, np.arange(category.size)), 5) > 0
    place = np.where(local, COUNTY_PREFECTURE[firms.county], len(PREFECTURES))
    trade_zh, trade_en = (pl.Series([getattr(c, f"firm_{x}") for c in CATEGORIES]) for x in ("zh", "en"))
    tail = pl.Series(["有限公司", "有限责任公司", "集团有限公司"]).gather(
        np.minimum(below(mix(42, np.arange(category.size)), 20) // 9, 2)
    )
    return pl.select(
        pl.format(
            "{}{}{}{} ({} {} {})",
            pl.lit(pl.Series([*(p.zh for p in PREFECTURES), "甘肃"]).gather(place)),
            pl.lit(zh),
            pl.lit(trade_zh.gather(category)),
            pl.lit(tail),
            pl.lit(pl.Series([*(p.en for p in PREFECTURES), "Gansu"]).gather(place)),
            pl.lit(en),
            pl.lit(trade_en.gather(category)),
        )
    ).to_series()


def _brands(number: Ints) -> tuple[pl.Series, pl.Series]:
    """Two syllables per number, all pairs before any repeats."""
    count = len(_SYLLABLES[0])
    spread = number * 811 % count**2
    first, second = spread // count, spread % count
    zh, en = (s.gather(first) + s.gather(second).str.to_lowercase() for s in _SYLLABLES)
    return zh, en


def _buyer_names(buyers: Buyers) -> pl.Series:
    place, n = COUNTY_PREFECTURE[buyers.county], buyers.county.size
    number = text(digits(np.arange(n), len(str(n))))
    zh, en = (pl.Series([b[k] for b in BUYERS]).gather(buyers.kind) for k in (0, 1))
    return pl.select(
        pl.format(
            "{}{}（{}） ({} {} {})",
            pl.lit(pl.Series([p.zh + ("州" if p.code > 6220 else "市") for p in PREFECTURES]).gather(place)),
            pl.lit(zh),
            pl.lit(number),
            pl.lit(pl.Series([p.en for p in PREFECTURES]).gather(place)),
            pl.lit(en),
            pl.lit(number),
        )
    ).to_series()


def _agency_names(n: int) -> pl.Series:
    zh, en = _brands(np.arange(n) + 1000)
    frame = pl.DataFrame({"zh": zh, "en": en})
    return frame.select(pl.format("甘肃{}招标代理有限公司 (Gansu {} Tendering)", "zh", "en")).to_series()


def county_codes(county: Ints) -> pl.Series:
    """Six-digit region codes."""
    return text(digits(COUNTY_CODE[county], 6))
