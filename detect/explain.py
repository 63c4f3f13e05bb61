"""One alert as a person reads it: what was found, on what evidence, and what else it could mean."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from string import Formatter
from typing import Any

import polars as pl

from detect import exclusions
from detect.columns import column_of, shown
from detect.doubts import doubts
from detect.explanation import (
    Explanation,
    Fact,
    Finding,
    Likeness,
    NotChecked,
    Party,
    Scored,
    Unusual,
    Value,
)
from detect.kept import Run
from detect.laws import cite
from detect.rule import Level, Rule, State, Words, all_rules
from detect.schemes import title
from features.catalogue import Grain
from features.tie.crossed import CROSSINGS, crosses
from models.reasons import of_model
from models.scorer import HIT, MEAN, SCORE, all_models
from records.kinds import kind_words
from records.privacy import masked_id
from records.tables import Market

_UNKNOWN = {"en": "unknown", "zh": "未知"}
_HEADLINE = {
    "en": "{n_bids} bids; {findings}. Worth a look: nothing here accuses anyone.",
    "zh": "共 {n_bids} 份投标；{findings}。提示关注，不构成认定。",
}
_NO_LAW = {
    "en": "No provision in force at this place and time is on record; the rule follows {law}.",
    "zh": "该地该时有效的条款未收录；本规则参照{law}。",
}
_HELD_BACK = {
    "en": "Orange, not red, though the facts match: {reasons}.",
    "zh": "事实虽相符，仍列为橙色而非红色：{reasons}。",
}
_NOT_IN_FORCE = {
    "en": "no provision in force at this place and time is on record", "zh": "该地该时有效的条款未收录",
}  # fmt: skip
_NO_LIST = {
    "en": "an innocent reason could not be checked, for the records have no {lists}",
    "zh": "记录中没有{lists}，相应的正当情形未能核查",
}
_LISTED_SINCE = {
    "en": "a list that was not on record in this run has come since",
    "zh": "本次运行时缺少的清单此后才补录",
}
_NOTHING = {"en": "no rule fired, its prices or company are rare", "zh": "未触发规则，报价或同场情况少见"}


def explain(run: Run, market: Market, tender_id: str, lang: str = "en") -> Explanation:
    """Explain one tender of a run in `en` or `zh`.

    Raises:
        KeyError: the run has no such tender.
    """
    scored = run.scores.filter(pl.col("tender_id") == tender_id)
    if scored.is_empty():
        raise KeyError(f"Run {run.run_id} has no tender {tender_id!r}.")
    level = scored["level"].item()
    on_file = market.tenders.filter(pl.col("tender_id") == tender_id).collect()
    tender = on_file.row(0, named=True)
    bids = _bids(market, tender_id)
    names = dict(bids.select("bidder_id", "name").iter_rows())
    lists = exclusions.on_record(market)
    rules, hits = all_rules(), _hits(run, tender_id)
    laws = _laws([hit["rule_id"] for hit in hits], on_file, lang)
    findings = _joined([_finding(run, hit, names, lists, laws, lang) for hit in hits])
    models = _scored(_of_bids(run.bid_scores, tender_id), "bidder_id", lang)
    states = run.states.filter(pl.col("tender_id") == tender_id).to_dicts()[0]
    return Explanation(
        tender_id=tender_id,
        title=tender["title"] or tender_id,
        buyer=tender["buyer_name"] or tender["buyer_id"] or _UNKNOWN[lang],
        level=None if level is None else Level(level),
        attention=scored["attention"].item(),
        score=scored["score"].item(),
        headline=_headline(findings, bids.height, lang),
        findings=findings,
        unusual=_unusual(run, tender_id, lang),
        not_checked=[
            NotChecked(rule_id, _words(rules[rule_id], lang).title, _missing(run, rule_id))
            for rule_id, state in states.items()
            if state == State.NOT_EVALUABLE
        ],
        not_applicable=[rule_id for rule_id, state in states.items() if state == State.NOT_APPLICABLE],
        related=_related(run, tender_id),
        bids=bids,
        tender=tender,
        scored=models,
        doubts=doubts(
            on_file, bids, [hit["rule_id"] for hit in hits], scored["score"].item(), lang, scored=bool(models)
        ),
    )


_KINDS = {
    "bidder": ("Firm", "企业"), "pair": ("Two firms", "两家企业"), "group": ("Group of firms", "企业群组"),
    "buyer": ("Buyer", "招标人"), "expert": ("Expert", "评标专家"),
    "market": ("Market", "市场"),
}  # fmt: skip


def explain_parties(run: Run, market: Market, parties: pl.DataFrame, lang: str = "en") -> list[Party]:
    """Explain rows of a run's `party_alerts` in `en` or `zh`, in their order."""
    key = ["grain", "party_id"]
    hits = run.party_hits.join(parties, on=key, how="semi").sort("level", "strength", descending=True)
    firms = parties.select(pl.col("subjects").list.explode().unique()).to_series()
    of = run.party_tenders.join(parties, on=key, how="semi")
    told = market.tenders.select(
        "tender_id", "title", "deadline_at", "jurisdiction", "buyer_id", "buyer_name"
    )
    tenders = told.join(of.lazy().select("tender_id"), on="tender_id", how="semi").collect()
    names = _party_names(market, firms, tenders)
    lists = exclusions.on_record(market)
    return [
        Party(
            grain=row["grain"],
            party_id=row["party_id"],
            kind=_KINDS[row["grain"]][lang == "zh"],
            names=_names(row, names),
            level=Level(row["level"]),
            attention=row["attention"],
            rule_ids=row["rule_ids"],
            n_tenders=row["n_tenders"],
            findings=[
                _finding(run, hit, names, lists, laws, lang)
                for hit in _of_party(hits, row).to_dicts()
            ],
            tenders=entered.select("tender_id", "title", "deadline_at").sort("deadline_at", "tender_id"),
            likeness=_likeness(row, lang),
            scored=_scored(_of_party(run.party_scores, row), "party_id", lang),
        )
        for row in parties.to_dicts()
        for entered in [_of_party(of, row).join(tenders, on="tender_id", how="left")]
        for laws in [_laws(row["rule_ids"], entered, lang)]
    ]  # fmt: skip


