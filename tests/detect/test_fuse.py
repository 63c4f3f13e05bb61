import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.fuse import RARE, fuse
from detect.others import supporting_inputs
from detect.rule import Level, Rule, all_rules
from features.catalogue import Grain
from models.scorer import Scorer, all_models

RULES: dict[str, Rule] = all_rules()
Row = tuple[str, str, int, float, list[str]]


def hits(*rows: Row) -> pl.DataFrame:
    schema = {
        "tender_id": pl.String(),
        "rule_id": pl.String(),
        "level": pl.Int8(),
        "strength": pl.Float64(),
        "subjects": pl.List(pl.String()),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(confidence=pl.lit(1.0))


def scored(**scores: float | None) -> pl.DataFrame:
    schema = {"tender_id": pl.String(), "score": pl.Float64()}
    return pl.DataFrame(list(scores.items()), schema=schema, orient="row")


def fused(found: pl.DataFrame, scores: pl.DataFrame, *inputs: str) -> dict[str, object]:
    return fuse(pl.DataFrame({"tender_id": ["T"]}), found, scores, RULES, inputs).row(0, named=True)


def test_two_hits_of_one_family_count_once() -> None:
    both = fused(hits(("T", "E01", 4, 1.0, ["A", "B"]), ("T", "E04", 4, 1.0, ["A", "B"])), scored())
    alone = fused(hits(("T", "E01", 4, 1.0, ["A", "B"])), scored())
    assert both["attention"] == alone["attention"] == 100


def test_families_add_up_and_subjects_are_joined() -> None:
    row = fused(hits(("T", "E01", 4, 1.0, ["A", "B"]), ("T", "Q02", 3, 0.5, ["C"])), scored())
    assert row["attention"] == 100 + 0.5 * RULES["Q02"].weight
    assert row["subjects"] == ["A", "B", "C"]
    assert row["rule_ids"] == ["E01", "Q02"]


def test_two_weak_families_make_a_strong_lead_one_does_not() -> None:
    two = fused(hits(("T", "E08", 2, 1.0, []), ("T", "O01", 2, 1.0, [])), scored())
    one_family = fused(hits(("T", "E08", 2, 1.0, []), ("T", "E04", 2, 1.0, [])), scored())
    assert two["level"] == Level.ORANGE
    assert one_family["level"] == Level.YELLOW


def test_one_telephone_in_the_register_and_on_the_bid_counts_once() -> None:
    register: Row = ("T", "R04", 2, 1.0, ["A", "B"])
    both, one = (
        fused(hits(register, ("T", "P05", 2, 1.0, ["A", "B"])), scored()),
        fused(hits(register), scored()),
    )
    assert (both["level"], both["attention"]) == (one["level"], one["attention"]) == (Level.YELLOW, 30)


@pytest.mark.parametrize("model", [m for m in all_models(Grain.TENDER).values() if m.counts])
def test_a_score_lifts_no_finding_of_the_screens_that_it_reads(model: type[Scorer]) -> None:
    rare = scored(T=RARE)
    assert fused(hits(("T", "Q05", 2, 1.0, [])), rare, *model.inputs)["level"] == Level.YELLOW
    assert fused(hits(("T", "E08", 2, 1.0, [])), rare, *model.inputs)["level"] == Level.ORANGE


def test_a_firm_s_score_lifts_no_finding_of_the_habits_that_it_reads() -> None:
    habits = fused(hits(("T", "O01F", 2, 1.0, [])), scored(T=RARE), *supporting_inputs())
    assert habits["level"] == Level.YELLOW


@pytest.mark.parametrize(("score", "level"), [(RARE, Level.YELLOW), (RARE - 1e-9, None), (None, None)])
def test_a_score_alone_is_yellow_at_most(score: float | None, level: Level | None) -> None:
    assert fused(hits(), scored(T=score))["level"] == level


def test_information_never_raises_an_alert_on_its_own() -> None:
    assert fused(hits(("T", "B01", 1, 1.0, [])), scored(T=0.5))["level"] == Level.INFO


@given(
    st.lists(st.tuples(st.sampled_from(sorted(RULES)), st.integers(1, 3), st.floats(0, 1)), max_size=8),
    st.floats(0, 1),
)
def test_only_a_red_hit_gives_red_and_more_evidence_never_lowers(
    found: list[tuple[str, int, float]], score: float
) -> None:
    rows: list[Row] = [("T", r, level, s, ["A"]) for r, level, s in found]
    result, fewer = fused(hits(*rows), scored(T=score)), fused(hits(*rows[:-1]), scored(T=score))
    level, before = (int(str(r["level"] or 0)) for r in (result, fewer))
    assert before <= level < Level.RED
    assert float(str(result["attention"])) >= float(str(fewer["attention"])) - 1e-9
