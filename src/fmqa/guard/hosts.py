"""The host names to which requests may be addressed.

Other names are refused, because a page of another site could make a browser send requests under a name of its own (DNS
rebinding).
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"(?:[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")


def is_loopback(host: str) -> bool:
    """Return whether an address or name can only be reached from the own machine.

    >>> [is_loopback(each) for each in ("localhost", "127.8.8.8", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def name_of(authority: str) -> str | None:
    """Return the name in ``host:port`` in lower case, without brackets and final full stop; None if it is not one.

    >>> [name_of(each) for each in ("Example.org.:8000", "[::1]:8000", "a@example.org", "example.org:x", "")]
    ['example.org', '::1', None, None, None]
    """
    bracketed = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::\d{1,5})?", authority)
    if bracketed:
        try:
            return str(ipaddress.IPv6Address(bracketed[1]))
        except ValueError:
            return None
    name, colon, port = authority.partition(":")
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not _NAME.fullmatch(name) or (colon and not re.fullmatch(r"\d{1,5}", port)):
        return None
    return name


class Hosts:
    """The names that a service answers to.

    >>> hosts = Hosts("", "127.0.0.1")
    >>> hosts.allows("localhost:8000"), hosts.allows("attacker.example")
    (True, False)
    """

    def __init__(self, named: str, listening: str) -> None:
        """Take the names from the setting ``hosts``, besides those of the own machine and the address listened on.

        Raises:
            ValueError: An entry is no name.
        """
        entries = [entry.strip() for entry in named.split(",") if entry.strip()]
        bare = [f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry for entry in entries]
        names = [name_of(entry) for entry in bare]
        for entry, name in zip(entries, names, strict=True):
            if name is None:
                raise ValueError(f"{entry!r} is not the name of a host")
        self.named = frozenset(name for name in names if name is not None and not is_loopback(name))
        own = () if _is_any(listening) else (listening.lower(),)
        self.names = self.named | set(LOOPBACK) | set(own)
        self.beyond = bool(self.named) or not is_loopback(listening)
        """Whether others than this machine can reach the service."""

    def allows(self, authority: str) -> bool:
        """Return whether a Host header names this service."""
        return name_of(authority) in self.names

    def is_own_origin(self, origin: str, authority: str) -> bool:
        """Return whether an Origin header is that of a page of this service, which was asked for under a Host.

        >>> hosts = Hosts("fmqa.example", "127.0.0.1")
        >>> hosts.is_own_origin("http://localhost:8000", "localhost:8000")
        True
        >>> hosts.is_own_origin("http://localhost:3000", "localhost:8000")
        False
        >>> hosts.is_own_origin("https://fmqa.example", "127.0.0.1:8000")
        True
        """
        try:
            parts = urlsplit(origin)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        except ValueError:
            return False
        if parts.scheme not in _DEFAULT_PORTS or name_of(parts.netloc) is None:
            return False
        asked = urlsplit(f"{parts.scheme}://{authority}")
        same = name_of(parts.netloc) == name_of(authority) and port == (asked.port or _DEFAULT_PORTS[parts.scheme])
        return same or name_of(parts.netloc) in self.named


def _is_any(listening: str) -> bool:
    try:
        return ipaddress.ip_address(listening).is_unspecified
    except ValueError:
        return False
