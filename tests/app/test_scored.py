import pytest
from streamlit.testing.v1 import AppTest


def page(lang: str) -> None:
    from app_pages.scored import scores_table
    from app_pages.words import Words
    from detect.explanation import Scored, Unusual

    why = [Unusual("Place of the bid.", 0.5, 0.1, 0.2, "share")]
    scored = [
        Scored("bid_boosting", "Likeness", "F1", 0.97, 0.4, "look", why),
        Scored("coalition", "Prices", "G1", 0.5, None, None, []),
    ]
    scores_table(scored, "Scores", {"F1": "Firm <One>"}, Words(lang))
    scores_table([], "Nothing", {}, Words(lang))


@pytest.mark.parametrize(("lang", "verdict"), [("en", "look"), ("zh", "建议查看")])
def test_scores_stand_in_a_table_with_whose_they_are_and_why(lang: str, verdict: str) -> None:
    at = AppTest.from_function(page, args=(lang,), default_timeout=60).run()

    assert not at.exception
    said = " ".join(str(e.value) for e in (*at.markdown, *at.subheader, *at.get("html")))
    assert "Nothing" not in said
    for part in ("Scores", "97%", "40%", verdict, "Place of the bid"):
        assert part in said, said
    assert "Firm &lt;One&gt;" in said
