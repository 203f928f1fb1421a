"""Reads the declaration of a noun from the command line, and refuses it with all its problems."""

from dataclasses import replace
from pathlib import Path

from server.cli.add_noun.checkout import checkout_problems
from server.cli.add_noun.codebase import Codebase, load_codebase
from server.cli.add_noun.declaration import ColumnDeclaration, NounDeclaration, RelationDeclaration
from server.cli.add_noun.errors import CannotAddNoun
from server.cli.add_noun.parsing import parse_members
from server.cli.add_noun.validation import find_problems


def complete_declaration(noun: NounDeclaration, texts: list[str], root: Path) -> NounDeclaration:
    """Return the noun with the columns and relations that the texts declare. Raises CannotAddNoun with all problems."""
    if problems := list(checkout_problems(root)):
        raise CannotAddNoun(problems)
    members, syntax_problems = parse_members(texts)
    noun = replace(
        noun,
        columns=tuple(member for member in members if isinstance(member, ColumnDeclaration)),
        relations=tuple(member for member in members if isinstance(member, RelationDeclaration)),
    )
    if not noun.columns and not syntax_problems:
        syntax_problems = [f"{noun.name}: no column; add at least one, such as name:short_text"]
    if problems := [*syntax_problems, *find_problems(noun, _load_codebase(root))]:
        raise CannotAddNoun(problems)
    return noun


def _load_codebase(root: Path) -> Codebase:
    from models.declaration_error import DeclarationError

    try:
        return load_codebase(root)
    except DeclarationError as error:
        raise CannotAddNoun([f"the present code has an error, which must be corrected first: {error}"]) from None
