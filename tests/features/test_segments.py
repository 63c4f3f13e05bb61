import numpy as np

from features.segments import Segments


def test_each_group_is_reduced_on_its_own() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(1, 9, 200)
    x = rng.normal(size=int(n.sum()))
    groups = np.split(x, np.cumsum(n)[:-1])
    cut = Segments(n)
    np.testing.assert_allclose(cut.sum(x), [g.sum() for g in groups])
    np.testing.assert_array_equal(cut.max(x), [g.max() for g in groups])
    np.testing.assert_array_equal(cut.min(x), [g.min() for g in groups])
    np.testing.assert_array_equal(cut.count(x > 0), [(g > 0).sum() for g in groups])


def test_the_smallest_of_each_group_are_those_of_sorting_it() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 40, 300)
    k = rng.integers(1, n + 1)
    x = rng.normal(size=int(n.sum()))
    groups = np.split(x, np.cumsum(n)[:-1])

    found = Segments(n).smallest(x, k)

    np.testing.assert_array_equal(found, [np.sort(g)[i - 1] for g, i in zip(groups, k, strict=True)])


def test_no_groups_give_no_values() -> None:
    cut = Segments(np.array([], np.int64))
    empty = np.array([], float)
    assert [f(empty).size for f in (cut.sum, cut.max, cut.min)] == [0, 0, 0]
    assert cut.position.size == 0
    assert cut.smallest(empty, np.array([], np.int64)).size == 0
