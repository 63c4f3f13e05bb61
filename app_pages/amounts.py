"""Amounts in a column: one unit for all of them where they share a currency."""

from collections.abc import Collection
from typing import NamedTuple

from app_pages.words import Words


class Unit(NamedTuple):
    """What a column of amounts is counted in, how many of the currency that is, and its decimals."""

    name: str
    size: int
    decimals: int


def unit_of(w: Words, currencies: Collection[str]) -> Unit | None:
    """The unit of amounts in these currencies, None where they have no one currency.

    Yuan in Chinese are counted by ten thousand, as tender papers there do.
    """
    if len(currencies) != 1:
        return None
    (currency,) = currencies
    if (w.lang, currency) == ("zh", "CNY"):
        return Unit("万元", 10_000, 2)
    return Unit(currency, 1, 0)


def figure(amount: float | None, currency: str | None, unit: Unit | None) -> str:
    """An amount in a unit; with its own currency where there is no common one, a dash where unknown.

    >>> figure(4_812_345.6, "CNY", Unit("万元", 10_000, 2)), figure(12_345.6, "EUR", None)
    ('481.23', 'EUR 12,346')
    """
    if amount is None:
        return "–"
    if unit is None:
        return f"{currency or ''} {amount:,.0f}".strip()
    return f"{amount / unit.size:,.{unit.decimals}f}"
