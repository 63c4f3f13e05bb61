"""A chunk of the market as raw frames, in the column names of the contract."""

import numpy as np
import polars as pl

from records.simulation.arrays import Ints, below, digits, mix, text
from records.simulation.awards import EXPERTS, PENALTY, TRIM_FROM
from records.simulation.names import Parties, county_codes
from records.simulation.places import CATEGORIES, COUNTY_CODE, FIXED, MECHANISMS, PREFECTURES, SCORED
from records.simulation.places import COUNTY_PREFECTURE as PREFECTURE
from records.simulation.play import Step

INSTANT = pl.Datetime("us", "UTC")
_MONEY = pl.Decimal(38, 6)


def instants(microseconds: Ints) -> pl.Series:
    """Times from microseconds since 1970 UTC."""
    return pl.Series(microseconds).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def money(fen: Ints) -> pl.Series:
    """Yuan as exact decimals from fen."""
    return pl.select(pl.lit(pl.Series(fen)).cast(_MONEY) / pl.lit(100).cast(_MONEY)).to_series().cast(_MONEY)


def recorded(frame: pl.DataFrame, table: str, record: str) -> pl.DataFrame:
    """Add provenance: the table's name and the column that names the source record."""
    return frame.with_columns(source_table=pl.lit(table), source_record=pl.col(record))


def tender_ids(step: Step) -> pl.Series:
    """Section codes of 23 characters: platform and place, year, project, tender, lot."""
    t = step.tenders
    year = 1970 + t.deadline.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
    lot = 1 + (t.lead != np.arange(t.size))
    project = t.number[t.lead] % 1_000_000
    place = COUNTY_CODE[t.county]
    return text("E", digits(place, 6), digits(year, 4), digits(project, 6), "001", digits(lot, 3))


def tenders_frame(step: Step, names: Parties, ids: pl.Series) -> pl.DataFrame:
    """Table `tenders`."""
    t = step.tenders
    frame = pl.DataFrame(
        {
            "tender_id": ids,
            "procedure_id": ids.str.slice(0, 20),
            "title": _titles(step),
            "jurisdiction": pl.repeat("CN-62", t.size, eager=True),
            "region": county_codes(t.county),
            "category": pl.Series([f"{c.zh} ({c.en})" for c in CATEGORIES]).gather(t.category),
            "buyer_id": names.buyer.gather(t.buyer),
            "buyer_name": names.buyer_name.gather(t.buyer),
            "agency_id": names.agency.gather(t.agency),
            "agency_name": names.agency_name.gather(t.agency),
            "procurement_method": pl.repeat("open", t.size, eager=True),
            "mechanism": pl.Series([m.value for m in MECHANISMS]).gather(t.mechanism),
            "mechanism_detail": _details(step),
            "mandatory": t.mandatory,
            "currency": pl.repeat("CNY", t.size, eager=True),
            "estimate": money(t.estimate),
            "ceiling": money(t.ceiling),
            "published_at": instants(t.published),
            "deadline_at": instants(t.deadline),
            "opened_at": instants(t.deadline),
            "closed_at": instants(t.closed),
            "round": pl.repeat(1, t.size, eager=True, dtype=pl.Int32),
            "status": pl.repeat("complete", t.size, eager=True),
        }
    )
    return recorded(frame, "tenders", "tender_id")


def bids_frame(step: Step, names: Parties, ids: pl.Series) -> pl.DataFrame:
    """Table `bids`; `bid_id` is the section code and the lead bidder's credit code."""
    valid, rank = step.outcome.valid, pl.Series(step.outcome.rank)
    frame = pl.DataFrame(
        {
            "tender_id": ids.gather(step.bids.tender),
            "bidder_id": names.firm.gather(step.bids.firm),
            "amount": money(step.amount),
            "currency": pl.repeat("CNY", valid.size, eager=True),
            "status": pl.Series(["disqualified", "valid"]).gather(valid.astype(np.int64)),
            "status_reason": pl.Series(["资格条件不符 (not qualified)", None]).gather(valid.astype(np.int64)),
            "rank": rank.replace(0, None).cast(pl.Int32),
            "won": rank == 1,
            "submitted_at": instants(step.traces.submitted),
        }
    ).with_columns(bid_id=pl.concat_str("tender_id", "bidder_id", separator=":"))
    return recorded(frame, "bids", "bid_id")


def awards_frame(tenders: pl.DataFrame, bids: pl.DataFrame) -> pl.DataFrame:
    """Table `awards`: one per tender, known when it closed."""
    won = bids.filter("won").select("tender_id", "bidder_id", "amount", "currency")
    closed = tenders.select("tender_id", awarded_at="closed_at")
    frame = won.join(closed, on="tender_id", how="left", maintain_order="left").select(
        pl.concat_str("tender_id", pl.lit(":A")).alias("award_id"),
        *("tender_id", "bidder_id", "amount", "currency"),
        pl.lit("active").alias("status"),
        "awarded_at",
    )
    return recorded(frame, "awards", "award_id")


def members_frame(step: Step, names: Parties, bids: pl.DataFrame) -> pl.DataFrame:
    """Table `consortium_members`: lead and partner of each joint bid."""
    joint = np.flatnonzero(step.traces.partner >= 0)
    lead = bids[joint].select("bid_id", "bidder_id", "tender_id")
    partner = lead.with_columns(bidder_id=names.firm.gather(step.traces.partner[joint]))
    return recorded(pl.concat([lead, partner]), "consortium_members", "bid_id")


