"""Levels of access, and what is said to whom they are denied."""

import uuid

import pytest

from models.membership import Role
from queries.caller import NOBODY, Actor
from services.access import Access, level_of, require
from services.errors import Forbidden, Unauthenticated

SOMEBODY = Actor(uuid.UUID(int=1))


def member(role: Role) -> Actor:
    """Somebody with this role in a tenant."""
    return Actor(uuid.UUID(int=1), uuid.UUID(int=2), role)


LEVELS = {
    NOBODY: Access.PUBLIC,
    SOMEBODY: Access.USER,
    member(Role.MEMBER): Access.MEMBER,
    member(Role.ADMIN): Access.ADMIN,
    member(Role.OWNER): Access.OWNER,
}


@pytest.mark.parametrize("access", Access)
def test_each_level_may_do_what_those_below_it_may(access: Access) -> None:
    for actor, level in LEVELS.items():
        assert level_of(actor) is level
        if level >= access:
            require(actor, access)
            continue
        with pytest.raises(Unauthenticated if actor is NOBODY else Forbidden):
            require(actor, access)


def test_what_is_wrong_with_a_token_is_passed_on_to_nobody_else() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        require(NOBODY, Access.USER, "It has expired.")
    with pytest.raises(Forbidden, match="X-Tenant"):
        require(SOMEBODY, Access.MEMBER, "It has expired.")
    with pytest.raises(Forbidden, match="Only an owner"):
        require(member(Role.ADMIN), Access.OWNER, "It has expired.")