def _of_bids(scores: pl.DataFrame, tender_id: str) -> pl.DataFrame:
    return scores if scores.is_empty() else scores.filter(pl.col("tender_id") == tender_id)


def _of_party(rows: pl.DataFrame, row: Mapping[str, Any]) -> pl.DataFrame:
    return rows.filter(pl.col("party_id") == row["party_id"], grain=row["grain"])


def _scored(rows: pl.DataFrame, of: str, lang: str) -> list[Scored]:
    """What models say of bids or parties, the highest score first."""
    if rows.is_empty():
        return []
    known = rows.filter(pl.col("score").is_not_null())
    told = known.sort("score", "model", of, descending=[True, False, False]).to_dicts()
    return [
        Scored(
            r["model"], cls.title_zh if lang == "zh" else cls.title_en, r[of], r["score"], r["probability"],
            r["verdict"], _reasons(r["reasons"], cls.grain, lang),
        )
        for r in told
        for cls in [all_models()[r["model"]]]
    ]  # fmt: skip


def _reasons(reasons: Sequence[Mapping[str, Any]] | None, grain: Grain, lang: str) -> list[Unusual]:
    return [
        Unusual(value.label, r["value"], r["typical_low"], r["typical_high"], value.unit)
        for r in reasons or ()
        for value in [_value(r["feature"], r["value"], grain, lang)]
    ]


