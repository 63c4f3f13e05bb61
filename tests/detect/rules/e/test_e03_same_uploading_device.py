from collections.abc import Callable
from typing import Any

import pytest

from detect.rules.e.e03_same_uploading_device import same_uploading_device as rule

MAC, CPU, DISK = "shared_upload_mac", "shared_upload_cpu", "shared_upload_disk"
TRIPLE = [(f, f"upload_{part}", part) for f in "AB" for part in ("mac", "cpu", "disk")]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({MAC: 1, CPU: 1, DISK: 1}, "hit RED"),
        ({MAC: 1, CPU: 1, DISK: 1, "jurisdiction": "DO"}, "hit ORANGE"),
        ({MAC: 1, CPU: 1, DISK: 0}, "clear"),
        ({MAC: None, CPU: None, DISK: 0}, "clear"),
        ({MAC: 1, CPU: 1}, "not_evaluable"),
    ],
)
def test_verdict(verdict: Callable[..., str], seen: dict[str, Any], expected: str) -> None:
    assert verdict(rule, **seen) == expected


@pytest.mark.parametrize(
    ("listing", "kind", "expected"),
    [
        ("centre_device", "upload_mac", "clear (excused)"),
        ("centre_device", "upload_disk", "clear (excused)"),
        ("sentinel", "upload_cpu", "clear (excused)"),
        ("centre_device", "author_mac", "hit RED"),
    ],
)
def test_exclusions(judged: Callable[..., str], listed: Any, listing: str, kind: str, expected: str) -> None:
    known = [(listing, kind, kind.rpartition("_")[2])]
    assert judged(rule, TRIPLE, **listed({"known_values": known})) == expected
