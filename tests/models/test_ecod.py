import numpy as np
import pytest

from models.ecod import Ecod


def test_both_tails_count_alike_and_add_up() -> None:
    ranks = np.array([[0.5, 0.5], [0.01, 0.5], [0.99, 0.5], [0.01, 0.99]])

    rarity = Ecod().rarity("a,b", ranks)

    assert rarity == pytest.approx([0.0, np.log(50), np.log(50), 2 * np.log(50)])


def test_contributions_are_the_parts_of_the_score() -> None:
    ranks = np.random.default_rng(0).uniform(0.01, 0.99, (50, 3))

    parts = Ecod().contributions("a,b,c", ranks)

    assert parts.sum(axis=1) == pytest.approx(Ecod().rarity("a,b,c", ranks))
    assert (parts >= 0).all()
