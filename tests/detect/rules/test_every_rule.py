"""What must hold of every rule, on rows at random."""

import polars as pl
import pytest

from detect.rule import Level, Rule, all_rules
from tests.detect.rules.rows import rows

each_red_rule = pytest.mark.parametrize(
    "rule", [r for r in all_rules().values() if r.level == Level.RED], ids=lambda r: r.id
)


@each_red_rule
@pytest.mark.parametrize("checked", [True, False])
def test_a_finding_that_may_not_be_red_is_orange_and_keeps_its_words(rule: Rule, checked: bool) -> None:
    deciding = rule.with_limits(decides=True) if "decides" in rule.limits else rule
    seen = rows(rule).with_columns(pl.lit(None, pl.String).alias("jurisdiction")) if checked else rows(rule)
    levels = seen.select(found=deciding.found(), shown=deciding.verdict(checked=checked)).unique()
    held_back = levels.filter(pl.col("found") == Level.RED)
    assert held_back["shown"].to_list() in ([], [Level.ORANGE])
    assert held_back.height or rule.id.startswith("B01")
    for words in (rule.en, rule.zh):
        assert words.at(Level.RED) == words.sentence
