"""What is known after some of the lines: sums, sets and values that add up over parts of a file."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Counts = defaultdict[str, int]
Values = dict[str, float]


@dataclass
class Tally:
    """The state of all indicators after a part of a file.

    `values` are results by group and indicator. `counts` are sums by name and id. `sets` are sets of texts
    by name and id. `latest` are things by name and id, of which the last one read counts. `currency` is the
    main one, once known. `invalid` are the lines that were left out, with the reason, counted from the
    part's first as 0; `lines` counts all.
    """

    currency: str | None = None
    values: defaultdict[tuple[str, str], Values] = field(default_factory=partial(defaultdict, dict))
    counts: defaultdict[str, Counts] = field(default_factory=partial(defaultdict, partial(defaultdict, int)))
    sets: defaultdict[str, defaultdict[str, set[str]]] = field(
        default_factory=partial(defaultdict, partial(defaultdict, set))
    )
    latest: defaultdict[str, dict[str, Any]] = field(default_factory=partial(defaultdict, dict))
    invalid: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0

    def add(self, later: "Tally") -> None:
        """Take in the tally of the part that follows."""
        for group, values in later.values.items():
            self.values[group].update(values)
        for name, things in later.latest.items():
            self.latest[name].update(things)
        for name, counts in later.counts.items():
            mine = self.counts[name]
            for key, count in counts.items():
                mine[key] += count
        for name, sets in later.sets.items():
            for key, members in sets.items():
                self.sets[name][key] |= members
        self.invalid += [(self.lines + line, reason) for line, reason in later.invalid]
        self.lines += later.lines

    def in_main_currency(self, currency: str) -> bool:
        """Whether a price can be compared; the first currency asked about is the main one.

        Others are counted.
        """
        if self.currency is None:
            self.currency = currency
        if currency == self.currency:
            return True
        self.counts["other currency"][currency] += 1
        return False
