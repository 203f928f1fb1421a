"""Renders models/tool.py. Ruff formats the result and sorts its imports."""

from collections.abc import Iterator

from server.cli.add_noun.column_validation import default_number, number_option
from server.cli.add_noun.declaration import (
    ColumnDeclaration,
    NounDeclaration,
    RelationDeclaration,
    table_name,
    to_words,
    with_article,
)
from server.cli.add_noun.kinds import CHOICES, INDEX, KINDS, UNIQUE
from server.cli.add_noun.source_text import render_tuple

_NUMBER_OPTIONS = ("max_length", "min_length", "ge", "le", "precision", "scale")


def render_model(noun: NounDeclaration) -> str:
    """Return the source of the model, its choices and its link tables."""
    parts = [
        f'"""{noun.sentence}"""',
        "\n".join(_imports(noun)),
        *(_render_choices(noun, column) for column in noun.columns if column.kind in CHOICES),
        _render_class(noun),
        *(_render_link(noun, link) for link in noun.links),
    ]
    return "\n\n".join(parts) + "\n"


def _imports(noun: NounDeclaration) -> Iterator[str]:
    yield from {statement for column in noun.columns if (statement := KINDS[column.kind].module)}
    if noun.relations:
        yield "import uuid"
    yield f"from models.base import TenantRecord{', TenantRow' if noun.links else ''}"
    if any(column.kind in CHOICES for column in noun.columns):
        yield "from models.choices import Choice"
    constructors = {column.kind for column in noun.columns} | ({"reference"} if noun.relations else set())
    yield f"from models.fields import {', '.join(constructors)}"
    yield "from models.scopes import Domain"
    if relation_classes := {_render_relation(noun, relation).partition("(")[0] for relation in noun.relations}:
        yield f"from models.relations import {', '.join(relation_classes | _own_inverse_classes(noun))}"


def _own_inverse_classes(noun: NounDeclaration) -> set[str]:
    return (
        {"HasMany"} if any(relation.target == noun.name and relation.inverse for relation in noun.relations) else set()
    )


def _render_choices(noun: NounDeclaration, column: ColumnDeclaration) -> str:
    members = (f'    {value} = "{value}", "{to_words(value).capitalize()}."' for value in column.values)
    head = f'class {noun.choice_class(column)}(Choice):\n    """{describe_column(noun, column)}"""\n\n'
    return head + "\n".join(members)


def _render_class(noun: NounDeclaration) -> str:
    lines = [f"class {noun.name}(TenantRecord, table=True):", f'    """{noun.sentence}"""', ""]
    lines += [f"    {line}" for line in _class_attributes(noun)]
    lines += ["", *(f"    {_render_column(noun, column)}" for column in noun.columns)]
    lines += [f"    {_render_reference(noun, relation)}" for relation in noun.references]
    return "\n".join(lines)


def _class_attributes(noun: NounDeclaration) -> Iterator[str]:
    yield f"domain = Domain.{noun.domain.upper()}"
    if noun.table != noun.name.lower():
        yield f'__tablename__ = "{noun.table}"'
    if unique := [column.name for column in noun.columns if UNIQUE in column.options]:
        yield f"unique_together = {render_tuple([f'({name!r},)' for name in unique])}"
    if indexed := [column.name for column in noun.columns if INDEX in column.options]:
        yield f"sort_indexes = {render_tuple([repr(name) for name in indexed])}"
    if relations := dict(_relations(noun)):
        yield f"relations = {{{', '.join(f'{name!r}: {relation}' for name, relation in relations.items())}}}"


def _relations(noun: NounDeclaration) -> Iterator[tuple[str, str]]:
    for relation in noun.relations:
        yield relation.name, _render_relation(noun, relation)
        if relation.inverse and relation.target == noun.name:
            yield relation.inverse, render_inverse(noun, relation)


def _render_relation(noun: NounDeclaration, relation: RelationDeclaration) -> str:
    target = table_name(relation.target)
    description = f"The {to_words(relation.name)} of the {noun.singular}."
    if not relation.is_to_many:
        return f'BelongsTo("{target}", "{relation.column}", "{description}")'
    return f'ManyToMany("{target}", "{noun.link_table(relation)}", "{noun.table}_id", "{target}_id", "{description}")'


def render_inverse(noun: NounDeclaration, relation: RelationDeclaration) -> str:
    """Return the relation from the other noun to this one."""
    target = table_name(relation.target)
    description = f"The {to_words(relation.inverse or '')} of the {to_words(target)}."
    if not relation.is_to_many:
        return f'HasMany("{noun.table}", "{relation.column}", "{description}")'
    link = noun.link_table(relation)
    return f'ManyToMany("{noun.table}", "{link}", "{target}_id", "{noun.table}_id", "{description}")'


def _render_column(noun: NounDeclaration, column: ColumnDeclaration) -> str:
    annotation = noun.choice_class(column) if column.kind in CHOICES else KINDS[column.kind].annotation
    null = " | None" if column.is_nullable else ""
    return f"{column.name}: {annotation}{null} = {column.kind}({', '.join(_arguments(noun, column, annotation))})"


def _arguments(noun: NounDeclaration, column: ColumnDeclaration, annotation: str) -> Iterator[str]:
    if column.kind in CHOICES:
        yield annotation
    if column.kind == "choice":
        yield f"{annotation}.{column.options.get('default', column.values[0])}"
    unique = "; unique within the tenant." if UNIQUE in column.options else "."
    yield f'"{describe_column(noun, column)[:-1]}{unique}"'
    if column.kind == "integer":
        yield f"default={default_number(column)}"
    if column.kind == "boolean":
        yield f"default={column.options.get('default', False)}"
    for name in _NUMBER_OPTIONS:
        if (value := number_option(column, name)) is not None:
            yield f"{name}={value}"
    if column.is_nullable and not KINDS[column.kind].is_always_nullable:
        yield "default=None"


def describe_column(noun: NounDeclaration, column: ColumnDeclaration) -> str:
    """Return a description that says what the name says, for the author to review."""
    words = to_words(column.name)
    if column.kind == "boolean":
        return f"Whether the {noun.singular} is {words}."
    if column.kind == "timestamp" and words.endswith("ed at"):
        return f"When the {noun.singular} was {words.removesuffix(' at')}."
    if column.kind == "timestamp" and words.endswith("s at"):
        return f"When the {noun.singular} {words.removesuffix(' at')}."
    is_date = column.kind == "date" and not words.endswith(("date", "day"))
    return f"The {words}{' date' if is_date else ''} of the {noun.singular}."


def _render_reference(noun: NounDeclaration, relation: RelationDeclaration) -> str:
    null, default = ("", ", default=...") if relation.is_required else (" | None", "")
    description = f"The id of the {to_words(relation.name)} of the {noun.singular}."
    return f'{relation.column}: uuid.UUID{null} = reference("{table_name(relation.target)}", "{description}"{default})'


def _render_link(noun: NounDeclaration, relation: RelationDeclaration) -> str:
    target = table_name(relation.target)
    columns = (
        f'    {table}_id: uuid.UUID = reference("{table}", "The id of the {to_words(table)}.", primary_key=True)'
        for table in (noun.table, target)
    )
    head = f"class {noun.link_class(relation)}(TenantRow, table=True):\n"
    document = f'    """The link between {with_article(noun.singular)} and {with_article(to_words(target))}."""\n\n'
    return f'{head}{document}    __tablename__ = "{noun.link_table(relation)}"\n\n' + "\n".join(columns)
