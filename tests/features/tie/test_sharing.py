import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.tie import sharing
from features.tie.sharing import repeated_values

held = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), max_size=40)


@given(held, st.integers(1, 50))
def test_values_of_two_firms_are_found_however_many_are_counted_at_once(
    rows: list[tuple[int, int]], at_once: int
) -> None:
    coded = pl.LazyFrame(rows, schema={"mark": pl.UInt64, "firm": pl.UInt64}, orient="row")
    firms = {mark: {firm for other, firm in rows if other == mark} for mark, _ in rows}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "AT_ONCE", at_once)
        found = repeated_values(coded).collect()["mark"]
    assert sorted(found) == sorted(mark for mark, of in firms.items() if len(of) > 1)
