from pathlib import Path

import polars as pl
import pytest

from records.kinds import KINDS
from records.privacy import load_key, masked, pseudonymise, without_contacts
from records.source import BadInput

KEY = b"k" * 32


def hashed(kind: str, *values: str | None) -> pl.DataFrame:
    raw = pl.DataFrame(
        {"kind": [kind] * len(values), "value": list(values)}, schema_overrides={"value": pl.String}
    )
    return pseudonymise(raw, KEY)


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("author_mac", "AA:BB:CC:00:11:22", "aa-bb-cc-00-11-22"),
        ("phone", "0931-888 1234", "09318881234"),
        ("address", "兰州市  城关区", " 兰州市 城关区"),
        ("email", "A@B.CN", "a@b.cn"),
        ("phone", "１３８００００１２３４", "13800001234"),
    ],
)
def test_two_spellings_of_one_value_are_equal(kind: str, a: str, b: str) -> None:
    assert hashed(kind, a, b)["value_hash"].n_unique() == 1


def test_different_values_and_keys_differ() -> None:
    one, two = hashed("phone", "13800001234", "13800001235")["value_hash"]
    raw = pl.DataFrame({"kind": ["phone"], "value": ["13800001234"]})
    assert len({one, two, pseudonymise(raw, b"other" * 8)["value_hash"].item()}) == 3


def test_a_device_is_known_again_at_upload() -> None:
    made, sent = hashed("author_mac", "AABBCC001122"), hashed("upload_mac", "AABBCC001122")
    assert made["value_hash"].item() == sent["value_hash"].item()


@pytest.mark.parametrize(
    "kinds",
    [
        ("deposit_account", "refund_account", "basic_account", "guarantee_account", "purchase_account"),
        ("agent", "project_manager", "legal_rep", "operator", "refund_collector", "ca_handler", "insured_by"),
        ("phone", "guarantee_proposer", "registration_phone"),
    ],
)
def test_kinds_of_one_family_know_each_other_s_values(kinds: tuple[str, ...]) -> None:
    assert len({hashed(kind, "13800001234")["value_hash"].item() for kind in kinds}) == 1


def test_kinds_of_different_families_do_not() -> None:
    families = {k.family: k.name for k in KINDS.values()}
    assert len({hashed(kind, "13800001234")["value_hash"].item() for kind in families.values()}) == len(
        families
    )


def test_every_kind_has_a_bit_of_a_whole_number() -> None:
    assert len(KINDS) < 63


@pytest.mark.parametrize(
    "filler", ["", "无", "N/A", "Default string", "To be filled by O.E.M.", "FF-FF-FF-FF", None]
)
def test_placeholders_have_no_hash(filler: str | None) -> None:
    assert hashed("author_disk", filler)["value_hash"].item() is None


@pytest.mark.parametrize("kind", [k.name for k in KINDS.values() if k.personal])
@pytest.mark.parametrize("value", ["13800001234", "张三", "王小明", "li.si@example.org"])
def test_personal_values_are_never_shown_in_full(kind: str, value: str) -> None:
    shown = hashed(kind, value)["display"].item()
    assert shown is None or (shown.startswith("•••") and len(shown) - 3 <= len(value) / 3)


def test_others_are_shown_as_they_are() -> None:
    assert hashed("author_mac", "AA:BB")["display"].item() == "AA:BB"


def test_unknown_kinds_are_masked_when_set_aside() -> None:
    raw = pl.DataFrame({"kind": ["13800001234", None, "boq_lock"], "value": ["张三丰", "a@b.cn", "L-1"]})
    assert masked(raw).rows() == [("•••", "•••丰"), (None, "•••cn"), ("boq_lock", "L-1")]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"mail":"li.si@example.org","n":123}', '{"mail":"•••","n":123}'),
        ("+86 138-0000-1234", "+86 •••"),
        ("0931-8881234 138 0000 1234", "••• •••"),
        ("id 620102199001011234", "id •••"),
        ("809-555-1234, (809) 555-1234", "•••, •••"),
        ('{"telephone": "5551234", "faxNumber":"1"}', '{"telephone": "•••", "faxNumber":"•••"}'),
        ("DO1.AWD.1234567 2021-10-29 13:35:00", "DO1.AWD.1234567 2021-10-29 13:35:00"),
    ],
)
def test_contacts_vanish_from_free_text(text: str, left: str) -> None:
    assert pl.DataFrame({"t": [text]}).select(without_contacts(pl.col("t"))).item() == left


def test_the_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "key"
    assert load_key(path) == load_key(path)
    assert len(load_key(path)) == 32
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("held", ["", "00ff", "not a key"])
def test_a_file_without_a_key_is_refused(held: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(held)
    with pytest.raises(BadInput, match=r"holds no key.*Restore it from a backup"):
        load_key(tmp_path / "key")
