"""What the checkout declares already: nouns, types, root fields, tables and modules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.core.access import Access

OLD_WORDS = Path("tests/checks/old_words.txt")


@dataclass(frozen=True)
class ExistingNoun:
    """A noun that others can refer to."""

    name: str
    table: str
    attributes: frozenset[str]
    """Columns, relations and other fields, by their names in Python."""
    read: "Access"
    is_declared: bool
    """Whether schema/nouns.py lists it, so that its relations can be edited."""
    has_default_delete: bool
    """Whether objects are deleted by `records.delete`, which clears references to them."""
    delete_service: str | None
    """The service that deletes objects instead, with its file."""


@dataclass(frozen=True)
class Codebase:
    """Names that are taken, and nouns that can be referred to."""

    nouns: Mapping[str, ExistingNoun]
    types: frozenset[str]
    """GraphQL types."""
    root_fields: frozenset[str]
    """GraphQL names of queries and mutations."""
    classes: frozenset[str]
    """Names of models."""
    tables: frozenset[str]
    modules: frozenset[str]
    """Names of the files in models/ and schema/."""
    base_attributes: frozenset[str]
    """Names that every noun has."""
    reserved_words: frozenset[str]
    """Reserved words of SQL on either database."""
    old_words: re.Pattern[str]
    """Words that may not occur in code."""


@cache
def load_codebase(root: Path) -> Codebase:
    """Import the code and return its names. `root` is the checkout that the code is imported from."""
    from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS as POSTGRESQL_WORDS
    from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer
    from sqlmodel import SQLModel

    from models.base import TenantRecord
    from schema.schema import build_schema

    schema: Any = build_schema()._schema
    classes = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return Codebase(
        nouns=_existing_nouns(schema, [cls for cls in classes if issubclass(cls, TenantRecord)]),
        types=frozenset(schema.type_map) | {"Subscription"},
        root_fields=frozenset(schema.query_type.fields) | frozenset(schema.mutation_type.fields),
        classes=frozenset(cls.__name__ for cls in classes),
        tables=frozenset(SQLModel.metadata.tables),
        modules=frozenset(file.stem for folder in ("models", "schema") for file in (root / folder).glob("*.py")),
        base_attributes=frozenset(dir(TenantRecord)) | frozenset(TenantRecord.model_fields),
        reserved_words=frozenset(POSTGRESQL_WORDS) | frozenset(SQLiteIdentifierPreparer.reserved_words),
        old_words=_old_words(root / OLD_WORDS),
    )


def _existing_nouns(schema: Any, models: list[Any]) -> dict[str, ExistingNoun]:
    from strawberry.utils.str_converters import to_snake_case

    from schema.node_queries import NODE_TABLES
    from schema.nouns import NOUNS

    declarations = {noun.table: noun for noun in NOUNS}
    nouns = {}
    for model in models:
        name, table = model.__name__, model.__tablename__
        if table in NODE_TABLES and f"{name}Where" in schema.type_map:
            fields = map(to_snake_case, schema.type_map[name].fields)
            delete = declarations[table].delete if table in declarations else None
            nouns[name] = ExistingNoun(
                name,
                table,
                attributes=frozenset([*model.model_fields, *model.relations, *fields]),
                read=NODE_TABLES[table],
                is_declared=table in declarations,
                has_default_delete=delete is not None and delete.service is None,
                delete_service=_describe_service(delete.service) if delete and delete.service else None,
            )
    return nouns


def _describe_service(service: Any) -> str:
    return f"{service.__name__} in {service.__module__.replace('.', '/')}.py"


def _old_words(file: Path) -> re.Pattern[str]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    phrases = [re.escape(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    return re.compile(rf"(?<![A-Za-z])({'|'.join(phrases)})(?![A-Za-z])" if phrases else "(?!)", re.IGNORECASE)
