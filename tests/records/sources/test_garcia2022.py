from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from records.source import BadInput, Raw, read
from records.sources import garcia2022 as g

BRAZIL = """Tender,Bid,Competitors,Bid_value,Date,Brazilian State,Collusive_competitor,\
Pre-Tender Estimate (PTE),Number_bids,Winner,CV,Collusive_competitor_original
1,1,216,107807690.49,1274918400,3,1,100869169.08,2,1.0,0.2,0
1,2,210,116619983.74,1274918400,3,1,100869169.08,2,0.0,0.2,1
2,3,216,90071992547409931.12,-9223372037,3,0,1.5,7,1.0,0.2,0
"""
ITALY = """Tender,Winner,Competitors,Capital,Pre-Tender Estimate (PTE),Bid_value,Cartel_name,\
Collusive_competitor,Collusive_competitor_original
0,0,80170392,80000.0,1187850.87,79097540.26,1,1,1
0,0,105230056,520000.0,1187850.87,83007458.3,0,1,0
1,1,105230056,520000.0,7.5,500,0,0,0
"""
AMERICA = """Tender,Date,Competitors,Bid_value_without_inflation,Winner,Bid_value,\
Collusive_competitor,only_cartels_bidding_on_contract,Collusive_competitor_original
97,1980,99,0.1415,1,0.14,0,0,0
98,1980,99,0.15,1,0.14,0,0,0
99,1981,99,0.16,1,0.14,1,1,1
"""
GRISONS = """Bid_value,Collusive_competitor,Contract_type,Tender,Date,Number_bids,\
Collusive_competitor_original,Winner
100.5,1,2.0,5,366,3,1.0,1.0
120.0,1,2.0,5,366,3,0.0,0.0
120.0,1,2.0,5,366,3,0.0,0.0
110.0,0,1.0,6,366,2,0.0,1.0
111.0,0,1.0,6,366,2,0.0,1.0
"""
TICINO = """Bid_value,Collusive_competitor,Consortium,Tender,Date,Winner
100.5,1,1,5,366,1
120.0,1,0,5,366,0
"""
JAPAN = """Bid_value,Tender,Date,Pre-Tender Estimate (PTE),Competitors,Winner,Collusive_competitor,\
Period investigation by JFTC,Collusive_competitor_original
5000,1,1041379200,6000,7,1,0,1,0
"""


def market(folder: Path, text: str) -> Raw:
    path = folder / "any-name.csv"
    path.write_text(text)
    (raw,) = read("garcia2022", path)
    return raw


@pytest.mark.parametrize(
    ("text", "code", "currency", "mechanism"),
    [
        (BRAZIL, "BR", "BRL", "lowest"),
        (ITALY, "IT", "EUR", "mean_benchmark"),
        (AMERICA, "US", "USD", "lowest"),
        (GRISONS, "CH", "CHF", "lowest"),
        (TICINO, "CH", "CHF", "lowest"),
        (JAPAN, "JP", "JPY", "lowest"),
    ],
)
def test_a_market_is_told_by_its_columns(
    tmp_path: Path, text: str, code: str, currency: str, mechanism: str
) -> None:
    tenders = market(tmp_path, text).tables["tenders"]
    assert tenders.select("jurisdiction", "currency", "mechanism").unique().rows() == [
        (code, currency, mechanism)
    ]


def test_brazil_keeps_amounts_and_leaves_out_overflown_dates(tmp_path: Path) -> None:
    raw = market(tmp_path, BRAZIL)
    assert raw.tables["bids"]["amount"].to_list()[2] == Decimal("90071992547409931.12")
    tenders = raw.tables["tenders"]
    assert tenders["deadline_at"].to_list() == [datetime(2010, 5, 27, tzinfo=UTC), None]
    assert tenders["closed_at"].to_list() == [datetime(2010, 5, 27, 23, 59, 59, tzinfo=UTC), None]
    assert tenders["estimate"].to_list() == [Decimal("100869169.08"), Decimal("1.5")]
    assert raw.repairs == {g.OVERFLOWN: 1, g.MISCOUNTED: 1, g.SHIPPED: 3}


def test_italian_bids_are_divided_exactly_and_no_winner_is_no_loss(tmp_path: Path) -> None:
    raw = market(tmp_path, ITALY)
    assert raw.tables["bids"]["amount"].to_list() == [
        Decimal("790975.4026"), Decimal("830074.583"), Decimal(5),
    ]  # fmt: skip
    assert raw.tables["bids"]["won"].to_list() == [None, None, True]
    assert raw.repairs == {g.DIVIDED: 3, g.UNDECIDED: 2}


def test_american_tenders_of_one_year_do_not_inform_each_other(tmp_path: Path) -> None:
    raw = market(tmp_path, AMERICA)
    tenders = raw.tables["tenders"]
    assert tenders["deadline_at"].to_list() == tenders["closed_at"].to_list()
    assert tenders["deadline_at"].dt.to_string("%F %T").to_list() == [
        "1980-12-31 23:59:59", "1980-12-31 23:59:59", "1981-12-31 23:59:59",
    ]  # fmt: skip
    assert raw.tables["bids"]["amount"].to_list()[0] == Decimal("0.1415")
    assert raw.repairs == {g.WITHOUT_INFLATION: 3}


