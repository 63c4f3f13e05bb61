import doctest
from types import ModuleType

import pytest

from app_pages import evidence, handing_on, local, markup, quantity, who


@pytest.mark.parametrize(
    "module", [evidence, handing_on, local, markup, quantity, who], ids=lambda m: m.__name__
)
def test_examples_run(module: ModuleType) -> None:
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
