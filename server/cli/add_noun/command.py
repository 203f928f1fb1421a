"""`allotment add noun`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from server.cli.add_noun.declaration import NounDeclaration

add = typer.Typer(help="Add source code to the checkout.", no_args_is_help=True)


class DomainName(StrEnum):
    """A domain that scopes of API keys name."""

    PEOPLE = "people"
    WORK = "work"
    SHOP = "shop"
    LEDGER = "ledger"
    LIBRARY = "library"


class Role(StrEnum):
    """A role in a tenant."""

    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"


@add.command()
def noun(  # noqa: PLR0913, PLR0917 -- options
    name: Annotated[str, typer.Argument(metavar="NAME", help="The noun in the singular, in CamelCase.")],
    members: Annotated[list[str], typer.Argument(metavar="COLUMN_OR_RELATION", help="Its columns and relations.")],
    description: Annotated[str | None, typer.Option(help='One sentence, such as "A tool of a team."')] = None,
    plural: Annotated[str | None, typer.Option(help="The plural in lower case, if it is irregular.")] = None,
    read: Annotated[Role, typer.Option(help="The lowest role that reads it.")] = Role.MEMBER,
    write: Annotated[Role, typer.Option(help="The lowest role that writes it.")] = Role.MEMBER,
    domain: Annotated[
        DomainName, typer.Option(help="The domain that an API key's scopes must include.")
    ] = DomainName.WORK,
    upsert: Annotated[bool, typer.Option("--upsert", help="Also add the upsert; needs a unique column.")] = False,
    bulk: Annotated[bool, typer.Option("--bulk", help="Also add the mutations of many objects.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the changes, and write nothing.")] = False,
) -> None:
    """Add the source code of a noun: model, declaration, migration, and specification for the tests.

    A column is written name:kind, name:kind(option,…) or, if it can be null, name:kind?. A relation is written
    name:Noun?, or name:Noun if it is required, or name:[Noun] if there can be many; /inverse adds the relation from the
    other noun. Use quotation marks: shells interpret parentheses. docs/cli.md lists the kinds and their options.

    \b
    allotment add noun Tool name:short_text description:text team:Team?
    allotment add noun Tool "name:short_text(max_length=50,unique)" "price:money(ge=0)?" "team:Team?/tools" --dry-run
    """
    from server.cli.add_noun.declaration import NounDeclaration
    from server.cli.add_noun.errors import CannotAddNoun

    declaration = NounDeclaration(
        *(name, (), (), description, plural, read.value, write.value, domain.value), has_upsert=upsert, has_bulk=bulk
    )
    try:
        _add(declaration, members, is_dry_run=dry_run)
    except CannotAddNoun as error:
        for problem in error.problems:
            typer.echo(f"allotment: {problem}", err=True)
        raise typer.Exit(2) from None


def _add(declaration: "NounDeclaration", members: list[str], *, is_dry_run: bool) -> None:
    """Add the noun with these columns and relations, or print what would be added."""
    from server.cli.add_noun.adding import add_noun, next_migration
    from server.cli.add_noun.codebase import load_codebase
    from server.cli.add_noun.next_steps import next_steps
    from server.cli.add_noun.planning import plan_changes
    from server.cli.add_noun.reading import complete_declaration
    from server.config.paths import PROJECT_ROOT

    noun = complete_declaration(declaration, members, PROJECT_ROOT)
    changes = plan_changes(noun, PROJECT_ROOT)
    if is_dry_run:
        typer.echo(changes.diff(), nl=False)
        generated = [next_migration(noun, PROJECT_ROOT), "schema.graphql"]
        typer.echo("\n".join(["Would write:", *changes.texts, *(f"{path} (generated)" for path in generated)]))
        return
    paths = add_noun(noun, changes, PROJECT_ROOT)
    typer.echo("\n".join(["Wrote:", *(f"  {path}" for path in paths), "", "Next:"]))
    for step in next_steps(noun, load_codebase(PROJECT_ROOT)):
        typer.echo(f"- {step}")
