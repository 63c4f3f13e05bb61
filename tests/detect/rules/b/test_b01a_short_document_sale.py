from collections.abc import Callable

from detect.rules.b.b01a_short_document_sale import short_document_sale as rule


def test_verdict(judges_a_period: Callable[..., None]) -> None:
    judges_a_period(rule, "document_sale_days", 5)
