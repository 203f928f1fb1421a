"""Renders schema/tool.py. Ruff formats the result and sorts its imports."""

from collections.abc import Iterable

from server.cli.add_noun.declaration import NounDeclaration
from server.cli.add_noun.kinds import KINDS
from server.cli.add_noun.source_text import render_tuple


def render_schema(noun: NounDeclaration) -> str:
    """Return the source of the declaration."""
    columns = [column.name for column in noun.columns]
    sortable = [column.name for column in noun.columns if KINDS[column.kind].is_sortable]
    arguments = [
        noun.name,
        f"fields={_tuple(columns)}",
        *([f"relations={_tuple(relation_names(noun))}"] if noun.relations else []),
        f"writable={_tuple([*columns, *(relation.column for relation in noun.references)])}",
        *([f"sortable={_tuple(sortable)}"] if sortable else []),
        f"read=Access.{noun.read.upper()}",
        f"write=Access.{noun.write.upper()}",
        *(["upsert=Operation()"] if noun.has_upsert else []),
        *([f"bulk_{verb}=BulkOperation()" for verb in ("create", "update", "delete")] if noun.has_bulk else []),
    ]
    declared = [
        *(["BulkOperation"] if noun.has_bulk else []),
        "Noun",
        *(["Operation"] if noun.has_upsert else []),
    ]
    return (
        f'"""{noun.plural_words.capitalize()}."""\n\n'
        f"from models import {noun.name}\n"
        f"from schema.noun import {', '.join(declared)}\n"
        "from services.core.access import Access\n\n"
        f"{constant_name(noun)} = Noun({', '.join(arguments)},)\n"
    )


def constant_name(noun: NounDeclaration) -> str:
    """Return the name of the declaration in schema/tool.py."""
    return noun.table.upper()


def relation_names(noun: NounDeclaration) -> list[str]:
    """Return the relations that clients follow, with those of the noun to itself."""
    inverses = [relation.inverse for relation in noun.relations if relation.target == noun.name and relation.inverse]
    return [*(relation.name for relation in noun.relations), *inverses]


def _tuple(names: Iterable[str]) -> str:
    return render_tuple([repr(name) for name in names])
