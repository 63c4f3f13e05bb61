"""What a careless source does to its records; a share of the rows of each table."""

import numpy as np
import polars as pl

from records.simulation.arrays import Floats, Ints, below, mix
from records.simulation.play import Step

_OPTIONAL = ("ceiling", "estimate", "agency_id", "published_at", "category")
_SENTINELS = ("To be filled by O.E.M.", "Default string", "无", "00000000")
_DEVICES = ("author_mac", "author_disk", "author_board", "upload_mac")


def spoil(tables: dict[str, pl.DataFrame], seed: int, step: Step, share: float) -> dict[str, pl.DataFrame]:
    """Missing fields, amounts in 10,000 yuan, late and absent times, placeholders, duplicate rows.

    Spoilt rows are picked by a hash of the seed and the record, so that chunks do not matter.
    Wrong check characters are dealt with where codes are made, for they hold in every table.
    """
    if share == 0:
        return tables
    draws = tables["bids"].select(
        source_record="bid_id", _draw=pl.Series(_draw(seed, _bid_numbers(step), 73))
    )
    return {
        **tables,
        "tenders": _tenders(tables["tenders"], _draw(seed, step.tenders.number, 71), share),
        "bids": _bids(tables["bids"], _draw(seed, _bid_numbers(step), 72), share),
        "identifiers": _identifiers(tables["identifiers"], draws, share),
    }


def _bid_numbers(step: Step) -> Ints:
    return np.asarray(step.tenders.number[step.bids.tender] * 4_000_000 + step.bids.firm)


def _draw(seed: int, numbers: Ints, salt: int) -> Floats:
    """Uniform numbers in [0, 1) by record."""
    return np.asarray(below(mix(seed, numbers, salt), 1 << 40) / (1 << 40), np.float64)


def _tenders(tenders: pl.DataFrame, drawn: Floats, share: float) -> pl.DataFrame:
    part = share / len(_OPTIONAL)
    draw = pl.lit(pl.Series(drawn))
    return tenders.with_columns(
        pl.when((draw >= k * part) & (draw < (k + 1) * part)).then(None).otherwise(c).alias(c)
        for k, c in enumerate(_OPTIONAL)
    )


def _bids(bids: pl.DataFrame, drawn: Floats, share: float) -> pl.DataFrame:
    """A fifth each: amount missing, amount in 10,000 yuan, time missing, time late, row twice."""
    draw = pl.lit(pl.Series(drawn))
    nth = pl.when(draw < share).then((draw / share * 5).floor().cast(pl.Int64))
    amount, at = pl.col("amount"), pl.col("submitted_at")
    shrunk = (amount / pl.lit(10_000).cast(pl.Decimal(38, 6))).cast(pl.Decimal(38, 6))
    spoilt = bids.with_columns(nth.alias("_nth")).with_columns(
        pl.when(pl.col("_nth") == 0).then(None).when(pl.col("_nth") == 1).then(shrunk).otherwise(amount)
        .alias("amount"),
        pl.when(pl.col("_nth") == 2).then(None)
        .when(pl.col("_nth") == 3).then(at.dt.offset_by("3d")).otherwise(at).alias("submitted_at"),
    )  # fmt: skip
    return pl.concat([spoilt, spoilt.filter(pl.col("_nth") == 4)]).drop("_nth")


def _identifiers(identifiers: pl.DataFrame, draws: pl.DataFrame, share: float) -> pl.DataFrame:
    """Placeholders instead of device codes, for each kind in other bids."""
    draw = pl.col("_draw")
    picked = pl.any_horizontal(
        (pl.col("kind") == kind) & ((draw + k / len(_DEVICES)) % 1 < share) for k, kind in enumerate(_DEVICES)
    )
    which = (draw * 1e6).floor().cast(pl.Int64) % len(_SENTINELS)
    placeholder = which.replace_strict(dict(enumerate(_SENTINELS)), return_dtype=pl.String)
    value = pl.when(picked).then(placeholder).otherwise("value")
    joined = identifiers.join(draws, on="source_record", how="left", maintain_order="left")
    return joined.with_columns(value.alias("value")).drop("_draw")
