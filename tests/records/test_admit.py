import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.admit import Admitted, admit
from records.tables import SCHEMAS

KEY = b"k" * 32
WHOLE_BID: dict[str, Any] = {"bid_id": "a", "tender_id": "T", "bidder_id": "A"}


def admitted(table: str, *rows: dict[str, Any], **types: Any) -> Admitted:
    raw = pl.DataFrame(list(rows), schema_overrides=types, strict=False)
    return admit(table, raw, batch_id="batch", key=KEY)


def bid(**values: Any) -> Admitted:
    return admitted("bids", WHOLE_BID | values)


def reasons(a: Admitted) -> list[str]:
    found: list[str] = a.quarantine["reasons"].explode(empty_as_null=False).to_list()
    return found


@pytest.mark.parametrize(
    ("raw", "amount", "repair"),
    [
        ("100", "100", None),
        (100, "100", None),
        (0.1, "0.1", None),
        (123456789012.35, "123456789012.35", None),
        (Decimal("7.25"), "7.25", None),
        ("1.5e3", "1500", None),
        ("1,234,567.89", "1234567.89", "amount: thousands separators dropped"),
        ("￥100元", "100", "amount: currency sign dropped"),
        ("1.23456789", "1.234568", "amount: rounded to six places"),
        (1.23456789, "1.234568", "amount: rounded to six places"),
        ("0", None, "amount: zero taken as not priced"),
        (0.0, None, "amount: zero taken as not priced"),
        ("", None, None),
        (None, None, None),
    ],
)
def test_amounts(raw: Any, amount: str | None, repair: str | None) -> None:
    a = bid(amount=raw)
    assert a.good["amount"].to_list() == [None if amount is None else Decimal(amount)]
    assert list(a.counts.repairs) == ([] if repair is None else [repair])
    assert a.counts.repaired == (repair is not None)


@pytest.mark.parametrize("raw", ["ten", "12,34", "100万元", float("nan"), float("inf"), "1" * 40])
def test_what_is_no_amount_is_set_aside(raw: Any) -> None:
    assert reasons(bid(amount=raw)) == ["amount: cannot be read as a number"]


RELATION = {"from_id": "A", "to_id": "B", "kind": "owns"}
DECISION = {"decision_id": "D", "kind": "court", "collusive": True}
NO_NUMBER, NO_TIME = "cannot be read as a number", "cannot be read as a time"


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("bids", WHOLE_BID | {"bid_id": None}, "bid_id: missing"),
        ("bids", {"bid_id": "a", "tender_id": "T"}, "bidder_id: missing"),
        ("bids", WHOLE_BID | {"amount": -1}, "amount: not above 0"),
        ("bids", WHOLE_BID | {"currency": "YUAN"}, "currency: does not match ^[A-Z]{3}$"),
        ("bids", WHOLE_BID | {"rank": 0}, "rank: below 1"),
        ("bids", WHOLE_BID | {"rank": "2.5"}, "rank: cannot be read as a whole number"),
        ("bids", WHOLE_BID | {"won": "maybe"}, "won: cannot be read as yes or no"),
        ("bids", WHOLE_BID | {"submitted_at": "soon"}, f"submitted_at: {NO_TIME}"),
        ("bids", WHOLE_BID | {"submitted_at": "2021-02-30 10:00:00"}, f"submitted_at: {NO_TIME}"),
        ("bids", WHOLE_BID | {"status": "?"}, "status: is none of valid, disqualified, withdrawn, pending"),
        ("tenders", {"tender_id": "T", "ceiling": "-5"}, "ceiling: below 0"),
        ("bidders", {"bidder_id": "A", "founded_on": "1.4.x"}, "founded_on: cannot be read as a date"),
        ("relations", RELATION | {"share": 1.5}, "share: above 1"),
        ("relations", RELATION | {"share": "half"}, f"share: {NO_NUMBER}"),
        ("decisions", DECISION | {"strength": "high"}, f"strength: {NO_NUMBER}"),
    ],
)
def test_breaches_have_words(table: str, row: dict[str, Any], reason: str) -> None:
    a = admitted(table, row)
    assert reasons(a) == [reason]
    assert dict(a.counts.reasons) == {reason: 1}


