"""Inputs made of a model's fields by naming them: types and descriptions are the model's own."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, NewType, TypeVar, get_origin

import strawberry
from pydantic.fields import FieldInfo
from strawberry.utils.str_converters import to_camel_case

from models.choices import Choice
from models.fields import extra
from schema.inputs.build import definition, field, maybe
from schema.inputs.choices import published

Input = TypeVar("Input", bound=type)
Json = NewType("Json", object)
"""What a document of the models' is in the contract (schema/scalars.py says how it is written)."""


def contract_type(info: FieldInfo) -> tuple[Any, bool]:
    """The field's type as clients see it, without null, and whether it may be null."""
    if get_origin(info.annotation) is dict:
        return Json, False
    options = getattr(info.annotation, "__args__", (info.annotation,))
    (plain,) = (option for option in options if option is not type(None))
    if plain is uuid.UUID:
        plain = strawberry.ID
    elif isinstance(plain, type) and issubclass(plain, Choice):
        plain = published(plain)
    return plain, type(None) in options


def creates(model: Any, *names: str, title: str | None = None) -> Callable[[Input], Input]:
    """An input to create one: what the model requires is required, the rest may be omitted."""
    required = {name for name in names if model.model_fields[name].is_required()}
    return _input(model, names, required, title or f"Create{model.__name__}Input", f"A new {model.__name__.lower()}.")


def changes(model: Any, *names: str) -> Callable[[Input], Input]:
    """An input to change one: what is omitted stays as it is."""
    description = f"Changes to a {model.__name__.lower()}. What is omitted stays as it is; null clears, where it may."
    return _input(model, names, set(), f"Update{model.__name__}Input", description)


def _input(
    model: Any, names: tuple[str, ...], required: set[str], title: str, description: str
) -> Callable[[Input], Input]:
    def build(cls: Input) -> Input:
        cls.__annotations__ = {}
        for name in sorted(names, key=lambda name: name not in required):  # a dataclass wants those with defaults last
            info = model.model_fields[name]
            plain, _ = contract_type(info)
            optional: dict[str, Any] = {} if name in required else {"default": None}
            cls.__annotations__[name] = plain if name in required else maybe(plain | None)
            setattr(cls, name, field(description=bounds(info), **optional))
        cls.references = {name: extra(model.model_fields[name], "reference") for name in names}  # type: ignore[attr-defined]
        built = strawberry.input(cls, name=title, description=description)
        definition(built).from_input = _reader({to_camel_case(name): (name, name in required) for name in names})
        return built

    return build


def _reader(names: Mapping[str, tuple[str, bool]]) -> Callable[[type, Mapping[str, Any], Any], Any]:
    """How the input is made of what graphql-core read. All its fields are leaves, which need no conversion; Strawberry
    would look at each of them anew. By their names in the contract: those here, and whether they are required."""

    def read(cls: type, value: Mapping[str, Any], _context: Any) -> Any:
        given = ((*names[name], each) for name, each in value.items())
        return cls(**{name: each if required else strawberry.Some(each) for name, required, each in given})

    return read


_BOUNDS = {"max_length": "At most {:,} characters.", "ge": "At least {:,}.", "le": "At most {:,}."}


def bounds(info: FieldInfo) -> str:
    """The field's description, with what its values may be."""
    said = [str(info.description)]
    for constraint in info.metadata:
        said += [
            words.format(getattr(constraint, name)) for name, words in _BOUNDS.items() if hasattr(constraint, name)
        ]
    if places := extra(info, "money"):
        said.append("At most {digits} digits, {scale} of them behind the point.".format(**places))
    return " ".join(said)
