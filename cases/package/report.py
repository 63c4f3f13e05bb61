"""The report as data, section by section in the order of rules C; `cases.package.pdf` draws it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cases.package.blocks import shown
from cases.package.context import chance, other, prices, quality, relations
from cases.package.evidence import evidence, exclusions
from cases.package.handling import Listed, actions, files, review, statement
from cases.package.material import Material, shown_to_all
from cases.package.summary import rules, summary
from cases.package.words import Words

TITLE = 200
ID = 60
"""Characters of the title, and of the id in the head of each page, that are shown."""


def report(m: Material, listed: Sequence[Listed], key: str) -> dict[str, Any]:
    """All that the page layout needs, as JSON values.

    `listed` are the other files of the package, `key` the fingerprint of the key that signs it.
    """
    w = Words(m.lang)
    sections = (
        summary(m, w), rules(m, w), evidence(m, w), exclusions(m, w), prices(m, w), relations(m, w),
        chance(m, w), other(m, w), quality(m, w), statement(m, w), actions(m, w), review(w),
        files(listed, key, w),
    )  # fmt: skip
    started = datetime.fromisoformat(m.manifest["started_at"])
    made = {
        "lang": m.lang,
        "title": w("report.title"),
        "name": shown(getattr(m.story, "title", "") or getattr(m.story, "kind", ""), TITLE),
        "case": shown(w("report.case", id=m.subject_id), ID),
        "level": "none" if m.story.level is None else m.story.level.name,
        "level_word": w("level.none" if m.story.level is None else f"level.{m.story.level.name}"),
        "run": shown(w("report.run", run=m.manifest["run_id"])),
        "zone": w("report.zone", zone=m.zone),
        "caution": w("report.caution"),
        "page": w("report.page", n="{n}", total="{total}"),
        "date": [started.year, started.month, started.day, started.hour, started.minute, started.second],
        "blocks": [block for section in sections for block in section],
    }
    hidden: dict[str, Any] = shown_to_all(made, m.hidden)
    return hidden
