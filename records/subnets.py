"""The subnets of network addresses, made before addresses are hashed: nobody can tell them afterwards."""

import ipaddress

import polars as pl

SUBNET_OF = {"upload_ip": "upload_subnet", "download_ip": "download_subnet"}
"""The kind of the subnet, by the kind of the address."""

_PREFIX = {4: 24, 6: 64}
"""A building shares a /24 of IPv4 and a /64 of IPv6 (rules E10)."""


def with_subnets(identifiers: pl.DataFrame) -> pl.DataFrame:
    """Rows as read, and below them one row for the subnet of each address.

    What is no address has no subnet. Rows keep their provenance.

    >>> raw = pl.DataFrame({"kind": ["upload_ip", "phone"], "value": ["240.1.2.3", "240.1.2.3"]})
    >>> with_subnets(raw).rows()[2:]
    [('upload_subnet', '240.1.2.0/24')]
    """
    if identifiers.schema.get("kind") != pl.String or identifiers.schema.get("value") != pl.String:
        return identifiers
    addresses = identifiers.filter(pl.col("kind").is_in(list(SUBNET_OF)))
    subnets = {address: subnet(address) for address in addresses["value"].drop_nulls().unique()}
    made = addresses.with_columns(
        pl.col("kind").replace_strict(SUBNET_OF),
        pl.col("value").replace_strict(subnets, default=None, return_dtype=pl.String),
    )
    return pl.concat([identifiers, made.drop_nulls("value")])


def subnet(address: str) -> str | None:
    """The subnet of an address, or none where it is no address.

    >>> subnet("2001:db8::1"), subnet("unknown")
    ('2001:db8::/64', None)
    """
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return None
    return str(ipaddress.ip_network((parsed, _PREFIX[parsed.version]), strict=False))
