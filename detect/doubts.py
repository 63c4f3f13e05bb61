"""Amounts of one tender that seem to be in another unit, and what of its explanation rests on them.

Nothing is mended, and no alert is dropped for it: people are told what to check.
"""

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from detect.rule import all_rules
from records.price_scales import on_one_scale
from records.unit_slips import slipped

NAMED = 5
"""Bids that are told one by one; the rest is counted."""

_PRICES = "Q"
"""Family of the rules that read the prices of a tender."""

_REFERENCE = {"en": {"ceiling": "the ceiling price", "estimate": "the estimate"},
              "zh": {"ceiling": "最高限价", "estimate": "预算价"}}  # fmt: skip
_ONE = {
    "en": {
        "low": "About a ten-thousandth of {named} of {reference}, as if given in 万元 "
        "(ten thousand yuan) where yuan were meant: {bids}.",
        "high": "About ten thousand times {named} of {reference}, as if given in yuan where "
        "万元 (ten thousand yuan) were meant: {bids}.",
    },
    "zh": {
        "low": "以下报价约为{named} {reference} 的万分之一，像是应填“元”而填了“万元”的数：{bids}。",
        "high": "以下报价约为{named} {reference} 的一万倍，像是应填“万元”而填了“元”的数：{bids}。",
    },
}
_ALL = {
    "en": {
        "low": "All {n} bids are about a ten-thousandth of {named} of {reference}: one side seems to be "
        "in yuan, the other in 万元 (ten thousand yuan).",
        "high": "All {n} bids are about ten thousand times {named} of {reference}: one side seems to be "
        "in 万元 (ten thousand yuan), the other in yuan.",
    },
    "zh": {
        "low": "全部 {n} 份报价都约为{named} {reference} 的万分之一：两者像是一个以元、一个以万元计。",
        "high": "全部 {n} 份报价都约为{named} {reference} 的一万倍：两者像是一个以万元、一个以元计。",
    },
}
_APART = {
    "en": "The valid bids run from {low} to {high}. So far apart they may not be prices of the same thing: "
    "unit prices, prices of a part, or another unit.",
    "zh": "有效报价从 {low} 到 {high}，相差十倍以上，可能不是同一内容的价格：例如单价、部分内容的价格，"
    "或者单位不同。",
}
_RESTS = {
    "en": "All figures take amounts as they are on record. These may be off for that reason alone: {what}.",
    "zh": "各项数字都按记录中的金额计算，可能仅因此而异常：{what}。",
}
_WHAT = {
    "en": (
        "the shares of estimate and ceiling",
        "“how unusual” ({score})",
        "the findings {rules}",
        "what models say of the bids",
    ),
    "zh": ("与预算价、最高限价的比例", "“少见程度”（{score}）", "规则发现 {rules}", "模型对投标的评分"),
}
_CHECK = {
    "en": "Check the bid letters or the opening record. Where a unit is wrong, have the source mend it and "
    "import again. An alert that rests on nothing else can be closed as a data issue (a unit is wrong).",
    "zh": "请核对投标函或开标记录。如单位确有错误，请数据来源方更正后重新导入；除此之外没有其他依据的"
    "线索，可按“数据问题”（单位有误）结案。",
}
_MORE = {"en": " and {n} more", "zh": "等 {n} 份"}


def doubts(
    tender: pl.DataFrame,
    bids: pl.DataFrame,
    rule_ids: Sequence[str],
    score: float | None,
    lang: str,
    *,
    scored: bool = False,
) -> list[str]:
    """What looks wrong, what rests on it, and what to check, in `en` or `zh`; empty where nothing does.

    Args:
        tender: one row, with `tender_id, ceiling, estimate`.
        bids: its bids, with `bid_id, name, amount, currency, status`.
        rule_ids: the rules that found something in it.
        score: how unusual it is, None where it was not scored.
        lang: `en` or `zh`.
        scored: whether models score its bids.

    """
    seen = _slips(tender, bids, lang) or _apart(bids, lang)
    if not seen:
        return []
    shares, unusual, findings, models = _WHAT[lang]
    prices = [i for i in dict.fromkeys(rule_ids) if all_rules()[i].family == _PRICES]
    told = [
        shares,
        *([] if score is None else [unusual.format(score=f"{score:.1%}")]),
        *([findings.format(rules=_joint(prices, lang))] if prices else []),
        *([models] if scored else []),
    ]
    return [*seen, _RESTS[lang].format(what=_joint(told, lang)), _CHECK[lang]]


def _slips(tender: pl.DataFrame, bids: pl.DataFrame, lang: str) -> list[str]:
    of = bids.with_columns(tender_id=pl.lit(tender["tender_id"].item()))
    found = slipped(of.lazy(), tender.lazy()).collect().join(bids.select("bid_id", "name"), on="bid_id")
    told = []
    for slip in ("low", "high"):
        rows = found.filter(slip=slip).sort("amount", "bid_id").to_dicts()
        if not rows:
            continue
        words = (_ALL if rows[0]["whole"] else _ONE)[lang][slip]
        named = {"named": _REFERENCE[lang][rows[0]["named"]], "reference": _figure(rows[0]["reference"])}
        said = _joint([f"{r['name']} {_figure(r['amount'])}" for r in rows[:NAMED]], lang)
        more = _MORE[lang].format(n=len(rows) - (NAMED if lang == "en" else 0)) if len(rows) > NAMED else ""
        told.append(words.format(**named, n=len(rows), bids=said + more))
    return told


def _apart(bids: pl.DataFrame, lang: str) -> list[str]:
    valid = bids.filter((pl.col("status").cast(pl.String) == "valid").fill_null(True), pl.col("amount") > 0)
    low, high = pl.col("amount").cast(pl.Float64).min(), pl.col("amount").cast(pl.Float64).max()
    alike = (on_one_scale(low, high) | (pl.col("currency").drop_nulls().n_unique() > 1)).fill_null(True)
    if valid.select(alike).item():
        return []
    return [_APART[lang].format(low=_figure(valid["amount"].min()), high=_figure(valid["amount"].max()))]


def _joint(parts: Sequence[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(parts)


def _figure(amount: object) -> str:
    exact = Decimal(str(amount))
    return f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"
