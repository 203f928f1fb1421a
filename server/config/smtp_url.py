"""Validation of `SMTP_URL`, `MAIL_FROM` and `PUBLIC_URL`: mail server, sender, and base URL of links in emails."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from server.config.cors_origins import normalize_origin

Encryption = Literal["tls", "starttls", "none"]
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
_REMEDY = "write smtp://user:password@host:587, or smtps://user:password@host:465"


@dataclass(frozen=True)
class SmtpUrl:
    """The address, credentials and encryption of a mail server."""

    host: str
    port: int
    username: str | None
    password: str | None
    encryption: Encryption


def parse_smtp_url(text: str) -> SmtpUrl | None:
    """Parse an SMTP URL; return None for an empty one and raise ValueError for an invalid one.

    smtps:// uses implicit TLS. smtp:// requires STARTTLS, unless the host is local or `?starttls=off` is given.
    """
    if not text:
        return None
    try:
        url = urlsplit(text)
        port = url.port or _DEFAULT_PORTS[url.scheme]
    except (ValueError, KeyError):
        raise ValueError(f"is not an SMTP URL; {_REMEDY}") from None
    if not url.hostname or url.path.strip("/") or (url.username is None) != (url.password is None):
        raise ValueError(f"is not an SMTP URL; {_REMEDY}")
    encryption = _encryption(url.scheme, url.hostname, dict(parse_qsl(url.query)))
    username, password = (None if part is None else unquote(part) for part in (url.username, url.password))
    return SmtpUrl(url.hostname, port, username, password, encryption)


def _encryption(scheme: str, host: str, options: dict[str, str]) -> Encryption:
    starttls = options.pop("starttls", "off" if host in _LOCAL_HOSTS else "on")
    if options or starttls not in ("on", "off"):
        raise ValueError("takes no options but ?starttls=on or ?starttls=off")
    if scheme == "smtps":
        return "tls"
    return "starttls" if starttls == "on" else "none"


def validate_sender(text: str) -> str:
    """Return a sender, `Name <address>` or an address, unchanged; raise ValueError if it is invalid."""
    _, address = parseaddr(text)
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        address = ""
    if "@" not in address or not text.isprintable():
        raise ValueError("is not a sender; write Allotment <mail@example.com>")
    return text


def validate_site_url(text: str) -> str:
    """Return a site's URL without a trailing slash; raise ValueError if it is invalid."""
    if not text:
        return text
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or not text.isprintable():
        raise ValueError("is not the URL of a site; write https://app.example.com")
    return text.rstrip("/")


def url_origin(text: str) -> str:
    """Return the origin of a URL, as browsers send it."""
    url = urlsplit(text)
    return normalize_origin(f"{url.scheme}://{url.netloc}")
