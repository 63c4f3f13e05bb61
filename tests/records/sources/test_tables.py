from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from records.admit import admit
from records.source import BadInput, Raw, read
from records.sources.tables import suggest_mapping

BIDS = """BID_SECTION_CODE,BIDDER_ORG_CODE,BID_PRICE,PRICE_UNIT,CHECKIN_TIME,MAC_ADDRESS,备注
S1,F1; F2,12.3456789,万元,2024-05-01 09:00:00,AA;BB,x
S1,F3,"123,000",元,2024-05-01 09:01:00,AA,
S2,F4,7,斤,2024-05-01 09:02:00,,
"""
BIDS_MAPPING = """
timezone = "Asia/Shanghai"
[[files]]
file = "TENDER_LIST.csv"
table = "bids"
columns = { BID_SECTION_CODE = "tender_id", BIDDER_ORG_CODE = "bidder_id", BID_PRICE = "amount", CHECKIN_TIME = "submitted_at" }
units = { BID_PRICE = "@PRICE_UNIT" }
separators = { BIDDER_ORG_CODE = ";", MAC_ADDRESS = ";" }
identifiers = { MAC_ADDRESS = "author_mac" }
constants = { currency = "CNY" }
"""  # noqa: E501
SECTIONS = """标段编号,招标人,最高投标限价（万元）,评标办法,开标时间
S1,某局,13.5,合理低价法,2024-05-02 09:00
S2,某局,13.5,综合评估法,2024-05-02 09:00
"""


