"""OIDC_ISSUERS."""

import json
from typing import Any

import pytest

from server.config.oidc_settings import MAX_ISSUERS, parse_issuers
from server.config.settings import SettingsError, load_settings

ISSUER = {"issuer": "https://accounts.example.com", "audience": "client"}


def load(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    return load_settings(None, environment="test", oidc_issuers=text).oidc_issuers


def test_issuers_are_parsed() -> None:
    everything: dict[str, Any] = {
        "algorithms": ["ES256"],
        "jwksUri": "https://x.example/keys",
        "emailDomains": ["@Example.COM"],
    }
    everything |= {"console": {"clientId": "b", "name": "Example Ltd"}}
    everything |= {"allowRegistration": True, "requireHashedNonce": True, "audience": ["a", "b"]}
    first, second = load([ISSUER, ISSUER | {"issuer": "https://login.example.com/tenant/v2.0"} | everything])
    assert (first.audiences, first.algorithms, first.email_domains) == (("client",), ("RS256",), ())
    assert not first.allows_registration
    assert (second.audiences, second.algorithms, second.email_domains) == (("a", "b"), ("ES256",), ("example.com",))
    assert (second.allows_registration, second.requires_hashed_nonce) == (True, True)
    assert first.console is None
    assert second.console is not None
    assert (second.console.id, second.console.name) == ("b", "Example Ltd")
    assert second.jwks_url == "https://x.example/keys"
    assert load("") == load("[]") == ()


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[" * 100_000,
        "accounts.example.com",
        {"issuer": "x"},
        [1],
        [{}],
        [{"issuer": ISSUER["issuer"]}],
        [ISSUER | {"audience": []}],
        [ISSUER | {"audience": ""}],
        [ISSUER | {"audience": 5}],
        [ISSUER | {"algorithms": []}],
        [ISSUER | {"algorithms": ["none"]}],
        [ISSUER | {"algorithms": ["HS256"]}],
        [ISSUER | {"algorithms": "RS256 HS256"}],
        [ISSUER | {"issuer": "accounts.example.com"}],
        [ISSUER | {"issuer": "https://accounts.example.com/?x=1"}],
        [ISSUER | {"issuer": "https://accounts.example.com#x"}],
        [ISSUER | {"issuer": "ftp://accounts.example.com"}],
        [ISSUER | {"issuer": "https://[bad"}],
        [ISSUER | {"allowRegistration": "yes"}],
        [ISSUER | {"jwksUri": 5}],
        [ISSUER | {"keys": {"keys": []}, "jwksUri": "https://x.example"}],
        [ISSUER | {"clientSecret": "hunter2"}],
        [ISSUER | {"console": "client"}],
        [ISSUER | {"console": {"clientId": "client"}}],
        [ISSUER | {"console": {"clientId": "client", "name": ""}}],
        [ISSUER | {"console": {"clientId": "client", "name": " "}}],
        [ISSUER | {"console": {"clientId": "another", "name": "Example"}}],
        [ISSUER | {"console": {"clientId": "client", "name": "Example", "clientSecret": "hunter2"}}],
        [ISSUER, ISSUER],
        [ISSUER | {"issuer": f"https://{n}.example"} for n in range(MAX_ISSUERS + 1)],
    ],
)
def test_invalid_issuers_are_refused_without_repeating_them(value: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        load(value)
    assert str(caught.value).startswith("OIDC_ISSUERS: ")
    assert "hunter2" not in str(caught.value)


def test_settings_can_be_built_of_parsed_issuers() -> None:
    parsed = parse_issuers([ISSUER])
    assert load_settings(None, environment="test", oidc_issuers=parsed).oidc_issuers == parsed
