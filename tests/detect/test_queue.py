from typing import Any

import polars as pl
import pytest
from scipy.stats import false_discovery_control

from detect.queue import Choice, Place, choose, q_values, told
from detect.rule import Level, all_rules

RULES = all_rules()
ANY = "Q05"
"""A statistical rule that can alert."""


def hits(rows: list[tuple[str, float | None, Level]], rule_id: str = ANY, looks: int = 1) -> pl.DataFrame:
    made = pl.DataFrame(
        [(t, p, int(level)) for t, p, level in rows],
        schema={"tender_id": pl.String, "p_value": pl.Float64, "level": pl.Int8},
        orient="row",
    )
    return made.with_columns(rule_id=pl.lit(rule_id), looks=pl.lit(looks))


def states(judged: list[str], n: int) -> pl.DataFrame:
    frame = {"tender_id": judged, ANY: ["clear"] * n + ["not_evaluable"] * (len(judged) - n)}
    return pl.DataFrame(frame)


def test_q_values_are_those_of_benjamini_and_hochberg_over_all_judged_tenders() -> None:
    p_values = [0.001, 0.01, 0.02]
    names = [f"T{i}" for i in range(12)]
    found = q_values(
        hits([(f"T{i}", p, Level.YELLOW) for i, p in enumerate(p_values)]), states(names, 10), RULES
    )
    expected = [*false_discovery_control([*p_values, *[1.0] * 7])[:3], *[1.0] * 9]
    assert found.sort(pl.col("tender_id").str.tail(2), "tender_id").height == 12
    got = dict(found.iter_rows())
    assert [got[name] for name in names] == pytest.approx(expected)


def test_a_fact_has_no_error_rate() -> None:
    found = q_values(
        hits([("T0", None, Level.ORANGE), ("T1", None, Level.YELLOW)]), states(["T0", "T1"], 2), RULES
    )
    assert dict(found.iter_rows()) == {"T0": None, "T1": 1.0}


def test_no_error_rate_throws_out_what_is_on_record() -> None:
    weak = pl.concat([hits([("T0", None, Level.YELLOW)], "E08"), hits([("T1", None, Level.YELLOW)], "E12")])
    assert dict(q_values(weak, states(["T0", "T1"], 2), RULES).iter_rows()) == {"T0": None, "T1": 1.0}


def test_a_chance_counts_as_often_as_it_was_tried() -> None:
    found = q_values(hits([("T0", 0.0001, Level.ORANGE)], "Q04", looks=190), states(["T0"], 1), RULES)
    assert found["q_value"].item() == pytest.approx(0.019)


def test_context_brings_no_alert_below_the_error_rate() -> None:
    rare = pl.concat([hits([("T0", 1e-9, Level.INFO)], "O01"), hits([("T0", 0.04, Level.YELLOW)])])
    judged = states(["T0"], 1).with_columns(O01=pl.lit("hit"))
    assert q_values(rare, judged, RULES)["q_value"].item() == pytest.approx(0.04)


SCORES = pl.DataFrame(
    {
        "tender_id": [f"T{i}" for i in range(100)],
        "level": [4, 3, 3, 2, 2, *[None] * 95],
        "attention": [100.0, 60.0, 60.0, 30.0, 30.0, *[0.0] * 95],
    },
    schema_overrides={"level": pl.Int8},
)
TENDERS = SCORES.select(
    "tender_id",
    pl.lit(None, pl.Float64).alias("estimate"),
    pl.when(pl.col("tender_id") == "T2").then(400.0).otherwise(100.0).alias("ceiling"),
    pl.lit(7.0).alias("lowest_bid"),
    pl.lit("CNY").alias("currency"),
)
Q = pl.DataFrame({"tender_id": ["T0", "T1", "T2", "T3", "T4"], "q_value": [None, 0.01, 0.2, 0.04, 1.0]})


def placed(**options: Any) -> dict[str, list[str]]:
    queue = choose(Choice(**options), SCORES, TENDERS, Q)
    by_place = queue.group_by("place", maintain_order=True).agg("tender_id")
    return dict(by_place.iter_rows())


def test_without_a_choice_every_alert_is_in_the_queue_worst_first() -> None:
    assert placed() == {"queue": ["T2", "T0", "T1", "T3", "T4"]}


def test_capacity_keeps_a_place_for_the_audit() -> None:
    found = placed(capacity=3, audit=0.2)
    assert found["queue"] == ["T2", "T0"]
    assert len(found["audit"]) == 1
    assert set(found["left out"]) | set(found["audit"]) >= {"T1", "T3", "T4"}


def test_the_audit_never_takes_the_only_place() -> None:
    assert placed(capacity=1)["queue"] == ["T2"]
    assert "audit" not in placed(capacity=1)


def test_no_audit_uses_the_whole_capacity() -> None:
    assert placed(capacity=3, audit=0) == {"queue": ["T2", "T0", "T1"], "left out": ["T3", "T4"]}


def test_an_error_target_keeps_facts_and_small_q_values() -> None:
    assert placed(fdr=0.05, audit=0) == {"queue": ["T0", "T1", "T3"], "left out": ["T2", "T4"]}


def test_every_tender_outside_the_queue_is_as_likely_to_be_audited() -> None:
    drawn = [name for seed in range(60) for name in placed(capacity=20, audit=0.5, seed=seed)["audit"]]
    assert len(drawn) == 180
    assert len(set(drawn)) > 75
    queue = choose(Choice(20, audit=0.5), SCORES, TENDERS, Q)
    share = queue.filter(place=Place.AUDIT.value)["selection"].unique().to_list()
    assert share == pytest.approx([3 / 95])


def test_the_same_seed_draws_the_same_tenders() -> None:
    assert placed(capacity=4, seed=5) == placed(capacity=4, seed=5)


def test_a_slipped_unit_buys_no_place() -> None:
    slipped = TENDERS.with_columns(
        pl.when(pl.col("tender_id") == "T4").then(1e9).otherwise("ceiling").alias("ceiling")
    )
    queue = choose(Choice(), SCORES, slipped, Q)
    assert queue.filter(tender_id="T4")["worth"].item() == pytest.approx(0.03 * 20)


def test_a_run_keeps_what_was_left_out() -> None:
    choice = Choice(capacity=2, audit=0)
    assert told(choice, choose(choice, SCORES, TENDERS, Q))["places"] == {
        "queue": 2,
        "audit": 0,
        "left out": 3,
    }


@pytest.mark.parametrize("options", [{"capacity": 0}, {"fdr": 1.0}, {"audit": -0.1}])
def test_choices_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Choice(**options)
