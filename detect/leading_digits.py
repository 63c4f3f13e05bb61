"""What the rules on leading digits (Q10C, Q10D) share: sentences, innocent reading and the test."""

import polars as pl

from detect.rule import Rule, Words


def words(en: str, zh: str) -> tuple[Words, Words]:
    """The words under an English and a Chinese title."""
    return (
        Words(
            en,
            "The first two digits of {n_digit_prices} prices lie {benford_mad:.2%} from Benford's law on "
            "average (chance {benford_p:.1g}).",
            "Thresholds, ceilings, unit prices or rounding by habit move digits lawfully; few trades follow "
            "the law closely.",
        ),
        Words(
            zh,
            "{n_digit_prices} 个价格的首两位数字与本福特定律平均偏差 {benford_mad:.2%}（偶然概率 "
            "{benford_p:.1g}）。",
            "限额、最高限价、单价或取整习惯均可合法改变首位数字；符合该定律的行业并不多。",
        ),
    )


def far_from_the_law(p: pl.Expr, distance: pl.Expr, n: pl.Expr, max_p: float) -> pl.Expr:
    """Whether digits are rarer than `max_p`; null where the distance or the number of prices is unknown."""
    return (p <= max_p) & (distance > 0) & (n > 0)


def by_its_p(r: Rule) -> None:
    """Let the chance of the distance be the rule's p-value."""
    r.chance(by_chance)


def by_chance(benford_p: pl.Expr) -> pl.Expr:
    """Chance of so large a distance."""
    return benford_p
