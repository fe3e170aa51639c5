"""Where the daemon is: addresses as libinflight reads them, and ``tls:`` beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass

SYSTEM_SOCKET = "/run/inflightd/inflightd.sock"
USER_SOCKET = "inflightd.sock"

_WRONG_FORM = "an address is unix:PATH, tcp:HOST:PORT or tls:HOST:PORT"
_PATH_MAX = 107  # what a Unix socket's address has room for


@dataclass(frozen=True)
class Address:
    """A Unix socket has a ``path``; the others have ``host`` and ``port``."""

    path: str = ""
    host: str = ""
    port: int = 0
    tls: bool = False

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'tcp'}:{host}:{self.port}"


def _parse_host_port(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise ValueError("the IPv6 host has no closing bracket")
        if not rest.startswith(":"):
            raise ValueError(_WRONG_FORM)
        digits = rest[1:]
    else:
        host, colon, digits = text.rpartition(":")
        if not colon:
            raise ValueError(_WRONG_FORM)
        if ":" in host:
            raise ValueError("an IPv6 host stands in brackets, as in tcp:[::1]:7777")
    if not host:
        raise ValueError("the address has no host")
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 5):
        raise ValueError("the port is a number from 1 to 65535")
    if not 1 <= int(digits) <= 65535:
        raise ValueError("the port is a number from 1 to 65535")
    return host, int(digits)


def parse_address(text: str) -> Address:
    """Reads an address; raises ValueError with the reason where it cannot be read."""
    kind, _, rest = text.partition(":")
    if kind == "unix":
        if not rest:
            raise ValueError("the address has no path")
        if len(os.fsencode(rest)) > _PATH_MAX:
            raise ValueError(f"the path of a Unix socket has at most {_PATH_MAX} bytes")
        return Address(path=rest)
    if kind in ("tcp", "tls"):
        host, port = _parse_host_port(rest)
        return Address(host=host, port=port, tls=kind == "tls")
    raise ValueError(_WRONG_FORM)


def default_address() -> str:
    """``$INFLIGHT_ADDRESS``, else the system's socket, or the user's own if only that is there."""
    named = os.environ.get("INFLIGHT_ADDRESS")
    if named:
        return named
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if not os.path.exists(SYSTEM_SOCKET) and runtime:
        own = f"{runtime}/{USER_SOCKET}"
        if os.path.exists(own):
            return f"unix:{own}"
    return f"unix:{SYSTEM_SOCKET}"
