import json
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from stdnum.cn import uscc

from features.build import Build
from records.privacy import pseudonymise
from records.simulate import Simulated, into_store, simulate, write_sample
from records.simulation.plans import SCHEMES
from records.simulation.traces import LOOKALIKES
from records.source import BadInput
from records.store import Store
from records.tables import SCHEMAS, Market, market_of

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
FREE_PRICE = ["lowest", "scored"]


@cache
def market(tenders: int = 1500, seed: int = 7, rings: bool = True, lookalikes: bool = True) -> Simulated:
    (made,) = simulate(tenders, seed, rings, lookalikes)
    return made


def table(name: str, **options: int) -> pl.DataFrame:
    return market(**options).raw.tables[name]


def hashed(tables: dict[str, pl.DataFrame]) -> Market:
    key = b"k" * 32
    return market_of(
        **{
            name: (pseudonymise(frame, key) if "value" in frame.columns else frame).with_columns(
                batch_id=pl.lit("b")
            )
            for name, frame in tables.items()
        }
    )


@cache
def contracted() -> Market:
    return hashed(market().raw.tables)


def offers() -> pl.DataFrame:
    columns = ["tender_id", "mechanism", "mechanism_detail", "ceiling", "category"]
    return (
        table("bids")
        .filter(pl.col("status") == "valid")
        .join(table("tenders").select(columns), on="tender_id")
        .with_columns(pl.col("amount", "ceiling").cast(pl.Float64))
    )


def detail(of: str, key: str, dtype: type[pl.DataType] = pl.Float64) -> pl.Expr:
    kept = pl.when(pl.col("mechanism") == of).then("mechanism_detail")
    return kept.str.json_path_match(f"$.{key}").cast(dtype)


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    (first,), (again,), (other,) = (list(simulate(300, seed)) for seed in (5, 5, 6))
    for name, frame in first.raw.tables.items():
        assert_frame_equal(frame, again.raw.tables[name])
    assert_frame_equal(first.truth, again.truth)
    assert not first.raw.tables["bids"].equals(other.raw.tables["bids"])


@pytest.mark.parametrize("defects", [0.0, 0.05])
def test_rows_do_not_depend_on_the_cut_into_chunks(defects: float) -> None:
    (whole,) = simulate(400, 9, defects=defects)
    parts = list(simulate(400, 9, defects=defects, chunk=90))
    assert len(parts) == 5
    for name, frame in whole.raw.tables.items():
        joined = pl.concat(p.raw.tables[name] for p in parts if name in p.raw.tables)
        assert_frame_equal(frame, joined, check_row_order=False)
    assert_frame_equal(whole.truth, pl.concat(p.truth for p in parts))
    assert sum(p.members.height for p in parts) == whole.members.height
    ends = [p.raw.tables["tenders"]["deadline_at"].max() for p in parts]
    assert ends == sorted(ends)  # type: ignore[type-var]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_table_keeps_the_contract(name: str) -> None:
    made = contracted().to_dict()[name].collect()
    good, failures = SCHEMAS[name].filter(made)
    assert failures.counts() == {}
    assert good.height == market().raw.tables.get(name, pl.DataFrame()).height


def test_all_named_parties_and_tenders_exist() -> None:
    known, named = set(table("bidders")["bidder_id"]), set(table("tenders")["tender_id"])
    for name in ("bids", "identifiers", "consortium_members", "awards", "expert_scores"):
        assert set(table(name)["bidder_id"]) <= known
        assert set(table(name)["tender_id"].drop_nulls()) <= named


def test_credit_codes_are_valid_and_unassigned() -> None:
    codes = pl.concat(
        [table("bidders")["bidder_id"], table("tenders")["buyer_id"], table("tenders")["agency_id"]]
    )
    assert all(uscc.is_valid(code) for code in codes.unique())
    assert codes.str.slice(2, 4).unique().to_list() == ["6299"]
    assert table("bidders")["bidder_id"].is_unique().all()
    assert table("bidders")["id_valid"].all()