def _names(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Whom a party's alert names; experts are persons, so their ids are masked."""
    if row["grain"] == Grain.EXPERT:
        return [masked_id(row["party_id"])]
    return [names.get(i, i) for i in row["subjects"] or [row["party_id"]]]


def _likeness(row: Mapping[str, Any], lang: str) -> Likeness | None:
    if row.get("scheme") is None:
        return None
    signs = [(_value(s["column"], s["value"], Grain.GROUP, lang), s["points"]) for s in row["signs"]]
    return Likeness(row["scheme"], title(row["scheme"], lang), row["scheme_points"], signs)


def _party_names(market: Market, firms: pl.Series, tenders: pl.DataFrame) -> dict[str, str]:
    known = market.bidders.filter(pl.col("bidder_id").is_in(firms.to_list()) & pl.col("name").is_not_null())
    buyers = tenders.select("buyer_id", "buyer_name").drop_nulls().unique("buyer_id")
    return {**dict(buyers.iter_rows()), **dict(known.select("bidder_id", "name").collect().iter_rows())}


def sentence(
    rule: Rule, evidence: Mapping[str, Any], limits: Mapping[str, Any], lang: str, level: Level | None = None
) -> str:
    """The rule's sentence for a level found, its highest by default; an unknown value reads as such."""
    words = _words(rule, lang).at(level or rule.level)
    return _Lenient(_UNKNOWN[lang]).vformat(words, (), {**limits, **evidence})


def limits_of(manifest: Mapping[str, Any], hit: Mapping[str, Any]) -> dict[str, Any]:
    """The limits by which a hit of a run was judged."""
    of_set = manifest["parameter_sets"].get(hit["parameter_set"], {"rules": {}})["rules"]
    return {**manifest["rules"][hit["rule_id"]]["limits"], **of_set.get(hit["rule_id"], {})}


class _Lenient(Formatter):
    def __init__(self, unknown: str) -> None:
        self._unknown = unknown

    def get_value(self, key: int | str, _: Any, kwargs: Any) -> Any:
        # Today's sentence may speak of a column that an older run did not keep.
        return kwargs.get(key)

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._unknown if value is None else str(super().format_field(value, format_spec))


def _words(rule: Rule, lang: str) -> Words:
    return rule.zh if lang == "zh" else rule.en


def _bids(market: Market, tender_id: str) -> pl.DataFrame:
    columns = ("bid_id", "bidder_id", "amount", "currency", "status", "won", "rank", "submitted_at")
    of_tender = market.bids.filter(pl.col("tender_id") == tender_id).select(columns).collect()
    firms = pl.col("bidder_id").is_in(of_tender["bidder_id"].to_list())
    names = market.bidders.filter(firms).select("bidder_id", "name")
    named = of_tender.lazy().join(names, on="bidder_id", how="left")
    return (
        named.with_columns(pl.col("name").fill_null(pl.col("bidder_id")))
        .sort("amount", nulls_last=True)
        .collect()
    )


def _related(run: Run, tender_id: str) -> list[str]:
    of = run.cases.filter(pl.col("tender_ids").list.contains(tender_id))["tender_ids"].explode()
    return list(dict.fromkeys(t for t in of if t is not None and t != tender_id))


def _hits(run: Run, tender_id: str) -> list[dict[str, Any]]:
    of_tender = run.hits.filter(pl.col("tender_id") == tender_id)
    return of_tender.sort("level", "strength", "rule_id", descending=[True, True, False]).to_dicts()


def _laws(rule_ids: Sequence[str], tenders: pl.DataFrame, lang: str) -> dict[str, list[str]]:
    return {rule_id: _law(all_rules()[rule_id], tenders, lang) for rule_id in set(rule_ids)}


def _law(rule: Rule, tenders: pl.DataFrame, lang: str) -> list[str]:
    """The provisions in force for any of the tenders; where there is none, what the rule is modelled on."""
    cited = cite(rule.law)
    in_force = [law.text(lang) for law in cited if tenders.select(law.holds().any()).item()]
    return in_force or ([_no_law(rule, lang)] if cited else [])


def _no_law(rule: Rule, lang: str) -> str:
    titles = [law.zh if lang == "zh" else law.en for law in cite(rule.law)]
    return _NO_LAW[lang].format(law=("、" if lang == "zh" else ", ").join(titles))


def _held_back(
    rule: Rule, hit: Mapping[str, Any], lists: frozenset[str], law: Sequence[str], lang: str
) -> str:
    """Why facts that match a legal condition are not shown as RED; empty where nothing is held back."""
    if hit["level"] == hit["found_level"]:
        return ""
    reasons = [_NOT_IN_FORCE[lang]] if _no_law(rule, lang) in law else []
    if missing := exclusions.unchecked(rule, lists):
        named = [exclusions.NAMES[name][lang == "zh"] for name in missing]
        reasons.append(_NO_LIST[lang].format(lists=("、" if lang == "zh" else ", no ").join(named)))
    return _HELD_BACK[lang].format(
        reasons=("；" if lang == "zh" else "; ").join(reasons or [_LISTED_SINCE[lang]])
    )


def _joined(findings: list[Finding]) -> list[Finding]:
    """Say the same thing of several bidders once."""
    said: dict[tuple[str, str], Finding] = {}
    for n, f in enumerate(findings):
        key = (f.rule_id, str(n) if f.facts else f.sentence)
        before = said.get(key)
        said[key] = f if before is None else _with_subjects(before, f)
    return list(said.values())


def _with_subjects(one: Finding, other: Finding) -> Finding:
    """The first finding, said of the bidders of both; two bidders of one name stay two."""
    of = dict(zip(one.subject_ids + other.subject_ids, one.subjects + other.subjects, strict=True))
    return replace(one, subjects=list(of.values()), subject_ids=list(of))


def _finding(
    run: Run,
    hit: Mapping[str, Any],
    names: Mapping[str, str],
    lists: frozenset[str],
    laws: Mapping[str, list[str]],
    lang: str,
) -> Finding:
    rule = all_rules()[hit["rule_id"]]
    words = _words(rule, lang)
    evidence = {name: shown(name, value) for name, value in json.loads(hit["evidence"]).items()}
    shared, limits = _shared(run, hit, rule), limits_of(run.manifest, hit)
    return Finding(
        rule_id=rule.id,
        title=words.title,
        level=Level(hit["level"]),
        sentence=sentence(rule, evidence, limits, lang, Level(hit["found_level"])),
        subjects=[names.get(s, s) for s in hit["subjects"]],
        values=[_value(name, value, rule.grain, lang) for name, value in evidence.items()],
        facts=[_fact(row, lang) for row in shared.to_dicts()],
        exclusions=exclusions.outcomes(rule, shared, lang, lists),
        law=laws[rule.id],
        held_back=_held_back(rule, hit, lists, laws[rule.id], lang),
        innocent=words.innocent,
        strength=hit["strength"],
        version=run.manifest["rules"][rule.id]["version"],
        limits=limits,
        parameter_set=hit["parameter_set"],
        subject_ids=hit["subjects"],
        p_value=hit["p_value"],
        confidence=hit["confidence"],
    )


def _shared(run: Run, hit: Mapping[str, Any], rule: Rule) -> pl.DataFrame:
    """The values on both sides that a rule about a tie, or about one bid beside others, rests on."""
    if rule.grain not in (Grain.TIE, Grain.BID):
        return run.facts.clear()
    kinds = [i.removeprefix("shared_") for i in rule.inputs if i.startswith("shared_")]
    same = pl.col("kind").is_in(kinds) & pl.col("kind_b").is_null()
    crossed = [crosses(name) for name in rule.inputs if name in CROSSINGS]
    of_all = [pl.col("bidder_a").eq(s) | pl.col("bidder_b").eq(s) for s in hit["subjects"]]
    return run.facts.filter(
        pl.col("tender_id") == hit["tender_id"], *of_all, pl.any_horizontal(same, *crossed)
    ).sort("kind", "display")


def _fact(row: Mapping[str, Any], lang: str) -> Fact:
    kind = kind_words(row["kind"], row["kind_b"], lang)
    sides = (f"{c}_{side}" for side in "ab" for c in ("bidder", "record", "observed"))
    keys = ("value_hash", "display", "holders", *sides, "exclusion")
    return Fact(kind, **{k: row[k] for k in keys})


def _value(name: str, value: Any, grain: Grain, lang: str) -> Value:
    column = of_model(name) if name.startswith((HIT, MEAN, SCORE)) else column_of(name, grain)
    label = column.zh or column.meaning if lang == "zh" else column.meaning
    return Value(name, label, value, column.unit)


def _unusual(run: Run, tender_id: str, lang: str) -> list[Unusual]:
    rows = run.unusual.filter(pl.col("tender_id") == tender_id)
    reasons = next(iter(rows["reasons"].to_list()), None) if rows.height else None
    told = _reasons(reasons, Grain.TENDER, lang)
    return [u for u in told if not u.typical_low <= u.value <= u.typical_high]


def _missing(run: Run, rule_id: str) -> list[str]:
    return run.missing.filter(pl.col("rule_id") == rule_id)["column"].to_list()


def _headline(findings: list[Finding], n_bids: int, lang: str) -> str:
    titles = list(dict.fromkeys(f.title for f in findings))
    joined = ("；" if lang == "zh" else "; ").join(titles) or _NOTHING[lang]
    return _HEADLINE[lang].format(n_bids=n_bids, findings=joined)
