"""What is known about callers, and when it is forgotten."""

from dataclasses import replace

import pytest

from database.authentication import ANONYMOUS, Credentials, Principal, SystemCredentials
from database.callers import Caller, Callers
from models.ids import new_id
from models.membership import Role

USER, TENANT, OTHER_TENANT, SESSION = new_id(), new_id(), new_id(), new_id()
CREDENTIALS = Credentials(USER, "here", session_id=SESSION)
MEMBER = Principal(USER, TENANT, Role.MEMBER, session_id=SESSION)


def known_caller(callers: Callers, credentials: Credentials = CREDENTIALS) -> Caller:
    """Return what is known about the credentials, which is something."""
    caller = callers.find(credentials)
    assert caller is not None
    return caller


@pytest.fixture
def callers() -> Callers:
    """A member who is charged to buckets."""
    callers = Callers(caches_identities=True)
    callers.record(CREDENTIALS, MEMBER)
    known_caller(callers).charged_buckets = "buckets"
    return callers


def test_caller_is_found_by_equal_credentials(callers: Callers) -> None:
    caller = known_caller(callers, Credentials(USER, "here", session_id=SESSION, request_id="other"))
    assert (caller.principal, caller.group, caller.charged_buckets) == (MEMBER, f"tenant:{TENANT}", "buckets")
    assert caller.identity is not None
    assert caller.identity.principal == MEMBER


@pytest.mark.parametrize("change", [{"tenant": "there"}, {"tenant": None}, {"session_id": None}, {"user_id": new_id()}])
def test_other_credentials_are_another_caller(callers: Callers, change: dict[str, None]) -> None:
    assert callers.find(replace(CREDENTIALS, **change)) is None


def test_confirmation_of_the_same_principal_changes_nothing(callers: Callers) -> None:
    before = known_caller(callers)
    callers.record(CREDENTIALS, replace(MEMBER))
    assert callers.find(CREDENTIALS) is before


def test_another_role_is_charged_to_the_same_buckets(callers: Callers) -> None:
    callers.record(CREDENTIALS, replace(MEMBER, role=Role.ADMIN))
    caller = known_caller(callers)
    assert (caller.principal.role, caller.charged_buckets) == (Role.ADMIN, "buckets")
    assert caller.identity is not None
    assert caller.identity.principal.role is Role.ADMIN


def test_another_tenant_of_the_same_name_is_charged_to_other_buckets(callers: Callers) -> None:
    callers.record(CREDENTIALS, replace(MEMBER, tenant_id=OTHER_TENANT))
    caller = known_caller(callers)
    assert (caller.group, caller.charged_buckets) == (f"tenant:{OTHER_TENANT}", None)


@pytest.mark.parametrize("principal", [ANONYMOUS, Principal(USER, session_id=SESSION)])
def test_invalid_credentials_and_removed_members_are_forgotten(callers: Callers, principal: Principal) -> None:
    callers.record(CREDENTIALS, principal)
    assert callers.find(CREDENTIALS) is None


def test_user_without_a_tenant_is_a_group_of_its_own(callers: Callers) -> None:
    credentials = Credentials(USER, session_id=SESSION)
    callers.record(credentials, Principal(USER, session_id=SESSION))
    assert known_caller(callers, credentials).group == f"user:{USER}"


@pytest.mark.parametrize("credentials", [Credentials(), SystemCredentials(tenant_id=TENANT)])
def test_anonymous_clients_and_the_server_itself_are_no_callers(callers: Callers, credentials: Credentials) -> None:
    callers.record(credentials, Principal(tenant_id=TENANT, role=Role.OWNER))
    assert callers.find(credentials) is None


def test_number_of_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("database.callers.MAX_CALLERS", 3)
    callers, credentials_list = Callers(), [Credentials(new_id(), "here") for _ in range(5)]
    for credentials in credentials_list:
        callers.record(credentials, Principal(credentials.user_id, TENANT))
    assert [callers.find(each) is not None for each in credentials_list] == [False, False, False, True, True]
