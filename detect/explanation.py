"""What an explanation of one tender holds; `detect.explain` makes it, pages and terminal show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from detect.exclusions import Checked
from detect.rule import Level


@dataclass(frozen=True)
class Value:
    """What a rule read, by the column's name and what it is called."""

    name: str
    label: str
    value: Any
    unit: str


@dataclass(frozen=True)
class Fact:
    """A value that two bidders share, with where each side stands on record; bidders go by their ids.

    `holders` are the firms that had shown it by the deadline, these two among them.
    """

    kind: str
    value_hash: str
    display: str
    holders: int
    bidder_a: str
    record_a: str
    observed_a: datetime | None
    bidder_b: str
    record_b: str
    observed_b: datetime | None
    exclusion: str | None


@dataclass(frozen=True)
class Finding:
    """One hit of one rule.

    `subjects` are names, `subject_ids` the ids behind them in the same order. `limits` are those that the hit
    was judged by, `parameter_set` what they come from, None for the rule's own. `p_value` is None for facts
    and plain screens; of several hits that say the same it is the strongest one's. `held_back` says why facts
    that match a legal condition are ORANGE and not RED; else it is empty.
    """

    rule_id: str
    title: str
    level: Level
    sentence: str
    subjects: list[str]
    values: list[Value]
    facts: list[Fact]
    exclusions: list[Checked]
    law: list[str]
    held_back: str
    innocent: str
    strength: float
    version: int
    limits: Mapping[str, Any]
    parameter_set: str | None
    subject_ids: list[str]
    p_value: float | None
    confidence: float


@dataclass(frozen=True)
class Unusual:
    """A screen that lies far from what the stratum shows; typical is the 10th to 90th percentile."""

    label: str
    value: float
    typical_low: float
    typical_high: float
    unit: str


@dataclass(frozen=True)
class Scored:
    """What a model says of one bid, firm or group.

    `of_id` is the bidder, or the party; `score` is the share of its like that are less so. `probability` and
    `verdict` (`look`, `pass`, `abstain`) are None for models that state none; `reasons` name what weighed
    most, each with the range usual among its like, empty for what is ordinary.
    """

    model: str
    title: str
    of_id: str
    score: float
    probability: float | None
    verdict: str | None
    reasons: list[Unusual]


@dataclass(frozen=True)
class NotChecked:
    """A rule that could not be evaluated, and the columns that were missing somewhere."""

    rule_id: str
    title: str
    columns: list[str]


@dataclass(frozen=True)
class Explanation:
    """Everything that one page needs about one tender.

    `related` are the other tenders of its case, see `detect.linking`; `scored` is what models of bids and
    firms say of its bids and bidders, the highest first; `doubts` say which amounts seem to be in another
    unit, what rests on them, and what to check.
    """

    tender_id: str
    title: str
    buyer: str
    level: Level | None
    attention: float
    score: float | None
    headline: str
    findings: list[Finding]
    unusual: list[Unusual]
    not_checked: list[NotChecked]
    not_applicable: list[str]
    related: list[str]
    bids: pl.DataFrame
    tender: Mapping[str, Any]
    scored: list[Scored]
    doubts: list[str]


@dataclass(frozen=True)
class Likeness:
    """The scheme that a group's pattern looks like, and the values with points for or against that."""

    scheme: str
    title: str
    points: int
    signs: list[tuple[Value, int]]


@dataclass(frozen=True)
class Party:
    """A firm, pair, group, buyer or expert that rules over many tenders speak of.

    `names` are those of the bidders, the buyer or the expert; `tenders` has `tender_id, title, deadline_at`;
    `likeness` is None where no scheme fits, and for all but groups; `scored` is what models say of it.
    """

    grain: str
    party_id: str
    kind: str
    names: list[str]
    level: Level
    attention: float
    rule_ids: list[str]
    n_tenders: int
    findings: list[Finding]
    tenders: pl.DataFrame
    likeness: Likeness | None = None
    scored: list[Scored] = field(default_factory=list)
