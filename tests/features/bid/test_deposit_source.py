from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from features.build import Build
from features.catalogue import Grain
from records.tables import market_of

DEADLINE = datetime(2024, 5, 1, tzinfo=UTC)
EARLIER, LATER = DEADLINE.replace(year=2020), DEADLINE.replace(year=2030)
OWN, PAYING = "1" * 32, "2" * 32


def elsewhere(**entry: Any) -> int | None:
    """Accounts beside the basic one that paid, where the paying one may stand on a list."""
    of = {"bidder_id": "A", "batch_id": "x"}
    held = [{**of, "kind": "basic_account", "value_hash": OWN},
            {**of, "kind": "deposit_account", "value_hash": PAYING, "tender_id": "T"}]  # fmt: skip
    listed = [{"kind": "deposit_account", "value_hash": PAYING, "listing": "platform_account",
               "batch_id": "x"} | entry]  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = {
        "tenders": [{"tender_id": "T", "deadline_at": DEADLINE, "batch_id": "x"}],
        "bids": [{"bid_id": "b", "tender_id": "T", "bidder_id": "A", "batch_id": "x"}],
        "identifiers": held,
        **({"known_values": listed} if entry else {}),
    }
    market = market_of(**{k: pl.DataFrame(v, infer_schema_length=None) for k, v in tables.items()})
    found: int | None = Build(market).grain(Grain.BID).select("deposit_elsewhere").collect().item()
    return found


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({}, 1),
        ({"valid_from": EARLIER}, 0),
        ({"listing": "sentinel", "valid_from": EARLIER}, None),
        ({"listing": "sentinel", "valid_from": LATER}, 1),
        ({"valid_from": DEADLINE, "valid_to": LATER}, 0),
        ({"valid_from": LATER}, 1),
        ({"valid_from": EARLIER, "valid_to": DEADLINE}, 1),
    ],
)
def test_a_list_excuses_an_account_while_it_is_in_force(entry: dict[str, Any], expected: int | None) -> None:
    assert elsewhere(**entry) == expected
