"""What root fields require of their clients: a level of access, and of API keys a scope. Both are metadata of the
field, are enforced by it, and are part of its description."""

from dataclasses import replace
from typing import Any

from graphql import GraphQLSchema

from models.scopes import Domain, Scope
from services.core.access import Access, Requirement

ACCESS = "allotment.access"
REQUIREMENT = "allotment.requirement"

ACCESS_NOTES = {
    Access.PUBLIC: "Requires no authentication.",
    Access.USER: "Requires a signed-in user.",
    Access.MEMBER: "Requires the role MEMBER or higher.",
    Access.MEMBER_USER_ONLY: "Requires the role MEMBER or higher; not available to API keys.",
    Access.ADMIN: "Requires the role ADMIN or higher.",
    Access.ADMIN_USER_ONLY: "Requires the role ADMIN or higher; not available to API keys.",
    Access.OWNER: "Requires the role OWNER.",
    Access.OWNER_USER_ONLY: "Requires the role OWNER; not available to API keys.",
    Access.SUPERUSER: "Requires a superuser.",
}


_CONFIRMATION_NOTE = " The user must have proved who they are in the last ten minutes (`confirmIdentity`)."


def require(
    access: Access, scope: Scope | None, key_access: Access | None = None, *, confirmed: bool = False
) -> Requirement:
    """Return what a field requires. API keys need `key_access` instead, if it is given; users must have confirmed who
    they are, if `confirmed`. Raise ValueError for a field that API keys can use and that belongs to no domain."""
    is_open = access is Access.PUBLIC
    if access.requires_user or is_open:
        return Requirement(access, needs_confirmation=confirmed)
    if scope is None or scope.domain is None:
        raise ValueError("A field that API keys can use needs a domain.")
    return Requirement(access, scope, key_access, confirmed)


def require_own_session(required: Requirement) -> Requirement:
    """Return what a mutation with this requirement also requires of superusers who act as a user. They can do the work
    of members and admins. What needs a user, an owner or a confirmation is the user's own: accounts, credentials,
    members, keys, webhooks and the tenant. Public mutations prove by their input who sends them."""
    is_work = required.level in {Access.MEMBER, Access.ADMIN} and not required.needs_confirmation
    return replace(required, needs_own_session=not is_work and required.level is not Access.PUBLIC)


def requirement_metadata(required: Requirement) -> dict[Any, Any]:
    """Return the metadata of a root field that requires this."""
    return {ACCESS: required.level, REQUIREMENT: required}


def describe_requirement(required: Requirement) -> str:
    """Return the sentences of a field's description that say what it requires."""
    note = ACCESS_NOTES[required.level] + (_CONFIRMATION_NOTE if required.needs_confirmation else "")
    if required.scope is None:
        return note
    if required.scope.domain is Domain.ANY:
        return f"{note} API keys get the objects that their scopes include."
    level = f"the role {required.key_level.name} and " if required.key_level is not None else ""
    return f"{note} API keys need {level}the scope {required.scope.name}."


def root_field_access(schema: GraphQLSchema) -> dict[str, Access]:
    """The level of access that each root field of the schema requires, by field name."""
    return {name: required.level for name, required in root_field_requirements(schema).items()}


def root_field_requirements(schema: GraphQLSchema) -> dict[str, Requirement]:
    """What each root field of the schema requires, by field name."""
    root_types = (schema.query_type, schema.mutation_type)
    return {name: field.extensions[REQUIREMENT] for root in root_types if root for name, field in root.fields.items()}
