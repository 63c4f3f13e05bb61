from collections.abc import Callable

from detect.rules.b.b01c_short_prequalification import short_prequalification as rule


def test_verdict(judges_a_period: Callable[..., None]) -> None:
    judges_a_period(rule, "prequalification_sale_days", 5)
