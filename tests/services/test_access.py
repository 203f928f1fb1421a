"""Levels of access, and what is said to whom they are denied."""

import uuid

import pytest

from models.membership import Role
from queries.caller import NOBODY, Actor
from services.access import Access, is_allowed, require
from services.errors import Forbidden, Unauthenticated

ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)
SOMEBODY = Actor(ONE)
ROOT = Actor(ONE, is_superuser=True)
STRAY_KEY = Actor(api_key_id=ONE)
PEOPLE = {role: Actor(ONE, TWO, role) for role in Role}
KEYS = {role: Actor(None, TWO, role, api_key_id=ONE) for role in Role}

MEMBER = {Access.MEMBER}
ADMIN = MEMBER | {Access.ADMIN}
OWNER = ADMIN | {Access.OWNER}
MAY = {
    NOBODY: set(),
    SOMEBODY: {Access.USER},
    ROOT: {Access.USER, Access.SUPERUSER},
    STRAY_KEY: set(),
    KEYS[Role.MEMBER]: MEMBER,
    KEYS[Role.ADMIN]: ADMIN,
    KEYS[Role.OWNER]: OWNER,
    PEOPLE[Role.MEMBER]: MEMBER | {Access.USER, Access.MEMBER_IN_PERSON},
    PEOPLE[Role.ADMIN]: ADMIN | {Access.USER, Access.MEMBER_IN_PERSON, Access.ADMIN_IN_PERSON},
    PEOPLE[Role.OWNER]: set(Access) - {Access.SUPERUSER},
}


@pytest.mark.parametrize("access", Access)
def test_everybody_may_do_what_is_theirs_and_no_more(access: Access) -> None:
    for actor, levels in MAY.items():
        assert is_allowed(actor, access) == (access in levels | {Access.PUBLIC}), (actor, access)
        if is_allowed(actor, access):
            require(actor, access)
            continue
        with pytest.raises(Unauthenticated if actor is NOBODY else Forbidden):
            require(actor, access)


SAID = [
    (NOBODY, Access.USER, "It has expired"),
    (NOBODY, Access.SUPERUSER, "It has expired"),
    (SOMEBODY, Access.MEMBER, "X-Tenant"),
    (SOMEBODY, Access.SUPERUSER, "Only a superuser of the server"),
    (PEOPLE[Role.OWNER], Access.SUPERUSER, "Only a superuser of the server"),
    (PEOPLE[Role.ADMIN], Access.OWNER, "Only an owner of the tenant"),
    (PEOPLE[Role.MEMBER], Access.ADMIN_IN_PERSON, "Only an admin of the tenant"),
    (KEYS[Role.OWNER], Access.OWNER_IN_PERSON, "takes a person"),
    (KEYS[Role.OWNER], Access.USER, "takes a person"),
    (KEYS[Role.MEMBER], Access.ADMIN, "Only an admin of the tenant"),
    (STRAY_KEY, Access.MEMBER, "belongs to another tenant"),
]


@pytest.mark.parametrize(("actor", "access", "words"), SAID)
def test_who_is_denied_something_learns_why(actor: Actor, access: Access, words: str) -> None:
    with pytest.raises((Unauthenticated, Forbidden), match=words):
        require(actor, access, "It has expired.")
