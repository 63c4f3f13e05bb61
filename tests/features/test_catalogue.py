import pytest

from features.catalogue import AS_OF, Grain, block


@pytest.mark.parametrize("grain", AS_OF)
def test_a_snapshot_of_an_as_of_grain_must_be_asked_for(grain: Grain) -> None:
    with pytest.raises(ValueError, match=rf"A snapshot block of grain {grain} must be on demand"):
        block(grain, {}, snapshot=True)