def test_all_reasons_of_a_row_are_told() -> None:
    a = admitted("bids", {"tender_id": "T", "bidder_id": "A", "amount": "x", "currency": "¥"})
    assert set(reasons(a)) == {
        "bid_id: missing",
        "amount: cannot be read as a number",
        "currency: does not match ^[A-Z]{3}$",
    }


NOON = datetime(2021, 10, 29, 13, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        ("2021-10-29 13:35:00.3011698", NOON.replace(microsecond=301169)),
        ("2021-10-29T13:35:00Z", NOON),
        ("2021-10-29T13:35:00+08:00", NOON - timedelta(hours=8)),
        ("2021-10-29T13:35:00.000+0800", NOON - timedelta(hours=8)),
        ("2021-10-29 13:35:00 +08:00", NOON - timedelta(hours=8)),
        ("2021-10-29T13:35-05:00", NOON + timedelta(hours=5)),
        ("20211029133500", NOON),
        (20211029133500, NOON),
        ("2021/10/29 13:35", NOON),
        ("2021年10月29日 13:35:00", NOON),
        ("20211029", NOON.replace(hour=0, minute=0)),
        ("2021-10-29", NOON.replace(hour=0, minute=0)),
        (date(2021, 10, 29), NOON.replace(hour=0, minute=0)),
        (datetime(2021, 10, 29, 13, 35), NOON),
        (NOON.astimezone(timezone(timedelta(hours=3))), NOON),
    ],
)
def test_times(raw: Any, instant: datetime) -> None:
    a = bid(submitted_at=raw)
    assert a.good["submitted_at"].to_list() == [instant]


def test_a_date_alone_is_told_as_a_repair() -> None:
    assert list(bid(submitted_at="2021-10-29").counts.repairs) == ["submitted_at: date taken as midnight"]


def test_naive_times_are_taken_in_the_zone_of_their_row() -> None:
    rows = [
        WHOLE_BID | {"bid_id": str(i), "submitted_at": "2021-10-29 13:35:00", "time_zone": zone}
        for i, zone in enumerate(["Asia/Shanghai", None, "America/Santo_Domingo"])
    ]
    hours = admitted("bids", *rows).good["submitted_at"].dt.hour().to_list()
    assert hours == [5, 13, 17]


def test_an_hour_that_the_clocks_skip_cannot_be_read() -> None:
    a = bid(submitted_at="2021-03-28 02:30:00", time_zone="Europe/Berlin")
    assert reasons(a) == ["submitted_at: cannot be read as a time"]


def test_blanks_currency_and_credit_codes_are_mended() -> None:
    a = bid(bidder_id=" 91330100799655058b ", currency="rmb", status=" VALID ", won="是", rank="2.0")
    assert a.good.select("bidder_id", "currency", "status", "won", "rank").rows() == [
        ("91330100799655058B", "CNY", "valid", True, 2)
    ]
    assert a.counts.repairs == {
        "bidder_id: blanks trimmed": 1,
        "bidder_id: credit code in half-width capitals": 1,
        "currency: brought to its ISO code": 1,
    }
    assert a.counts.repaired == 1


def test_whole_floats_are_ids_without_a_point() -> None:
    assert bid(bidder_id=1001.0, source_record=7).good.select("bidder_id", "source_record").rows() == [
        ("1001", "7")
    ]


def test_the_check_character_decides() -> None:
    codes = ["91330100799655058B", "91330100799655058A", "RPE-1"]
    rows = [{"bidder_id": c, "id_scheme": "CN-USCI" if i < 2 else "DO-RPE"} for i, c in enumerate(codes)]
    assert admitted("bidders", *rows).good["id_valid"].to_list() == [True, False, None]


def test_equal_rows_are_kept_once() -> None:
    a = admitted("bids", *[WHOLE_BID | {"source_record": str(i)} for i in range(3)])
    assert a.good["source_record"].to_list() == ["2"]
    assert reasons(a) == ["duplicate of another row"] * 2


def test_the_last_of_rows_with_one_key_is_kept() -> None:
    a = admitted("bids", *[WHOLE_BID | {"amount": str(x)} for x in (1, 2, 1)])
    assert a.good["amount"].to_list() == [1]
    assert reasons(a) == ["duplicate of another row", "primary key: duplicate"]


