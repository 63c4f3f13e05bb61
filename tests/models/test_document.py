from models.document import PAGE, page


def test_the_page_is_current() -> None:
    message = "docs/models.md is out of date; run `python -m models.document`."
    assert PAGE.exists(), message
    assert PAGE.read_text(encoding="utf-8") == page(), message
