import importlib

import pytest

from models.scorer import MODELS, all_models, make, model


def test_every_model_lives_in_the_file_of_its_name() -> None:
    for name, cls in all_models().items():
        assert cls.__module__ == f"models.{name}"
        assert importlib.import_module(f"models.{name}")


def test_every_model_says_what_it_is() -> None:
    for cls in all_models().values():
        first = (cls.__doc__ or "").partition("\n")[0]
        assert first.endswith(".")
        assert cls.title_en
        assert cls.title_zh


def test_no_model_reads_identity_time_or_money() -> None:
    forbidden = ("_id", "_at", "amount", "lowest_bid", "estimate_", "ceiling_", "name", "year", "date")
    for cls in all_models().values():
        assert not [c for c in cls.inputs if c.endswith(forbidden) or c in {"estimate", "ceiling", "bid_gap"}]


def test_a_second_registration_is_refused() -> None:
    taken = all_models()["ecod"]

    with pytest.raises(ValueError, match=r"Model ecod is registered twice\."):
        model(taken)
    assert MODELS["ecod"] is taken


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        ValueError,
        match=r"no model 'nope'; there are \['bid_boosting', .*'ecod', .*'tender_boosting'\]",
    ):
        make("nope")
