from collections.abc import Callable
from pathlib import Path

import polars as pl

from models.labels import LABEL, labels
from models.protocol import Protocol, draw, frozen
from records.tables import Market

Tenders = Callable[..., pl.DataFrame]
Behind = Callable[[pl.DataFrame], Market]


def firms(market: Market, tenders: pl.DataFrame) -> set[str]:
    bids = market.bids.join(tenders.lazy().select("tender_id"), on="tender_id", how="semi").collect()
    return set(bids["bidder_id"])


def test_what_is_tested_closed_later_and_what_is_learned_was_known_at_the_cut(
    tenders_of: Tenders, market_of_labels: Behind
) -> None:
    frame = tenders_of()
    market = market_of_labels(frame)

    trial = draw(market, frame)

    assert trial is not None
    cut = trial.protocol.cut
    assert cut is not None
    assert trial.test["deadline_at"].min() >= cut  # type: ignore[operator]
    assert trial.training["deadline_at"].max() < cut  # type: ignore[operator]
    assert trial.test[LABEL].null_count() == 0
    learned = trial.training.filter(pl.col(LABEL).is_not_null())
    late = labels(market).filter(pl.col("known_at") >= cut)
    assert learned.join(late, on="tender_id", how="semi").is_empty()
    assert trial.protocol.known == "labels known at the cut"


def test_firms_are_kept_apart_as_far_as_the_market_allows_and_it_says_how_far(
    tenders_of: Tenders, market_of_labels: Behind
) -> None:
    steady = tenders_of()
    market = market_of_labels(steady)
    newcomers = steady.with_columns(
        pl.when(pl.col("deadline_at") < pl.col("deadline_at").quantile(0.55)).then("label_unit")
        .otherwise(pl.col("label_unit") + 100).alias("label_unit")
    )  # fmt: skip
    changing = market_of_labels(newcomers)

    same, other = draw(market, steady), draw(changing, newcomers)

    assert same is not None
    assert other is not None
    assert same.protocol.firms == "firms may recur"
    assert other.protocol.firms == "no firm of the test"
    assert not firms(changing, other.training) & firms(changing, other.test)


def test_a_market_without_dates_is_parted_by_company(tenders_of: Tenders, market_of_labels: Behind) -> None:
    frame = tenders_of().with_columns(deadline_at=pl.lit(None, pl.Datetime("us", "UTC")))
    market = market_of_labels(frame)

    trial = draw(market, frame)

    assert trial is not None
    assert (trial.protocol.cut, trial.protocol.firms) == (None, "no firm of the test")
    assert trial.protocol.known == "labels known today"
    assert not firms(market, trial.training) & firms(market, trial.test)


def test_a_protocol_is_drawn_once_and_kept(
    tenders_of: Tenders, market_of_labels: Behind, tmp_path: Path
) -> None:
    frame = tenders_of()
    market = market_of_labels(frame)
    first = frozen(tmp_path, market, frame)
    relabelled = frame.with_columns(pl.when(pl.int_range(pl.len()) % 7 > 0).then(LABEL).alias(LABEL))

    again = frozen(tmp_path, market, relabelled)

    assert first is not None
    assert again is not None
    assert again.protocol.fingerprint == first.protocol.fingerprint
    assert again.protocol.tests.equals(first.protocol.tests)
    assert Protocol.of(first.protocol.json()).json() == first.protocol.json()


def test_without_enough_labels_there_is_no_protocol(
    tenders_of: Tenders, market_of_labels: Behind, tmp_path: Path
) -> None:
    frame = tenders_of(100, reviewed=0.1)

    assert frozen(tmp_path, market_of_labels(frame), frame) is None
    assert not (tmp_path / "models").exists()
