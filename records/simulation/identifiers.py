"""Table `identifiers` of a chunk's bids, and the ground truth that goes with it."""

from typing import NamedTuple

import numpy as np
import polars as pl

from records.simulation import codes
from records.simulation.arrays import Bools, Ints, totals
from records.simulation.deposits import deposits
from records.simulation.frames import INSTANT, instants
from records.simulation.names import Parties
from records.simulation.parties import accounts, branches, locks, ring_ids
from records.simulation.plans import KINSHIP, SCHEMES, TRACES
from records.simulation.play import Step, World
from records.simulation.traces import LOOKALIKES, is_works

SITTING = "sitting"
"""Trace of rings that pay their deposits one after another at one branch."""


class _Kind(NamedTuple):
    """One kind: its values for the given rows, and which rows have it."""

    name: str
    values: pl.Series
    rows: Ints
    at: Ints | None = None
    sequence: Ints | None = None


def bid_identifiers(world: World, step: Step, names: Parties, bids: pl.DataFrame) -> pl.DataFrame:
    """One row per bid and kind; partners of joint bids repeat the bid's rows under their own code."""
    joint = np.flatnonzero(step.traces.partner >= 0)
    bid = np.concatenate([np.arange(bids.height), joint])
    holder = np.concatenate([step.bids.firm, step.traces.partner[joint]])
    base = bids.select("tender_id", "bid_id", observed_at="submitted_at")[bid].with_columns(
        bidder_id=names.firm.gather(holder)
    )
    return pl.concat(_of_kind(base, kind) for kind in _kinds(world, step, bid))


def _of_kind(base: pl.DataFrame, kind: _Kind) -> pl.DataFrame:
    rows = base if kind.rows.size == base.height else base[kind.rows]
    return rows.select(
        "bidder_id",
        pl.lit(kind.name).alias("kind"),
        pl.lit(kind.values).alias("value"),
        pl.lit(None, INSTANT).alias("valid_from"),
        pl.lit(None, INSTANT).alias("valid_to"),
        "tender_id",
        pl.lit(instants(kind.at)).alias("observed_at") if kind.at is not None else "observed_at",
        pl.lit(None if kind.sequence is None else pl.Series(kind.sequence), pl.Int64).alias("sequence"),
        pl.lit("identifiers").alias("source_table"),
        pl.col("bid_id").alias("source_record"),
    )


def _kinds(world: World, step: Step, bid: Ints) -> list[_Kind]:
    s, t, every = world.seed, step.traces, np.arange(bid.size)
    works = np.flatnonzero(is_works(step.tenders)[step.bids.tender[bid]])
    author, upload = t.author[bid], t.upload[bid]
    deposit = deposits(world, step)
    return [
        _Kind("author_mac", codes.macs(s, author), every),
        _Kind("author_cpu", codes.cpus(s, author), every),
        _Kind("author_disk", codes.disks(s, author), every),
        _Kind("author_board", codes.boards(s, author), every),
        _Kind("upload_mac", codes.macs(s, upload), every),
        _Kind("upload_ip", codes.addresses(s, t.line[bid]), every),
        _Kind("boq_lock", locks(s, t.lock[bid][works]), works),
        _Kind("ca_key", codes.numbers(s, "CA62", t.key[bid], 10, 64), every),
        _Kind("deposit_account", accounts(s, t.account[bid]), every, deposit.paid[bid]),
        _Kind("deposit_branch", branches(deposit.branch[bid]), every, deposit.paid[bid], deposit.serial[bid]),
        _Kind("agent", codes.identity_numbers(s, t.agent[bid]), every),
        _Kind("project_manager", codes.identity_numbers(s, t.manager[bid]), every),
        _Kind("team_member", codes.identity_numbers(s, t.team[bid]), every),
    ]


def truth_frame(world: World, step: Step, names: Parties, bids: pl.DataFrame) -> pl.DataFrame:
    """One row per tender in which a ring acted.

    Columns: `tender_id, ring_id, scheme, has_traces, traces` (names of what was left, joined by +),
    `chosen` (bidder who was to win), `n_members`. Payments in one sitting are named in `traces`, but are
    no fact of the bid: alone they make no `has_traces`.
    """
    inside = np.flatnonzero(step.bids.ring >= 0)
    tender, n = step.bids.tender[inside], step.tenders.size
    traces = np.column_stack([step.traces.left, deposits(world, step).together])[inside]
    left = np.column_stack([totals(tender, trace, n) > 0 for trace in traces.T])
    rows = inside[step.bids.chosen[inside]]
    where, ring = step.bids.tender[rows], step.bids.ring[rows]
    return pl.DataFrame(
        {
            "tender_id": bids["tender_id"].gather(rows),
            "ring_id": ring_ids(ring),
            "scheme": pl.Series([s.value for s in SCHEMES], dtype=pl.String).gather(world.rings.scheme[ring]),
            "has_traces": left[where, : len(TRACES) + 1].any(axis=1),
            "traces": _trace_names(left[where], world.rings.kinship[ring]),
            "chosen": names.firm.gather(step.bids.firm[rows]),
            "n_members": totals(tender, np.ones(tender.size), n)[where].astype(np.int64),
        }
    )


def _trace_names(left: Bools, kinship: Ints) -> pl.Series:
    kin = pl.Series(KINSHIP, dtype=pl.String).gather(kinship)
    each = [pl.lit(pl.repeat(name, len(left), eager=True)) for name in (*TRACES, SITTING)]
    names = [*each[:-1], pl.lit(kin), each[-1]]
    columns = (pl.when(pl.lit(pl.Series(left[:, k]))).then(name) for k, name in enumerate(names))
    return pl.select(pl.concat_str(*columns, separator="+", ignore_nulls=True)).to_series()


def lookalike_frame(step: Step, bids: pl.DataFrame) -> pl.DataFrame:
    """`tender_id, kind`: look-alikes that were planted and that two bidders (or a joint bid) show."""
    t, n = step.bids.tender, step.tenders.size
    first = np.searchsorted(t, np.arange(n))
    ids = bids["tender_id"].gather(first)
    alone = {"consortium", "thin_market", "price_book"}
    return pl.concat(
        pl.DataFrame(
            {"tender_id": ids.filter(pl.Series(totals(t, step.traces.alike[:, k], n) >= need))}
        ).with_columns(kind=pl.lit(kind))
        for k, kind in enumerate(LOOKALIKES)
        for need in [1 if kind in alone else 2]
    )
