from collections.abc import Callable

from detect.rules.b.b01d_short_publicity import short_publicity as rule


def test_verdict(judges_a_period: Callable[..., None]) -> None:
    judges_a_period(rule, "publicity_days", 3, not_mandatory="not_applicable")
