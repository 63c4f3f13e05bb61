"""Tables that stand before the first tender: bidders, relations, firms' identifiers, reference lists."""

import numpy as np
import polars as pl

from records.simulation.arrays import Ints
from records.simulation.codes import addresses, credit_codes, identity_numbers, macs, numbers
from records.simulation.frames import INSTANT, instants, money, recorded
from records.simulation.names import Parties, county_codes, firm_names
from records.simulation.places import COUNTY_PREFECTURE, PREFECTURES
from records.simulation.plans import KINSHIP, SCHEMES
from records.simulation.play import World
from records.simulation.tenders import DAY, START
from records.simulation.traces import AGENCY, CARRIER, CENTRE, N_PLATFORMS, PARK, PLATFORM, serves


def bidders_frame(world: World, names: Parties) -> pl.DataFrame:
    """Table `bidders`."""
    f = world.firms
    founded = (START // DAY + f.founded).astype(np.int32)
    frame = pl.DataFrame(
        {
            "bidder_id": names.firm,
            "name": firm_names(world.circles, f),
            "id_scheme": pl.repeat("CN-USCI", f.circle.size, eager=True),
            "id_valid": names.firm_valid,
            "kind": pl.Series(["company", "state_owned"]).gather((f.group >= 0).astype(np.int64)),
            "region": county_codes(f.county),
            "founded_on": pl.Series(founded).cast(pl.Date),
            "capital": money(f.capital * 100),
            "insured_staff": pl.Series(f.staff).cast(pl.Int32),
        }
    )
    return recorded(frame, "bidders", "bidder_id")


def relations_frame(world: World, names: Parties) -> pl.DataFrame:
    """Table `relations`: state-owned firms and their parent."""
    rows = np.flatnonzero(world.firms.group >= 0)
    frame = pl.DataFrame(
        {
            "from_id": names.firm.gather(rows),
            "to_id": credit_codes("91", "MAU", world.firms.group[rows]),
            "kind": pl.repeat("state_owned_by", rows.size, eager=True),
            "share": pl.repeat(1.0, rows.size, eager=True),
        }
    ).with_columns(valid_from=pl.lit(None, INSTANT), valid_to=pl.lit(None, INSTANT))
    return recorded(frame, "relations", "from_id")


def firm_identifiers(world: World, names: Parties) -> pl.DataFrame:
    """Identifiers of the firms themselves, and what ring members share while their ring lasts."""
    f, seed = world.firms, world.seed
    n = f.circle.size
    every = np.arange(n)
    people = identity_numbers(seed, every * 64)
    owners = identity_numbers(seed, every * 64 + 63)
    owners = owners.zip_with(pl.Series(f.group < 0), _group_names(f.group))
    phones = numbers(seed, "121", every, 8, 61)
    values = {
        "legal_rep": people, "shareholder": owners, "phone": phones, "address": _places(world),
        "basic_account": accounts(seed, every),
    }  # fmt: skip
    since = instants((START // DAY + f.founded) * DAY)
    own = pl.concat(
        pl.DataFrame({"bidder_id": names.firm, "value": v, "valid_from": since}).with_columns(
            kind=pl.lit(kind), valid_to=pl.lit(None, INSTANT)
        )
        for kind, v in values.items()
    )
    kin = np.flatnonzero(world.rings.kinship > 0)
    first, second = world.rings.members[kin, 0], world.rings.members[kin, 1]
    kind = pl.Series(KINSHIP, dtype=pl.String).gather(world.rings.kinship[kin])
    shared = pl.DataFrame(
        {
            "bidder_id": names.firm.gather(second),
            "kind": kind,
            "valid_from": instants(world.rings.begin[kin]),
            "valid_to": instants(world.rings.end[kin]),
            "lender": names.firm.gather(first),
        }
    ).join(own.select("kind", "value", lender="bidder_id"), on=["kind", "lender"], maintain_order="left")
    columns = ("bidder_id", "kind", "value", "valid_from", "valid_to")
    frame = pl.concat([_until_lent(own, shared).select(columns), shared.select(columns)]).with_columns(
        tender_id=pl.lit(None, pl.String),
        observed_at=pl.col("valid_from"),
        sequence=pl.lit(None, pl.Int64),
    )
    return recorded(frame, "identifiers", "bidder_id")


def _until_lent(own: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """A firm's own legal representative leaves when another firm's takes the post."""
    left = shared.filter(pl.col("kind") == "legal_rep").select("bidder_id", "kind", ends="valid_from")
    return own.join(left, on=["bidder_id", "kind"], how="left", maintain_order="left").with_columns(
        valid_to="ends"
    )


def _group_names(group: Ints) -> pl.Series:
    return pl.select(pl.format("甘肃第{}国有资本集团", pl.lit(pl.Series(np.maximum(group, 0))))).to_series()


def _places(world: World) -> pl.Series:
    """Registered addresses; firms of a business park give its building and no room."""
    f = world.firms
    n = f.circle.size
    place = pl.Series([p.zh for p in PREFECTURES]).gather(COUNTY_PREFECTURE[f.county])
    frame = pl.DataFrame({"place": place, "n": np.arange(n), "park": f.park})
    own = pl.format("{}市新城大道{}号{}室", "place", pl.col("n") * 7 % 900 + 1, pl.col("n"))
    park = pl.format("{}市科技孵化园{}座", "place", pl.col("park") % 1_000_000 + 1)
    return frame.select(pl.when(pl.col("park") >= 0).then(park).otherwise(own)).to_series()


def known_frame(world: World) -> pl.DataFrame:
    """Table `known_values`: reference lists of shared networks, devices, accounts and locks."""
    seed, agencies = world.seed, np.arange(world.buyers.n_agencies)
    parks = np.unique(world.firms.park[world.firms.park >= 0])
    parks = (PARK + parks[parks % 2 == 0, None] * 64 + np.arange(4)).ravel()
    centres = CENTRE + np.arange(len(PREFECTURES))
    devices = (centres[:, None] * 4 + np.arange(4)).ravel()
    carriers = CARRIER + np.arange(0, world.carriers, 2)
    offices = AGENCY + agencies[serves(agencies) & (agencies % 10 == 1)]
    platforms = PLATFORM + np.arange(N_PLATFORMS)
    rows = (
        ("shared_network", "upload_ip", addresses(seed, carriers), "移动运营商出口 (mobile carrier)"),
        ("shared_network", "upload_ip", addresses(seed, offices), "代理机构办公网络 (agency office)"),
        ("shared_network", "upload_ip", addresses(seed, parks), "园区出口 (business park)"),
        ("centre_device", "upload_ip", addresses(seed, centres), "交易中心网络 (trading centre)"),
        ("centre_device", "upload_mac", macs(seed, devices), "交易中心终端 (trading centre)"),
        (
            "platform_account",
            "deposit_account",
            accounts(seed, platforms),
            "担保平台账户 (guarantee platform)",
        ),
        ("buyer_file", "boq_lock", locks(seed, AGENCY + agencies), "招标控制价文件 (buyer's file)"),
    )
    frame = pl.concat(
        pl.DataFrame({"value": values}).select(
            pl.lit(listing).alias("listing"),
            pl.lit(kind).alias("kind"),
            "value",
            pl.lit("公共资源交易中心 (trading centre)").alias("owner"),
            pl.lit(reason).alias("reason"),
            pl.lit(None, INSTANT).alias("valid_from"),
            pl.lit(None, INSTANT).alias("valid_to"),
        )
        for listing, kind, values, reason in rows
    )
    return recorded(frame.with_row_index("source_record").cast({"source_record": pl.String}),
                    "known_values", "source_record")  # fmt: skip


def accounts(seed: int, entities: Ints) -> pl.Series:
    """Deposit accounts."""
    return numbers(seed, "6299", entities, 15, 62)


def branches(entities: Ints) -> pl.Series:
    """Bank branches."""
    return pl.select(pl.format("兴陇银行第{}支行", pl.lit(pl.Series(entities)))).to_series()


def locks(seed: int, entities: Ints) -> pl.Series:
    """Pricing-software locks."""
    return numbers(seed, "GL", entities, 12, 63)


def ring_members(world: World, names: Parties) -> pl.DataFrame:
    """Ground truth: `ring_id, scheme, bidder_id, seat, from, to`."""
    ring, seat = np.nonzero(world.rings.members >= 0)
    scheme = pl.Series([s.value for s in SCHEMES], dtype=pl.String).gather(world.rings.scheme[ring])
    return pl.DataFrame(
        {
            "ring_id": ring_ids(ring),
            "scheme": scheme,
            "bidder_id": names.firm.gather(world.rings.members[ring, seat]),
            "seat": seat,
            "from": instants(world.rings.begin[ring]),
            "to": instants(world.rings.end[ring]),
        }
    )


def ring_ids(ring: Ints) -> pl.Series:
    """Names of rings."""
    return pl.select(pl.format("R{}", pl.lit(pl.Series(ring, dtype=pl.Int64)))).to_series()
