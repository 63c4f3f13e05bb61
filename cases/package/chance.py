"""How likely a finding is by chance, in words."""

from cases.package.words import Words

RAREST = 1e-9
"""Chances below are told as such: no null distribution is known so far out."""


def odds(p: float, grain: str, w: Words) -> str:
    """One p-value as an expected frequency.

    >>> odds(1e-4, "tender", Words("en"))
    'Without any agreement it is expected in 1 of 10,000 tenders (p = 0.0001).'
    >>> odds(0.3, "tender", Words("en"))
    'Without any agreement about 30% of tenders would look so (p = 0.3).'
    >>> odds(0, "pair", Words("en"))
    'Without any agreement it is expected in fewer than 1 of 1,000,000,000 pairs of firms (p < 1e-09).'
    """
    unit = w(f"grain.{grain}")
    if p < RAREST:
        return w("chance.rarer", n=_round(1 / RAREST), unit=unit, p=f"{RAREST:.0e}")
    if p > 0.05:
        return w("chance.common", share=f"{p:.0%}", unit=unit, p=f"{p:.2g}")
    return w("chance.odds", n=_round(1 / p), unit=unit, p=f"{p:.2g}")


def among(p: float, looked_at: int, grain: str, w: Words) -> str:
    """How many such findings a run of that size shows by chance alone.

    >>> among(1e-3, 600, "tender", Words("en"))
    'The run looked at 600 tenders, so about 0.6 are expected by chance alone.'
    """
    return w("chance.among", n=f"{looked_at:,}", unit=w(f"grain.{grain}"), expected=f"{p * looked_at:.2g}")


def _round(n: float) -> str:
    """Two figures are as many as a chance deserves."""
    return f"{float(f'{n:.2g}'):,.0f}"
