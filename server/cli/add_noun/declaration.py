"""A noun as its author declares it on the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

Option = int | bool | str
ROLES = ("member", "admin", "owner")
"""Ascending."""

_MEMBER_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class ColumnDeclaration:
    """A column: `price:money(ge=0)?`."""

    name: str
    kind: str
    """A key of KINDS."""
    options: Mapping[str, Option] = field(default_factory=dict)
    """The options that the author gave."""
    values: tuple[str, ...] = ()
    """The values of a choice."""
    is_nullable: bool = False


@dataclass(frozen=True)
class RelationDeclaration:
    """A relation to one row, `team:Team?/tools`, or to many, `workers:[Worker]/tools`."""

    name: str
    target: str
    """The name of the other noun."""
    is_required: bool = False
    is_to_many: bool = False
    inverse: str | None = None
    """The name of the relation from the other noun to this one."""

    @property
    def column(self) -> str:
        """The column with the id of the related row."""
        return f"{self.name}_id"


@dataclass(frozen=True)
class NounDeclaration:
    """What `allotment add noun` adds."""

    name: str
    columns: tuple[ColumnDeclaration, ...] = ()
    relations: tuple[RelationDeclaration, ...] = ()
    description: str | None = None
    plural: str | None = None
    """The plural in lower case; by default it is derived."""
    read: str = "member"
    write: str = "member"
    domain: str = "work"
    has_upsert: bool = False
    has_bulk: bool = False
    """Whether many objects can be created, updated and deleted with one mutation."""

    @property
    def table(self) -> str:
        """The name of the table and of the files."""
        return table_name(self.name)

    @property
    def singular(self) -> str:
        """The noun in a sentence."""
        return to_words(self.table)

    @property
    def plural_words(self) -> str:
        """The plural of the noun in a sentence."""
        return self.plural or english_plural(self.singular)

    @property
    def references(self) -> tuple[RelationDeclaration, ...]:
        """The relations to one row, each of which has a column."""
        return tuple(relation for relation in self.relations if not relation.is_to_many)

    @property
    def links(self) -> tuple[RelationDeclaration, ...]:
        """The relations to many rows, each of which has a link table."""
        return tuple(relation for relation in self.relations if relation.is_to_many)

    @property
    def member_names(self) -> list[str]:
        """The names of all columns and relations."""
        columns = [column.name for column in self.columns]
        return [*columns, *(relation.column for relation in self.references), *(item.name for item in self.relations)]

    @property
    def sentence(self) -> str:
        """The description of the noun."""
        text = self.description or f"{with_article(self.singular).capitalize()}."
        return text if text.endswith(".") else f"{text}."

    def choice_class(self, column: ColumnDeclaration) -> str:
        """Return the name of the class with the values of a choice."""
        return self.name + class_name(column.name)

    def link_class(self, relation: RelationDeclaration) -> str:
        """Return the name of the model of a link table."""
        return self.name + relation.target

    def link_table(self, relation: RelationDeclaration) -> str:
        """Return the name of the link table of a relation to many."""
        return f"{self.table}_{table_name(relation.target)}"


def is_member_name(name: str) -> bool:
    """Return whether a column or relation can have this name, which the API writes in camel case."""
    return _MEMBER_NAME.fullmatch(name) is not None


def table_name(noun: str) -> str:
    """Return the table of a noun: `work_order` for `WorkOrder`."""
    return _WORD_START.sub("_", noun).lower()


def class_name(name: str) -> str:
    """Return the name of the class for a name in snake case: `WorkOrder` for `work_order`."""
    return "".join(part.capitalize() for part in name.split("_"))


def to_words(name: str) -> str:
    """Return a name in snake case as words."""
    return name.replace("_", " ")


def english_plural(words: str) -> str:
    """Return the plural of a regular noun."""
    if re.search("[^aeiou]y$", words):
        return f"{words[:-1]}ies"
    return f"{words}es" if re.search("(s|x|z|ch|sh)$", words) else f"{words}s"


def with_article(words: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"
