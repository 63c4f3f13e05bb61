import polars as pl
import pytest

from features.market.outcome import need_columns, require


def test_too_little_is_refused_with_the_remedy() -> None:
    require("The test", 5, 5, "bids", "Take more.")
    with pytest.raises(ValueError, match="The test needs at least 5 bids and has 4"):
        require("The test", 4, 5, "bids", "Take more.")


def test_an_absent_column_is_named() -> None:
    with pytest.raises(ValueError, match=r"\['ceiling'\] are not among \['price'\]"):
        need_columns("Margins", pl.LazyFrame({"price": [1.0]}), ("price", "ceiling"))
