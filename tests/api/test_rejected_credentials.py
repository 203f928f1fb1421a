"""Every operation that requires authentication rejects invalid tokens and other secrets."""

import pytest

from models.membership import Role
from services.people import secrets
from tests.api.test_permissions import PUBLIC_OPERATIONS, dump_rows
from tests.support.app_fixture import AppFixture, known_refresh_token
from tests.support.invalid_tokens import invalid_tokens, sign, valid_claims
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData

pytestmark = pytest.mark.slow

PROTECTED_OPERATIONS = [name for name in OPERATIONS if name not in PUBLIC_OPERATIONS]
DEFECTS = (
    "expired",
    "another audience",
    "another issuer",
    "alg none",
    "another key",
    "changed claims",
    "without sid",
    "another type",
)


def invalid_credentials(app_fixture: AppFixture) -> dict[str, str]:
    """Return invalid credentials of the member by description."""
    member, session = app_fixture.tenant.users[Role.MEMBER], app_fixture.session_id(Role.MEMBER)
    tokens = invalid_tokens(member.id, session)
    return {name: tokens[name] for name in DEFECTS} | {
        "refresh token": known_refresh_token(member.email),
        "session id": str(session),
        "unknown API key": secrets.generate(secrets.API_KEY_PREFIX),
    }


async def test_valid_token_is_accepted(app_fixture: AppFixture) -> None:
    """Otherwise the invalid tokens could be rejected for a reason other than their defect."""
    claims = valid_claims(app_fixture.tenant.users[Role.MEMBER].id, app_fixture.session_id(Role.MEMBER))
    response = await app_fixture.client(tenant="here").with_token(sign(claims))(
        "{ viewer { email } tasks { totalCount } }"
    )
    assert response.data["viewer"]["email"] == "member@here.test"


async def test_no_operation_accepts_invalid_credentials(app_fixture: AppFixture, sample_data: SampleData) -> None:
    before = await dump_rows(sample_data)
    anonymous = app_fixture.client(tenant="here")
    for name in PROTECTED_OPERATIONS:
        for description, token in invalid_credentials(app_fixture).items():
            response = await send_operation(anonymous.with_token(token), name, sample_data)
            actual = name, description, response.error_codes, response.body["data"]
            assert actual == (name, description, ["UNAUTHENTICATED"], {name: None})
        assert (await send_operation(anonymous, name, sample_data)).error_codes == ["UNAUTHENTICATED"]
        assert await dump_rows(sample_data) == before, name
