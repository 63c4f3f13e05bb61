"""Figures as text: separators, units, and words for what is not on record."""

from decimal import Decimal
from typing import Any

from app_pages.words import Words


def money(amount: Decimal | None, currency: str | None, unknown: str) -> str:
    """An amount with its currency; cents only where there are any.

    >>> money(Decimal("1234567.000000"), "CNY", "-"), money(Decimal("0.5"), None, "-")
    ('CNY 1,234,567', '0.50')
    """
    if amount is None:
        return unknown
    figure = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return f"{currency} {figure}" if currency else figure


def quantity(value: Any, unit: str, w: Words) -> str:
    """A value that a rule read, with its unit."""
    if value is None:
        return w("value.unknown")
    if isinstance(value, bool):
        return w("value.yes") if value else w("value.no")
    if isinstance(value, int | float | Decimal):
        figure = _figure(float(value))
        return f"{figure} {w.unit(unit)}".strip()
    return str(value)


def _figure(value: float) -> str:
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if abs(value) >= 0.001 else f"{value:.2e}"
