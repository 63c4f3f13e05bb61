"""R025, excessive unsuccessful bids."""

from detect.cardinal.indicator import Meta
from detect.cardinal.process import Process
from detect.cardinal.quartiles import lower_fence, quantile, quartiles
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally


class R025:
    """A firm that bids much wins a share of its processes that is a low outlier.

    Bidding much is at or above a percentile (75) of all firms' numbers of processes; the fence is
    Q1 - 1.5 IQR of all shares unless set, and included. Silent where the fence or Q1 is not above zero.
    Example: with a fence of 0.05, one win in twenty processes is flagged.
    """

    def __init__(self, given: Given) -> None:
        """Take the percentile and the fence."""
        self.percentile: int = given.get("percentile", 75)
        self.threshold: float | None = given.get("threshold")

    def see(self, process: Process, tally: Tally) -> None:
        """Count each firm with a valid bid once, and the winner."""
        winner = process.winner
        if winner is None:
            return
        firms = {offer.sole for offer in process.offers if offer.status == "valid" and offer.sole is not None}
        tried = tally.counts["tried"]
        for firm in firms:
            tried[firm] += 1
        if winner in firms:
            tally.counts["won"][winner] += 1

    def finish(self, tally: Tally) -> Meta:
        """Flag the firms at or below the fence among those that bid much."""
        tried, won = tally.counts["tried"], tally.counts["won"]
        shares = {firm: won.get(firm, 0) / count for firm, count in tried.items()}
        many = quantile((float(count) for count in tried.values()), self.percentile / 100)
        meta, q1 = {}, 1.0
        if self.threshold is None:
            q1, q3 = quartiles(shares.values())
            meta = {"q1": q1, "q3": q3}
        fence = lower_fence(meta["q1"], meta["q3"]) if self.threshold is None else self.threshold
        if q1 > 0 and fence > 0:
            for firm, share in shares.items():
                if tried[firm] >= many and share <= fence:
                    tally.values["Tenderer", "R025"][firm] = share
        return {**meta, "upper_fence": many, "lower_fence": fence}