def test_a_broken_row_displaces_no_good_one() -> None:
    a = admitted("bids", WHOLE_BID | {"amount": "1"}, WHOLE_BID | {"amount": "x"})
    assert a.good["amount"].to_list() == [1]
    assert reasons(a) == ["amount: cannot be read as a number"]


def test_identifiers_leave_as_hashes() -> None:
    rows = [
        {"bidder_id": "A", "kind": kind, "value": value}
        for kind, value in [
            ("phone", "138 0000 1234"), ("phone", 13800001234.0), ("author_mac", "AA:BB:CC:DD:EE:01"),
            ("author_mac", "aa-bb-cc-dd-ee-01"), ("author_disk", "Default string"),
            ("legal_rep", None), ("shoe_size", "43"),
        ]
    ]  # fmt: skip
    a = admitted("identifiers", *rows, value=pl.String)
    assert a.good["display"].to_list() == ["•••34", "aa-bb-cc-dd-ee-01"]
    assert reasons(a) == [
        "duplicate of another row",
        "duplicate of another row",
        "value: placeholder",
        "value: missing",
        "kind: not a known kind of identifier",
    ]


def test_known_values_too() -> None:
    a = admitted("known_values", {"listing": "centre_device", "kind": "upload_ip", "value": "10.0.0.1"})
    assert a.good["value_hash"].str.len_chars().to_list() == [32]


def test_what_is_set_aside_shows_no_personal_value() -> None:
    rows = [
        {"bidder_id": None, "kind": "phone", "value": "13800001234"},
        {"bidder_id": None, "kind": "legal_rep", "value": "王小明"},
        {"bidder_id": None, "kind": "boq_lock", "value": "L-1"},
    ]
    raws = [json.loads(r)["value"] for r in admitted("identifiers", *rows).quarantine["raw"]]
    assert raws == ["•••34", "•••明", "L-1"]


def test_what_is_set_aside_says_where_it_came_from() -> None:
    a = bid(amount="x", source_table="bids.csv", source_record=17)
    row = a.quarantine.drop("reasons", "raw").row(0)
    assert row == ("bids", "bids.csv", "17")
    assert json.loads(a.quarantine["raw"].item()) == {
        "bid_id": "a", "tender_id": "T", "bidder_id": "A", "amount": "x"
    }  # fmt: skip


def test_a_column_of_nulls_and_no_rows_at_all() -> None:
    assert bid(amount=None, submitted_at=None, won=None, status=None).counts.kept == 1
    empty = pl.DataFrame(schema={"bid_id": pl.String})
    assert admit("bids", empty, batch_id="b", key=KEY).counts.read == 0


def test_unknown_tables_and_columns_are_bugs() -> None:
    with pytest.raises(ValueError, match="no table 'offers'; it has"):
        admitted("offers", {"a": 1})
    with pytest.raises(ValueError, match=r"Table bids has no columns \['price'\]"):
        bid(price=1)


scraps = st.one_of(
    st.none(), st.sampled_from(["", " ", "a", "b ", "0", "-1", "1.23456789", "CNY", "x", "2021-10-29"])
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["bids", "tenders", "bidders", "identifiers", "relations", "known_values"]),
    st.lists(st.lists(scraps, min_size=6, max_size=6), max_size=12),
    st.randoms(use_true_random=False),
)
def test_rows_add_up_and_good_ones_keep_the_contract(
    table: str, rows: list[list[str | None]], random: Any
) -> None:
    columns = [c for c in SCHEMAS[table].columns() if c not in ("batch_id", "value_hash", "display")]
    columns += ["value"] if "value_hash" in SCHEMAS[table].columns() else []
    chosen = random.sample(columns, 6)
    raw = pl.DataFrame(rows, schema=dict.fromkeys(chosen, pl.String), orient="row")
    if "kind" in chosen and rows:
        raw = raw.with_columns(kind=pl.lit(random.choice(["phone", "boq_lock", "odd"])))
    a = admit(table, raw, batch_id="b", key=KEY)
    assert a.counts.adds_up()
    assert (a.counts.read, a.counts.kept) == (len(rows), a.good.height)
    assert a.counts.quarantined == a.quarantine.height
    assert (a.quarantine["reasons"].list.len() > 0).all()
    assert sum(a.counts.reasons.values()) == a.quarantine["reasons"].list.len().sum()
    SCHEMAS[table].validate(a.good)
