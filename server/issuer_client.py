"""The HTTP client of OpenID Connect issuers: fetches their keys, with bounds."""

from ssl import SSLContext
from typing import Any

import orjson

from server.config.oidc_settings import IssuerConfig
from server.config.settings import Settings
from server.outbound_http import ClientOptions, OutboundHttp, RequestFailed
from services.core.errors import IssuerUnavailable
from services.core.url_policy import UrlPolicy, UrlRefused
from services.people.oidc.id_token import IdTokenVerifier
from services.people.oidc.issuer import ConsoleClient, Issuer

MAX_DOCUMENT_BYTES = 262_144
_NAMES_AT_ONCE = 4
_OK = 200


class IssuerClient:
    """Fetches JSON documents, from one event loop."""

    def __init__(self, settings: Settings, tls: SSLContext | None = None) -> None:
        allows_http = settings.environment != "production"
        urls = UrlPolicy(allows_http, settings.oidc_allow_private, "OIDC_ALLOW_PRIVATE")
        options = ClientOptions(
            *("Allotment-OIDC", settings.oidc_timeout, _NAMES_AT_ONCE), "It did not answer in time (OIDC_TIMEOUT)."
        )
        self._http = OutboundHttp(urls, options, tls)

    async def fetch(self, url: str) -> Any:
        """Return a JSON document; raise IssuerUnavailable if there is none."""
        try:
            async with self._http.request("GET", url, headers={"Accept": "application/json"}) as response:
                if response.status != _OK:
                    raise IssuerUnavailable(url, f"It answered with the status {response.status}.")
                return _parse(url, await _read(url, response.content))
        except (UrlRefused, RequestFailed) as error:
            raise IssuerUnavailable(url, str(error)) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()


def _parse(url: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        raise IssuerUnavailable(url, "It did not answer with JSON.") from None


async def _read(url: str, content: Any) -> bytes:
    """Read the body of a response; raise IssuerUnavailable if it is too large."""
    body = b""
    async for part in content.iter_any():
        body += part
        if len(body) > MAX_DOCUMENT_BYTES:
            raise IssuerUnavailable(url, f"Its document has more than {MAX_DOCUMENT_BYTES:,} bytes.")
    return body


def build_id_token_verifier(settings: Settings, tls: SSLContext | None = None) -> IdTokenVerifier:
    """Build the verifier of the configured issuers' ID tokens."""
    issuers = [_build_issuer(each) for each in settings.oidc_issuers]
    return IdTokenVerifier(issuers, IssuerClient(settings, tls), settings.oidc_max_token_seconds)


def _build_issuer(config: IssuerConfig) -> Issuer:
    console = None if config.console is None else ConsoleClient(config.console.id, config.console.name)
    return Issuer(**(vars(config) | {"console": console}))