def put(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def only(folder: Path, **options: Any) -> Raw:
    (raw,) = read("tables", folder, **options)
    return raw


@pytest.fixture
def bids(tmp_path: Path) -> Raw:
    return only(put(tmp_path, TENDER_LIST__csv=BIDS, mapping__toml=BIDS_MAPPING))


def test_columns_take_our_names_and_constants_are_added(bids: Raw) -> None:
    frame = bids.tables["bids"]
    assert frame["tender_id"].to_list() == ["S1", "S1"]
    assert frame["currency"].to_list() == ["CNY", "CNY"]
    assert frame["time_zone"].to_list() == ["Asia/Shanghai", "Asia/Shanghai"]
    assert frame["source_table"].to_list() == ["TENDER_LIST.csv", "TENDER_LIST.csv"]
    assert frame["source_record"].to_list() == ["row 2", "row 3"]


def test_units_are_converted_exactly(bids: Raw) -> None:
    assert bids.tables["bids"]["amount"].to_list() == ["123456.789000", "123000.000000"]
    assert bids.repairs == {"TENDER_LIST.csv: BID_PRICE converted from the unit @PRICE_UNIT": 1}


def test_a_row_of_unknown_unit_is_set_aside(bids: Raw) -> None:
    (row,) = bids.unreadable.rows(named=True)
    assert (row["source_record"], row["reason"]) == ("row 4", "the unit of BID_PRICE is unknown")
    assert '"BID_PRICE":"7"' in row["raw"]


def test_a_row_set_aside_shows_nothing_personal(tmp_path: Path) -> None:
    bids = "T,F,PRICE,UNIT,AGENT,MAC\nS1,A,5,guess,王小明,AA-01\n"
    mapping = """
        [[files]]
        file = "BIDS.csv"
        table = "bids"
        columns = { T = "tender_id", F = "bidder_id", PRICE = "amount" }
        units = { PRICE = "@UNIT" }
        identifiers = { AGENT = "agent", MAC = "author_mac" }
    """
    (row,) = only(put(tmp_path, BIDS__csv=bids, mapping__toml=mapping)).unreadable.rows(named=True)
    assert "王小明" not in row["raw"]
    assert "AA-01" in row["raw"]


def test_several_firms_in_one_field_are_a_consortium(bids: Raw) -> None:
    assert bids.tables["bids"].select("bid_id", "bidder_id").rows() == [("S1:F1", "F1"), ("S1:F3", "F3")]
    members = bids.tables["consortium_members"]
    assert members.select("bid_id", "bidder_id", "tender_id").rows() == [
        ("S1:F1", "F1", "S1"), ("S1:F1", "F2", "S1"),
    ]  # fmt: skip


def test_identifier_columns_become_long(bids: Raw) -> None:
    found = bids.tables["identifiers"].select("bidder_id", "tender_id", "kind", "value", "observed_at")
    assert found.rows() == [
        ("F1", "S1", "author_mac", "AA", "2024-05-01 09:00:00"),
        ("F1", "S1", "author_mac", "BB", "2024-05-01 09:00:00"),
        ("F3", "S1", "author_mac", "AA", "2024-05-01 09:01:00"),
    ]


def test_the_time_of_the_upload_is_not_that_of_a_payment(tmp_path: Path) -> None:
    text = """[[files]]
file = "bids.csv"
table = "bids"
columns = { lot = "tender_id", firm = "bidder_id", sent = "submitted_at" }
identifiers = { ip = "upload_ip", account = "deposit_account", from = "download_ip" }
"""
    rows = "lot,firm,sent,ip,account,from\nS1,F1,2024-05-01,1.1.1.1,6299,2.2.2.2\n"
    raw = only(put(tmp_path, bids__csv=rows, mapping__toml=text))
    assert raw.tables["identifiers"].select("kind", "observed_at").rows() == [
        ("upload_ip", "2024-05-01"), ("deposit_account", None), ("download_ip", None),
    ]  # fmt: skip


def test_a_file_of_identifiers_only_has_no_other_table(tmp_path: Path) -> None:
    text = """[[files]]
file = "t.csv"
table = "identifiers"
columns = { f = "bidder_id", at = "observed_at" }
identifiers = { ip = "upload_ip" }
"""
    put(
        tmp_path,
        t__csv="f,at,ip\nF1,2024-01-01,1.1.1.1\n",
        mapping__toml=text,
    )
    raw = only(tmp_path)
    assert raw.tables["identifiers"].select("bidder_id", "kind", "value", "observed_at").rows() == [
        ("F1", "upload_ip", "1.1.1.1", "2024-01-01")
    ]


def test_numbers_in_a_series_go_with_the_value_whose_series_it_is(tmp_path: Path) -> None:
    text = """[[files]]
file = "deposits.csv"
table = "identifiers"
columns = { lot = "tender_id", firm = "bidder_id", paid = "observed_at" }
identifiers = { bank = "deposit_branch", account = "deposit_account" }
sequences = { bank = "serial" }
"""
    deposits = (
        "lot,firm,paid,bank,serial,account\n"
        "L,A,2024-01-01 10:00:00,建行城关支行,LZ20240101-000123,1\n"
        "L,B,2024-01-01 10:05:00,建行城关支行,LZ20240101-000124X,2\n"
        "L,C,2024-01-01 11:05:00,农行安宁支行,无,3\n"
    )
    rows = only(put(tmp_path, deposits__csv=deposits, mapping__toml=text)).tables["identifiers"]
    made = admit("identifiers", rows, batch_id="b", key=b"k" * 32).good
    assert made.filter(pl.col("kind") == "deposit_branch").select("bidder_id", "sequence").rows() == [
        ("A", 123), ("B", 124), ("C", None),
    ]  # fmt: skip
    assert made.filter(pl.col("kind") == "deposit_account")["sequence"].null_count() == 3


def test_the_new_tables_are_recognised_by_their_chinese_names(tmp_path: Path) -> None:
    experts = "标段编号,专家编号,专业,抽取时间,抽取序号,是否更换\nS1,E1,市政,2024-05-01 09:00:00,7,否\n"
    changes = "变更编号,标段编号,变更时间,变更内容,是否影响投标文件编制\nG1,S1,2024-04-20,资格条件,是\n"
    signed = "合同编号,标段编号,承包人代码,签约合同价(万元),合同签订时间\nH1,S1,F1,12.5,2024-06-01\n"
    bail = "标段编号,投标人代码,承保机构,投保人电话,开立时间\nS1,F1,某保险,121-00000001,2024-04-30\n"
    put(tmp_path, 专家抽取__csv=experts, 变更公告__csv=changes, 合同信息__csv=signed, 保函__csv=bail)
    put(tmp_path, mapping__toml=suggest_mapping(tmp_path))
    tables = {name: frame for raw in read("tables", tmp_path) for name, frame in raw.tables.items()}
    made = {name: admit(name, frame, batch_id="b", key=b"k" * 32).good for name, frame in tables.items()}
    assert made["panels"].select("tender_id", "expert_id", "speciality", "draw_rank", "replaced").rows() == [
        ("S1", "E1", "市政", 7, False)
    ]
    assert made["amendments"].select("amendment_id", "touches", "affects_bids").rows() == [
        ("G1", "qualification", True)
    ]
    assert made["contracts"].select("contract_id", "bidder_id", "amount").rows() == [
        ("H1", "F1", Decimal(125000))
    ]
    assert set(made["identifiers"]["kind"]) == {"guarantee_insurer", "guarantee_proposer"}


@pytest.mark.parametrize(
    "content",
    [
        SECTIONS.encode(),
        SECTIONS.encode("utf-8-sig"),
        SECTIONS.encode("gb18030"),
        SECTIONS.replace(",", ";").encode(),
    ],
)
def test_encodings_and_separators_are_recognised(tmp_path: Path, content: bytes) -> None:
    mapping = """[[files]]
file = "s.csv"
table = "tenders"
units = { "最高投标限价（万元）" = "万元" }
columns = { "标段编号" = "tender_id", "最高投标限价（万元）" = "ceiling", "评标办法" = "mechanism" }
[files.values."评标办法"]
"合理低价法" = "mean_benchmark"
"""
    frame = only(put(tmp_path, s__csv=content, mapping__toml=mapping)).tables["tenders"]
    assert frame.head(1).select("tender_id", "ceiling", "mechanism").rows() == [
        ("S1", "135000.000000", "mean_benchmark")
    ]


def test_rows_with_a_wrong_number_of_fields_are_set_aside(tmp_path: Path) -> None:
    put(tmp_path, bids__csv="bid_id,tender_id,bidder_id\nb1,T,A\nb2,T,B,extra\nb3,T,C\n")
    raw = only(tmp_path)
    assert raw.tables["bids"].select("bid_id", "source_record").rows() == [("b1", "row 2"), ("b3", "row 4")]
    assert raw.unreadable.select("source_record", "reason").rows() == [
        ("row 3", "has 4 fields, the header 3")
    ]


def test_our_own_tables_need_no_mapping(tmp_path: Path) -> None:
    own = pl.DataFrame({"batch_id": ["x"], "bidder_id": ["A"], "kind": ["phone"], "value": ["121-0000 0001"]})
    own.write_parquet(tmp_path / "identifiers.parquet")
    frame = only(tmp_path).tables["identifiers"]
    assert frame.columns == ["bidder_id", "kind", "value", "source_table", "source_record"]
    assert frame["source_table"].to_list() == ["identifiers.parquet"]


def test_hashes_made_elsewhere_are_refused(tmp_path: Path) -> None:
    own = pl.DataFrame({"bidder_id": ["A"], "kind": ["phone"], "value_hash": ["0" * 32]})
    own.write_parquet(tmp_path / "identifiers.parquet")
    with pytest.raises(BadInput, match=r"no columns \['value_hash'\].* may give .*'value'"):
        only(tmp_path)


def test_a_sheet_of_a_book_is_read(tmp_path: Path) -> None:
    book = pl.DataFrame({"id": ["007"], "price": [2118120.3904]})
    book.write_excel(tmp_path / "book.xlsx", worksheet="bids")
    text = """[[files]]
file = "book.xlsx"
sheet = "bids"
table = "bids"
columns = { id = "bid_id", price = "amount" }
"""
    frame = only(put(tmp_path, mapping__toml=text)).tables["bids"]
    assert frame.select("bid_id", "amount").rows() == [("007", "2118120.3904")]
    put(tmp_path, mapping__toml=text.replace('sheet = "bids"', 'sheet = "x"'))
    with pytest.raises(BadInput, match="no sheet 'x'"):
        only(tmp_path)


def test_files_that_nothing_maps_are_named(tmp_path: Path) -> None:
    put(tmp_path, bids__csv="bid_id,tender_id,bidder_id\nb1,T,A\n", odd__csv="a\n1\n")
    _, odd = read("tables", tmp_path)
    assert odd.unreadable.row(0)[:3] == ("odd.csv", None, "no mapping for this file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"bids"', '"offers"'), r"no table 'offers'.*Known: \['amendments'"),
        (('"amount"', '"price"'), r"no column 'price'.*Known: \['amount'"),
        (('"author_mac"', '"mac"'), r"no kind of identifier 'mac'.*author_mac"),
        (('"@PRICE_UNIT"', '"furlong"'), r"no unit 'furlong'.*万元"),
        (("@PRICE_UNIT", "@UNIT"), r"no columns \['UNIT'\].*It has \['BID_SECTION_CODE'"),
        (("Asia/Shanghai", "Asia/Nowhere"), "no time zone 'Asia/Nowhere'"),
        (("TENDER_LIST.csv", "OTHER.csv"), r"no file 'OTHER.csv'.*TENDER_LIST.csv"),
        (('"submitted_at"', '"amount"'), r"Several columns are mapped to \['amount'\]"),
        (("separators", "splitters"), r"unknown field `splitters`.*separators"),
        (("{ BID_PRICE", "{ PRICE"), "no mapped column 'PRICE'"),
        (("MAC_ADDRESS = \";\"", "BID_PRICE = \";\""), "no column that may hold several values 'BID_PRICE'"),
        (('"bidder_id"', '"bid_id"'), "no column that may hold several values|whose they are"),
        (("constants =", 'sequences = { "备注" = "备注" }\nconstants ='), "no column of identifiers '备注'"),
        (("constants =", 'sequences = { MAC_ADDRESS = "NO" }\nconstants ='), r"no columns \['NO'\]"),
        (("[[files]]", "[[files"), "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    put(tmp_path, TENDER_LIST__csv=BIDS, mapping__toml=BIDS_MAPPING.replace(*change))
    with pytest.raises(BadInput, match=message):
        list(read("tables", tmp_path))


def test_unknown_columns_of_our_own_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Table bids has no columns \['price'\]"):
        only(put(tmp_path, bids__csv="bid_id,price\nb,1\n"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "Nothing says what"),
        ({"odd__csv": "a\n1\n"}, "Nothing says what"),
        ({"bids__csv": b"\xff\xff\xff"}, "neither UTF-8 nor GB 18030"),
        ({"bids__csv": b""}, "cannot be read"),
        ({"bids__parquet": b"no"}, "cannot be read"),
        ({"bids__xlsx": b"no"}, "cannot be read"),
    ],
)
def test_unusable_input_is_refused(tmp_path: Path, files: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        list(read("tables", put(tmp_path, **files)))


def test_a_suggested_mapping_can_be_used_as_it_is(tmp_path: Path) -> None:
    firms = "统一社会信用代码,企业名称,注册资本(万元),法定代表人,联系电话\nF1,甲,500,张三,138\n"
    put(tmp_path, TENDER_LIST__csv=BIDS, sections__csv=SECTIONS, 企业信息__csv=firms.encode("gb18030"))
    text = suggest_mapping(tmp_path)
    assert '# "备注" = ""' in text
    put(tmp_path, mapping__toml=text)
    tables = {name: frame for raw in read("tables", tmp_path) for name, frame in raw.tables.items()}
    assert tables["bids"].select("tender_id", "bidder_id", "amount", "currency").row(0) == (
        "S1", "F1", "123456.789000", "CNY",
    )  # fmt: skip
    assert tables["consortium_members"].height == 2
    assert tables["tenders"].select("tender_id", "buyer_name", "ceiling", "mechanism").rows() == [
        ("S1", "某局", "135000.000000", "mean_benchmark"),
        ("S2", "某局", "135000.000000", ""),
    ]
    assert tables["bidders"].select("bidder_id", "name", "capital").rows() == [("F1", "甲", "5000000.000000")]
    assert set(tables["identifiers"]["kind"]) == {"legal_rep", "phone"}


def test_english_names_are_suggested_too(tmp_path: Path) -> None:
    put(tmp_path, offers__csv="Lot ID,Supplier ID,Bid price,Submitted,Winner\nL,S,1,2024-01-01,1\n")
    text = suggest_mapping(tmp_path)
    for line in ('table = "bids"', '"Lot ID" = "tender_id"', '"Bid price" = "amount"', '"Winner" = "won"'):
        assert line in text
    assert "timezone" not in text


def test_own_names_need_no_suggestion(tmp_path: Path) -> None:
    text = suggest_mapping(put(tmp_path, bids__csv="bid_id,tender_id\nb,t\n"))
    assert "bids.csv has our names already" in text


def test_a_folder_without_tables_cannot_be_suggested(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no table"):
        suggest_mapping(tmp_path)
