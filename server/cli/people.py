"""`allotment create-user`, `create-tenant`, `disable-two-factor` and `verify-email`: users and tenants."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.errors import CommandFailed

if TYPE_CHECKING:
    from uuid import UUID

    from services.core.unit_of_work import UnitOfWork


def create_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The email address to sign in with.")],
    name: Annotated[str, typer.Option(help="The full name.")],
    superuser: Annotated[bool, typer.Option("--superuser", help="Allow to administer the whole server.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Create a user. The command prompts for the password. The email address counts as verified.

    A password has 8 to 128 characters, an uppercase letter, a digit and a special character, and is not easy to guess.

    \b
    allotment create-user ada@example.com --name "Ada Beech"
    allotment create-user root@example.com --name Root --superuser --password-stdin < password
    """
    insert_user(email, name, _read_password(from_stdin=password_stdin), is_superuser=superuser)
    typer.echo(f"Created the user {email}.")


def create_tenant(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The display name.")],
    slug: Annotated[str, typer.Option(help="The short name in URLs and in the X-Tenant header.")],
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="The email address of the user who owns it.")],
) -> None:
    """Create a tenant. The owner must be an existing user, whose email address is verified.

    \b
    allotment create-tenant "Demo Gardens" --slug demo-gardens --owner ada@example.com
    """
    insert_tenant(name, slug, owner)
    typer.echo(f"Created the tenant {slug}, owned by {owner}.")


def disable_two_factor(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The email address of the user.")],
) -> None:
    """Disable the second factor of a user who has lost the device and the recovery codes.

    Make sure before that it is this user who asks for it. The user then signs in with the password alone.

    \b
    allotment disable-two-factor ada@example.com
    """
    from database.authentication import Credentials
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.use_case import run_use_case
    from services.people.second_factor import reset_second_factor

    async def reset(work: "UnitOfWork") -> bool:
        return await reset_second_factor(work, email)

    if not run_with_database(load_settings(), lambda database: run_use_case(database, Credentials(), reset)):
        raise CommandFailed(f"There is no user {email} with a second factor.")
    typer.echo(f"Disabled the second factor of {email}.")


def verify_email(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The email address of the user.")],
) -> None:
    """Mark the email address of a user as verified, without an email.

    Make sure before that the account is of the person who reads the address: anyone can register with it.

    \b
    allotment verify-email ada@example.com
    """
    from database.authentication import Credentials
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.use_case import run_use_case
    from services.people import administration

    async def verify(work: "UnitOfWork") -> bool:
        return await administration.verify_email(work, email)

    if not run_with_database(load_settings(), lambda database: run_use_case(database, Credentials(), verify)):
        raise CommandFailed(f"There is no user {email}.")
    typer.echo(f"Verified the email address {email}.")


def insert_user(email: str, name: str, password: str, *, is_superuser: bool) -> None:
    """Insert a user, for whose address the operator vouches. Raises Rejected if a value is invalid."""
    from database.authentication import Credentials
    from models.base import utc_now
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.use_case import run_use_case
    from services.people import passwords
    from services.people import user as user_service

    passwords.validate_password(password, "password", personal_data=(email, name))
    settings = load_settings()
    values = {"email": email, "full_name": name, "is_superuser": is_superuser, "email_verified_at": utc_now()}

    async def insert(work: "UnitOfWork") -> None:
        await user_service.add_user(work, passwords.Passwords(settings.bcrypt_rounds), values, password)

    run_with_database(settings, lambda database: run_use_case(database, Credentials(), insert))


def insert_tenant(name: str, slug: str, owner: str) -> None:
    """Insert a tenant and the membership of its owner. Raises CommandFailed if the owner does not exist, or if someone
    else may have registered the account."""
    from database.authentication import Credentials
    from models.membership import Role
    from server.cli.database import run_with_database
    from server.config.settings import load_settings
    from services.core.use_case import run_use_case
    from services.people import user as user_service

    async def insert(work: "UnitOfWork") -> None:
        owner_id = await _find_owner(work, owner)
        tenant = await user_service.add_tenant(work, name, slug)
        await user_service.add_member(work, tenant.id, owner_id, Role.OWNER)

    run_with_database(load_settings(), lambda database: run_use_case(database, Credentials(), insert))


async def _find_owner(work: "UnitOfWork", email: str) -> "UUID":
    from sqlalchemy import select

    from models import User
    from models.relations import table_of
    from services.core.validation import normalize_email
    from services.core.verified_email import may_be_of_someone_else

    user = table_of(User)
    columns = (user.c.id, user.c.email_verified_at, user.c.password_hash)
    users = await work.rows(select(*columns).where(user.c.email == normalize_email(email)))
    if not users:
        remedy = f"create one with: allotment create-user {email} --name …"
        raise CommandFailed(f"owner: There is no user {email}; {remedy}")
    if may_be_of_someone_else(users[0]):
        reason = "has not verified the address, so someone else may have registered the account"
        raise CommandFailed(f"owner: {email} {reason}; if you vouch for it: allotment verify-email {email}")
    owner_id: UUID = users[0].id
    return owner_id


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandFailed("No terminal to prompt for the password; pass it on standard input with --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password"))
