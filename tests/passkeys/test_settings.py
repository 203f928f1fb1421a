"""The site that passkeys belong to, and what `allotment doctor` says about it."""

import re
from typing import Any

import pytest

from server.cli.checks.passkeys import check_passkeys
from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, SettingsError, load_settings
from server.relying_party import build_relying_party
from tests.docs.blocks import parse_blocks
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.configured_app import app_opener, http_client
from tests.support.passkey_documents import LOGIN_WITH_PASSKEY, START_LOGIN
from tests.support.settings import PRODUCTION_SECRET_KEY

pytestmark = pytest.mark.only("sqlite")


def settings(environment: str = "production", **values: Any) -> Settings:
    return load_settings(
        None, environment=environment, database_url="sqlite:///x.db", secret_key=PRODUCTION_SECRET_KEY, **values
    )


def test_site_of_the_front_end_is_the_default() -> None:
    party = build_relying_party(settings(public_url="https://App.example.com/start"))
    assert party is not None
    assert (party.id, party.origins, party.origin_pattern) == ("app.example.com", ("https://app.example.com",), None)
    for other in ("https://app.example.com:444", "http://app.example.com", "https://example.com", "null"):
        assert not party.is_allowed_origin(other)


def test_every_port_of_localhost_is_permitted_in_development_only() -> None:
    local = build_relying_party(settings("development"))
    assert local is not None
    assert local.id == "localhost"
    assert local.is_allowed_origin("http://localhost:5173")
    assert not local.is_allowed_origin("http://localhost.evil.test")
    test = build_relying_party(settings("test"))
    assert test is not None
    assert not test.is_allowed_origin("http://localhost:5173")


def test_settings_of_the_page_are_valid() -> None:
    page = (PROJECT_ROOT / "docs" / "auth.md").read_text(encoding="utf-8")
    (block,) = (block.text for block in parse_blocks(page) if block.language == "sh" and "PASSKEY_RP_ID" in block.text)
    values = {name.lower(): value for name, value in re.findall(r"(\w+)=(.*)", block)}
    party = build_relying_party(settings(**values))
    assert party is not None
    assert party.id == "example.com"
    assert party.is_allowed_origin("https://admin.example.com")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"passkey_rp_id": "https://example.com"}, "PASSKEY_RP_ID: is not a domain"),
        ({"passkey_rp_id": "192.0.2.1"}, "PASSKEY_RP_ID: is not a domain"),
        ({"passkey_rp_id": "example.com:443"}, "PASSKEY_RP_ID: is not a domain"),
        ({"passkey_origins": "https://example.com"}, "needs PASSKEY_RP_ID"),
        ({"passkey_rp_id": "example.com", "passkey_origins": "https://evilexample.com"}, "nor a subdomain"),
        ({"passkey_rp_id": "example.com", "passkey_origins": "*"}, "not the origin of a page"),
        ({"passkey_rp_id": "example.com", "passkey_origins": "https://example.com/app"}, "not an origin"),
    ],
)
def test_settings_that_do_not_fit_are_refused(values: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(**values)
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"public_url": "https://app.example.com"}, "✓ passkeys: they belong to app.example.com"),
        ({}, "! passkeys: not available"),
        ({"public_url": "https://192.0.2.1"}, "! passkeys: not available"),
        ({"public_url": "http://app.example.com"}, "! passkeys: browsers offer none at http://app.example.com"),
        (
            {"public_url": "https://a.example.com", "passkey_rp_id": "example.com", "passkey_origins": "https://example.com"},
            "add it to PASSKEY_ORIGINS",
        ),
        (
            {"public_url": "https://a.test", "passkey_rp_id": "example.com", "passkey_origins": "https://example.com"},
            "correct PASSKEY_RP_ID",
        ),
    ],
)  # fmt: skip
def test_doctor_describes_the_site(values: dict[str, str], message: str) -> None:
    assert message in str(check_passkeys(settings(**values)))


async def test_without_a_site_the_error_says_what_to_set(app_fixture: AppFixture, database_url: str) -> None:
    async with app_opener(database_url)(public_url="http://192.0.2.1:8000") as app:
        client = Client(http_client(app))
        response = await client(START_LOGIN)
        assert response.user_errors("startPasskeyLogin") == [("WRONG_STATUS", [])]
        assert "PASSKEY_RP_ID" in response.data["startPasskeyLogin"]["userErrors"][0]["message"]
        response = await client(LOGIN_WITH_PASSKEY, input={"credential": {}})
        assert response.user_errors("loginWithPasskey") == [("WRONG_STATUS", [])]
