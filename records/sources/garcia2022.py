"""García Rodríguez et al. 2022: bids with proven collusion, the six files of the supplement.

*Automation in Construction* 133:104047. One file is one market; it is told by its columns, not by its
name. Ids carry the market (`BR:1`), so that several markets can share a workspace.

Mapped: `tenders`, `bids`, `bidders`, and the labels as `decisions` of kind `study`, strength 1, with
no moment of becoming known: per tender `Collusive_competitor` (constant inside a tender; a threshold
on the colluders' share), per bidder in a tender `Collusive_competitor_original`. Their `basis` names
the column.

Assumed and repaired, each repair counted:

- The shipped screens and `Number_bids` are left out; recompute them (RD, DIFFP and zero-filled
  screens are wrong, and counts disagree with the rows). `Difference Bid/PTE` is left out too.
- Italy: `Bid_value` is 100 times the price and is divided. The award is an average-bid auction
  (`mean_benchmark`), everywhere else the lowest price.
- America: the amount is `Bid_value_without_inflation`, dollars per half-pint. Only the year is known:
  both the deadline and the outcome are put at its end, so that tenders of one year never inform each
  other.
- Brazil and Japan: `Date` is a moment in Unix seconds, taken as the deadline; the outcome is put at
  the end of that day, UTC. A date that overflowed is left out.
- Italy has no dates. Those of Switzerland are anonymised counts of days and are left out.
- Switzerland has no bidder ids. Each row gets its own (`CH-GR:123/3`), which never comes back: nothing
  that needs a firm seen twice can be said of these markets, and their labels of bidders are of bids.
- Rows equal to an earlier row in every column go to `unreadable`. In Switzerland, where no bidder is
  named, that may hide a tie; the shipped screens of 47 tenders there count such rows.
- A tender in which no bid is marked as winner has an unknown outcome (`won` null). Several winners
  are kept as they are.

Not mapped: sites, legal entity types, names of cartels and of competitors, investigation periods.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from records.source import UNREADABLE, BadInput, Raw, source
from records.tables import MONEY

Clock = Literal["seconds", "year"] | None

SCREENS = ("CV", "SPD", "DIFFP", "RD", "KURT", "SKEW", "KSTEST")


class File(NamedTuple):
    """One of the six files. `mark` is a column that no other file has."""

    code: str
    mark: str
    jurisdiction: str
    currency: str
    clock: Clock = None
    mechanism: str = "lowest"
    amount: str = "Bid_value"
    divisor: int = 1


FILES = (
    File("BR", "Brazilian State", "BR", "BRL", "seconds"),
    File("JP", "Period investigation by JFTC", "JP", "JPY", "seconds"),
    File("IT", "Cartel_name", "IT", "EUR", mechanism="mean_benchmark", divisor=100),
    File("US", "only_cartels_bidding_on_contract", "US", "USD", "year", amount="Bid_value_without_inflation"),
    File("CH-GR", "Contract_type", "CH", "CHF"),
    File("CH-TI", "Consortium", "CH", "CHF"),
)

DIVIDED = "amounts divided by 100"
WITHOUT_INFLATION = "amounts taken from Bid_value_without_inflation"
OVERFLOWN = "dates that overflowed left out"
ANONYMISED = "anonymised dates left out"
INVENTED = "bidder ids made up, one per row"
UNDECIDED = "bids of tenders without a winner: outcome left unknown"
MISCOUNTED = "rows whose Number_bids disagrees with the rows of the tender"
SHIPPED = "rows whose shipped screens were left out"


@source("garcia2022", en="García Rodríguez et al. 2022, one of six markets", zh="García 等 2022 串标数据集")
def read(path: Path) -> Iterator[Raw]:
    """Read one file of the supplement; all rows in one chunk.

    Raises:
        BadInput: no CSV file, or none of the six.

    """
    rows = _rows(path)
    file = _which(rows, path)
    first = rows.to_struct().is_first_distinct()
    try:
        kept = _typed(rows.with_row_index("row", offset=2).filter(first), file)
    except pl.exceptions.InvalidOperationError as error:
        raise BadInput(f"A number cannot be read: {error}", str(path), "Mend it in the file.") from error
    tables = {
        "tenders": _tenders(kept, file),
        "bids": _bids(kept, file),
        "bidders": _bidders(kept),
        "decisions": _decisions(kept),
    }
    repairs = _repairs(rows, kept, file)
    yield Raw(tables, _unreadable(rows, first, file), {k: n for k, n in repairs.items() if n})


def _rows(path: Path) -> pl.DataFrame:
    remedy = "Name one of the DB_Collusion_*_processed.csv files."
    if path.is_dir():
        raise BadInput("One market is one file", str(path), remedy)
    try:
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise BadInput(f"The file is no CSV: {error}", str(path), remedy) from error


def _which(rows: pl.DataFrame, path: Path) -> File:
    for file in FILES:
        needed = {file.mark, file.amount, "Tender", "Winner", "Collusive_competitor"}
        if needed <= set(rows.columns):
            return file
    marks = ", ".join(f"{f.mark!r} ({f.code})" for f in FILES)
    raise BadInput(
        f"The columns {rows.columns} are of none of the six markets",
        str(path),
        f"Each market is told by a column of its own: {marks}; all have Tender, Winner and a label.",
    )


def _optional(rows: pl.DataFrame, column: str) -> pl.Expr:
    return pl.col(column) if column in rows.columns else pl.lit(None, pl.String)


def _typed(rows: pl.DataFrame, file: File) -> pl.DataFrame:
    """One row per bid with the columns that the tables need."""
    has_firms = "Competitors" in rows.columns
    tender = _key(file, pl.col("Tender"))
    position = pl.int_range(1, pl.len() + 1).over("Tender")
    firm = _key(file, pl.col("Competitors")) if has_firms else pl.format("{}/{}", tender, position)
    consortium = _flag(_optional(rows, "Consortium")).fill_null(False)
    deadline, closed = _clock(_optional(rows, "Date"), file.clock)
    winner = _flag(pl.col("Winner"))
    return rows.select(
        "row",
        tender.alias("tender_id"),
        firm.alias("bidder_id"),
        pl.format("{}/{}", tender, position).alias("bid_id"),
        (pl.col(file.amount).cast(MONEY) / file.divisor).alias("amount"),
        pl.when(winner.any().over("Tender")).then(winner).alias("won"),
        _optional(rows, "Pre-Tender Estimate (PTE)").cast(MONEY).alias("estimate"),
        _optional(rows, "Capital").cast(MONEY).alias("capital"),
        _optional(rows, "Brazilian State").alias("region"),
        _optional(rows, "Contract_type").str.replace(r"\.0$", "").alias("category"),
        pl.when(consortium).then(pl.lit("consortium")).alias("kind"),
        deadline.alias("deadline_at"),
        closed.alias("closed_at"),
        _flag(pl.col("Collusive_competitor")).alias("tender_label"),
        _flag(_optional(rows, "Collusive_competitor_original")).alias("firm_label"),
        pl.lit(file.code).alias("source_table"),
        pl.format("line {}", "row").alias("source_record"),
    )


def _key(file: File, number: pl.Expr) -> pl.Expr:
    return pl.format(f"{file.code}:{{}}", number.str.replace(r"\.0$", ""))


def _flag(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64) == 1


def _clock(date: pl.Expr, clock: Clock) -> tuple[pl.Expr, pl.Expr]:
    """The deadline and the moment the outcome was known."""
    number = date.cast(pl.Float64).cast(pl.Int64)
    if clock == "seconds":
        moment = pl.from_epoch(pl.when(number > 0).then(number), time_unit="s").dt.replace_time_zone("UTC")
        return moment, moment.dt.truncate("1d").dt.offset_by("86399s")
    if clock == "year":
        end = pl.datetime(number, 12, 31, 23, 59, 59, time_zone="UTC")
        return end, end
    nothing = pl.lit(None, pl.Datetime("us", "UTC"))
    return nothing, nothing


def _tenders(kept: pl.DataFrame, file: File) -> pl.DataFrame:
    facts = ("region", "category", "estimate", "deadline_at", "closed_at", "source_table", "source_record")
    return kept.group_by("tender_id", maintain_order=True).agg(
        pl.lit(file.jurisdiction).alias("jurisdiction"),
        pl.lit(file.mechanism).alias("mechanism"),
        pl.lit(file.currency).alias("currency"),
        *(pl.col(c).first() for c in facts),
    )


def _bids(kept: pl.DataFrame, file: File) -> pl.DataFrame:
    columns = ("bid_id", "tender_id", "bidder_id", "amount", "won", "source_table", "source_record")
    return kept.select(*columns, pl.lit(file.currency).alias("currency"))


def _bidders(kept: pl.DataFrame) -> pl.DataFrame:
    facts = ("capital", "kind", "source_table", "source_record")
    return kept.group_by("bidder_id", maintain_order=True).agg(pl.col(c).last() for c in facts)


def _decisions(kept: pl.DataFrame) -> pl.DataFrame:
    """Labels of tenders, then of bidders in tenders."""
    of_tender = kept.unique("tender_id", keep="first", maintain_order=True).select(
        pl.col("tender_id").alias("decision_id"),
        "tender_id",
        pl.lit(None, pl.String).alias("bidder_id"),
        pl.col("tender_label").alias("collusive"),
        pl.lit("Collusive_competitor").alias("basis"),
        "source_table",
        "source_record",
    )
    of_firm = kept.filter(pl.col("firm_label").is_not_null()).select(
        pl.col("bid_id").alias("decision_id"),
        "tender_id",
        "bidder_id",
        pl.col("firm_label").alias("collusive"),
        pl.lit("Collusive_competitor_original").alias("basis"),
        "source_table",
        "source_record",
    )
    study = (pl.lit("study").alias("kind"), pl.lit(1.0).alias("strength"))
    cited = pl.format("García Rodríguez et al. 2022, {}", "basis").alias("basis")
    return pl.concat([of_tender, of_firm]).with_columns(*study, cited)


def _repairs(rows: pl.DataFrame, kept: pl.DataFrame, file: File) -> dict[str, int]:
    """How many rows each repair touched."""
    dated = file.clock is None and "Date" in rows.columns
    shipped = _optional(rows, "Number_bids").cast(pl.Float64) != pl.len().over("Tender")
    return {
        DIVIDED: kept.height if file.divisor != 1 else 0,
        WITHOUT_INFLATION: kept.height if file.amount != "Bid_value" else 0,
        OVERFLOWN: kept["deadline_at"].null_count() if file.clock else 0,
        ANONYMISED: kept.height if dated else 0,
        INVENTED: 0 if "Competitors" in rows.columns else kept.height,
        UNDECIDED: kept["won"].null_count(),
        MISCOUNTED: rows.select(shipped.sum()).item() or 0,
        SHIPPED: kept.height if set(SCREENS) & set(rows.columns) else 0,
    }


def _unreadable(rows: pl.DataFrame, first: pl.Series, file: File) -> pl.DataFrame:
    """Rows that say nothing new, as JSON."""
    return (
        rows.with_row_index("row", offset=2)
        .filter(~first)
        .select(
            pl.lit(file.code).alias("source_table"),
            pl.format("line {}", "row").alias("source_record"),
            pl.lit("equal to an earlier row in every column").alias("reason"),
            pl.struct(rows.columns).struct.json_encode().alias("raw"),
        )
        .cast(UNREADABLE)
    )
