"""Operations made by chance over a schema: aliases, fragments, variables, directives, repetitions, and mistakes."""

from random import Random
from typing import Any

from graphql import (
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)

MISTAKES = 0.004


class Operation:
    """The text of an operation, and its variables' values."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)  # noqa: S311 - for tests
        self._fragments: dict[str, str] = {}
        self._declared: dict[str, str] = {}
        self._depth = self._random.randint(1, 5)
        self.variables: dict[str, Any] = {}
        self.is_mutation = self._random.random() < 0.15
        kind, root = ("mutation", schema.mutation_type) if self.is_mutation else ("query", schema.query_type)
        selection = self._selection(root, self._depth)
        declared = ", ".join(f"${name}: {text}" for name, text in self._declared.items())
        head = f"{kind} Q{f'({declared})' if declared else ''}"
        self.text = "\n".join([f"{head} {selection}", *self._fragments.values()])

    def _selection(self, type_: Any, depth: int) -> str:
        chance = self._random
        parts = [self._part(type_, depth) for _ in range(chance.randint(1, 5))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Any, depth: int) -> str:
        chance = self._random
        choice = chance.random()
        if choice < 0.1 or not hasattr(type_, "fields"):
            if choice < 0.05:
                return f"{chance.choice(('', 'k: '))}__typename"
            return self._fragment(type_, depth)
        if choice < 0.25:
            return self._fragment(type_, depth)
        if type_ is self._schema.query_type and choice < 0.27:
            return "__schema { queryType { name fields { name type { kind name } } } }"
        name = chance.choice(list(type_.fields))
        if chance.random() < MISTAKES:
            name = "unknown"
        alias = f"{chance.choice(('k', 'l', 'f0', 'f1'))}: " if chance.random() < 0.15 else ""
        return f"{alias}{self._field(type_, name, depth)}"

    def _field(self, type_: Any, name: str, depth: int) -> str:
        field = type_.fields.get(name)
        if field is None:
            return name
        arguments = [f"{key}: {self._argument(each)}" for key, each in field.args.items() if self._is_given(each)]
        text = f"{name}({', '.join(arguments)})" if arguments else name
        text += self._directives()
        named = get_named_type(field.type)
        if is_composite_type(named):
            text += " " + (self._selection(named, depth - 1) if depth > 0 else "{ __typename }")
        return text

    def _is_given(self, argument: Any) -> bool:
        if is_non_null_type(argument.type):
            return self._random.random() > MISTAKES
        return self._random.random() < 0.5

    def _fragment(self, type_: Any, depth: int) -> str:
        chance = self._random
        if depth <= 0:
            return "__typename"
        on = chance.choice(self._overlapping(type_))
        if chance.random() < 0.6:
            condition = f" on {on.name}" if on is not type_ or chance.random() < 0.5 else ""
            return f"...{condition}{self._directives()} {self._selection(on, depth - 1)}"
        name = f"F{len(self._fragments)}"
        written = [each for each, text in self._fragments.items() if text]  # not those that this one is in
        if written and chance.random() < 0.2:
            name = chance.choice(written)
        if name not in self._fragments:
            self._fragments[name] = ""
            self._fragments[name] = f"fragment {name} on {on.name} {self._selection(on, depth - 1)}"
        return f"...{name}{self._directives()}"

    def _overlapping(self, type_: Any) -> list[Any]:
        schema = self._schema
        composites = [
            each
            for name, each in schema.type_map.items()
            if is_composite_type(each) and not name.startswith("__") and name not in ("Query", "Mutation")
        ]
        if type_ in (schema.query_type, schema.mutation_type):
            return [type_]
        return [type_, *composites]

    def _directives(self) -> str:
        chance = self._random
        if chance.random() > 0.12:
            return ""
        name = chance.choice(("skip", "include"))
        value = chance.choice(("true", "false", self._variable("Boolean!"), self._variable("Boolean = true")))
        return f" @{name}(if: {value})"

    def _variable(self, kind: str) -> str:
        chance = self._random
        name = f"v{len(self._declared)}"
        if chance.random() < 0.5:
            same = [each for each, declared in self._declared.items() if declared == kind]
            if same:
                return f"${chance.choice(same)}"
        self._declared[name] = kind
        if "!" in kind or chance.random() < 0.5:
            self.variables[name] = chance.choice((True, False))
        if chance.random() < MISTAKES:
            self.variables[name] = "wrong"
        return f"${name}"

    def _argument(self, argument: Any) -> str:
        if self._random.random() < 0.3:
            name = f"v{len(self._declared)}"
            self._declared[name] = str(argument.type)
            if self._random.random() < 0.8 or is_non_null_type(argument.type):
                self.variables[name] = self._value(argument.type)
            if self._random.random() < MISTAKES:
                self.variables[name] = object
            return f"${name}"
        return self._literal(argument.type)

    def _value(self, kind: Any) -> Any:
        chance = self._random
        if is_non_null_type(kind):
            return self._value(kind.of_type)
        if is_list_type(kind):
            return [self._value(kind.of_type) for _ in range(chance.randint(0, 2))]
        if is_enum_type(kind):
            return chance.choice(list(kind.values))
        if is_input_object_type(kind):
            return {key: self._value(each.type) for key, each in kind.fields.items() if chance.random() < 0.3}
        return {"Int": 5, "String": "s"}[kind.name]

    def _literal(self, kind: Any) -> str:  # noqa: PLR0911 - a kind of type each
        chance = self._random
        if chance.random() < MISTAKES:
            return "{wrong: 1}"
        if is_non_null_type(kind):
            return self._literal(kind.of_type)
        if chance.random() < 0.1:
            return "null"
        if is_list_type(kind):
            return "[" + ", ".join(self._literal(kind.of_type) for _ in range(chance.randint(0, 2))) + "]"
        if is_enum_type(kind):
            return str(chance.choice(list(kind.values)))
        if is_input_object_type(kind):
            given = [(key, each) for key, each in kind.fields.items() if chance.random() < 0.3]
            return "{" + ", ".join(f"{key}: {self._literal(each.type)}" for key, each in given) + "}"
        return {"Int": "7", "String": '"t"'}[kind.name]
