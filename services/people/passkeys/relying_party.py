"""The relying party: the site that passkeys belong to, and the pages that may use them (WebAuthn 5)."""

import re
from dataclasses import dataclass

from services.core.errors import Code, Problem, Rejected


@dataclass(frozen=True)
class RelyingParty:
    """The site to which browsers bind passkeys."""

    id: str
    """A domain. Passkeys can be used by its pages, and by those of its subdomains."""
    origins: tuple[str, ...]
    """The origins of the pages whose answers are accepted."""
    origin_pattern: str | None = None
    """A pattern of further origins."""

    def is_allowed_origin(self, origin: str) -> bool:
        """Return whether answers to pages of this origin are accepted."""
        matches = self.origin_pattern is not None and re.fullmatch(self.origin_pattern, origin) is not None
        return matches or origin in self.origins


def require_relying_party(party: RelyingParty | None) -> RelyingParty:
    """Return the relying party. Rejected if the settings determine none."""
    if party is None:
        message = "Passkeys are not available: the operator of the server must set PASSKEY_RP_ID, or PUBLIC_URL."
        raise Rejected(Problem(Code.WRONG_STATUS, (), message))
    return party
