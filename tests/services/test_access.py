"""Access levels and the messages of denials."""

import uuid

import pytest

from database.authentication import ANONYMOUS, Principal
from models.membership import Role
from services.core.access import Access, is_allowed, require_access
from services.core.errors import Forbidden, Unauthenticated

ID, TENANT_ID = uuid.UUID(int=1), uuid.UUID(int=2)
USER = Principal(ID)
SUPERUSER = Principal(ID, is_superuser=True)
KEY_WITHOUT_TENANT = Principal(api_key_id=ID)
MEMBERS = {role: Principal(ID, TENANT_ID, role) for role in Role}
API_KEYS = {role: Principal(None, TENANT_ID, role, api_key_id=ID) for role in Role}

MEMBER = {Access.MEMBER}
ADMIN = MEMBER | {Access.ADMIN}
OWNER = ADMIN | {Access.OWNER}
ALLOWED = {
    ANONYMOUS: set(),
    USER: {Access.USER},
    SUPERUSER: {Access.USER, Access.SUPERUSER},
    KEY_WITHOUT_TENANT: set(),
    API_KEYS[Role.MEMBER]: MEMBER,
    API_KEYS[Role.ADMIN]: ADMIN,
    API_KEYS[Role.OWNER]: OWNER,
    MEMBERS[Role.MEMBER]: MEMBER | {Access.USER, Access.MEMBER_USER_ONLY},
    MEMBERS[Role.ADMIN]: ADMIN | {Access.USER, Access.MEMBER_USER_ONLY, Access.ADMIN_USER_ONLY},
    MEMBERS[Role.OWNER]: set(Access) - {Access.SUPERUSER},
}


@pytest.mark.parametrize("access", Access)
def test_principal_has_access_levels_of_its_role_only(access: Access) -> None:
    for principal, levels in ALLOWED.items():
        assert is_allowed(principal, access) == (access in levels | {Access.PUBLIC}), (principal, access)
        if is_allowed(principal, access):
            require_access(principal, access)
            continue
        with pytest.raises(Unauthenticated if principal is ANONYMOUS else Forbidden):
            require_access(principal, access)


DENIALS = [
    (ANONYMOUS, Access.USER, "It has expired"),
    (ANONYMOUS, Access.SUPERUSER, "It has expired"),
    (USER, Access.MEMBER, "X-Tenant"),
    (USER, Access.SUPERUSER, "Only superusers of the server"),
    (MEMBERS[Role.OWNER], Access.SUPERUSER, "Only superusers of the server"),
    (MEMBERS[Role.ADMIN], Access.OWNER, "Only an owner of the tenant"),
    (MEMBERS[Role.MEMBER], Access.ADMIN_USER_ONLY, "Only an admin of the tenant"),
    (API_KEYS[Role.OWNER], Access.OWNER_USER_ONLY, "A signed-in user is required"),
    (API_KEYS[Role.OWNER], Access.USER, "A signed-in user is required"),
    (API_KEYS[Role.MEMBER], Access.ADMIN, "Only an admin of the tenant"),
    (KEY_WITHOUT_TENANT, Access.MEMBER, "belongs to another tenant"),
]


@pytest.mark.parametrize(("principal", "access", "message"), DENIALS)
def test_denial_explains_the_reason(principal: Principal, access: Access, message: str) -> None:
    with pytest.raises((Unauthenticated, Forbidden), match=message):
        require_access(principal, access, "It has expired.")
