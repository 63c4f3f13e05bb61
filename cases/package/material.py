"""Everything that a package tells of one case, gathered from a run, the records and the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from cases.masking import fit, openings, persons
from cases.package.chains import Chain, chains
from cases.package.people import People
from cases.roles import ALLOWED, May, Refused, Role, require
from detect.explain import explain, explain_parties
from detect.explanation import Explanation, Finding, Party
from detect.kept import Run
from records.landing import BATCHES
from records.privacy import masked_id
from records.source import BadInput
from records.tables import Market

TENDER = "tender"
_BID = (
    "tender_id", "bid_id", "bidder_id", "name", "amount", "currency", "status", "rank", "won", "submitted_at",
    "source", "source_table", "source_record", "collected_at", "batch_id",
)  # fmt: skip
_SIDE = ("observed", "source", "table", "record", "collected")


@dataclass(frozen=True)
class Material:
    """One case.

    * `bids`: of the tender, or of a party's tenders and bidders, with where they stand on record.
    * `facts`: the shared values between those bidders, both sides with source, table, record, time.
    * `chains`: see `cases.package.chains`; `at` is the moment for which they were looked up, `n_relations`
      how many relations there are on record at all.
    * `sources`: the import batches that any of it came from.
    * `manifest`: the run's own; `counts` and `missing` are its frames.
    * `hidden`: ids of natural persons among the bidders, with what is shown in their place; frames have that
      already, `shown_to_all` puts it into everything else.
    """

    lang: str
    grain: str
    subject_id: str
    story: Explanation | Party
    bids: pl.DataFrame
    facts: pl.DataFrame
    chains: list[Chain]
    at: datetime | None
    n_relations: int
    sources: pl.DataFrame
    manifest: Mapping[str, Any]
    counts: pl.DataFrame
    missing: pl.DataFrame
    people: People
    hidden: Mapping[str, str]

    @property
    def findings(self) -> list[Finding]:
        """What the rules found."""
        return self.story.findings

    @property
    def case_id(self) -> str:
        """The grain and the id."""
        return f"{self.grain}:{self.subject_id}"

    @property
    def zone(self) -> str:
        """Where clocks are read: China's zone for tenders there, UTC elsewhere."""
        of = self.story.tender.get("jurisdiction") if isinstance(self.story, Explanation) else None
        return "Asia/Shanghai" if (of or self._usual_place()).startswith("CN") else "UTC"

    def _usual_place(self) -> str:
        currencies = self.bids["currency"].drop_nulls().unique().to_list()
        return "CN" if currencies == ["CNY"] else ""


def gather(
    run: Run,
    market: Market,
    grain: str,
    subject_id: str,
    *,
    lang: str = "en",
    role: Role = Role.SUPERVISOR,
    personal: bool = False,
    people: People | None = None,
    batches: pl.DataFrame | None = None,
) -> Material:
    """All of one tender's case, or with another grain than `tender` of a party's.

    Args:
        run: the run that speaks of it.
        market: the records at the version that the run read.
        grain: `tender`, or the grain of a party.
        subject_id: id of the tender or party.
        lang: `en` or `zh`.
        role: whose eyes it is for.
        personal: names and ids of natural persons who bid are shown; otherwise they are masked.
        people: the desk's record.
        batches: the store's import batches.

    Raises:
        BadInput: the run does not speak of it.
        Refused: the role may not export, unmask, or see who bids before the opening.

    """
    require(role, May.EXPORT)
    if personal:
        require(role, May.UNMASK)
    market = fit(market, pl.Series([], dtype=pl.String), personal=personal)
    story = _story(run, market, grain, subject_id, lang)
    tenders = _tenders(story)
    if May.SEE_SEALED not in ALLOWED[role]:
        _refuse_sealed(market, tenders, role)
    firms = None if isinstance(story, Explanation) else _subjects(run, story)
    sources = BATCHES.to_frame() if batches is None else batches
    bids = _bids(market, tenders, firms, sources)
    facts = _facts(run, tenders, firms, sources)
    names = dict(bids.select("bidder_id", "name").sort("bidder_id").iter_rows())
    at = _moment(story)
    ids = [] if personal else persons(market, [*names, *facts["bidder_a"], *facts["bidder_b"]])
    hidden = {i: masked_id(i) for i in sorted(ids, key=len, reverse=True)}
    used = {*bids["batch_id"], *facts["batch_a"], *facts["batch_b"]}
    return Material(
        lang=lang,
        grain=grain,
        subject_id=subject_id,
        story=story,
        bids=_hide(bids, hidden),
        facts=_hide(facts.drop("batch_a", "batch_b"), hidden),
        chains=chains(market, names, at),
        at=at,
        n_relations=market.relations.select(pl.len()).collect().item(),
        sources=_sources(sources, used),
        manifest=run.manifest,
        counts=run.counts,
        missing=run.missing,
        people=people or People(),
        hidden=hidden,
    )


def shown_to_all(value: Any, hidden: Mapping[str, str]) -> Any:
    """Data as they are, with something else in the place of what is hidden.

    >>> shown_to_all({"a": ["bid of X1", 2]}, {"X1": "•••"})
    {'a': ['bid of •••', 2]}
    """
    if isinstance(value, str):
        for whole, masked in hidden.items():
            value = value.replace(whole, masked)
        return value
    if isinstance(value, Mapping):
        return {shown_to_all(k, hidden): shown_to_all(v, hidden) for k, v in value.items()}
    return [shown_to_all(v, hidden) for v in value] if isinstance(value, list) else value