def test_the_lowest_price_wins_where_price_decides() -> None:
    priced = offers().filter(pl.col("mechanism").is_in(["lowest", "rate"]))
    lowest = pl.col("amount").min().over("tender_id")
    assert priced.filter("won").select((pl.col("amount") == lowest).all()).item()
    assert priced.filter(pl.col("amount") == lowest)["tender_id"].n_unique() == priced["tender_id"].n_unique()


def test_the_bid_nearest_the_benchmark_wins() -> None:
    averaged = offers().filter(pl.col("mechanism") == "mean_benchmark")
    weight, cut, published = (detail("mean_benchmark", k) for k in ("ceiling_weight", "cut", "benchmark"))
    amount, n = pl.col("amount"), pl.len().over("tender_id")
    total = amount.sum().over("tender_id")
    extremes = amount.min().over("tender_id") + amount.max().over("tender_id")
    mean = pl.when(n >= 7).then((total - extremes) / (n - 2)).otherwise(total / n)
    checked = averaged.with_columns(
        expected=(weight * pl.col("ceiling") + (1 - weight) * mean) * (1 - cut), benchmark=published
    )
    off = (amount / pl.col("benchmark") - 1) * 100
    points = pl.when(off > 0).then(2 * off).otherwise(-off)
    assert checked.select(((pl.col("expected") - pl.col("benchmark")).abs() <= 0.006).all()).item()
    won = checked.filter(pl.col("won"))
    best = checked.group_by("tender_id").agg(best=points.min())
    assert won.join(best, on="tender_id").select(((points - pl.col("best")).abs() < 1e-9).all()).item()


@pytest.mark.parametrize("mechanism", ["scored", "fixed"])
def test_the_best_score_wins(mechanism: str) -> None:
    marks = table("expert_scores").group_by("tender_id", "bidder_id").agg(pl.col("score").mean())
    scored = offers().filter(pl.col("mechanism") == mechanism).join(marks, on=["tender_id", "bidder_id"])
    weight = detail(mechanism, "price_weight")
    price = 100 * pl.col("amount").min().over("tender_id") / pl.col("amount")
    total = scored.with_columns(total=weight * price + (1 - weight) * pl.col("score"))
    best = total.filter(pl.col("total") > pl.col("total").max().over("tender_id") - 1e-9)
    assert total["tender_id"].n_unique() == best.filter("won")["tender_id"].n_unique() > 0


def test_the_drawn_ball_wins_a_lottery() -> None:
    number = pl.col("submitted_at").rank("ordinal").over("tender_id")
    lotteries = offers().filter(pl.col("mechanism") == "lottery")
    drawn = lotteries.with_columns(number=number, ball=detail("lottery", "drawn_ball", pl.Int64))
    assert drawn.select((pl.col("won") == (pl.col("number") == pl.col("ball"))).all()).item()
    assert drawn["tender_id"].n_unique() == drawn["won"].sum() > 0


def test_every_tender_has_one_winner_and_its_award() -> None:
    won = table("bids").filter("won").select("tender_id", "bidder_id", "amount")
    assert_frame_equal(won, table("awards").select("tender_id", "bidder_id", "amount"), check_row_order=False)
    assert won["tender_id"].is_unique().all()
    assert won.height == table("tenders").height
    assert all(json.loads(text) for text in table("tenders")["mechanism_detail"])


def test_times_are_in_order_and_bids_come_late_in_the_period() -> None:
    bids = table("bids").join(table("tenders"), on="tender_id")
    order = pl.all_horizontal(
        pl.col("published_at") < pl.col("submitted_at"),
        pl.col("submitted_at") < pl.col("deadline_at"),
        pl.col("deadline_at") < pl.col("closed_at"),
    )
    assert bids.select(order.all()).item()
    hours = bids.select((pl.col("deadline_at") - pl.col("submitted_at")).dt.total_minutes() / 60).to_series()
    assert hours.mean() == pytest.approx(4.0, abs=0.3)
    assert table("tenders")["deadline_at"].is_sorted()


