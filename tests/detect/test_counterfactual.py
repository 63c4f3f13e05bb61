from io import StringIO
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.console import Console

from detect.counterfactual import Counterfactual, counterfactual, members_of
from detect.terminal.reports import show_counterfactual
from features.build import Build
from records.source import BadInput
from records.tables import Market, market_of

EXAMPLE = {"A": 88.0, "B": 90.0, "C": 91.0, "D": 92.0, "E": 93.0, "X": 110.0, "Y": 112.0}


def market(lots: list[dict[str, float]], winner: str | None = None, **terms: Any) -> Market:
    """Mean-benchmark tenders; `winner` wins all of them, or nobody is on record."""
    tenders = pl.DataFrame(
        {"tender_id": [f"T{t:03}" for t in range(len(lots))], "mechanism": "mean_benchmark", "batch_id": "b"}
    ).with_columns(**{name: pl.lit(value) for name, value in terms.items()})
    bids = pl.DataFrame(
        [
            {
                "bid_id": f"{t}-{firm}", "tender_id": f"T{t:03}", "bidder_id": firm, "amount": amount,
                "won": None if winner is None else firm == winner, "batch_id": "b",
            }
            for t, lot in enumerate(lots)
            for firm, amount in lot.items()
        ],
        schema_overrides={"won": pl.Boolean},
    )  # fmt: skip
    return market_of(tenders=tenders, bids=bids)


def replay(
    lots: list[dict[str, float]], group: set[str], winner: str | None = None, **terms: Any
) -> Counterfactual:
    return counterfactual(Build(market(lots, winner, **terms)), group, draws=99)


def only(found: Counterfactual) -> dict[str, Any]:
    return found.tenders.row(0, named=True)


def test_the_worked_example() -> None:
    row = only(replay([EXAMPLE], {"X", "Y"}, winner="E"))
    assert (row["rule"], row["n_bids"], row["members"]) == ("nearest to the mean", 7, 2)
    assert (row["winner"], row["winner_without"]) == ("E", "C")
    assert (row["price"], row["price_without"]) == (93.0, 91.0)
    assert row["changed"]
    assert not row["member_won"]
    assert not row["pivotal"]


def test_bidders_that_always_move_the_mean_stand_out_among_random_ones() -> None:
    found = replay([EXAMPLE] * 10, {"X", "Y"}, winner="E")
    assert (found.entered, found.unexplained, found.too_few) == (10, 0, 0)
    assert found.found["dearer"] == pytest.approx(93 / 91 - 1)
    assert found.found["dearer"] > found.usual["dearer"]
    assert found.p["dearer"] == 0.01


def test_a_member_that_wins_by_the_other_members_bids_is_pivotal() -> None:
    row = only(replay([EXAMPLE], {"E", "X", "Y"}, winner="E"))
    assert row["member_won"]
    assert row["pivotal"]
    assert row["winner_without"] == "B"


def test_the_formula_on_record_is_used() -> None:
    terms = '{"trim_from": 5, "ceiling_weight": 0.5}'
    row = only(replay([EXAMPLE], {"X", "Y"}, mechanism_detail=terms, ceiling=100))
    # Trimmed mean 95.2, half of the ceiling: 97.6; without X and Y 91 and 95.5.
    assert row["rule"] == "formula on record"
    assert (row["winner"], row["winner_without"]) == ("E", "E")


def test_what_was_drawn_stays_drawn() -> None:
    # The recorded benchmark is 95 % of the mean 96.57; without X and Y it is 95 % of 90.8.
    row = only(replay([EXAMPLE], {"X", "Y"}, mechanism_detail=f'{{"benchmark": {0.95 * 676 / 7}}}'))
    assert (row["winner"], row["winner_without"]) == ("D", "A")


def test_a_formula_with_a_ceiling_that_is_not_on_record_names_nobody() -> None:
    found = replay([EXAMPLE], {"X", "Y"}, winner="E", mechanism_detail='{"ceiling_weight": 0.5}')
    assert found.tenders.is_empty()
    assert found.too_few + found.unexplained == 1


def test_tenders_whose_winner_the_rule_does_not_name_are_left_out() -> None:
    found = replay([EXAMPLE], {"X", "Y"}, winner="A")
    assert (found.entered, found.unexplained) == (1, 1)
    assert found.tenders.is_empty()
    assert np.isnan(found.found["dearer"])


def test_the_trimmed_mean_is_chosen_where_it_names_more_winners() -> None:
    lot = {"A": 70.0, "B": 78.0, "C": 80.0, "D": 84.0, "E": 88.0, "F": 99.0}
    row = only(replay([lot], {"D"}, winner="C"))
    assert row["rule"] == "trimmed mean"
    assert (row["winner"], row["price"]) == ("C", 80.0)


def test_too_few_bids_left_are_counted_apart() -> None:
    found = replay([{"A": 90.0, "X": 95.0, "Y": 100.0}], {"X", "Y"}, winner="X")
    assert (found.entered, found.too_few, found.tenders.height) == (1, 1, 0)


def test_groups_of_independent_bidders_do_not_stand_out() -> None:
    rng = np.random.default_rng(3)
    lots = [
        {f"F{group}-{i}": float(price) for i, price in enumerate(rng.normal(100, 5, 8).round(2))}
        for group in range(40)
        for _ in range(6)
    ]
    build = Build(market(lots))
    found = [counterfactual(build, {f"F{g}-{i}" for i in range(3)}, draws=19, seed=g).p for g in range(40)]
    # Of 40 p-values two are expected at 0.05; more than eight have chance 2 in 10,000.
    for name in ("changed", "pivotal", "dearer"):
        assert sum(p[name] <= 0.05 for p in found) <= 8


def test_strangers_are_refused() -> None:
    with pytest.raises(BadInput, match="None of \\['Z'\\] has a valid priced bid"):
        replay([EXAMPLE], {"Z"})


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(BadInput, match="No group of bidders is called 'G'"):
        members_of(Build(market([EXAMPLE])), "G")


@pytest.mark.parametrize(("lang", "said"), [("en", "Of 1 tenders entered"), ("zh", "共参与 1 个均值法标段")])
def test_it_reads_in_both_languages(lang: str, said: str) -> None:
    text = StringIO()
    found = replay([EXAMPLE], {"X", "Y"}, winner="E")
    show_counterfactual(found, 5, lang, Console(file=text, width=200))
    assert said in text.getvalue()
    assert "+2.20%" in text.getvalue()
