"""Plans the files that a noun adds and changes, except those that are generated from the new code."""

from collections.abc import Callable, Iterator
from pathlib import Path

from server.cli.add_noun.declaration import NounDeclaration, RelationDeclaration, table_name
from server.cli.add_noun.errors import CannotAddNoun
from server.cli.add_noun.file_changes import FileChanges
from server.cli.add_noun.formatting import format_source
from server.cli.add_noun.model_source import render_inverse, render_model
from server.cli.add_noun.schema_source import constant_name, render_schema
from server.cli.add_noun.source_edits import (
    EditError,
    add_import,
    append_to_argument,
    append_to_dictionary,
    append_to_sequence,
)
from server.cli.add_noun.spec_source import render_spec

Edit = Callable[[str], str]


def plan_changes(noun: NounDeclaration, root: Path) -> FileChanges:
    """Return the changes, formatted. Raises CannotAddNoun if a file does not have the expected form."""
    changes = FileChanges(root)
    changes.set(f"models/{noun.table}.py", render_model(noun))
    changes.set(f"schema/{noun.table}.py", render_schema(noun))
    problems = []
    for path, edit in _edits(noun):
        try:
            changes.set(path, edit(changes.read(path)))
        except EditError as error:
            problems.append(f"{path}: {error}; restore its form, or add the noun by hand")
    if problems:
        raise CannotAddNoun(problems)
    for path, text in dict(changes.texts).items():
        changes.set(path, format_source(root, path, text))
    return changes


def _edits(noun: NounDeclaration) -> Iterator[tuple[str, Edit]]:
    yield "models/__init__.py", lambda source: _register_models(noun, source)
    yield "schema/nouns.py", lambda source: _register_noun(noun, source)
    yield "tests/support/noun_specs.py", lambda source: _register_spec(noun, source)
    if noun.plural_words != f"{noun.singular}s":
        entry = (repr(noun.table), repr(noun.plural_words))
        yield "inputs/nouns.py", lambda source: append_to_dictionary(source, "_PLURALS", *entry)
    for relation in noun.relations:
        if relation.inverse and relation.target != noun.name:
            yield from _inverse_edits(noun, relation)


def _register_models(noun: NounDeclaration, source: str) -> str:
    names = (noun.name, *(noun.link_class(link) for link in noun.links))
    source = add_import(source, f"models.{noun.table}", *names)
    return append_to_sequence(source, "__all__", *map(repr, names))


def _register_noun(noun: NounDeclaration, source: str) -> str:
    source = add_import(source, f"schema.{noun.table}", constant_name(noun))
    return append_to_sequence(source, "NOUNS", constant_name(noun))


def _register_spec(noun: NounDeclaration, source: str) -> str:
    return append_to_sequence(add_import(source, "models", noun.name), "NOUN_SPECS", render_spec(noun))


def _inverse_edits(noun: NounDeclaration, relation: RelationDeclaration) -> Iterator[tuple[str, Edit]]:
    target, name = table_name(relation.target), repr(relation.inverse)
    declaration = render_inverse(noun, relation)
    relation_class = declaration.partition("(")[0]

    def edit_model(source: str) -> str:
        source = add_import(source, "models.relations", relation_class)
        return append_to_dictionary(source, "relations", name, declaration, class_name=relation.target)

    yield f"models/{target}.py", edit_model
    yield f"schema/{target}.py", lambda source: append_to_argument(source, "Noun", "relations", name)
