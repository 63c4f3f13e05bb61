from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e07_same_download_ip import same_download_ip as rule

IP, BROWSER, GAP = "shared_download_ip", "shared_download_browser", "minutes_apart_download_ip"


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({IP: 1}, "hit YELLOW"),
        ({IP: 1, BROWSER: 1}, "hit YELLOW"),
        ({IP: 1, BROWSER: 1, GAP: 30.0}, "hit ORANGE"),
        ({IP: 1, BROWSER: 1, GAP: 30.1}, "hit YELLOW"),
        ({IP: 1, BROWSER: 0, GAP: 1.0}, "hit YELLOW"),
        ({IP: 0, BROWSER: 1, GAP: 1.0}, "clear"),
        ({BROWSER: 1, GAP: 1.0}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("listing", "expected"), [("shared_network", "clear (excused)"), ("platform_account", "hit YELLOW")]
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, expected: str) -> None:
    held = [("A", "download_ip", "1"), ("B", "download_ip", "1")]
    assert judged(rule, held, **listed({"known_values": [(listing, "download_ip", "1")]})) == expected
