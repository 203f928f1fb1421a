"""`allotment create-user` and `allotment create-tenant`: the first people of a new server."""

import sys
from typing import Annotated

import typer

from server.cli.commands import Failed


def create_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address they sign in with.")],
    name: Annotated[str, typer.Option(help="How they are called.")],
    superuser: Annotated[bool, typer.Option("--superuser", help="May administer the whole server.")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Create a user. Asks for the password.

    It has 8 to 128 characters, an uppercase letter, a digit and a special character, and is not easy to guess.

    \b
    allotment create-user ada@example.com --name "Ada Beech"
    allotment create-user root@example.com --name Root --superuser --password-stdin < password
    """
    from server.cli.enrolling import enrol_user

    enrol_user(email, name, _password(from_stdin=password_stdin), is_superuser=superuser)
    typer.echo(f"Created the user {email}.")


def create_tenant(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call the business.")],
    slug: Annotated[str, typer.Option(help="Its short name in addresses and in the X-Tenant header.")],
    owner: Annotated[str, typer.Option(metavar="EMAIL", help="The address of the user who owns it.")],
) -> None:
    """Create a tenant for an owner who is a user already.

    \b
    allotment create-tenant "Demo Gardens" --slug demo-gardens --owner ada@example.com
    """
    from server.cli.enrolling import enrol_tenant

    enrol_tenant(name, slug, owner)
    typer.echo(f"Created the tenant {slug}, owned by {owner}.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Failed("Nobody is there to type a password; send it to standard input with --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
