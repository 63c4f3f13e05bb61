import inspect
import re
from pathlib import Path
from string import Formatter

import polars as pl
import pytest

from detect.columns import column_of
from detect.document import PAGES, catalogue_markdown, limit_reasons
from detect.laws import cite
from detect.rule import Level, Rule, Weight, all_rules
from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

RULES = list(all_rules().values())
ROOT = Path(__file__).parents[2]
each_rule = pytest.mark.parametrize("rule", RULES, ids=[r.id for r in RULES])


def source(rule: Rule) -> Path:
    return Path(inspect.getsourcefile(rule.predicate) or "").relative_to(ROOT)


@each_rule
def test_id_and_file_name_agree(rule: Rule) -> None:
    family, file = rule.family.lower(), source(rule)
    assert file.parent == Path("detect/rules") / family
    assert re.fullmatch(rf"{rule.id.lower()}_[a-z0-9_]+", file.stem)
    assert rule.predicate.__name__ == file.stem.partition("_")[2]


@each_rule
def test_a_verdict_table_mirrors_the_file(rule: Rule) -> None:
    file = source(rule)
    assert (ROOT / "tests" / file.parent / f"test_{file.name}").exists()


@each_rule
def test_the_statement_is_one_sentence(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", rule.statement)


@each_rule
def test_words_are_there_in_both_languages(rule: Rule) -> None:
    assert all(rule.en[:3] + rule.zh[:3])
    assert re.search(r"[\u4e00-\u9fff]", rule.zh.title + rule.zh.sentence + rule.zh.innocent)
    assert not re.search(r"[\u4e00-\u9fff]", rule.en.title + rule.en.sentence + rule.en.innocent)
    assert rule.en.weaker.keys() == rule.zh.weaker.keys()
    assert all(level < rule.level for level in rule.en.weaker)


@each_rule
def test_words_accuse_nobody(rule: Rule) -> None:
    said = " ".join([*rule.en[:3], *rule.zh[:3], *rule.en.weaker.values(), *rule.zh.weaker.values()])
    assert not re.search(r"guilt|collu|cheat|fraud|criminal|conspir|\bring\b|串通|围标|陪标|违法|犯罪", said)


@each_rule
def test_places_of_sentences_are_filled(rule: Rule) -> None:
    words = (rule.en, rule.zh)
    said = [text for w in words for text in (w.sentence, *w.weaker.values())]
    said += [text for c in rule.conditions for text in (c.en, c.zh)]
    places = {name for text in said for _, name, _, _ in Formatter().parse(text) if name}
    assert places <= {*rule.reads, *rule.limits}


@each_rule
def test_red_rests_on_a_fact_and_a_law(rule: Rule) -> None:
    assert cite(rule.law)
    assert rule.level < Level.RED or rule.weight == Weight.FACT
    assert rule.level < Level.RED or any(law.valid_from for law in cite(rule.law))


@each_rule
def test_every_limit_has_a_reason_in_both_languages(rule: Rule) -> None:
    reasons = limit_reasons(rule)
    assert reasons.keys() == rule.limits.keys()
    assert all(en and zh for en, zh in reasons.values())


@each_rule
def test_a_rule_that_knows_its_chance_says_how_often_it_hits_by_chance(rule: Rule) -> None:
    assert bool(rule.chances) == (rule.rate is not None)


@each_rule
def test_every_column_is_on_record_or_in_the_catalogue(rule: Rule) -> None:
    assert all(column_of(name, rule.grain) for name in rule.reads)


@each_rule
def test_it_judges_the_frame_of_its_grain(rule: Rule) -> None:
    tenders = pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]})
    build = Build(market_of(tenders=tenders))
    frames = [build.grain(rule.grain)]
    frames += [build.unlisted(Grain.TIE)] if rule.grain == Grain.TIE else []
    for frame in frames:
        judged = (rule.state().alias("s"), rule.verdict().alias("v"), rule.strength().alias("g"))
        states = frame.select(judged).collect()
        assert set(states.to_series()) <= {"not_evaluable", "not_applicable"}


@pytest.mark.parametrize("lang", sorted(PAGES))
def test_the_catalogue_page_is_current(lang: str) -> None:
    page = ROOT / PAGES[lang]
    assert page.exists(), "make docs"
    assert page.read_text("utf-8") == catalogue_markdown(lang), "make docs"


@each_rule
def test_every_column_that_a_rule_reads_has_a_chinese_name(rule: Rule) -> None:
    assert [name for name in rule.reads if not column_of(name, rule.grain).zh] == []
