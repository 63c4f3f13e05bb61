"""All bids of a tender on one line each, against estimate and ceiling, as data for the page layout."""

from decimal import Decimal
from typing import Any
from unicodedata import east_asian_width

import polars as pl

from cases.package.blocks import Block, shown
from cases.package.words import Words
from detect.explanation import Explanation
from records.visible import visible

MOST = 40
"""Bids that are drawn; the sheet has them all."""

WIDTH = 34
"""Latin letters of a name that fit beside the chart."""

_LINES = ("estimate", "ceiling")


def chart(story: Explanation, w: Words) -> list[Block]:
    """The drawing and what it leaves out; nothing where no amount is on record."""
    priced = story.bids.filter(pl.col("amount").is_not_null()).sort("amount", "bid_id")
    if priced.is_empty():
        return []
    drawn = priced.head(MOST)
    on_record = {n: story.tender[n] for n in _LINES if story.tender[n] is not None}
    low, high = _room([*drawn["amount"], *on_record.values()])
    valid = (pl.col("status").is_null() | (pl.col("status").cast(pl.String) == "valid")).alias("valid")
    lowest = priced.filter(valid)["amount"].min()
    listed = enumerate(drawn.with_columns(valid).iter_rows(named=True), start=1)
    rows = [_row(n, bid, lowest, low, high, w) for n, bid in listed]
    lines = [
        {"name": name, "at": _at(value, low, high), "text": f"{w(f'summary.{name}')} {w.money(value)}"}
        for name, value in on_record.items()
    ]
    named = w.joint.join(str(line["text"]) for line in lines) or w("prices.no_lines")
    currency = story.tender["currency"] or w("prices.no_currency")
    legend = [(mark, w(f"prices.{mark}")) for mark in ("winner", "lowest", "other", "out")]
    return [
        {
            "block": "chart",
            "rows": rows,
            "lines": lines,
            "legend": [{"mark": m, "text": t} for m, t in legend if any(r["mark"] == m for r in rows)],
            "axis": shown(w("prices.axis", currency=currency, lines=named)),
        }
    ]


def _fitted(name: str) -> str:
    """A name on one line; Chinese is twice as wide. The table below the chart has it in full."""
    text, width = visible(name), 0
    for n, c in enumerate(text):
        width += 2 if east_asian_width(c) in "WF" else 1
        if width > WIDTH:
            return text[:n] + "…"
    return text


def _room(amounts: list[Decimal]) -> tuple[float, float]:
    low, high = float(min(amounts)), float(max(amounts))
    room = (high - low) or abs(high) * 0.01 or 1.0
    return low - 0.05 * room, high + 0.05 * room


def _at(value: Any, low: float, high: float) -> float:
    return (float(value) - low) / (high - low)


def _row(n: int, bid: dict[str, Any], lowest: object, low: float, high: float, w: Words) -> dict[str, Any]:
    mark = (
        "winner" if bid["won"] else "out" if not bid["valid"]
        else "lowest" if bid["amount"] == lowest else "other"
    )  # fmt: skip
    return {
        "who": f"{n}　{_fitted(bid['name'])}",
        "at": _at(bid["amount"], low, high),
        "mark": mark,
        "figure": w.money(bid["amount"]),
    }
