import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from app_pages.entries import ACTS, OTHERS, about, act, told
from app_pages.words import Words
from cases.tables import Entry

ROOT = Path(__file__).parents[2]
CHANGES = {
    "state": ["in_review", "explained"],
    "reason": [None, "FX03"],
    "due_at": [None, "2026-03-04T00:00:00+00:00"],
}
WEAK = {"proposed": [None, {"state": "not_established", "reason": "weak"}]}
CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("alert.decided", "tender T1", {"changes": CHANGES, "text": "campus exit"},
     "Decided: explained, FX03 .+, until 2026-03-04. “campus exit”", "tender T1"),
    ("alert.assigned", "group G1", {"changes": {}, "to": "li", "text": None}, "Assigned: li", "group G1"),
    ("alert.proposed", "tender T1", {"changes": WEAK}, "Decision proposed: not established, .+", "tender T1"),
    ("alert.reading", "tender T1", {"changes": {}, "rule": "E01", "verdict": "refuted"},
     "Innocent reading looked into: E01, does not hold", "tender T1"),
    ("run.post", "R1", {"new": 1200, "gone": 3, "rules": {"E01": 7}},
     "Run laid on the desk: 1,200 new, 3 no longer named", "R1"),
    ("queue.export", "alerts.csv", {"format": "402", "rows": 91},
     "Alerts exported: National table 402, 91 rows", "alerts.csv"),
    ("personal.unmask", "T1", {"reason": "complaint 12", "role": "lead"},
     "Personal values looked at. “complaint 12”", "T1"),
    ("person.appoint", "li", {"role": "lead", "shown": "李", "active": False},
     "Role given: 李, access ended", "li"),
    ("role.switch", "local-auditor", {"role": "auditor", "before": "lead"},
     r"Role switched \(single user\): Auditor", "local-auditor"),
    ("package.write", "tender T1", {"sha256": "ab" * 32, "unmasked": "asked"},
     "Evidence package made: SHA-256 abababababab…, with personal values", "tender T1"),
    ("suppression.lift", "suppression 7", {"reason": "ended"}, "Explanation lifted. “ended”",
     "explanation 7"),
    ("model.promote", "tender_boosting", {"version": "3", "reason": "better"},
     "Model taken into use: version 3. “better”", "tender_boosting"),
    ("desk.move", "postgresql+psycopg://desk@db/bidlens", {"source": "sqlite:///w/cases.db"},
     "Desk moved: from sqlite:///w/cases.db", "postgresql+psycopg://desk@db/bidlens"),
    ("some.new_act", "X", {}, "some.new_act", "X"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "subject", "detail", "said", "whom"), CASES)
def test_an_entry_is_told_as_a_sentence(
    action: str, subject: str, detail: dict[str, Any], said: str, whom: str
) -> None:
    entry = Entry(action=action, subject=subject, detail=json.dumps(detail))
    assert re.fullmatch(said, told(Words("en"), entry))
    assert about(Words("en"), entry) == whom


def test_every_act_has_a_name_and_every_name_an_act(lang: str) -> None:
    assert not [a for a in ACTS if act(Words(lang), a) == a]
    files = (*ROOT.glob("cases/**/*.py"), *ROOT.glob("app_pages/*.py"))
    calls = [n for f in files for n in ast.walk(ast.parse(f.read_text("utf-8"))) if isinstance(n, ast.Call)]
    logs = [
        c for c in calls if ast.unparse(c.func).rpartition(".")[2] in {"append", "log"} and len(c.args) > 1
    ]
    logged = {a.value for c in logs for a in c.args if isinstance(a, ast.Constant)}
    logged |= {"personal.unmask", "sealed.view"}  # chosen by a condition
    assert logged == set(OTHERS)
