"""Reading values of any type as the type that the contract wants, and saying what was mended."""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from records.tables import INSTANT, MONEY
from records.times import DATE_ONLY, MOMENT, in_utc, moments

_NUMBER_SIGNS = r"^[¥￥$€£]\s*|\s*元$"
_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_EXACT = pl.Decimal(38, 18)
_TRUE = ("true", "yes", "y", "t", "1", "1.0", "是")
_FALSE = ("false", "no", "n", "f", "0", "0.0", "否")


@dataclass(frozen=True)
class Reading:
    """How one column is read.

    `value` has the contracted type and is null where nothing was given or it cannot be read.
    `given` says whether there was anything to read; given and null is `wrong`. `repairs` names
    what was mended, each with the rows that it holds for.
    """

    value: pl.Expr
    given: pl.Expr
    wrong: str
    repairs: dict[str, pl.Expr] = field(default_factory=dict)


def reading(name: str, have: pl.DataType, want: pl.DataType, zones: tuple[str, ...] = ()) -> Reading:
    """Read column `name` of type `have` as type `want`.

    `zones` lists the values of column `time_zone`, which says where naive times were taken; where
    it is empty or null they are taken as UTC.

    >>> raw = pl.DataFrame({"amount": ["1,234.5", "12.3456789", "about ten", ""]})
    >>> r = reading("amount", raw.schema["amount"], MONEY)
    >>> [str(v) for v in raw.select(r.value).to_series()], r.wrong
    (['1234.500000', '12.345679', 'None', 'None'], 'cannot be read as a number')
    """
    if isinstance(want, pl.Enum):
        return _enum(name, have, want)
    if want == INSTANT:
        return _instant(name, have, zones)
    for kind, read in _READERS.items():
        if want == kind or want.base_type() == kind:
            return read(name, have)
    raise TypeError(f"Column {name} has type {want}, for which there is no way to read values.")


def text(name: str, have: pl.DataType) -> pl.Expr:
    """A column as text without surrounding blanks, empty as null; whole floats lose their `.0`."""
    column = pl.col(name)
    if have.is_float():
        whole = column.is_finite() & (column == column.round(0)) & (column.abs() < 2**53)
        safe = pl.when(whole).then(column)
        return pl.when(whole).then(safe.cast(pl.Int64).cast(pl.String)).otherwise(column.cast(pl.String))
    if have in (pl.String, pl.Categorical, pl.Enum):
        trimmed = column.cast(pl.String).str.strip_chars()
        return pl.when(trimmed != "").then(trimmed)
    return column.cast(pl.String)


def _plain(name: str, have: pl.DataType) -> Reading:
    value = text(name, have)
    trimmed = {"blanks trimmed": value != pl.col(name)} if have == pl.String else {}
    return Reading(value, value.is_not_null(), "cannot be read as text", trimmed)


def _money(name: str, have: pl.DataType) -> Reading:
    if have.is_integer():
        return Reading(pl.col(name).cast(MONEY, strict=False), pl.col(name).is_not_null(), _NOT_A_NUMBER)
    given = text(name, have)
    bare = given.str.replace_all(_NUMBER_SIGNS, "") if have == pl.String else given
    grouped = bare.str.contains(_GROUPED) if have == pl.String else pl.lit(False)
    number = pl.when(grouped).then(bare.str.replace_all(",", "")).otherwise(bare)
    value = number.cast(MONEY, strict=False)
    repairs = {"rounded to six places": number.cast(_EXACT, strict=False) != value.cast(_EXACT, strict=False)}
    if have == pl.String:
        repairs |= {"currency sign dropped": bare != given, "thousands separators dropped": grouped}
    return Reading(value, given.is_not_null(), _NOT_A_NUMBER, repairs)


def _float(name: str, have: pl.DataType) -> Reading:
    value = text(name, have).cast(pl.Float64, strict=False)
    return Reading(pl.when(value.is_finite()).then(value), text(name, have).is_not_null(), _NOT_A_NUMBER)


def _whole(want: type[pl.DataType]) -> Callable[[str, pl.DataType], Reading]:
    def read(name: str, have: pl.DataType) -> Reading:
        given = text(name, have)
        number = given.str.replace(r"\.0+$", "").cast(want, strict=False)
        return Reading(number, given.is_not_null(), "cannot be read as a whole number")

    return read


def _bool(name: str, have: pl.DataType) -> Reading:
    if have == pl.Boolean:
        return Reading(pl.col(name), pl.col(name).is_not_null(), _NOT_A_BOOL)
    word = text(name, have).str.to_lowercase()
    value = pl.when(word.is_in(_TRUE)).then(True).when(word.is_in(_FALSE)).then(False)
    return Reading(value, word.is_not_null(), _NOT_A_BOOL)


def _enum(name: str, have: pl.DataType, want: pl.Enum) -> Reading:
    names = want.categories.to_list()
    word = text(name, have).str.to_lowercase()
    value = pl.when(word.is_in(names)).then(word).cast(want)
    return Reading(value, word.is_not_null(), f"is none of {', '.join(names)}")


def _moment(name: str, have: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """The text of a moment, and a struct of its naive reading or its reading with an offset."""
    given = text(name, have)
    return given, given.map_batches(moments, return_dtype=MOMENT)


def _instant(name: str, have: pl.DataType, zones: tuple[str, ...]) -> Reading:
    column = pl.col(name)
    if isinstance(have, pl.Datetime) and have.time_zone is not None:
        value = column.dt.convert_time_zone("UTC").cast(INSTANT)
        return Reading(value, column.is_not_null(), _NOT_A_TIME)
    if have in (pl.Datetime, pl.Date):
        day = {_MIDNIGHT: column.is_not_null()} if have == pl.Date else {}
        return Reading(in_utc(column.cast(pl.Datetime("us")), zones), column.is_not_null(), _NOT_A_TIME, day)
    given, moment = _moment(name, have)
    value = pl.coalesce(moment.struct["zoned"], in_utc(moment.struct["naive"], zones))
    return Reading(value, given.is_not_null(), _NOT_A_TIME, {_MIDNIGHT: given.str.contains(DATE_ONLY)})


def _date(name: str, have: pl.DataType) -> Reading:
    if have in (pl.Date, pl.Datetime):
        return Reading(pl.col(name).cast(pl.Date), pl.col(name).is_not_null(), _NOT_A_DATE)
    given, moment = _moment(name, have)
    local = pl.coalesce(moment.struct["naive"], moment.struct["zoned"].dt.replace_time_zone(None))
    return Reading(local.dt.date(), given.is_not_null(), _NOT_A_DATE)


_NOT_A_NUMBER = "cannot be read as a number"
_NOT_A_BOOL = "cannot be read as yes or no"
_NOT_A_TIME = "cannot be read as a time"
_NOT_A_DATE = "cannot be read as a date"
_MIDNIGHT = "date taken as midnight"

_READERS: dict[type[pl.DataType], Callable[[str, pl.DataType], Reading]] = {
    pl.String: _plain,
    pl.Decimal: _money,
    pl.Float64: _float,
    pl.Int32: _whole(pl.Int32),
    pl.Int64: _whole(pl.Int64),
    pl.Boolean: _bool,
    pl.Date: _date,
}
