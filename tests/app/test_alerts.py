import polars as pl
import pytest

from app_pages.alerts import PER_PAGE, UNKNOWN, Filters, choices, cut, matching, ordered, rules_fired
from detect.score import Run

NOTHING = Filters([], [], {}, "")


def ids(alerts: pl.DataFrame) -> list[str]:
    return alerts["tender_id"].to_list()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (NOTHING._replace(level=["RED"]), ["RING", "HOSTILE"]),
        (NOTHING._replace(rule=["E04", "Q02"]), ["RING", "HOSTILE"]),
        (NOTHING._replace(listed={"region": [UNKNOWN]}), ["HOSTILE"]),
        (NOTHING._replace(listed={"mechanism": ["lowest"], "region": []}), ["RING"]),
        (NOTHING._replace(text="道路"), ["RING"]),
        (NOTHING._replace(text="(P0"), []),
        (NOTHING._replace(text="p07"), ["P07"]),
        (NOTHING._replace(level=["RED"], listed={"region": ["兰州"]}), ["RING"]),
    ],
)
def test_filters_combine(run: Run, asked: Filters, found: list[str]) -> None:
    assert ids(matching(run.alerts, asked)) == found


def test_no_filter_hides_nothing(run: Run) -> None:
    assert matching(run.alerts, NOTHING).equals(run.alerts)


def test_worst_first_is_the_order_of_the_run(run: Run) -> None:
    assert ids(ordered(run.alerts, "worst")) == ids(run.alerts)


def test_an_amount_that_is_not_on_record_comes_last(run: Run) -> None:
    by_amount = ids(ordered(run.alerts, "amount"))
    assert (by_amount[0], by_amount[-1]) == ("RING", "HOSTILE")


def test_pages_are_cut_without_loss(run: Run) -> None:
    first, second = cut(run.alerts, 1), cut(run.alerts, 2)
    assert first.height == PER_PAGE
    assert pl.concat([first, second]).equals(run.alerts)


def test_choices_name_what_is_there_most_frequent_first(run: Run) -> None:
    assert choices(run.alerts, "region") == ["天水", UNKNOWN, "兰州"]
    assert {"E01", "E04"} <= set(rules_fired(run.alerts))
