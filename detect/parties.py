"""Rules that speak of firms, pairs, groups, buyers and experts over many tenders.

They judge a whole history at once, as a nightly or monthly batch does, with everything that the records
hold on that day. So their findings are alerts of their own: a tender's alert rests on what was known at
its deadline and never on them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from detect.rule import Rule, State
from detect.schemes import COLUMNS, LIKENESS, likeness
from detect.verdict import FOUND, MISSING, found, missing, named, places, verdicts
from features.build import Build
from features.catalogue import KEYS, Grain
from features.parties import tenders_of

PARTY_GRAINS = (Grain.BIDDER, Grain.PAIR, Grain.GROUP, Grain.BUYER, Grain.EXPERT, Grain.MARKET)
PARTY = pl.Schema([("grain", pl.String()), ("party_id", pl.String())])
PARTY_TENDERS = pl.Schema([*PARTY.items(), ("tender_id", pl.String())])
COUNTS = pl.Schema(
    [("rule_id", pl.String()), ("grain", pl.String()), *((s.value, pl.UInt32()) for s in State)]
)


@dataclass(frozen=True)
class PartyVerdicts:
    """What was found about parties.

    * `hits`: `grain, party_id` and the columns of `detect.verdict.FOUND`; `party_id` joins the keys of the
      grain by `|`, `subjects` are the bidders that the finding names.
    * `tenders`: `grain, party_id, tender_id` of every party with a hit: the tenders it speaks of.
    * `likeness`: what the pattern of a group with a hit looks like, see `detect.schemes.likeness`.
    * `counts`: rows per rule and state.
    * `missing`: `rule_id, column, n` in rows of the grain.
    """

    hits: pl.DataFrame
    tenders: pl.DataFrame
    likeness: pl.DataFrame
    counts: pl.DataFrame
    missing: pl.DataFrame


def judge_parties(build: Build, frames: Mapping[Grain, pl.DataFrame], rules: Sequence[Rule]) -> PartyVerdicts:
    """Evaluate the rules of `PARTY_GRAINS` on every party; `frames` has the `party_rows` of their grains."""
    hits, tenders, alike, counts, stuck = [], [], [], [], []
    for grain, rows in frames.items():
        own = [r for r in rules if r.grain == grain]
        verdict = verdicts(rows, own)
        hit = [_hits(rows, verdict[r.id], grain, r) for r in own]
        hits += hit
        if grain == Grain.GROUP:
            alike.append(likeness(rows.join(pl.concat(hit), on="party_id", how="semi")))
        tenders.append(_tenders(build, grain, pl.concat(hit)))
        counts += [_counts(verdict[r.id], r) for r in own]
        stuck.append(missing(rows, verdict, own))
    return PartyVerdicts(
        _joined(hits, pl.Schema([*PARTY.items(), *FOUND.items()])),
        _joined(tenders, PARTY_TENDERS),
        _joined(alike, LIKENESS),
        _joined(counts, COUNTS),
        _joined(stuck, MISSING),
    )


def party_rows(build: Build, grain: Grain, rules: Sequence[Rule]) -> pl.DataFrame:
    """What the rules read, with the place and moment of the market as a whole for laws and limits."""
    keys = KEYS[grain]
    of_schemes = COLUMNS if grain == Grain.GROUP else ()
    reads = dict.fromkeys([*(name for r in rules for name in r.reads), *of_schemes])
    made = build.grain(grain).select(*keys, *(name for name in reads if name not in keys))
    if grain == Grain.GROUP:
        members = build.table("group_sets").group_by("group_id").agg(pl.col("bidder_id").sort())
        made = made.join(members.rename({"bidder_id": "members"}), on="group_id", how="left")
    place = pl.when(pl.col("jurisdiction").drop_nulls().n_unique() == 1).then(pl.col("jurisdiction").max())
    market = build.table("tenders").select(place.alias("jurisdiction"), pl.col("deadline_at").max())
    ids = pl.concat_str(keys, separator="|").alias("party_id")
    return made.join(market, how="cross").with_columns(ids, _subjects(grain)).collect()


def _subjects(grain: Grain) -> pl.Expr:
    """The bidders that a row names."""
    if grain == Grain.GROUP:
        return pl.col("members").alias("subjects")
    sides = [key for key in KEYS[grain] if key.startswith("bidder")]
    return (pl.concat_list(sides) if sides else pl.lit([], pl.List(pl.String))).alias("subjects")


def _hits(rows: pl.DataFrame, verdict: pl.Series, grain: Grain, r: Rule) -> pl.DataFrame:
    listed = rows.filter(verdict > 0)
    of_party = listed.select(pl.lit(grain.value).alias("grain"), "party_id")
    return of_party.hstack(found(listed, verdict.filter(verdict > 0), r, pl.col("subjects"), pl.lit(1.0)))


def _tenders(build: Build, grain: Grain, hits: pl.DataFrame) -> pl.DataFrame:
    keys = KEYS[grain]
    named = (
        hits.select("party_id")
        .unique()
        .with_columns(
            pl.col("party_id")
            .str.split_exact("|", len(keys) - 1)
            .struct.rename_fields(list(keys))
            .alias("key")
        )
    )
    of = tenders_of(build, grain, named.unnest("key").lazy()).collect()
    return of.select(pl.lit(grain.value).alias("grain"), "party_id", "tender_id").unique()


def _counts(verdict: pl.Series, r: Rule) -> pl.DataFrame:
    state = pl.DataFrame(verdict).select(named(places(pl.col(r.id))).alias("state"))
    return state.select(
        pl.lit(r.id).alias("rule_id"),
        pl.lit(r.grain.value).alias("grain"),
        *((pl.col("state") == s.value).sum().cast(pl.UInt32).alias(s.value) for s in State),
    )


def _joined(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)
