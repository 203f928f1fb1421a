"""The listening sockets. They are bound first, because a port in use is the most frequent error at start-up."""

import ctypes
import errno
import os
import socket
import struct
import sys
from contextlib import ExitStack

from server.cli.errors import CommandFailed
from server.config.local_names import browser_host

ADDRESS_UNAVAILABLE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""The machine does not have this address, such as ::1 of localhost if IPv6 is disabled."""

SO_ATTACH_FILTER = 26
DISCARD_SYN = (
    (0x30, 0, 0, 13),  # load the byte with the flags of the TCP header
    (0x45, 0, 1, 0x02),  # if it has the flag SYN,
    (0x06, 0, 0, 0),  # discard the packet,
    (0x06, 0, 0, 0xFFFFFFFF),  # otherwise accept it
)
"""A filter of packets (classic BPF): operation, offsets if true and if false, operand."""


FIRST_PASSED_DESCRIPTOR = 3
"""The descriptor of the first socket that systemd passes (`sd_listen_fds`)."""


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Bind a socket for every address of the host, all on the same port; or return the sockets that systemd passes.

    Raises CommandFailed if the port of an address is in use, or if no address is available.
    """
    if passed := _passed_sockets():
        return passed
    unavailable: OSError | None = None
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, address in _resolve(host, port):
            # If the system chooses the port (0), the other sockets use the port of the first one.
            socket_port = sockets[0].getsockname()[1] if sockets else port
            try:
                sockets.append(stack.enter_context(_bind(family, address, socket_port)))
            except OSError as error:
                if error.errno not in ADDRESS_UNAVAILABLE:
                    raise CommandFailed(_describe_bind_error(error, address, socket_port)) from None
                unavailable = error
        if not sockets:
            raise CommandFailed(_describe_bind_error(unavailable, host, port))
        stack.pop_all()
        return sockets


def _passed_sockets() -> list[socket.socket]:
    """Return the sockets that systemd has bound, if it has started this process by a socket unit. It keeps them open,
    so connections wait while the service is restarted."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    number = int(os.environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=FIRST_PASSED_DESCRIPTOR + index) for index in range(number)]
    for listener in sockets:
        listener.set_inheritable(True)  # by worker processes
    return sockets


def base_url(host: str, listener: socket.socket) -> str:
    """Return the URL of a listening server for a browser on this machine."""
    address = browser_host(host)
    port = listener.getsockname()[1]
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _resolve(host: str, port: int) -> list[tuple[int, str]]:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise CommandFailed(f"HOST: {host} cannot be resolved: {error.strerror}.") from None
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in addresses))


def _bind(family: int, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a restart waits for TIME_WAIT
        listener.bind((address, port))
        listener.set_inheritable(True)  # by worker processes
    except OSError:
        listener.close()
        raise
    return listener


def _describe_bind_error(error: OSError | None, host: str, port: int) -> str:
    if error is not None and error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use: stop the process that listens on it, or set --port or PORT."
    return f"Port {port} of {host} cannot be bound: {error.strerror if error else 'the host has no address'}."


def ignore_new_connections(listener: socket.socket) -> bool:
    """Discard attempts to connect, and return whether the system can. Handshakes that have begun are completed.

    A connection that is established between the last call of `accept` and the closing of the listener is reset, even
    if the client has sent a request. An attempt that is discarded is repeated by the client's system, and refused
    when the port is closed: then the client knows that nothing was sent.
    """
    if sys.platform != "linux" or "LISTEN_FDS" in os.environ:  # systemd's sockets stay open for the next start
        return False
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in DISCARD_SYN)
    buffer = ctypes.create_string_buffer(code)
    try:
        program = struct.pack("HP", len(DISCARD_SYN), ctypes.addressof(buffer))
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    except OSError:  # a sandbox may forbid it
        return False
    return True
