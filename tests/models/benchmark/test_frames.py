import numpy as np
import polars as pl
import pytest

from models.benchmark.frames import Labelled


@pytest.mark.parametrize(("known", "expected"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_a_market_is_dated_where_most_tenders_are(known: int, expected: bool) -> None:
    tenders = pl.DataFrame({"deadline": [1] * known + [None] * (4 - known)}, schema={"deadline": pl.Int64})
    market = Labelled("m", tenders, pl.DataFrame(), np.zeros(4, bool), np.zeros(0, bool), firms=False)
    assert market.dated is expected
