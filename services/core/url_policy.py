"""The URLs and the network addresses that the server connects to on behalf of others.

The admin of a tenant chooses where webhooks are sent, and an issuer of ID tokens where its keys are. Without these
rules, that could be a service of the server's own network that trusts all its neighbors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED = (
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of a local network
    IPv6Network("::/96"),  # addresses that contain an IPv4 address, which is obsolete
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, which are obsolete
    IPv4Network("192.0.0.8/32"),  # the dummy address of translators
    IPv4Network("192.31.196.0/24"),  # AS112: DNS servers of a local network may answer there
    IPv4Network("192.175.48.0/24"),  # AS112 as well
    IPv6Network("3fff::/20"),  # documentation
)
_FIRST_UNPRIVILEGED_PORT = 1024
_PRIVILEGED_PORTS = {"https": {443}, "http": {80}}


class UrlRefused(ValueError):
    """The URL, or the address of its host, is not permitted. The message says why."""


@dataclass(frozen=True)
class UrlPolicy:
    """What is permitted: http besides https, and these networks besides public addresses."""

    allows_http: bool = False
    allowed_networks: tuple[Network, ...] = ()
    setting: str = "WEBHOOK_ALLOW_PRIVATE"
    """The setting of the allowed networks, for messages."""

    def check_url(self, url: str) -> None:
        """Raise UrlRefused if nothing may be sent to the URL, apart from what its name resolves to."""
        parts = _split(url)
        schemes = ("https", "http") if self.allows_http else ("https",)
        if parts.scheme not in schemes:
            raise UrlRefused(f"Must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
        if parts.username is not None or parts.password is not None:
            raise UrlRefused("Must contain no user name and no password.")
        if "#" in url:
            raise UrlRefused("Must contain no fragment (#…).")
        if not parts.hostname:
            raise UrlRefused("Must contain a host.")
        self._check_port(parts)
        try:
            address = ip_address(parts.hostname)
        except ValueError:
            return
        self.check_address(str(address))

    @property
    def refusal(self) -> str:
        """Why the server does not connect to an address."""
        return f"The address of the host is not a public one ({self.setting})."

    def check_address(self, text: str) -> None:
        """Raise UrlRefused if the server may not connect to the address."""
        if not self.is_allowed(text):
            raise UrlRefused(self.refusal)

    def is_allowed(self, text: str) -> bool:
        """Return whether the server may connect to the address, and to those that are contained in it."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        return all(self._is_allowed(each) for each in (address, *_contained(address)))

    def _is_allowed(self, address: Address) -> bool:
        return _is_public(address) or any(address in network for network in self.allowed_networks)

    def _check_port(self, parts: SplitResult) -> None:
        port = parts.port
        if port is None or port in _PRIVILEGED_PORTS[parts.scheme] or port >= _FIRST_UNPRIVILEGED_PORT:
            return
        raise UrlRefused("The port must be 443, or one from 1024 on.")


def _split(url: str) -> SplitResult:
    """Split a URL; raise UrlRefused if programs could understand it in different ways."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise UrlRefused("Must contain printable ASCII characters only: write other names as xn--…, others as %….")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- parses it
    except ValueError:
        raise UrlRefused("Is not a URL.") from None
    return parts


def _contained(address: Address) -> Iterator[Address]:
    """Yield the IPv4 addresses that are reached through an IPv6 address."""
    if isinstance(address, IPv4Address):
        return
    teredo = address.teredo or ()
    yield from (each for each in (address.ipv4_mapped, address.sixtofour, *teredo) if each is not None)
    if address in _NAT64:
        yield IPv4Address(int(address) % 2**32)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address.is_site_local:
            return False
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address in _NAT64 or address.sixtofour is not None:
            return True  # what is contained in it is checked
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_special and not any(_is_in(address, network) for network in _REFUSED)


def _is_in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
