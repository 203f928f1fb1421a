"""The settings of passkeys."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from server.config.cors_origins import validate_origins
from server.config.setting_types import Origins

LOCAL_DOMAIN = "localhost"
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_ORIGIN = re.compile(r"https?://[^/]+")


class PasskeySettings(BaseSettings):
    """To which site passkeys belong."""

    passkey_rp_id: str = Field(
        "",
        max_length=253,
        description="The domain that passkeys belong to, such as example.com. By default the host of PUBLIC_URL. If it "
        "changes, passkeys are lost.",
    )
    passkey_origins: Origins = Field(
        (),
        description="Origins of the pages that use passkeys, separated by commas. By default that of PUBLIC_URL.",
    )

    @field_validator("passkey_rp_id")
    @classmethod
    def _validate_rp_id(cls, value: str) -> str:
        domain = value.lower()
        if domain and not is_domain(domain):
            raise ValueError("is not a domain; write example.com, without https://, a port or a path")
        return domain

    @field_validator("passkey_origins")
    @classmethod
    def _validate_passkey_origins(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        origins = validate_origins(value)
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("has a value that is not the origin of a page; write https://app.example.com")
        domain = info.data.get("passkey_rp_id")
        if origins and domain == "":
            raise ValueError("needs PASSKEY_RP_ID, the domain that all these origins have in common")
        if domain and not all(belongs_to(origin, domain) for origin in origins):
            raise ValueError("has an origin whose host is neither PASSKEY_RP_ID nor a subdomain of it")
        return origins


def is_domain(text: str) -> bool:
    """Return whether passkeys can belong to this domain: browsers refuse IP addresses."""
    try:
        ip_address(text)
    except ValueError:
        return _DOMAIN.fullmatch(text) is not None
    return False


def belongs_to(origin: str, domain: str) -> bool:
    """Return whether pages of an origin may use the passkeys of a domain."""
    host = urlsplit(origin).hostname or ""
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def is_secure_origin(origin: str) -> bool:
    """Return whether browsers offer passkeys to pages of this origin: only over HTTPS, or on this machine."""
    url = urlsplit(origin)
    host = url.hostname or ""
    return url.scheme == "https" or host == LOCAL_DOMAIN or host.endswith(f".{LOCAL_DOMAIN}")