def _hide(frame: pl.DataFrame, hidden: Mapping[str, str]) -> pl.DataFrame:
    masked = pl.selectors.string(include_categorical=False).str.replace_many(
        list(hidden), list(hidden.values())
    )
    return frame.with_columns(masked) if hidden else frame


def _story(run: Run, market: Market, grain: str, subject_id: str, lang: str) -> Explanation | Party:
    if grain == TENDER and run.scores["tender_id"].eq(subject_id).any():
        return explain(run, market, subject_id, lang)
    found = run.party_alerts.filter(pl.col("grain") == grain, pl.col("party_id") == subject_id)
    if found.is_empty():
        raise BadInput(
            f"Run {run.run_id} has no {grain} {subject_id!r}", "the newest run",
            "List them: bidlens alerts, bidlens parties.",
        )  # fmt: skip
    return explain_parties(run, market, found, lang)[0]


def _tenders(story: Explanation | Party) -> list[str]:
    return [story.tender_id] if isinstance(story, Explanation) else story.tenders["tender_id"].to_list()


def _subjects(run: Run, story: Party) -> list[str]:
    of = run.party_alerts.filter(pl.col("grain") == story.grain, pl.col("party_id") == story.party_id)
    return of["subjects"].explode().drop_nulls().to_list()


def _moment(story: Explanation | Party) -> datetime | None:
    """The deadline, or the last one of a party's tenders."""
    if isinstance(story, Explanation):
        at: datetime | None = story.tender["deadline_at"]
        return at
    return story.tenders["deadline_at"].max()  # type: ignore[return-value]


def _refuse_sealed(market: Market, tenders: Sequence[str], role: Role) -> None:
    """Before the opening it is confidential who bids (招标投标法 22)."""
    still = openings(market, datetime.now(UTC)).filter(pl.col("tender_id").is_in(tenders))["tender_id"].sort()
    if not still.is_empty():
        those = ", ".join(r.value for r in Role if {May.SEE_SEALED, May.EXPORT} <= ALLOWED[r])
        raise Refused(
            f"Tender {still[0]!r} has not been opened, so who bids is confidential; "
            f"role {role.value!r} may not export it, these may: {those}.",
            f"标段 {still[0]} 尚未开标，投标人信息保密；角色 {role.value} 无权导出，有权的角色：{those}。",
        )


def _bids(
    market: Market, tenders: Sequence[str], firms: Sequence[str] | None, batches: pl.DataFrame
) -> pl.DataFrame:
    of = market.bids.filter(pl.col("tender_id").is_in(tenders))
    if firms:
        of = of.filter(pl.col("bidder_id").is_in(firms))
    named = of.join(market.bidders.select("bidder_id", "name"), on="bidder_id", how="left")
    return (
        named.with_columns(pl.col("name").fill_null(pl.col("bidder_id"))).collect()
        .join(_told(batches), on="batch_id", how="left")
        .sort("tender_id", "amount", "bid_id", nulls_last=True)
        .select(_BID)
    )  # fmt: skip


def _facts(
    run: Run, tenders: Sequence[str], firms: Sequence[str] | None, batches: pl.DataFrame
) -> pl.DataFrame:
    """Shared values of a tender; of a party those between its bidders, if it has any."""
    of = run.facts.filter(pl.col("tender_id").is_in(tenders))
    if firms is not None:
        of = of.filter(pl.col("bidder_a").is_in(firms), pl.col("bidder_b").is_in(firms))
    for side in "ab":
        parts = pl.col(f"record_{side}").str.splitn(":", 3).struct
        of = of.with_columns(
            parts.field("field_0").alias(f"batch_{side}"),
            parts.field("field_1").alias(f"table_{side}"),
            parts.field("field_2").alias(f"record_{side}"),
        ).join(
            _told(batches).rename({"source": f"source_{side}", "collected_at": f"collected_{side}"}),
            left_on=f"batch_{side}", right_on="batch_id", how="left",
        )  # fmt: skip
    sides = [f"{c}_{side}" for side in "ab" for c in _SIDE]
    return of.select(
        "tender_id", "kind", "kind_b", "display", "value_hash", "bidder_a", "bidder_b", "holders",
        "exclusion", *sides, "batch_a", "batch_b",
    ).sort("tender_id", "kind", "display", "bidder_a", "bidder_b", nulls_last=True)  # fmt: skip


def _told(batches: pl.DataFrame) -> pl.DataFrame:
    return batches.select("batch_id", "source", collected_at="imported_at")


def _sources(batches: pl.DataFrame, used: set[str]) -> pl.DataFrame:
    """The batches without the folder they were read from, which is nobody's business elsewhere."""
    file = pl.col("path").str.extract(r"([^/\\]*)[/\\]*$")
    return (
        batches.filter(pl.col("batch_id").is_in([u for u in used if u]))
        .select("batch_id", "source", file.alias("file"), "sha256", collected_at="imported_at")
        .sort("collected_at", "batch_id")
    )
