"""The sockets the server listens on, opened before anything else: a port that is taken is the commonest mistake."""

import errno
import socket
from contextlib import ExitStack

from server.cli.commands import Failed

ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""An address that this machine does not have. A name may have one of those: localhost, where IPv6 is switched off."""


def listen(host: str, port: int) -> list[socket.socket]:
    """A socket for every address of the host, all on the same port; Failed if there is none or one is taken."""
    absent: OSError | None = None
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, address in _addresses(host, port):
            # A port that was left to the system is the same for all once the first one has it.
            wanted = sockets[0].getsockname()[1] if sockets else port
            try:
                sockets.append(stack.enter_context(_bound(family, address, wanted)))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise Failed(_why_not(error, address, wanted)) from None
                absent = error
        if not sockets:
            raise Failed(_why_not(absent, host, port))
        stack.pop_all()
        return sockets


def url_of(host: str, listening: socket.socket) -> str:
    """Where a browser on this machine finds a server that listens there."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared, not listened on)
    port = listening.getsockname()[1]
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


def _addresses(host: str, port: int) -> list[tuple[int, str]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise Failed(f"HOST: {host} cannot be resolved: {error.strerror}.") from None
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def _bound(family: int, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or a restart would wait for old connections
        made.bind((address, port))
        made.set_inheritable(True)  # by the processes of a server with several
    except OSError:
        made.close()
        raise
    return made


def _why_not(error: OSError | None, host: str, port: int) -> str:
    if error is not None and error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: stop what listens there, or choose another with --port or PORT."
    return f"Port {port} of {host} cannot be listened on: {error.strerror if error else 'it has no address'}."
