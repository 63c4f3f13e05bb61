"""What must hold of every rule, on rows at random (but B02, which they never hit)."""

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


NONE_BY_DOMAIN = {
    "B01B": {"clarification_days"},
    "B03": {"jurisdiction"},
    "O07": {"gave_way"},
    "O08": {"n_subcontracts_to_loser"},
}
"""Columns whose null means that there is nothing of the kind, or no law that is known to hold."""

ONLY_WHEN_PRESENT = {
    "E12": {"shared_ca_handler", "shared_ca_point", "holders_ca_handler", "minutes_apart_ca_point",
            "numbers_apart_ca_point"},
    "E13": {"upload_gap_p", "upload_run_p", "upload_gap_minutes", "upload_history"},
    "M03": {"minutes_apart_deposit_branch", "numbers_apart_deposit_branch"},
    "M05": {"numbers_apart_guarantee_insurer", "minutes_apart_guarantee_insurer", "insurer_hourly_rate"},
    "M07": {"equally_paid_losers", "payment_names_service"},
    "O01F": {"top_winner_p", "top_loss_share"},
    "O03": {"identifier_rarity"},
    "O04": {"identifier_rarity"},
    "O05": {"identifier_rarity"},
    "O06": {"buyer_information", "buyer_allocation_p", "buyer_allocation_q", "category_information",
            "category_allocation_p", "category_allocation_q", "identifier_rarity"},
    "P01": {"shared_legal_rep"},
    "P02": {"direct_share"},
    "Q02": {"n_valid"},
    "Q03": {"n_valid"},
    "R02": {"founding_batch"},
}  # fmt: skip
"""Columns that make a finding stronger, are one of two ways to measure it, or are known where the rest is."""


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda r: r.id)
def test_a_row_that_an_unknown_value_could_make_a_hit_is_never_clear(rule: Rule) -> None:
    seen = rows(rule)
    hits = seen.filter(seen.select(rule.state()).to_series() == "hit")
    unknown = {
        name: hits.with_columns(pl.lit(None, hits[name].dtype).alias(name)).select(rule.state()).to_series()
        for name in rule.inputs
    }
    cleared = {name for name, states in unknown.items() if (states == "clear").any()}
    assert cleared == NONE_BY_DOMAIN.get(rule.id, set()) | ONLY_WHEN_PRESENT.get(rule.id, set())
