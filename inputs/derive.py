"""Input types derived from a model's fields. Types and descriptions come from the model."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, NewType, TypeVar, get_origin

import strawberry
from pydantic.fields import FieldInfo
from strawberry.utils.str_converters import to_camel_case

from inputs.dynamic_types import definition, field, maybe
from inputs.enums import register_enum
from inputs.nouns import capitalized, singular, with_article
from models.choices import Choice
from models.fields import referenced_table, schema_extra

Input = TypeVar("Input", bound=type)
Json = NewType("Json", object)
"""The GraphQL type of a model's JSON column; schema/scalars.py serializes it."""
CHOSEN_BY_SERVICES = {("article", "language"), ("document", "language")}
"""Tables and columns whose default in the model is not that of inputs: a service chooses the value."""


def graphql_type_of(info: FieldInfo) -> tuple[Any, bool]:
    """The GraphQL type of a model field without null, and whether the field is nullable."""
    if get_origin(info.annotation) is dict:
        return Json, False
    options = getattr(info.annotation, "__args__", (info.annotation,))
    (value_type,) = (option for option in options if option is not type(None))
    if value_type is uuid.UUID:
        value_type = strawberry.ID
    elif isinstance(value_type, type) and issubclass(value_type, Choice):
        value_type = register_enum(value_type)
    return value_type, type(None) in options


def create_input(
    model: Any, *names: str, graphql_name: str | None = None, types: Mapping[str, Any] | None = None
) -> Callable[[Input], Input]:
    """An input that creates a row: fields that the model requires are required, the others may be omitted. `types` are
    those of fields that clients write otherwise than they are stored."""
    required = {name for name in names if model.model_fields[name].is_required()}
    description = f"A new {singular(model.__tablename__)}."
    if required < set(names):
        description += " Omitted fields have their default, or else are null."
    name = graphql_name or f"Create{model.__name__}Input"
    columns = tuple(column for column in names if column not in (types or {}))
    return _build_input(model, names, required, name, description, _column_defaults(model, columns), types)


def upsert_input(model: Any, *names: str) -> Callable[[Input], Input]:
    """An input that creates a row or updates one. It has no defaults: omitted fields of an existing row stay
    unchanged."""
    required = {name for name in names if model.model_fields[name].is_required()}
    noun = with_article(singular(model.__tablename__))
    description = (
        f"{capitalized(noun)} to create, or changes to an existing one. Omitted fields of an existing one stay "
        f"unchanged; of a new one, they have the defaults of `Create{model.__name__}Input`."
    )
    return _build_input(model, names, required, f"Upsert{model.__name__}Input", description)


def _column_defaults(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the default values of columns that are scalars or enums, by the names of their GraphQL fields."""
    fields = {name: model.model_fields[name] for name in names if (model.__tablename__, name) not in CHOSEN_BY_SERVICES}
    defaults = {name: info.default for name, info in fields.items() if isinstance(info.default, bool | int | str)}
    return {to_camel_case(name): value for name, value in defaults.items()}


def update_input(model: Any, *names: str, types: Mapping[str, Any] | None = None) -> Callable[[Input], Input]:
    """An input that updates a row: omitted fields stay unchanged. `types` are those of fields that clients write
    otherwise than they are stored."""
    noun = with_article(singular(model.__tablename__))
    description = f"Changes to {noun}. Omitted fields stay unchanged; null clears a nullable field."
    return _build_input(model, names, set(), f"Update{model.__name__}Input", description, types=types)


def _build_input(  # noqa: PLR0913, PLR0917 -- private
    model: Any,
    names: tuple[str, ...],
    required: set[str],
    graphql_name: str,
    description: str,
    defaults: Mapping[str, Any] | None = None,
    types: Mapping[str, Any] | None = None,
) -> Callable[[Input], Input]:
    def build(cls: Input) -> Input:
        cls.__annotations__ = {}
        for name in sorted(names, key=lambda name: name not in required):  # dataclass fields with defaults come last
            info = model.model_fields[name]
            value_type = (types or {}).get(name) or graphql_type_of(info)[0]
            options: dict[str, Any] = {} if name in required else {"default": None}
            cls.__annotations__[name] = value_type if name in required else maybe(value_type | None)
            setattr(cls, name, field(description=describe_field(info), **options))
        cls.field_names = {to_camel_case(name): name for name in names}  # type: ignore[attr-defined]
        cls.references = _find_references(model, names)  # type: ignore[attr-defined]
        cls.column_defaults = defaults or {}  # type: ignore[attr-defined]
        input_type = strawberry.input(cls, name=graphql_name, description=description)
        fields = {to_camel_case(name): (name, name in required) for name in names}
        definition(input_type).from_input = _input_converter(fields)
        return input_type

    return build


def _find_references(model: Any, names: tuple[str, ...]) -> dict[str, str]:
    """Return the tables that the columns among these fields reference."""
    tables = ((name, referenced_table(model.model_fields[name])) for name in names)
    return {name: table for name, table in tables if table is not None}


def _input_converter(fields: Mapping[str, tuple[str, bool]]) -> Callable[[Any, Mapping[str, Any], Any], Any]:
    """Strawberry's `from_input` for an input whose fields are all leaves, which need no conversion; Strawberry would
    convert each of them again. `fields` maps GraphQL names to Python names and whether they are required."""
    omitted = dict.fromkeys(name for name, _ in fields.values())

    def convert(cls: Any, value: Mapping[str, Any], _context: Any) -> Any:
        instance = cls.__new__(cls)
        attributes = instance.__dict__
        attributes.update(omitted)  # calling the class takes twice as long
        for graphql_name, leaf in value.items():
            name, is_required = fields[graphql_name]
            attributes[name] = leaf if is_required else strawberry.Some(leaf)
        return instance

    return convert


def describe_field(info: FieldInfo) -> str:
    """The field's description and its bounds."""
    sentences = [str(info.description)]
    shortest, longest = _bounds(info, "min_length", "max_length")
    if length := _describe_bounds(shortest or None, longest):
        sentences.append(f"{length} characters.")
    if range_ := _describe_bounds(*_bounds(info, "ge", "le")):
        sentences.append(f"{range_}.")
    if money := schema_extra(info, "money"):
        sentences.append("At most {precision} digits, {scale} of them after the decimal point.".format(**money))
    return " ".join(sentences)


def _bounds(info: FieldInfo, least: str, greatest: str) -> tuple[int | None, int | None]:
    minimum, maximum = (
        next((getattr(constraint, name) for constraint in info.metadata if hasattr(constraint, name)), None)
        for name in (least, greatest)
    )
    return minimum, maximum


def _describe_bounds(least: int | None, greatest: int | None) -> str:
    """Describe an interval: `At most 5`, `At least 1`, `1 to 5` or `Exactly 3`."""
    if greatest is None:
        return "" if least is None else f"At least {least:,}"
    if least is None:
        return f"At most {greatest:,}"
    return f"Exactly {least:,}" if least == greatest else f"{least:,} to {greatest:,}"
