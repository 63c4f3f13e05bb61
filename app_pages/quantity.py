"""Figures as text: separators, units, and words for what is not on record."""

from decimal import Decimal
from typing import Any

import polars as pl

from app_pages.words import Words

AMOUNT = "currency of the tender"
"""The unit of features that are amounts of money."""


def money(amount: Decimal | float | None, currency: str | None, w: Words) -> str:
    """An amount with its currency; cents only where there are any.

    >>> money(Decimal("1234567.000000"), "CNY", Words("en")), money(Decimal("0.5"), None, Words("zh"))
    ('CNY 1,234,567', '0.50')
    >>> money(1234567.0, "CNY", Words("zh")), money(20.0, "EUR", Words("zh"))
    ('1,234,567 元', '20 EUR')
    """
    if amount is None:
        return w("value.unknown")
    figure = f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
    if not currency:
        return figure
    return f"{figure} {w.unit(currency)}" if w.lang == "zh" else f"{currency} {figure}"


def in_currency(label: str, currencies: pl.Series, w: Words) -> str:
    """The name of amounts with their currency, where they have one only.

    >>> in_currency("报价", pl.Series(["CNY", None, "CNY"]), Words("zh"))
    '报价（元）'
    """
    known = currencies.drop_nulls().unique().to_list()
    if len(known) != 1:
        return label
    return f"{label}（{w.unit(known[0])}）" if w.lang == "zh" else f"{label} ({known[0]})"


def quantity(value: Any, unit: str, w: Words, currency: str | None = None) -> str:
    """A value that a rule read, with its unit; amounts with the currency of the tender where it is given.

    >>> quantity(0.0523, "share of the panel mean", Words("en")), quantity(0.25, "share", Words("zh"))
    ('5.2% of the panel mean', '25.0%')
    >>> quantity(0.0523, "share of the panel mean", Words("zh"))
    '5.2%（占评委均分）'
    """
    if value is None:
        return w("value.unknown")
    if isinstance(value, bool):
        return w("value.yes") if value else w("value.no")
    if not isinstance(value, int | float | Decimal):
        return str(value)
    number = float(value)
    if unit == AMOUNT and currency:
        return money(round(number, 2), currency, w)
    if unit.startswith("share"):
        rest = "" if unit == "share" else w.unit(unit)
        return f"{_percent(number)}{'' if w.lang == 'zh' else ' '}{rest}".strip()
    return f"{_figure(number)} {w.unit(unit)}".strip()


def between(low: Any, high: Any, unit: str, w: Words, currency: str | None = None) -> str:
    """A range of values with their unit said once; one value where both are equal.

    >>> between(8, 12, "minutes", Words("en")), between(0.1, 0.1, "share", Words("zh"))
    ('8 – 12 minutes', '10.0%')
    """
    one, other = (quantity(x, unit, w, currency) for x in (low, high))
    if one == other:
        return one
    ending = other.lstrip("-+0123456789.,e%")
    return f"{one.removesuffix(ending).strip()} – {other}"


def _percent(share: float) -> str:
    return f"{share:.1%}" if abs(share) >= 0.001 or share == 0 else f"{share:.1g}"


def _figure(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.2e}"


def limit_text(value: object) -> str:
    """A rule's limit as people write it.

    >>> limit_text(4000000.0), limit_text(0.05), limit_text(True)
    ('4,000,000', '0.05', 'True')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"
