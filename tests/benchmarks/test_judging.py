from benchmarks.judging import judged


def test_every_repeated_tender_is_judged_as_the_first() -> None:
    once, thrice = judged(100, 100, 5), judged(300, 100, 5)
    assert (once.tenders, thrice.tenders) == (100, 300)
    assert (thrice.bids, thrice.ties, thrice.hits) == (3 * once.bids, 3 * once.ties, 3 * once.hits)
    assert once.hits > 0
