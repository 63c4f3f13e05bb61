"""Which models the records of a market can support, and what holds the others back."""

import polars as pl

from features.catalogue import Grain
from models.scorer import UNSCORED, all_models


def model_coverage(frame: pl.DataFrame, lang: str = "en") -> pl.DataFrame:
    """One row per model of tenders fitted on this frame: `model, title, n, scored, missing`.

    `missing` names inputs without any value, and why rows have no score, with their number.
    """
    rows = [_of_model(name, frame, lang) for name in all_models(Grain.TENDER)]
    return pl.DataFrame(rows, schema=["model", "title", "n", "scored", "missing"], orient="row")


def _of_model(name: str, frame: pl.DataFrame, lang: str) -> tuple[str, str, int, int, str]:
    scorer = all_models()[name]()
    scores = scorer.fit(frame).score(frame)
    unscored = scores["unscored_reason"].drop_nulls().value_counts(sort=True)
    why = [f"{UNSCORED[code][lang == 'zh']} ({n:,})" for code, n in unscored.rows()]
    empty = [c for c in scorer.inputs if frame[c].null_count() == frame.height]
    title = scorer.title_zh if lang == "zh" else scorer.title_en
    return name, title, frame.height, scores["score"].count(), " ".join([", ".join(empty), *why]).strip()
