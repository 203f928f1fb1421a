"""The site that passkeys belong to, from the settings."""

from urllib.parse import urlsplit

from server.config.cors_origins import LOCAL_ORIGINS
from server.config.passkey_settings import LOCAL_DOMAIN, belongs_to, is_domain
from server.config.settings import Settings
from server.config.smtp_url import url_origin
from services.people.passkeys.relying_party import RelyingParty


def build_relying_party(settings: Settings) -> RelyingParty | None:
    """Return the site that passkeys belong to; None if the settings do not determine one. By default that is the host
    of the front end; if it is localhost, in development, its pages on every port may use them."""
    is_known = bool(settings.public_url) or settings.environment != "production"
    origin = url_origin(settings.link_base_url) if is_known else ""
    domain = settings.passkey_rp_id or urlsplit(origin).hostname or ""
    origins = settings.passkey_origins or ((origin,) if belongs_to(origin, domain) else ())
    if not is_domain(domain) or not origins:
        return None
    is_local = domain == LOCAL_DOMAIN and settings.environment == "development" and not settings.passkey_origins
    return RelyingParty(domain, origins, LOCAL_ORIGINS if is_local else None)
