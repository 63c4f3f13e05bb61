import polars as pl

from features.build import Build
from features.tie.joint_bids import named_pairs
from records.tables import market_of


def test_a_meeting_takes_the_lowest_bid_of_each_firm_and_no_ratio_of_one() -> None:
    bids = pl.DataFrame(
        [
            ("T1", "B", 100.0), ("T1", "A", 98.0), ("T1", "A", 80.0), ("T1", "C", 100.0),
            ("T2", "A", 3.0), ("T2", "B", 1.0), ("T3", "B", 5.0),
        ],
        schema=["tender_id", "bidder_id", "amount"],
        orient="row",
    ).with_row_index("bid_id").cast({"bid_id": pl.String}).with_columns(batch_id=pl.lit("x"))  # fmt: skip
    tenders = bids.select("tender_id", "batch_id").unique()
    build = Build(market_of(tenders=tenders, bids=bids))
    met = build.table("joint_bids").join(build.table("tender_codes"), on="tender")
    rows = named_pairs(met, build.table("bidder_codes")).select("tender_id", "bidder_a", "bidder_b", "ratio")
    assert sorted(rows.collect().rows(), key=str) == [
        ("T1", "A", "B", 12500),
        ("T1", "A", "C", 12500),
        ("T1", "B", "C", None),
        ("T2", "A", "B", 3333),
    ]