def test_rings_act_with_their_members_and_in_their_time_only() -> None:
    truth, members = market().truth, market().members
    acted = truth.join(table("tenders"), on="tender_id").join(members, on="ring_id")
    within = (pl.col("from") <= pl.col("deadline_at")) & (pl.col("deadline_at") < pl.col("to"))
    assert acted.select(within.all()).item()
    entered = (
        truth.join(table("bids"), on="tender_id").join(members, on=["ring_id", "bidder_id"])
        .group_by("tender_id", "n_members", "chosen").agg(n=pl.len(), who=pl.col("bidder_id"))
    )  # fmt: skip
    assert entered.height == truth.height
    assert entered.select((pl.col("n") == pl.col("n_members")).all()).item()
    assert entered.select(pl.col("who").list.contains(pl.col("chosen")).all()).item()
    assert set(truth["scheme"]) == {s.value for s in SCHEMES}
    assert 0.04 < truth.height / 1500 < 0.10


def test_steering_happens_under_mean_benchmarks_and_nothing_else_does() -> None:
    acted = market().truth.join(table("tenders"), on="tender_id")
    steered = pl.col("scheme") == "steering"
    assert acted.select((steered == (pl.col("mechanism") == "mean_benchmark")).all()).item()


def test_rings_mostly_get_the_winner_they_want() -> None:
    winners = table("bids").filter("won").select("tender_id", winner="bidder_id")
    share = (
        market().truth.join(winners, on="tender_id")
        .group_by("scheme").agg(share=(pl.col("chosen") == pl.col("winner")).mean())
    )  # fmt: skip
    assert share["share"].min() > 0.25  # type: ignore[operator]
    assert share["share"].mean() > 0.55  # type: ignore[operator]


def test_shared_devices_follow_the_truth() -> None:
    ties = Build(contracted()).table("shared_values").collect()
    same = ties.filter((pl.col("kind") == "author_disk") & ~pl.col("joint_bid"))["tender_id"].unique()
    left = market().truth.filter(pl.col("traces").str.contains("device"))["tender_id"]
    assert left.len() > 0
    assert set(same) == set(left)
    assert (
        market()
        .truth.filter(pl.col("scheme").is_in(["swap", "mimic"]))
        .select(~pl.col("has_traces").any())
        .item()
    )


def test_swapping_rings_pass_devices_around() -> None:
    swapped = market().truth.filter(pl.col("scheme") == "swap")
    devices = (
        table("identifiers").filter(pl.col("kind") == "author_disk")
        .join(swapped, on="tender_id").join(market().members, on=["ring_id", "bidder_id"])
    )  # fmt: skip
    holders = devices.group_by("value").agg(pl.col("bidder_id").n_unique())
    assert devices.group_by("tender_id", "value").len()["len"].max() == 1
    assert holders["bidder_id"].max() > 1  # type: ignore[operator]


def test_all_look_alikes_are_there_and_can_be_left_out() -> None:
    assert set(market().lookalikes["kind"]) == set(LOOKALIKES)
    plain = market(tenders=400, lookalikes=False)
    assert plain.lookalikes.is_empty()
    assert plain.raw.tables["consortium_members"].is_empty()
    assert "known_values" not in plain.raw.tables


def test_reference_lists_explain_part_of_the_sharing() -> None:
    ties = Build(contracted()).table("shared_values").collect()
    listed = set(ties["listing"].drop_nulls())
    assert listed == {"shared_network", "centre_device", "platform_account", "buyer_file"}
    unlisted = ties.filter(pl.col("listing").is_null() & (pl.col("kind") == "upload_ip"))
    assert unlisted["holders"].max() >= 20  # type: ignore[operator]


