from collections.abc import Callable
from typing import Any

import pytest

Made = Callable[..., Any]


@pytest.mark.parametrize(
    ("number", "method", "settings", "flagged"),
    [
        (1, "open", "", True),
        (1, "selective", "", True),
        (1, "limited", "", False),
        (1, None, "", False),
        (1, "limited", "procurement_methods = limited", True),
        (1, None, "procurement_methods =", True),
        (2, "open", "", False),
        (0, "open", "", False),
        (1.0, "open", "", False),
        ("1", "open", "", False),
        (True, "open", "", False),
        (None, "open", "", False),
    ],
)
def test_flagged_where_one_tenderer_is_said(
    number: object, method: object, settings: str, flagged: bool, release: Made, judge: Made
) -> None:
    made = release("a", tender={"numberOfTenderers": number, "procurementMethod": method})
    found = judge(f"[R018]; {settings}", made).groups
    assert found == ({"OCID": {"a": {"R018": 1.0}}} if flagged else {})
