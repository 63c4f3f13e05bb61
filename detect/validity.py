"""Where and when something holds: laws and parameter sets speak of a place and a period."""

from datetime import UTC, date, datetime, time
from functools import cache
from typing import NamedTuple

import polars as pl


class Validity(NamedTuple):
    """A jurisdiction with its parts, from a day until before another.

    >>> rows = pl.DataFrame({"jurisdiction": ["CN-62", "CN-50", "DO"], "deadline_at": [None, None, None]},
    ...                     schema_overrides={"deadline_at": pl.Datetime("us", "UTC")})
    >>> rows.select(Validity("CN-62", date(2020, 1, 1)).holds())["holds"].to_list()
    [True, False, False]
    """

    jurisdiction: str
    valid_from: date
    valid_to: date | None = None

    def holds(self) -> pl.Expr:
        """Whether it holds for rows with `jurisdiction` and `deadline_at`.

        Where the deadline is not on record, what has not ended holds.
        """
        place, deadline = pl.col("jurisdiction"), pl.col("deadline_at")
        here = (place == self.jurisdiction) | place.str.starts_with(f"{self.jurisdiction}-")
        begun = (deadline >= _instant(self.valid_from)).fill_null(True)
        ended = (deadline >= _instant(self.valid_to)).fill_null(True) if self.valid_to else pl.lit(False)
        return (here & begun & ~ended).fill_null(False).alias("holds")

    def overlaps(self, other: "Validity") -> bool:
        """Whether both name the same jurisdiction and share a day."""
        if self.jurisdiction != other.jurisdiction:
            return False
        return self.valid_from < (other.valid_to or date.max) and other.valid_from < (
            self.valid_to or date.max
        )


@cache
def _instant(day: date) -> pl.Expr:
    return pl.lit(datetime.combine(day, time(), UTC), pl.Datetime("us", "UTC"))
