"""Check of passkeys: browsers offer them at the addresses of the front end."""

from server.cli.checks.result import CheckResult, ok, warning
from server.config.passkey_settings import belongs_to, is_secure_origin
from server.config.settings import Settings
from server.config.smtp_url import url_origin
from server.relying_party import build_relying_party

_OFF = "passkeys: not available, because no domain is known that they belong to"
_SET = "set PUBLIC_URL to https:// and a domain, or PASSKEY_RP_ID and PASSKEY_ORIGINS"


def check_passkeys(settings: Settings) -> CheckResult:
    """Check that the domain is known, and that its pages are sent over HTTPS."""
    party = build_relying_party(settings)
    if party is None:
        return warning(_OFF, _SET)
    insecure = [origin for origin in party.origins if not is_secure_origin(origin)]
    if insecure:
        message = f"passkeys: browsers offer none at {', '.join(insecure)}, which is not HTTPS"
        return warning(message, "use https:// in PUBLIC_URL or PASSKEY_ORIGINS")
    front_end = url_origin(settings.public_url) if settings.public_url else ""
    if front_end and front_end not in party.origins:
        remedy = (
            "add it to PASSKEY_ORIGINS" if belongs_to(front_end, party.id) else "correct PASSKEY_RP_ID or PUBLIC_URL"
        )
        return warning(f"passkeys: pages of {front_end} (PUBLIC_URL) cannot use them", remedy)
    return ok(f"passkeys: they belong to {party.id}, for pages of {', '.join(party.origins)}")
