import msgspec
import pytest

from detect.cardinal.process import process
from detect.cardinal.release import Part, decode


def read(line: str) -> Part:
    return decode(line.encode())


@pytest.mark.parametrize("part", ["tender", "bids", "awards", "buyer"])
@pytest.mark.parametrize("junk", ["1", '"x"', "[1]", "[[]]", "{}", "null", "[null]", "true", "1e999"])
def test_a_member_of_another_kind_counts_as_absent(part: str, junk: str) -> None:
    found = decode(f'{{"ocid":"a","{part}":{junk}}}'.encode())
    seen = process(found, "a", compares=True)
    assert (found.ocid, seen.offers, seen.active, seen.winner) == ("a", [], [], None)


def test_what_lies_beside_a_strange_member_is_still_read() -> None:
    found = decode(
        b'{"ocid":"a","tender":{"tenderPeriod":5,"procurementMethod":"open"},"bids":{"details":[7,'
        b'{"status":"valid","tenderers":[null,{"id":"F"}],"value":{"amount":1e999,"currency":"USD"}},'
        b'{"status":"valid","tenderers":[{"id":"G"}],"value":{"amount":2,"currency":"USD"}}]},'
        b'"awards":[{"status":"active","suppliers":[{"id":"G"}],"items":[3,{"classification":{"id":"10"}}]}]}'
    )
    seen = process(found, "a", compares=True)
    assert seen.tender.procurement_method == "open"
    assert [(o.firms, o.sole, o.price) for o in seen.offers] == [(["F"], None, None), (["G"], "G", 2.0)]
    assert seen.winner == "G"
    assert [item.classification.id for item in seen.active[0].items or () if item.classification] == [
        None,
        "10",
    ]


@pytest.mark.parametrize(
    ("amount", "price"),
    [("1", 1.0), ("-0.5", -0.5), ("true", None), ('"1"', None), ("null", None), ("1" + "0" * 400, None)],
)
def test_a_price_is_a_finite_number(amount: str, price: float | None) -> None:
    line = f'{{"bids":{{"details":[{{"status":"valid","value":{{"amount":{amount},"currency":"USD"}}}}]}}}}'
    assert [o.price for o in process(decode(line.encode()), "a", compares=True).offers] == [price]


@pytest.mark.parametrize(
    "line", ["{", "{}{}", '{"ocid":NaN}', '{"x":01}', '{"x":"\\ud800"}', '{"tender":5,}']
)
def test_what_is_no_json_is_refused(line: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=r"malformed|truncated"):
        read(line)
