"""Whether a server can be reached from this machine only."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_local(address: str | None, host: str | None) -> bool:
    """Whether a server bound to `address`, called by a browser as `host`, stays on this machine.

    A server without an address listens everywhere. A foreign host name means that something forwards to it.

    >>> is_local("127.0.0.1", "localhost:8501"), is_local("::1", "[::1]:8501")
    (True, True)
    >>> is_local("0.0.0.0", "127.0.0.1"), is_local(None, None), is_local("127.0.0.1", "desk.example.org")
    (False, False, False)
    """
    return _loops(address) and (host is None or _loops(urlsplit(f"//{host}").hostname))


def _loops(name: str | None) -> bool:
    try:
        return name is not None and (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return False
