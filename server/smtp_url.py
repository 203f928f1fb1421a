"""`SMTP_URL`, `MAIL_FROM` and `PUBLIC_URL`: where letters go out, whom they are from, and where their links lead."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

Encryption = Literal["tls", "starttls", "none"]
_PORTS = {"smtp": 587, "smtps": 465}
_LOCAL = ("localhost", "127.0.0.1", "::1")
_HOW = "write smtp://user:password@host:587, or smtps://user:password@host:465"


@dataclass(frozen=True)
class SmtpUrl:
    """A mail server."""

    host: str
    port: int
    username: str | None
    password: str | None
    encryption: Encryption


def read_smtp_url(text: str) -> SmtpUrl | None:
    """The mail server behind the URL, None for an empty one; ValueError for what is none. smtps:// is encrypted from
    the start; smtp:// must become so (STARTTLS) unless the host is this machine or `?starttls=off` says otherwise."""
    if not text:
        return None
    try:
        url = urlsplit(text)
        port = url.port or _PORTS[url.scheme]
    except (ValueError, KeyError):
        raise ValueError(f"is no SMTP URL; {_HOW}") from None
    if not url.hostname or url.path.strip("/") or (url.username is None) != (url.password is None):
        raise ValueError(f"is no SMTP URL; {_HOW}")
    encryption = _encryption(url.scheme, url.hostname, dict(parse_qsl(url.query)))
    username, password = (None if part is None else unquote(part) for part in (url.username, url.password))
    return SmtpUrl(url.hostname, port, username, password, encryption)


def _encryption(scheme: str, host: str, options: dict[str, str]) -> Encryption:
    starttls = options.pop("starttls", "off" if host in _LOCAL else "on")
    if options or starttls not in ("on", "off"):
        raise ValueError("takes no options but ?starttls=on or ?starttls=off")
    if scheme == "smtps":
        return "tls"
    return "starttls" if starttls == "on" else "none"


def checked_sender(text: str) -> str:
    """`Name <address>` or an address; ValueError for anything else."""
    _, address = parseaddr(text)
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        address = ""
    if "@" not in address or not text.isprintable():
        raise ValueError("is no sender; write Allotment <post@example.com>")
    return text


def checked_url(text: str) -> str:
    """The beginning of links, without a slash at its end; ValueError for what is no address of a site."""
    if not text:
        return text
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or not text.isprintable():
        raise ValueError("is no address of a site; write https://app.example.com")
    return text.rstrip("/")


def origin_of_url(text: str) -> str:
    """The origin of a site's address, as browsers name it."""
    url = urlsplit(text)
    return f"{url.scheme}://{url.netloc}".lower()