def contracts_frame(awards: pl.DataFrame, step: Step) -> pl.DataFrame:
    """Table `contracts`: signed for the amount of the award within thirty days; one in 25 grows later.

    A change comes two to eight months on and adds 1 to 8 % for work that nobody had foreseen.
    """
    drawn = mix(17, step.tenders.number)
    after = awards.with_columns(
        signed_at=pl.col("awarded_at") + pl.duration(days=pl.lit(pl.Series(5 + below(drawn, 25)))),
        grows=pl.lit(pl.Series(below(drawn >> np.uint64(8), 25) == 0)),
        wait=pl.lit(pl.Series(60 + below(drawn >> np.uint64(16), 180))),
        by=pl.lit(pl.Series(101 + below(drawn >> np.uint64(24), 8))),
    )
    columns = ("contract_id", "tender_id", "bidder_id", "award_id", "amount", "currency", "signed_at",
               "changed_from", "change_reason")  # fmt: skip
    first = after.with_columns(
        contract_id=pl.concat_str("tender_id", pl.lit(":C")),
        changed_from=pl.lit(None, pl.String),
        change_reason=pl.lit(None, pl.String),
    )
    later = first.filter("grows").with_columns(
        contract_id=pl.concat_str("tender_id", pl.lit(":C2")),
        changed_from="contract_id",
        change_reason=pl.lit("工程量增加 (more work)"),
        signed_at=pl.col("signed_at") + pl.duration(days=pl.col("wait")),
        amount=(pl.col("amount") * pl.col("by").cast(_MONEY) / pl.lit(100).cast(_MONEY))
        .cast(_MONEY)
        .round(2),
    )
    frame = pl.concat([first.select(columns), later.select(columns)])
    return recorded(frame, "contracts", "contract_id")


def marks_frame(step: Step, bids: pl.DataFrame, experts: pl.Series) -> pl.DataFrame:
    """Table `expert_scores`: five experts' marks for the technical and commercial offer.

    `experts` names those of each tender in turn.
    """
    mechanism = step.tenders.mechanism[step.bids.tender]
    rows = np.flatnonzero(np.isin(mechanism, (SCORED, FIXED)) & step.outcome.valid)
    bid, seat = np.repeat(rows, EXPERTS), np.tile(np.arange(EXPERTS), rows.size)
    frame = bids.select("tender_id", "bidder_id", source_record="bid_id")[bid].with_columns(
        expert_id=experts.gather(step.bids.tender[bid] * EXPERTS + seat),
        item=pl.lit("技术商务 (technical and commercial)"),
        item_group=pl.lit("technical"),
        objective=pl.lit(False),
        max_score=pl.lit(100.0),
        score=pl.Series(step.outcome.marks[rows].ravel()),
    )
    return recorded(frame, "expert_scores", "source_record")


def _titles(step: Step) -> pl.Series:
    t = step.tenders
    objects = [[c.objects[k % len(c.objects)] for k in range(6)] for c in CATEGORIES]
    flat = t.category * 6 + t.subject
    zh, en = (pl.Series([o[k] for row in objects for o in row]).gather(flat) for k in (0, 1))
    frame = pl.DataFrame({"zh": zh, "en": en, "number": pl.Series(t.number)})
    place_zh, place_en = (
        pl.Series([getattr(p, x) for p in PREFECTURES]).gather(PREFECTURE[t.county]) for x in ("zh", "en")
    )
    return frame.select(
        pl.format(
            "{}{}项目{}号 ({} {}, no. {})", pl.lit(place_zh), "zh", "number", pl.lit(place_en), "en", "number"
        )
    ).to_series()


def _details(step: Step) -> pl.Series:
    """Formula and drawn values of each award mechanism as JSON."""
    t = step.tenders
    frame = pl.DataFrame(
        {
            "kind": pl.Series([m.value for m in MECHANISMS]).gather(t.mechanism),
            "weight": t.weight,
            "cut": t.cut,
            "benchmark": pl.Series(step.outcome.benchmark) / 100,
            "price_weight": t.price_weight,
            "ball": step.outcome.ball,
        }
    )
    above, below_ = (str(p) for p in PENALTY)
    texts = {
        "mean_benchmark": (
            '{"formula":"ceiling_weighted_mean","ceiling_weight":', "weight", ',"cut":', "cut",
            f',"trim_from":{TRIM_FROM},"penalty_above":{above},"penalty_below":{below_},"benchmark":',
            pl.col("benchmark").round(2), "}",
        ),
        "scored": ('{"price_weight":', "price_weight", ',"price_base":"lowest_valid"}'),
        "rate": ('{"unit":"share_of_ceiling","step":0.001}',),
        "fixed": ('{"price_weight":0.0}',),
        "lottery": ('{"drawn_ball":', "ball", ',"balls":"valid bids by submission"}'),
        "lowest": ('{"price_base":"lowest_valid"}',),
    }  # fmt: skip
    columns = set(frame.columns)
    made = pl.coalesce(
        pl.when(pl.col("kind") == kind).then(
            pl.concat_str(*(p if isinstance(p, pl.Expr) or p in columns else pl.lit(p) for p in parts))
        )
        for kind, parts in texts.items()
    )
    return frame.select(made).to_series()
