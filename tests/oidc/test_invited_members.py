"""Invitations that people who have an account accept with a sign-in."""

import pytest

from models.membership import Role
from tests.oidc.conftest import SignIn
from tests.oidc.test_sign_in import LOGIN, MEMBER, invite
from tests.support.app_fixture import AppFixture
from tests.support.issuer_keys import id_token
from tests.support.sample_data import build_link


@pytest.mark.parametrize("slug", ["here", "there"])
async def test_membership_is_in_the_tenant_of_the_invitation(
    app_fixture: AppFixture, sign_in: SignIn, slug: str
) -> None:
    """In `here` the person is a member already."""
    member = app_fixture.tenant.users[Role.MEMBER]
    await app_fixture.tenant.run_use_case(lambda work: work.add(build_link(member, "s")))
    assert (await sign_in(id_token("s", jti="1"))).payload(LOGIN)["membership"] is None
    token = await invite(app_fixture, MEMBER, slug)
    payload = (await sign_in(id_token("s", jti="2"), invitationToken=token)).payload(LOGIN)
    assert payload["membership"] == {"tenant": {"slug": slug}}
