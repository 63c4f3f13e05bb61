from typing import Any

import polars as pl
import pytest

from detect.rule import RULES, Level, Point, Rule, Weight, Words, all_rules, rule
from features.catalogue import Grain

WORDS = Words("title", "at most {limit}", "innocent", {Level.INFO: "background"})


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    all_rules()
    monkeypatch.setattr("detect.rule.RULES", dict(RULES))


def made(predicate: Any, **options: Any) -> Rule:
    facts: dict[str, Any] = {
        "level": Level.ORANGE, "grain": Grain.TENDER, "weight": Weight.LINK, "point": Point.OPENING,
        "en": WORDS, "zh": WORDS, **options,
    }  # fmt: skip
    return rule("Z01", **facts)(predicate)


def verdicts(r: Rule, **columns: list[Any]) -> list[int | None]:
    return pl.DataFrame(columns).select(r.verdict().alias("v"))["v"].to_list()


def test_a_null_input_is_not_evaluable() -> None:
    assert verdicts(made(lambda a: a > 1), a=[0, 2, None]) == [0, 3, None]


def test_the_highest_level_that_holds_wins_and_an_unknown_one_does_not_hide_it() -> None:
    r = made(lambda a, b: {Level.YELLOW: a > 0, Level.ORANGE: b > 0})
    assert verdicts(r, a=[1, 1, 0, 1, None], b=[0, 1, 0, None, 1]) == [2, 3, 0, 2, 3]
    assert verdicts(r, a=[0, None], b=[None, 0]) == [None, None]


def test_limits_of_rule_and_conditions_can_be_changed() -> None:
    r = made(lambda a, *, most=1: a > most)
    r.applies("enough", "足够")(lambda n, *, least=3: n >= least)
    assert r.limits == {"most": 1, "least": 3}
    eased = r.with_limits(most=5, least=2)
    frame = pl.DataFrame({"a": [2, 6, 6], "n": [3, 2, 1]})
    assert frame.select(eased.state().alias("s"))["s"].to_list() == ["clear", "hit", "not_applicable"]
    assert r.limits["most"] == 1


def test_an_unknown_limit_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"Rule Z01 has no limit \['max'\]; it has \['most'\]"):
        made(lambda a, *, most=1: a > most).with_limits(max=2)


def test_red_needs_a_fact_and_a_law() -> None:
    with pytest.raises(ValueError, match="RED needs a fact"):
        made(lambda a: a > 0, level=Level.RED, weight=Weight.LINK, law=["CN-REG-37"])
    with pytest.raises(ValueError, match="and a law"):
        made(lambda a: a > 0, level=Level.RED, weight=Weight.FACT)


def test_an_unknown_law_is_refused() -> None:
    with pytest.raises(ValueError, match=r"No law \['CN-REG-99'\]"):
        made(lambda a: a > 0, law=["CN-REG-99"])


def test_an_id_is_registered_once() -> None:
    made(lambda a: a > 0)
    with pytest.raises(ValueError, match="Rule Z01 is registered twice"):
        made(lambda a: a > 0)


def test_words_have_a_sentence_for_each_level() -> None:
    assert WORDS.at(Level.INFO) == "background"
    assert WORDS.at(4) == WORDS.sentence


def test_reads_names_every_column_once() -> None:
    r = made(lambda a, b, *, limit=0: a > b + limit)
    r.applies("known", "已知")(lambda b, c: b > c)
    r.grades(lambda a, d: a / d)
    assert r.reads == ("a", "b", "c", "d")
    assert r.inputs == ("a", "b")


@pytest.mark.parametrize(("rule_id", "p"), [("O01", "loss_tail_p"), ("Q04", "joint_ratio_p")])
def test_a_statistical_finding_is_as_strong_as_it_is_rare(rule_id: str, p: str) -> None:
    rarer = pl.DataFrame({p: [1.0, 1e-2, 1e-4, 1e-9, None]}, schema={p: pl.Float64()})
    graded = rarer.select(all_rules()[rule_id].strength()).to_series()
    assert graded.to_list() == pytest.approx([0, 1 / 3, 2 / 3, 1, 0])


def test_the_rate_follows_the_limit_that_it_names() -> None:
    r = made(lambda a, *, max_p=0.01: a <= max_p, nominal="max_p")
    assert (r.rate, r.with_limits(max_p=0.05).rate) == (0.01, 0.05)
    assert rule("Z02", level=Level.INFO, grain=Grain.TENDER, weight=Weight.CONTEXT, point=Point.OPENING,
                en=WORDS, zh=WORDS, nominal=1e-4)(lambda a: a > 0).rate == 1e-4  # fmt: skip


def test_a_rate_names_a_limit_that_exists() -> None:
    with pytest.raises(ValueError, match=r"Rule Z01: no limit 'max_q'; it has \['max_p'\]"):
        made(lambda a, *, max_p=0.01: a <= max_p, nominal="max_q")


def test_without_what_it_needs_a_rule_cannot_judge() -> None:
    r = made(lambda a: a > 1, needs=["one_scale"])
    assert verdicts(r, a=[0, 2, 2], one_scale=[True, True, None]) == [0, 3, None]
    assert verdicts(r, a=[0, None], one_scale=[None, None]) == [None, None]
    assert r.inputs == ("one_scale", "a")
    assert r.reads[:2] == r.inputs
