"""Which addresses an HTTP request may reach, judged by number after resolving.

Not by name (`127.1`, `2130706433` and `①②⑦.⓪.⓪.①` all resolve to the loopback) and not by `ipaddress.is_global` alone:
Python 3.11 calls NAT64, 6to4 and multicast forms global.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved and broadcast
    )
)
_V6_OPEN = IPv6Network("2000::/3")
"""The only part of IPv6 given out for global unicast (IANA): all else is refused unseen, NAT64 and ULA included."""
_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


def is_open(address: str) -> bool:
    """Tell whether a numeric address is an ordinary public one; anything that is no address is not."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv6Address):
        if number.ipv4_mapped is None:
            return _v6_open(number)
        number = number.ipv4_mapped
    return _v4_open(number)


async def resolve(host: str, port: int) -> Sequence[str]:
    """Give the numeric addresses of a host in the system's order, each once.

    Raises:
        OSError: the name can't be resolved.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def literal(host: str) -> str | None:
    """Give the address a host writes as a number in any form that the system reads, None for a name; asks no DNS."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _v4_open(number: IPv4Address) -> bool:
    return number.is_global and not any(number in block for block in _V4)


def _v6_open(number: IPv6Address) -> bool:
    return number in _V6_OPEN and number.is_global and not any(number in block for block in _V6)
