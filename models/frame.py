"""The frame that models read: a market's tenders with the blocks that a model asks for, and labels."""

from datetime import datetime

import polars as pl

from features.build import Build
from features.catalogue import KEYS, Grain
from models.labels import labelled, labels
from models.scorer import Scorer, all_models
from records.tables import Market


def model_frame(
    market: Market,
    *,
    build: Build | None = None,
    as_of: datetime | None = None,
    selection: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every tender with everything that any model reads, and its label where somebody decided.

    Features of tenders are as of their deadlines; labels are as of `as_of` (see `models.labels.labels`).
    """
    blocks = sorted({name for cls in all_models().values() for name in cls.blocks})
    tenders = (build or Build(market)).grain(Grain.TENDER, also=blocks).collect()
    return labelled(tenders, labels(market, as_of=as_of, selection=selection))


def with_blocks(tenders: pl.DataFrame, market: Market, scorer: Scorer) -> pl.DataFrame:
    """Tenders with the blocks on demand that a scorer reads, computed from the market."""
    build = Build(market)
    for name in scorer.blocks:
        made = build.table(name).collect()
        new = [c for c in made.columns if c not in tenders.columns]
        tenders = tenders.join(
            made.select(*KEYS[scorer.grain], *new), on=KEYS[scorer.grain], how="left", maintain_order="left"
        )
    return tenders
