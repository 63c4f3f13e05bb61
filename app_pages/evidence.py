"""What stands behind a hit: the values that bidders share, each with its place on record, said once for all.

Hits of one rule that rest on the very same values are one block, however many pairs of bidders they name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import comb
from typing import NamedTuple

from markupsafe import Markup

from app_pages.desk import moment
from app_pages.markup import badge, fill, several, table
from app_pages.words import Words
from detect.explanation import Fact, Finding
from detect.terms import Level
from records.visible import visible

Key = tuple[str, str]
"""Kind and hash of a shared value."""


class Others(NamedTuple):
    """Names of firms that hold a value without being named with it: some bid here, too, others do not."""

    here: list[str]
    elsewhere: list[str]


Held = Mapping[Key, Others]
"""The other holders of values, as far as somebody asked."""

NAMED = 5
"""Other holders that are named; the rest is counted."""


class Place(NamedTuple):
    """Where one bidder's value stands on record."""

    record: str
    at: str


class Block(NamedTuple):
    """Hits of one rule that rest on the same values, with the bidders that they name, ids to names."""

    hits: list[Finding]
    bidders: dict[str, str]

    @property
    def facts(self) -> dict[Key, Fact]:
        """One fact for each of the values."""
        return {_key(f): f for hit in self.hits for f in hit.facts}

    def place(self, key: Key, bidder: str) -> Place | None:
        """Where a bidder's value stands."""
        for fact in (f for hit in self.hits for f in hit.facts if _key(f) == key):
            if bidder == fact.bidder_a:
                return Place(fact.record_a, moment(fact.observed_a))
            if bidder == fact.bidder_b:
                return Place(fact.record_b, moment(fact.observed_b))
        return None


def blocks(hits: Sequence[Finding]) -> list[Block]:
    """Hits gathered by what they rest on, in their order; a hit without a shared value stays alone."""
    found: dict[object, Block] = {}
    for n, hit in enumerate(hits):
        values = frozenset((_key(f), f.exclusion) for f in hit.facts)
        block = found.setdefault(values or n, Block([], {}))
        block.hits.append(hit)
        block.bidders.update(zip(hit.subject_ids, hit.subjects, strict=True))
    return list(found.values())


def who(block: Block, w: Words) -> str:
    """The bidders of a block: two by their names, more with their number and what they share."""
    names = list(block.bidders.values())
    if len(block.hits) == 1:
        return " ↔ ".join(names)
    joint = "、" if w.lang == "zh" else ", "
    kinds = joint.join(dict.fromkeys(f.kind for f in block.facts.values()))
    return w("finding.n_share", n=len(names), what=kinds, names=joint.join(names))


def sides(facts: Iterable[Fact], fact: Fact) -> set[str]:
    """The bidders that share a value here."""
    return {b for f in facts if _key(f) == _key(fact) for b in (f.bidder_a, f.bidder_b)}


def shared(block: Block, w: Words, held: Held | None = None) -> Markup:
    """The values of a block: what, how many firms hold it, and where each bidder's stands on record."""
    values = block.facts
    if not values:
        return Markup()
    drawn = (_across if len(block.bidders) == 2 else _down)(block, w, held or {})
    return fill('<div class="label">{label}</div>{drawn}', label=w("finding.evidence"), drawn=drawn)


def _across(block: Block, w: Words, held: Held) -> Markup:
    """A row for each value, a column for each of two bidders."""
    head = [
        w("finding.what"), w("case.value"), *block.bidders.values(), w("finding.holders"),
        w("finding.explained"),
    ]  # fmt: skip
    rows = [
        (
            fact.kind,
            fact.display or w("value.unknown"),
            *(_told(block, key, b, w) for b in block.bidders),
            _holders(block, key, w, held),
            fact.exclusion or w("value.no"),
        )
        for key, fact in block.facts.items()
    ]
    return table(head, rows)


def _down(block: Block, w: Words, held: Held) -> Markup:
    """A row for each bidder, a column for each value."""
    head = [w("column.bidder"), *(f"{f.kind} {f.display or ''}".strip() for f in block.facts.values())]
    rows: list[tuple[object, ...]] = [
        (name, *(_told(block, key, b, w) for key in block.facts)) for b, name in block.bidders.items()
    ]
    rows.append((w("finding.holders"), *(_holders(block, key, w, held) for key in block.facts)))
    if any(f.exclusion for f in block.facts.values()):
        rows.append((w("finding.explained"), *(f.exclusion or w("value.no") for f in block.facts.values())))
    return table(head, rows)


def _holders(block: Block, key: Key, w: Words, held: Held) -> Markup:
    here, holders = sum(block.place(key, b) is not None for b in block.bidders), block.facts[key].holders
    said = w("finding.all_holders" if here == holders else "finding.n_holders", n=f"{holders:,}", here=here)
    others = held.get(key, Others([], []))
    names = [*(w("finding.bids_here", name=visible(n, 60)) for n in others.here),
             *(visible(n, 60) for n in others.elsewhere)]  # fmt: skip
    if here == holders or not names:
        return fill("{said}", said=said)
    told, left = ("、" if w.lang == "zh" else ", ").join(names[:NAMED]), holders - here - len(names[:NAMED])
    more = w("finding.and_more", n=f"{left:,}") if left > 0 else ""
    return fill('{said}<br><span class="small">{told}</span>', said=said,
                told=w("finding.others", names=f"{told}{more}"))  # fmt: skip


def _told(block: Block, key: Key, bidder: str, w: Words) -> Markup:
    place = block.place(key, bidder)
    if place is None:
        return Markup("–")
    return fill(
        '<span title="{record}">{short}</span><br><span class="small">{at}</span>',
        record=place.record,
        short=source(place.record, w, bidder),
        at=place.at or w("value.no_time"),
    )


def source(record: str, w: Words, bidder: str = "") -> str:
    """File or table of a record and its place there, without the import and the bidder's id.

    >>> source("tables-673c:bids.csv:row 17", Words("en"))
    'bids.csv, row 17'
    >>> source("tables-673c:identifiers:T1:F1", Words("en"), "F1")
    'Identifiers, T1'
    """
    _, _, told = record.partition(":")
    name, _, place = told.partition(":")
    if not name:
        return record
    where = w(f"table.{name}") if w.has(f"table.{name}") else name
    if line := re.fullmatch(r"(?:row|line) (\d+)", place):
        return w("finding.row", file=where, n=line[1])
    rest = ":".join(part for part in place.split(":") if part != bidder)
    return f"{where}, {rest}" if rest else where


def _key(fact: Fact) -> Key:
    return fact.kind, fact.value_hash


def sentences(block: Block, w: Words) -> Markup:
    """What the rule says of the bidders, once where it says the same of any two, else with the pairs.

    A level stands where it is not the first hit's.
    """
    said: dict[tuple[Level, str], list[str]] = {}
    for hit in block.hits:
        said.setdefault((hit.level, hit.sentence), []).append(" ↔ ".join(hit.subjects))
    if len(said) == 1 and len(block.hits) in {1, comb(len(block.bidders), 2)}:
        each = w("finding.each_two") if len(block.hits) > 1 else ""
        return fill("<p>{each}{x}</p>", each=each, x=block.hits[0].sentence)
    rows = (
        {
            "x": sentence,
            "level": Markup() if level == block.hits[0].level else badge(level, w),
            "pairs": w("finding.pairs_joint").join(pairs),
        }
        for (level, sentence), pairs in said.items()
    )
    return fill('<ul class="said">{rows}</ul>', rows=several("<li>{x} {level}<br>{pairs}</li>", rows))
