"""The settings of OpenID Connect issuers."""

import json
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, NoDecode

SUPPORTED_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""Asymmetric algorithms only, so that what verifies a signature cannot be used to sign."""
MAX_ISSUERS = 20
_KEYS = (
    "issuer",
    "audience",
    "algorithms",
    "jwksUri",
    "keys",
    "emailDomains",
    "allowRegistration",
    "requireHashedNonce",
    "console",
)
_EXAMPLE = '[{"issuer": "https://accounts.example.com", "audience": "client-id"}]'


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=500)], ...], BeforeValidator(_as_list)]


@dataclass(frozen=True)
class ConsoleClientConfig:
    """The public client of an issuer with which the console signs people in."""

    id: str
    name: str


@dataclass(frozen=True)
class IssuerConfig:
    """An issuer of OIDC_ISSUERS."""

    url: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    jwks_url: str | None
    key_set: dict[str, Any] | None
    email_domains: tuple[str, ...]
    allows_registration: bool
    requires_hashed_nonce: bool
    console: ConsoleClientConfig | None = None


class _ConsoleSetting(BaseModel):
    """The public client of the console."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)

    clientId: str = Field(min_length=1, max_length=500)  # noqa: N815 -- as operators write it
    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]


class _IssuerSetting(BaseModel):
    """An element of OIDC_ISSUERS."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)

    issuer: str = Field(max_length=500)
    audience: Texts = Field(min_length=1, strict=False)
    algorithms: Texts = Field(("RS256",), min_length=1, strict=False)
    jwksUri: str | None = Field(None, max_length=2000)  # noqa: N815 -- as operators write it
    keys: dict[str, Any] | None = None
    emailDomains: Texts = Field((), strict=False)  # noqa: N815
    allowRegistration: bool = False  # noqa: N815
    requireHashedNonce: bool = False  # noqa: N815
    console: _ConsoleSetting | None = None


def parse_issuers(value: object) -> tuple[IssuerConfig, ...]:
    """Parse OIDC_ISSUERS, or raise ValueError with what is wrong and what to write."""
    if isinstance(value, str):
        value = _parse_json(value) if value.strip() else []
    if not isinstance(value, list | tuple):
        raise ValueError(f"is not a JSON array of issuers; write {_EXAMPLE}")  # noqa: TRY004 -- for pydantic
    if len(value) > MAX_ISSUERS:
        raise ValueError(f"has more than {MAX_ISSUERS} issuers")
    issuers = tuple(each if isinstance(each, IssuerConfig) else _parse_issuer(each) for each in value)
    if len({issuer.url for issuer in issuers}) < len(issuers):
        raise ValueError("has an issuer twice; list all of its client ids in `audience`")
    return issuers


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"is not JSON; write {_EXAMPLE}") from None


def _parse_issuer(element: Any) -> IssuerConfig:
    try:
        parsed = _IssuerSetting.model_validate(element)
    except ValueError:  # the message of pydantic would contain the value
        raise ValueError(
            f"has an issuer that is malformed; the keys are {', '.join(_KEYS)}, such as {_EXAMPLE}"
        ) from None
    unknown = set(parsed.algorithms) - set(SUPPORTED_ALGORITHMS)
    if unknown:
        raise ValueError(f"has an unknown algorithm; choose among {', '.join(SUPPORTED_ALGORITHMS)}")
    _require_url(parsed.issuer)
    if parsed.keys is not None and parsed.jwksUri is not None:
        raise ValueError("has an issuer with both `keys` and `jwksUri`; write one of them, or none")
    return IssuerConfig(
        parsed.issuer,
        parsed.audience,
        parsed.algorithms,
        parsed.jwksUri,
        parsed.keys,
        tuple(domain.lower().removeprefix("@") for domain in parsed.emailDomains),
        parsed.allowRegistration,
        parsed.requireHashedNonce,
        _parse_console(parsed),
    )


def _parse_console(parsed: _IssuerSetting) -> ConsoleClientConfig | None:
    if parsed.console is None:
        return None
    if parsed.console.clientId not in parsed.audience:
        raise ValueError("has an issuer whose `console.clientId` is not in its `audience`; add it there")
    return ConsoleClientConfig(parsed.console.clientId, parsed.console.name)


def _require_url(url: str) -> None:
    """Raise ValueError unless the URL has only a scheme, a host and a path (OpenID Connect Discovery 3)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    is_url = parts.scheme in {"https", "http"} and parts.netloc and not parts.query and not parts.fragment
    if not is_url or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("has an issuer that is not a URL; write it exactly as in its ID tokens (`iss`)")


Issuers = Annotated[tuple[IssuerConfig, ...], NoDecode, BeforeValidator(parse_issuers)]


class OidcSettings(BaseSettings):
    """Which issuers are accepted."""

    oidc_issuers: Issuers = Field(
        (), description="OpenID Connect issuers whose ID tokens sign people in: a JSON array (docs/auth.md)."
    )
    oidc_max_token_seconds: int = Field(
        600,
        ge=30,
        le=86_400,
        description="Seconds after which an ID token is not accepted, even if it has not expired.",
    )
    oidc_timeout: Annotated[float, Field(ge=0.1, le=60, allow_inf_nan=False)] = Field(
        5.0, description="Seconds in which an issuer must answer."
    )
