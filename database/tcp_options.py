"""Socket options that detect a lost peer, such as a host that was switched off."""

import socket
from contextlib import suppress
from typing import Any

LOST_PEER_SECONDS = 60
_TCP_OPTIONS = {
    "TCP_KEEPIDLE": LOST_PEER_SECONDS // 2,
    "TCP_KEEPINTVL": LOST_PEER_SECONDS // 6,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": LOST_PEER_SECONDS * 1000,
}
"""Options of Linux; other platforms have some of them."""


def set_tcp_options(driver: Any) -> None:
    """Let the kernel close the connection about LOST_PEER_SECONDS after its peer was lost."""
    tcp_socket = driver._transport.get_extra_info("socket")  # noqa: SLF001 -- asyncpg has no public access to it
    if tcp_socket is None or tcp_socket.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with suppress(OSError):  # the connection works without them
        tcp_socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _TCP_OPTIONS.items():
            if hasattr(socket, name):
                tcp_socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
