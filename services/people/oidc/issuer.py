"""OpenID Connect issuers, as the operator configures them."""

from dataclasses import dataclass
from typing import Any, Protocol

DISCOVERY_PATH = "/.well-known/openid-configuration"


class JsonClient(Protocol):
    """Fetches JSON documents of issuers."""

    async def fetch(self, url: str) -> Any:
        """Return the document at a URL; raise IssuerUnavailable if it is not available."""

    async def close(self) -> None:
        """Close all connections."""


@dataclass(frozen=True)
class ConsoleClient:
    """The public client of an issuer with which the console signs people in."""

    id: str
    name: str
    """What the button says."""


@dataclass(frozen=True)
class Issuer:
    """An issuer, and what is accepted from it."""

    url: str
    audiences: tuple[str, ...]
    """The client ids that its ID tokens may be issued for."""
    algorithms: tuple[str, ...]
    """What its ID tokens may be signed with. The header of a token only selects among them."""
    jwks_url: str | None = None
    """Where its keys are; None if its discovery document says so."""
    key_set: dict[str, Any] | None = None
    """Its keys, if the operator has configured them: then nothing is fetched."""
    email_domains: tuple[str, ...] = ()
    """The domains whose addresses it may verify; empty if it may verify all."""
    allows_registration: bool = False
    """Whether people without an account and without an invitation may sign in."""
    requires_hashed_nonce: bool = False
    """Whether its ID tokens must contain the hash of a nonce that the client presents."""
    console: ConsoleClient | None = None
    """The client of the console; None if the console does not offer the issuer."""

    def may_verify(self, email: str) -> bool:
        """Return whether its claim counts that a person owns this address."""
        return not self.email_domains or email.rpartition("@")[2] in self.email_domains
