import polars as pl
import pytest

from features.catalogue import AS_OF, Grain, block


@pytest.mark.parametrize("grain", AS_OF)
def test_a_snapshot_of_an_as_of_grain_must_be_asked_for(grain: Grain) -> None:
    with pytest.raises(ValueError, match=rf"A snapshot block of grain {grain} must be on demand"):
        block(grain, {}, snapshot=True)


def test_a_name_is_registered_once() -> None:
    def bid_statistics(bids: pl.LazyFrame) -> pl.LazyFrame:
        return bids

    with pytest.raises(ValueError, match=r"\['bid_statistics'\] is registered twice; rename it"):
        block(Grain.TENDER, {})(bid_statistics)
