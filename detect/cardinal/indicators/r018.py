"""R018, single bid received."""

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Process
from detect.cardinal.settings import Given, several
from detect.cardinal.tally import Tally


class R018(PerProcess):
    """The number of tenderers is said to be one, in an open or selective procedure.

    Example: `numberOfTenderers` 1 is flagged; 1.0, "1" and a single listed bid are not.
    """

    def __init__(self, given: Given) -> None:
        """Take the procurement methods looked at."""
        self.methods = several(given.get("procurement_methods", "open|selective"))

    def see(self, process: Process, tally: Tally) -> None:
        """Flag a single tenderer."""
        tender = process.tender
        if type(tender.number_of_tenderers) is not int or tender.number_of_tenderers != 1:
            return
        method = tender.procurement_method
        if not self.methods or (isinstance(method, str) and method in self.methods):
            tally.values["OCID", "R018"][process.ocid] = 1.0
