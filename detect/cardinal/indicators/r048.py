"""R048, heterogeneous supplier."""

from detect.cardinal.indicator import Meta
from detect.cardinal.process import Process, sole
from detect.cardinal.quartiles import quartiles, upper_fence
from detect.cardinal.settings import Given
from detect.cardinal.tally import Tally


class R048:
    """The number of kinds of items that a supplier was awarded is a high outlier.

    A kind is the first digits (2) of an item's classification. Only suppliers awarded in enough processes
    (20) count; the fence is Q3 + 1.5 IQR of their numbers unless set, and included. Awards to several
    suppliers are left out. Example: quartiles 1 and 4 put the fence at 8.5; nine kinds are flagged.
    """

    def __init__(self, given: Given) -> None:
        """Take the digits, the fence, and the least number of processes."""
        self.digits: int = given.get("digits", 2)
        self.threshold: int | None = given.get("threshold")
        self.least: int = given.get("minimum_contracting_processes", 20)

    def see(self, process: Process, tally: Tally) -> None:
        """Note the kinds that each sole supplier was awarded."""
        seen = set()
        for award in process.active:
            supplier = sole(award.suppliers)
            if supplier is None:
                continue
            codes = {
                item.classification.id[: self.digits]
                for item in award.items or ()
                if item.classification is not None and isinstance(item.classification.id, str)
            }
            if codes:
                tally.sets["kinds"][supplier] |= codes
                seen.add(supplier)
        for supplier in seen:
            tally.counts["supplied"][supplier] += 1

    def finish(self, tally: Tally) -> Meta:
        """Flag the suppliers at or above the fence."""
        supplied = tally.counts["supplied"]
        kinds = {who: float(len(k)) for who, k in tally.sets["kinds"].items() if supplied[who] >= self.least}
        meta = {}
        fence: float | None = self.threshold
        if fence is None:
            q1, q3 = quartiles(kinds.values())
            meta, fence = {"q1": q1, "q3": q3}, upper_fence(q1, q3)
        tally.values["Tenderer", "R048"].update({who: n for who, n in kinds.items() if n >= fence})
        return {**meta, "upper_fence": float(fence)}