def test_members_of_joint_bids_do_not_bid_alone() -> None:
    members = table("consortium_members")
    partners = members.join(table("bids"), on=["bid_id", "bidder_id"], how="anti")
    assert partners.height * 2 == members.height > 0
    assert partners.join(table("bids"), on=["tender_id", "bidder_id"], how="semi").is_empty()


def test_a_market_without_rings_has_no_truth() -> None:
    honest = market(tenders=400, rings=False)
    assert honest.truth.is_empty()
    assert honest.members.is_empty()


def test_honest_competition_is_plausible() -> None:
    honest = offers().join(market().truth, on="tender_id", how="anti")
    free = honest.filter(pl.col("mechanism").is_in(FREE_PRICE) & ~pl.col("category").str.contains("药品"))
    amount = pl.col("amount")
    screens = free.group_by("tender_id").agg(
        cv=amount.std() / amount.mean(),
        discount=1 - (amount.filter("won") / pl.col("ceiling").first()).first(),
        n=pl.len(),
    )
    assert 0.03 < screens["cv"].median() < 0.06  # type: ignore[operator]
    assert 0.02 < screens["discount"].quantile(0.1) < screens["discount"].quantile(0.9) < 0.25  # type: ignore[operator]
    assert screens["n"].quantile(0.01) >= 3 and screens["n"].max() <= 15  # type: ignore[operator]  # noqa: PT018
    assert offers().select((amount <= pl.col("ceiling")).all()).item()


def test_firms_bid_tens_of_times() -> None:
    counts = table("bids").group_by("bidder_id").len()["len"]
    assert 15 < counts.median() < 60  # type: ignore[operator]


def test_defects_are_planted_and_keep_the_rest_readable() -> None:
    (dirty,) = simulate(400, 5, defects=0.05)
    bids, bidders = dirty.raw.tables["bids"], dirty.raw.tables["bidders"]
    late = bids.join(dirty.raw.tables["tenders"], on="tender_id").filter(
        pl.col("submitted_at") > pl.col("deadline_at")
    )
    assert 0 < late.height < 0.05 * bids.height
    assert bids["bid_id"].is_duplicated().sum() > 0
    assert bids["amount"].null_count() > 0
    assert 0 < (~bidders["id_valid"]).sum() < 0.15 * bidders.height
    assert [uscc.is_valid(code) for code in bidders["bidder_id"]] == bidders["id_valid"].to_list()
    assert dirty.raw.tables["identifiers"].filter(pl.col("value") == "To be filled by O.E.M.").height > 0
    _, failures = SCHEMAS["bids"].filter(hashed(dirty.raw.tables).bids.collect())
    assert set(failures.counts()) == {"primary_key"}


def test_a_market_lands_in_a_store_once_with_its_truth_beside(tmp_path: Path) -> None:
    report = into_store(tmp_path, tenders=150, seed=4, defects=0.02)
    assert report.tables["tenders"].kept == 150
    assert report.tables["bids"].quarantined > 0
    assert Store(tmp_path).market().tenders.collect().height == 150
    truth = pl.read_parquet(tmp_path / "truth" / "tenders.parquet")
    assert_frame_equal(truth, next(simulate(150, 4, defects=0.02)).truth)
    assert into_store(tmp_path, tenders=150, seed=4, defects=0.02).already_imported


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tenders": 20}, "Ask for 100 to 4,000,000"),
        ({"defects": 0.9}, r"0.9 is no possible share \(defects\)"),
    ],
)
def test_impossible_markets_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        simulate(**options)  # type: ignore[arg-type]


def test_the_sample_is_what_the_code_makes(tmp_path: Path) -> None:
    write_sample(tmp_path)
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.parquet"))
    assert made == sorted(p.relative_to(SAMPLE) for p in SAMPLE.rglob("*.parquet"))
    for part in made:
        assert_frame_equal(pl.read_parquet(tmp_path / part), pl.read_parquet(SAMPLE / part))
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*")) < 1_500_000