def test_swiss_bidders_never_come_back(tmp_path: Path) -> None:
    raw = market(tmp_path, GRISONS)
    assert raw.tables["bids"]["bidder_id"].to_list() == ["CH-GR:5/1", "CH-GR:5/2", "CH-GR:6/1", "CH-GR:6/2"]
    assert raw.tables["tenders"]["deadline_at"].to_list() == [None, None]
    assert raw.tables["tenders"]["category"].to_list() == ["2", "1"]
    assert raw.repairs == {g.ANONYMISED: 4, g.INVENTED: 4}


def test_several_winners_are_kept(tmp_path: Path) -> None:
    bids = market(tmp_path, GRISONS).tables["bids"]
    assert bids.filter(pl.col("tender_id") == "CH-GR:6")["won"].to_list() == [True, True]


def test_rows_that_say_nothing_new_are_unreadable_with_the_reason(tmp_path: Path) -> None:
    (row,) = market(tmp_path, GRISONS).unreadable.rows(named=True)
    assert (row["source_record"], row["reason"]) == ("line 4", "equal to an earlier row in every column")
    assert '"Bid_value":"120.0"' in row["raw"]


def test_labels_of_tenders_and_of_bidders_are_told_apart(tmp_path: Path) -> None:
    decisions = market(tmp_path, BRAZIL).tables["decisions"]
    assert decisions.select("decision_id", "bidder_id", "collusive").rows() == [
        ("BR:1", None, True),
        ("BR:2", None, False),
        ("BR:1/1", "BR:216", False),
        ("BR:1/2", "BR:210", True),
        ("BR:2/1", "BR:216", False),
    ]
    assert decisions.select("kind", "strength").unique().rows() == [("study", 1.0)]
    assert decisions["basis"].str.extract(r"(\w+)$").unique().sort().to_list() == [
        "Collusive_competitor", "Collusive_competitor_original",
    ]  # fmt: skip


def test_consortia_of_ticino_are_marked(tmp_path: Path) -> None:
    raw = market(tmp_path, TICINO)
    assert raw.tables["bidders"]["kind"].to_list() == ["consortium", None]
    assert raw.tables["decisions"].height == 1


def test_rows_carry_their_line(tmp_path: Path) -> None:
    bids = market(tmp_path, ITALY).tables["bids"]
    assert bids.select("source_table", "source_record").row(2) == ("IT", "line 4")


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of the six markets"):
        market(tmp_path, "Tender,Bid_value,Winner\n1,2,3\n")


def test_unreadable_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="number cannot be read"):
        market(tmp_path, AMERICA.replace("0.15,", "cheap,"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="One market is one file"):
        list(read("garcia2022", tmp_path))


REAL = {
    "America": (3_754, 7_004, 120, 0, {g.WITHOUT_INFLATION: 7_004, g.MISCOUNTED: 174, g.SHIPPED: 7_004}),
    "Brazil": (101, 683, 272, 0, {g.OVERFLOWN: 16, g.SHIPPED: 683}),
    "Italy": (278, 20_286, 821, 0, {g.DIVIDED: 20_286, g.UNDECIDED: 111, g.SHIPPED: 20_286}),
    "Switzerland_GR_and_See-Gaster": (
        4_344, 21_165, 21_165, 66, {g.ANONYMISED: 21_165, g.INVENTED: 21_165, g.SHIPPED: 21_165},
    ),
}  # fmt: skip

FILE = "garcia-2022/DB_Collusion_{}_processed.csv"


@pytest.mark.parametrize("name", REAL)
def test_real_markets_have_the_published_counts(name: str, real_file: Callable[[str], Path]) -> None:
    (raw,) = read("garcia2022", real_file(FILE.format(name)))
    tenders, bids = raw.tables["tenders"], raw.tables["bids"]
    assert (
        tenders.height, bids.height, bids["bidder_id"].n_unique(), raw.unreadable.height, raw.repairs,
    ) == REAL[name]  # fmt: skip
    assert bids["amount"].null_count() == 0


# shipped values count the rows that equal another
@pytest.mark.parametrize(
    ("name", "n_apart"), [("Brazil", 0), ("Italy", 0), ("America", 0), ("Switzerland_GR_and_See-Gaster", 47)]
)
def test_real_amounts_reproduce_the_shipped_variation(
    name: str, n_apart: int, real_file: Callable[[str], Path]
) -> None:
    path = real_file(FILE.format(name))
    (raw,) = read("garcia2022", path)
    amount, row = pl.col("amount").cast(pl.Float64), pl.col("source_record").str.extract(r"(\d+)")
    shipped = pl.read_csv(path, columns=["CV"]).with_row_index("row", offset=2)
    bids = raw.tables["bids"].with_columns(row.cast(pl.UInt32).alias("row")).join(shipped, on="row")
    found = bids.group_by("tender_id").agg(cv=amount.std() / amount.mean(), shipped=pl.col("CV").first())
    assert ((found["cv"] - found["shipped"]).abs() > 1e-4).sum() == n_apart
