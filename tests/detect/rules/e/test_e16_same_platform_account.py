from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e16_same_platform_account import same_platform_account as rule

ACCOUNT, SESSION = "shared_account_user", "shared_upload_session"
BROWSER, HOLDERS = "shared_upload_browser", "holders_upload_browser"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({ACCOUNT: 1}, "hit RED"),
        ({ACCOUNT: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({ACCOUNT: 0, SESSION: 1}, "hit ORANGE"),
        ({SESSION: 0, BROWSER: 1, HOLDERS: 5}, "hit YELLOW"),
        ({BROWSER: 1, HOLDERS: 6}, "not_evaluable"),
        ({ACCOUNT: 0}, "not_evaluable"),
        ({}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize("listing", ["platform_account", "sentinel"])
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str) -> None:
    held = [("A", "account_user", "1"), ("B", "account_user", "1")]
    assert judged(rule, held) == "hit RED"
    known = listed({"known_values": [(listing, "account_user", "1")]})
    assert judged(rule, held, **known) == "not_evaluable (excused)"
