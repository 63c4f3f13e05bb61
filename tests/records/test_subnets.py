from pathlib import Path

import polars as pl
import pytest

from records.privacy import pseudonymise
from records.source import UNREADABLE, Raw
from records.staging import SUBNETS, Staging
from records.subnets import subnet, with_subnets


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("240.1.2.3", "240.1.2.0/24"),
        (" 240.1.2.255 ", "240.1.2.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("240.1.2", None),
        ("", None),
        ("host.example.org", None),
    ],
)
def test_the_subnet_of_an_address(address: str, expected: str | None) -> None:
    assert subnet(address) == expected


def rows(*values: tuple[str, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(values, schema={"kind": pl.String, "value": pl.String}, orient="row")
    return frame.with_columns(bidder_id=pl.lit("A"), tender_id=pl.lit("T"), source_record=pl.lit("r"))


def test_neighbours_share_a_subnet_and_no_address() -> None:
    given = rows(("upload_ip", "240.1.2.3"), ("upload_ip", "240.1.2.4"), ("upload_ip", None))
    made = pseudonymise(with_subnets(given), b"k" * 32)
    subnets = made.filter(pl.col("kind") == "upload_subnet")["value_hash"]
    assert (subnets.len(), subnets.n_unique()) == (2, 1)
    assert made.filter(pl.col("kind") == "upload_ip")["value_hash"].drop_nulls().n_unique() == 2


def test_a_download_and_an_upload_from_one_subnet_hash_alike() -> None:
    given = rows(("upload_ip", "240.1.2.3"), ("download_ip", "240.1.2.9"))
    made = pseudonymise(with_subnets(given), b"k" * 32).filter(pl.col("kind").str.ends_with("_subnet"))
    assert made.height == 2
    assert made["value_hash"].n_unique() == 1


def test_rows_without_addresses_stay_as_they_are() -> None:
    for given in (rows(("phone", "1")), pl.DataFrame({"bidder_id": ["A"]}), rows()):
        assert with_subnets(given).equals(given)


def test_staging_counts_what_it_adds(tmp_path: Path) -> None:
    staging = Staging(tmp_path, "b", b"k" * 32)
    given = rows(("upload_ip", "240.1.2.3"), ("phone", "121"))
    staging.take(Raw({"identifiers": given}, pl.DataFrame(schema=UNREADABLE)))
    assert staging.mended_by_reader == {SUBNETS: 1}
    assert staging.counts["identifiers"].kept == 3
