"""The desk's acts under one name, for the pages: `from cases import desk; desk.decide(...)`.

Every act takes the engine and the name of the person who acts. Those that change an alert take the version
that the person saw, and give back the alert as it is now. They raise `Refused` (may not), `Unfit` (does not
fit; the message says what would), and `Changed` (somebody else was quicker; it carries the difference).
"""

from cases.act import Bulk, Changed, Kind, Told, Unfit, bulk
from cases.closing import confirm, decide, determine, duplicate, reject, reopen, ways
from cases.detail import Detail, File, content, detail, found
from cases.explaining import explain_value
from cases.keeping import (
    basket,
    drop_view,
    follow,
    followed,
    put_aside,
    save_view,
    take_out,
    unfollow,
    views,
)
from cases.owning import assign, auto_assign, sharing, take, working
from cases.roles import May, Refused, Role
from cases.suppress import Scope, in_force, lift, suppress
from cases.talking import (
    News,
    Reading,
    Returned,
    attach,
    n_unseen,
    news,
    note,
    reading,
    returned,
    seen,
    statement,
)
from cases.timing import due, off_until, snooze, wake

__all__ = [
    "Bulk", "Changed", "Detail", "File", "Kind", "May", "News", "Reading", "Refused", "Returned", "Role",
    "Scope", "Told", "Unfit", "assign", "attach", "auto_assign", "basket", "bulk", "confirm", "content",
    "decide", "detail", "determine", "drop_view", "due", "duplicate", "explain_value", "follow", "followed",
    "found", "in_force", "lift", "n_unseen", "news", "note", "off_until", "put_aside", "reading", "reject",
    "reopen", "returned", "save_view", "seen", "sharing", "snooze", "statement", "suppress", "take",
    "take_out", "unfollow", "views", "wake", "ways", "working",
]  # fmt: skip
