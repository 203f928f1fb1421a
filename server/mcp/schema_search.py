"""Search in the schema by words: BM25 over the names and descriptions of types, fields, arguments and enum values.

No model is used, so a synonym that occurs in no name and no description is not found. Descriptions in this schema are
sentences, which contain the usual words.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from functools import cache
from math import log
from typing import NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

from server.mcp.type_description import describe_signature, kind_of
from server.mcp.words import split_words

_SATURATION, _LENGTH_WEIGHT = 1.2, 0.3
"""The parameters k1 and b of BM25; b is less than usual, because root fields with many arguments are not worse."""
_PAGE_ARGUMENTS = frozenset({"first", "after", "last", "before", "offset"})
"""Every list has these arguments."""
_NAME_WEIGHT = 3
"""How often a word of a name counts."""
_ROOT_BONUS, _TYPE_BONUS = 2.5, 1.2
"""Operations begin with root fields, so these come first among similar elements."""


KINDS = ("query", "mutation", "field", "object", "input", "enum", "interface", "union", "scalar")
"""The kinds of elements. A field is one of a type; those of the root types are queries and mutations."""


class SchemaElement(NamedTuple):
    """A type, or a field of one."""

    coordinate: str
    """`Type` or `Type.field`."""
    kind: str
    signature: str
    description: str

    @property
    def bonus(self) -> float:
        """The factor of the element's score."""
        return {"query": _ROOT_BONUS, "mutation": _ROOT_BONUS, "field": 1.0}.get(self.kind, _TYPE_BONUS)


class SchemaIndex:
    """The words of a schema, and the elements that contain them."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._elements: list[SchemaElement] = []
        self._lengths: list[int] = []
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        """For each word, the elements that contain it, and how often."""
        for element, text in _elements_of(schema):
            self._add(element, text)
        self._mean_length = sum(self._lengths) / max(1, len(self._lengths))

    def _add(self, element: SchemaElement, text: str) -> None:
        names = split_words(element.coordinate.removeprefix("Query.").removeprefix("Mutation."))
        counts = Counter(split_words(text))
        for word in names:
            counts[word] += _NAME_WEIGHT
        for word, count in counts.items():
            self._postings[word].append((len(self._elements), count))
        self._elements.append(element)
        self._lengths.append(counts.total())

    def search(self, query: str, limit: int, kinds: Collection[str]) -> list[SchemaElement]:
        """Return the elements of these kinds that match the words of the query best, the best first."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in set(split_words(query)):
            postings = self._postings.get(word, ())
            rarity = log(1 + (len(self._elements) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                scores[number] += rarity * self._saturate(count, self._lengths[number])
        found = [number for number in scores if self._elements[number].kind in kinds]
        order = sorted(found, key=lambda number: (-scores[number] * self._elements[number].bonus, number))
        return [self._elements[number] for number in order[:limit]]

    def _saturate(self, count: int, length: int) -> float:
        norm = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * length / self._mean_length
        return count * (_SATURATION + 1) / (count + _SATURATION * norm)


@cache
def build_index(schema: GraphQLSchema) -> SchemaIndex:
    """Build the index of a schema, once per process."""
    return SchemaIndex(schema)


def _elements_of(schema: GraphQLSchema) -> Iterable[tuple[SchemaElement, str]]:
    """Return the elements of a schema, except what agents cannot use, with the texts in which words are found."""
    roots: dict[GraphQLNamedType | None, str] = {schema.query_type: "query", schema.mutation_type: "mutation"}
    for graphql_type in schema.type_map.values():
        if graphql_type.name.startswith("__") or graphql_type is schema.subscription_type:
            continue
        if graphql_type not in roots:
            yield _type_element(graphql_type)
        if isinstance(graphql_type, GraphQLObjectType | GraphQLInputObjectType):
            for name, field in graphql_type.fields.items():
                description = field.description or ""
                kind, signature = roots.get(graphql_type, "field"), describe_signature(name, field)
                element = SchemaElement(f"{graphql_type.name}.{name}", kind, signature, description)
                yield element, f"{description} {_argument_texts(field)}"


def _type_element(graphql_type: GraphQLNamedType) -> tuple[SchemaElement, str]:
    description = graphql_type.description or ""
    element = SchemaElement(graphql_type.name, kind_of(graphql_type), graphql_type.name, description)
    if not isinstance(graphql_type, GraphQLEnumType):
        return element, description
    values = (f"{name} {value.description or ''}" for name, value in graphql_type.values.items())
    return element, f"{description} {' '.join(values)}"


def _argument_texts(field: object) -> str:
    arguments = field.args if isinstance(field, GraphQLField) else {}
    own = ((name, argument) for name, argument in arguments.items() if name not in _PAGE_ARGUMENTS)
    return " ".join(f"{name} {argument.description or ''}" for name, argument in own)
