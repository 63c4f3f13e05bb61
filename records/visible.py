r"""Text from records as people may see it: what a source wrote must not steer a screen or a spreadsheet.

Escape sequences move a terminal's cursor, direction marks turn text round, and a cell that begins with `=`
is a formula once a table is saved as CSV and opened elsewhere.
"""

import re

import polars as pl

_FORMULA = r"^(\s*[=+\-@\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}]|[\t\n])"
"""What a spreadsheet may take for the beginning of a formula, full-width signs included."""

LONGEST = 600
"""Characters of one value that are shown; raw tables show all."""

_UNSEEN = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u{00ad}\u{061c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}"
    r"\u{fdd0}-\u{fdef}\u{feff}\u{fff9}-\u{fffb}\u{fffe}\u{ffff}]"
)
UNSEEN = re.compile(re.sub(r"\\u\{(\w{4})\}", r"\\u\1", _UNSEEN)[:-1] + r"\ud800-\udfff]")
"""Characters that are not seen, or that steer what is; half a character (a lone surrogate) is no text."""


def visible(value: object, longest: int = LONGEST) -> str:
    r"""Text on one line, with control and direction characters made visible, and an end.

    >>> visible("a\u202eb\nc"), visible("\x1b[2J")
    ('a�b c', '�[2J')
    """
    seen = UNSEEN.sub("\ufffd", re.sub(r"[\t\n]", " ", str(value)))
    return seen if len(seen) <= longest else seen[:longest] + "…"


def visible_column(text: pl.Expr) -> pl.Expr:
    r"""The same for a column of a table that readers may save; a would-be formula gets an apostrophe.

    >>> pl.DataFrame({"t": ["=1+1", "a\u202eb", None]}).select(visible_column(pl.col("t")))["t"].to_list()
    ["'=1+1", 'a�b', None]
    """
    return text.str.replace_all(_UNSEEN, "\ufffd").str.replace(_FORMULA, "'$1")
