"""Random operations on a schema: aliases, fragments, variables, directives, repeated fields, and errors."""

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

ERROR_RATE = 0.004


class RandomOperation:
    """The text of a random operation, and its variables' values."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)  # noqa: S311 - for tests
        self._fragments: dict[str, str] = {}
        self._variable_types: dict[str, str] = {}
        self._depth = self._random.randint(1, 5)
        self.variables: dict[str, Any] = {}
        self.is_mutation = self._random.random() < 0.15
        keyword, root = ("mutation", schema.mutation_type) if self.is_mutation else ("query", schema.query_type)
        selection = self._selection(root, self._depth)
        variables = ", ".join(f"${name}: {type_}" for name, type_ in self._variable_types.items())
        head = f"{keyword} Q{f'({variables})' if variables else ''}"
        self.text = "\n".join([f"{head} {selection}", *self._fragments.values()])

    def _selection(self, type_: Any, depth: int) -> str:
        parts = [self._part(type_, depth) for _ in range(self._random.randint(1, 5))]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: Any, depth: int) -> str:
        choice = self._random.random()
        if choice < 0.1 or not hasattr(type_, "fields"):
            if choice < 0.05:
                return f"{self._random.choice(('', 'k: '))}__typename"
            return self._fragment(type_, depth)
        if choice < 0.25:
            return self._fragment(type_, depth)
        if type_ is self._schema.query_type and choice < 0.27:
            return "__schema { queryType { name fields { name type { kind name } } } }"
        name = self._random.choice(list(type_.fields))
        if self._random.random() < ERROR_RATE:
            name = "unknown"
        alias = f"{self._random.choice(('k', 'l', 'f0', 'f1'))}: " if self._random.random() < 0.15 else ""
        return f"{alias}{self._field(type_, name, depth)}"

    def _field(self, type_: Any, name: str, depth: int) -> str:
        field = type_.fields.get(name)
        if field is None:
            return name
        arguments = [
            f"{key}: {self._argument(argument)}" for key, argument in field.args.items() if self._has_value(argument)
        ]
        text = f"{name}({', '.join(arguments)})" if arguments else name
        text += self._directives()
        named = get_named_type(field.type)
        if is_composite_type(named):
            text += " " + (self._selection(named, depth - 1) if depth > 0 else "{ __typename }")
        return text

    def _has_value(self, argument: Any) -> bool:
        if is_non_null_type(argument.type):
            return self._random.random() > ERROR_RATE
        return self._random.random() < 0.5

    def _fragment(self, type_: Any, depth: int) -> str:
        if depth <= 0:
            return "__typename"
        on = self._random.choice(self._overlapping(type_))
        if self._random.random() < 0.6:
            condition = f" on {on.name}" if on is not type_ or self._random.random() < 0.5 else ""
            return f"...{condition}{self._directives()} {self._selection(on, depth - 1)}"
        name = f"F{len(self._fragments)}"
        complete = [name for name, text in self._fragments.items() if text]  # not those that contain this one
        if complete and self._random.random() < 0.2:
            name = self._random.choice(complete)
        if name not in self._fragments:
            self._fragments[name] = ""
            self._fragments[name] = f"fragment {name} on {on.name} {self._selection(on, depth - 1)}"
        return f"...{name}{self._directives()}"

    def _overlapping(self, type_: Any) -> list[Any]:
        schema = self._schema
        composites = [
            type_
            for name, type_ in schema.type_map.items()
            if is_composite_type(type_) and not name.startswith("__") and name not in ("Query", "Mutation")
        ]
        if type_ in (schema.query_type, schema.mutation_type):
            return [type_]
        return [type_, *composites]

    def _directives(self) -> str:
        if self._random.random() > 0.12:
            return ""
        name = self._random.choice(("skip", "include"))
        value = self._random.choice(("true", "false", self._variable("Boolean!"), self._variable("Boolean = true")))
        return f" @{name}(if: {value})"

    def _variable(self, type_: str) -> str:
        name = f"v{len(self._variable_types)}"
        if self._random.random() < 0.5:
            names = [name for name, declared_type in self._variable_types.items() if declared_type == type_]
            if names:
                return f"${self._random.choice(names)}"
        self._variable_types[name] = type_
        if "!" in type_ or self._random.random() < 0.5:
            self.variables[name] = self._random.choice((True, False))
        if self._random.random() < ERROR_RATE:
            self.variables[name] = "wrong"
        return f"${name}"

    def _argument(self, argument: Any) -> str:
        if self._random.random() < 0.3:
            name = f"v{len(self._variable_types)}"
            self._variable_types[name] = str(argument.type)
            if self._random.random() < 0.8 or is_non_null_type(argument.type):
                self.variables[name] = self._value(argument.type)
            if self._random.random() < ERROR_RATE:
                self.variables[name] = object
            return f"${name}"
        return self._literal(argument.type)

    def _value(self, type_: Any) -> Any:
        if is_non_null_type(type_):
            return self._value(type_.of_type)
        if is_list_type(type_):
            return [self._value(type_.of_type) for _ in range(self._random.randint(0, 2))]
        if is_enum_type(type_):
            return self._random.choice(list(type_.values))
        if is_input_object_type(type_):
            return {key: self._value(field.type) for key, field in type_.fields.items() if self._random.random() < 0.3}
        return {"Int": 5, "String": "s"}[type_.name]

    def _literal(self, type_: Any) -> str:  # noqa: PLR0911 - a return for each kind of type
        if self._random.random() < ERROR_RATE:
            return "{wrong: 1}"
        if is_non_null_type(type_):
            return self._literal(type_.of_type)
        if self._random.random() < 0.1:
            return "null"
        if is_list_type(type_):
            return "[" + ", ".join(self._literal(type_.of_type) for _ in range(self._random.randint(0, 2))) + "]"
        if is_enum_type(type_):
            return str(self._random.choice(list(type_.values)))
        if is_input_object_type(type_):
            fields = [(key, field) for key, field in type_.fields.items() if self._random.random() < 0.3]
            return "{" + ", ".join(f"{key}: {self._literal(field.type)}" for key, field in fields) + "}"
        return {"Int": "7", "String": '"t"'}[type_.name]
