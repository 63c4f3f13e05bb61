from pathlib import Path

import polars as pl
import pytest

from models.benchmark.frames import Labelled, labelled
from records.simulate import simulate
from records.source import UNREADABLE, Raw
from records.store import Store


def decided(folder: Path, seed: int, tenders: int = 240) -> Store:
    """A simulated market whose truth has become decisions about tenders and about bidders in them."""
    (made,) = simulate(tenders, seed, ring_share=0.4)
    touched = made.truth["tender_id"].implode()
    members = made.members["bidder_id"].implode()
    ruled = pl.col("tender_id").is_in(touched)
    of_tender = made.raw.tables["tenders"].select("tender_id", ruled.alias("collusive"))
    of_bid = made.raw.tables["bids"].select(
        "tender_id", "bidder_id", (ruled & pl.col("bidder_id").is_in(members)).alias("collusive")
    )
    rows = pl.concat([of_tender, of_bid.unique(["tender_id", "bidder_id"])], how="diagonal").with_row_index()
    decisions = rows.select(
        pl.format("D{}", "index").alias("decision_id"), "tender_id", "bidder_id", "collusive",
        pl.lit("court").alias("kind"), pl.lit(1.0).alias("strength"), pl.lit("test").alias("source_table"),
        pl.format("{}", "index").alias("source_record"),
    )  # fmt: skip
    store = Store.open_or_create(folder)
    store.take("simulated", [made.raw], seed=seed)
    store.take("truth", [Raw({"decisions": decisions}, pl.DataFrame(schema=UNREADABLE))], seed=seed)
    return store


@pytest.fixture(scope="session")
def labelled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labelled")
    for name, seed in (("north", 5), ("south", 8)):
        decided(folder / name, seed)
    return folder


@pytest.fixture(scope="session")
def simulated(labelled_folder: Path) -> list[Labelled]:
    made = [labelled(name, Store(labelled_folder / name).market()) for name in ("north", "south")]
    return [m for m in made if m is not None]
