"""Reading moments in the notations that sources use."""

import polars as pl

from records.tables import INSTANT

MOMENT = pl.Struct({"naive": pl.Datetime("us"), "zoned": INSTANT})
DATE_ONLY = r"^(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})$"
_SEPARATED = r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*"
_OFFSET = r"T.*(Z|[+-]\d\d(:?\d\d)?)$"


def moments(given: pl.Series) -> pl.Series:
    """Texts as moments, naive or with their offset taken into account.

    The two usual notations are tried at once; only what they leave takes the slow way.

    >>> texts = pl.Series(["2021/10/29 13:35", "20211029133500", "2021-10-29T13:35+08:00", "soon"])
    >>> moments(texts).struct.unnest().select(pl.all().dt.hour()).rows()
    [(13, None), (13, None), (None, 5), (None, None)]
    """
    naive = given.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    zoned = given.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False)
    left = given.is_not_null() & naive.is_null() & zoned.is_null()
    if left.any():
        same = _one_notation(given.filter(left))
        offset = same.str.contains(_OFFSET)
        naive = naive.scatter(left.arg_true(), _clock(same.set(offset, None)))
        zoned = zoned.scatter(left.arg_true(), _clock(same.set(~offset, None), "%#z"))
    return pl.DataFrame([naive.alias("naive"), zoned.alias("zoned")]).to_struct(given.name)


def _one_notation(given: pl.Series) -> pl.Series:
    packed = given.str.contains(r"^\d{8}(\d{6})?$")
    apart = given.set(packed, None).str.replace(_SEPARATED, "$1-$2-${3}T")
    spread = given.set(~packed, None).str.replace(r"^(\d{4})(\d\d)(\d\d)", "$1-$2-${3}T")
    same = spread.str.replace(r"T(\d\d)(\d\d)(\d\d)$", "T$1:$2:$3").fill_null(apart)
    return same.str.replace(r"T$", "T00:00")


def _clock(same: pl.Series, offset: str = "") -> pl.Series:
    long = same.str.to_datetime(f"%Y-%m-%dT%H:%M:%S%.f{offset}", time_unit="us", strict=False)
    short = same.str.to_datetime(f"%Y-%m-%dT%H:%M{offset}", time_unit="us", strict=False)
    return long.fill_null(short)


def in_utc(naive: pl.Expr, zones: tuple[str, ...]) -> pl.Expr:
    """Naive times in UTC, each from the zone that column `time_zone` names; `zones` are its values.

    An hour that a clock change repeats is taken as the first, one that it skips becomes null.
    """
    local = [
        pl.when(pl.col("time_zone") == z).then(
            naive.dt.replace_time_zone(z, ambiguous="earliest", non_existent="null").dt.convert_time_zone(
                "UTC"
            )
        )
        for z in zones
    ]
    unknown = pl.col("time_zone").is_null() if zones else pl.lit(True)
    return pl.coalesce(*local, pl.when(unknown).then(naive.dt.replace_time_zone("UTC")))
