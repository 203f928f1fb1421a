"""Field constructors for the models: each combines the column type, the bounds and the description.

Properties that Pydantic and SQLAlchemy have no place for (the referenced table, whether whitespace is stripped) are
stored in `json_schema_extra`, from which schema derivation, validation and table constraints read them.
"""

from decimal import Decimal
from typing import Any

from pydantic.fields import FieldInfo
from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from models.choices import Choice, choice_type
from models.money import Money


def _text_type(length: int) -> Any:
    """Return a text type that sorts by code point: the default on SQLite, the collation C on PostgreSQL."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def short_text(
    description: str,
    *,
    max_length: int,
    min_length: int = 1,
    is_sparse: bool = False,
    is_secret: bool = False,
    **options: Any,
) -> Any:
    """A single line of text, required to be non-empty by default; surrounding whitespace is stripped. Few rows have a
    value of a sparse column: if it is unique, its index contains only these."""
    extra = {"single_line": True} | {
        name: True for name, is_set in (("sparse", is_sparse), ("secret", is_secret)) if is_set
    }
    return Field(
        min_length=min_length,
        max_length=max_length,
        description=description,
        sa_type=_text_type(max_length),
        schema_extra={"json_schema_extra": extra},
        **options,
    )


def external_id(noun: str) -> Any:
    """The id that another system, or the file of an import, gives to an object."""
    description = f"The id of the {noun} in another system; unique within the tenant. Upserts and lookups know it."
    return short_text(description, max_length=200, is_sparse=True, default=None)


def text(description: str, *, max_length: int, **options: Any) -> Any:
    """Multi-line text; empty by default."""
    return Field(default="", max_length=max_length, description=description, sa_type=_text_type(max_length), **options)


def required_text(description: str, *, max_length: int, **options: Any) -> Any:
    """Non-empty multi-line text; surrounding whitespace is stripped."""
    return Field(
        min_length=1,
        max_length=max_length,
        description=description,
        sa_type=_text_type(max_length),
        schema_extra={"json_schema_extra": {"trimmed": True}},
        **options,
    )


def email(description: str, **options: Any) -> Any:
    """An email address, stored in lower case so that comparison ignores case."""
    return Field(
        max_length=255,
        description=description,
        sa_type=_text_type(255),
        schema_extra={"json_schema_extra": {"email": True}},
        **options,
    )


def slug(description: str, *, max_length: int, **options: Any) -> Any:
    """A short name for URLs: lower-case letters and digits, separated by single hyphens."""
    return Field(
        min_length=1,
        max_length=max_length,
        description=description,
        sa_type=_text_type(max_length),
        schema_extra={"json_schema_extra": {"slug": True}},
        **options,
    )


def choice(choices: type[Choice], default: Choice, description: str, **options: Any) -> Any:
    """An enum value with a default."""
    return Field(default=default, description=description, sa_type=choice_type(choices), **options)


def required_choice(choices: type[Choice], description: str) -> Any:
    """An enum value without a default."""
    return Field(description=description, sa_type=choice_type(choices))


def optional_choice(choices: type[Choice], description: str) -> Any:
    """An enum value; null by default."""
    return Field(default=None, description=description, sa_type=choice_type(choices))


def sha256(description: str, **options: Any) -> Any:
    """The hexadecimal SHA-256 hash of a secret. The audit does not contain it."""
    extra = {"json_schema_extra": {"secret": True}}
    return Field(
        min_length=64, max_length=64, description=description, sa_type=_text_type(64), schema_extra=extra, **options
    )


def encrypted(description: str, **options: Any) -> Any:
    """A secret that the server must be able to read again, encrypted. The audit does not contain it."""
    extra = {"json_schema_extra": {"secret": True}}
    return Field(max_length=500, description=description, sa_type=_text_type(500), schema_extra=extra, **options)


def names(description: str, *, max_length: int, **options: Any) -> Any:
    """A set of names in one text, separated and surrounded by spaces, so that a filter can search for a name."""
    extra = {"json_schema_extra": {"names": True}}
    return Field(
        max_length=max_length, description=description, sa_type=_text_type(max_length), schema_extra=extra, **options
    )


def date(description: str) -> Any:
    """A calendar date; null by default."""
    return Field(default=None, description=description, sa_type=Date)


def timestamp(description: str, **options: Any) -> Any:
    """A timezone-aware timestamp in UTC."""
    return Field(description=description, sa_type=UTCDateTime, **options)


def boolean(description: str, *, default: bool) -> Any:
    """A boolean."""
    return Field(default=default, description=description, sa_type=Boolean)


def integer(description: str, *, default: int, **options: Any) -> Any:
    """A 32-bit integer."""
    return Field(default=default, description=description, sa_type=Integer, **options)


def large_integer(description: str, *, default: int, **options: Any) -> Any:
    """A 64-bit integer."""
    return Field(default=default, description=description, sa_type=BigInteger, **options)


def optional_integer(description: str) -> Any:
    """A 32-bit integer; null by default."""
    return Field(default=None, description=description, sa_type=Integer)


def json_object(description: str, **options: Any) -> Any:
    """A JSON object. It is always replaced as a whole, never mutated in place."""
    json_type = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    return Field(default_factory=dict, description=description, sa_type=json_type, nullable=False, **options)


def money(description: str, *, precision: int = 10, scale: int = 2, **options: Any) -> Any:
    """An amount of money with `precision` digits, `scale` of them after the decimal point."""
    extra = {"json_schema_extra": {"money": {"precision": precision, "scale": scale}}}
    return Field(description=description, sa_type=Money(precision, scale), schema_extra=extra, **options)


def epoch_milliseconds(description: str, **options: Any) -> Any:
    """A timestamp as Unix milliseconds, for arithmetic in SQL: date arithmetic differs between the databases."""
    return Field(description=description, sa_type=BigInteger, **options)


def reference(table: str, description: str, **options: Any) -> Any:
    """The id of a row of another table in the same tenant; null by default."""
    options = options if options.get("primary_key") else {"default": None} | options
    return Field(description=description, schema_extra={"json_schema_extra": {"reference": table}}, **options)


def user_reference(description: str, **options: Any) -> Any:
    """The id of a user. Users are not tenant-owned, so the foreign key is not composite."""
    return Field(
        foreign_key="user.id",
        description=description,
        schema_extra={"json_schema_extra": {"user_reference": "user"}},
        **options,
    )


def member_reference(description: str) -> Any:
    """The id of a user who is a member of the row's tenant; null by default. A composite foreign key references the
    membership. When the membership ends, services/people/member_references.py clears the reference."""
    extra = {"user_reference": "user", "member_reference": True, "sparse": True}
    return Field(default=None, description=description, schema_extra={"json_schema_extra": extra})


def any_reference(description: str, **options: Any) -> Any:
    """The id of a row of any table, without a foreign key."""
    return Field(description=description, **options)


def referenced_table(info: FieldInfo) -> str | None:
    """Return the name of the table that the field references."""
    table: str | None = schema_extra(info, "reference") or schema_extra(info, "user_reference")
    return table


def tenant_references(model: Any) -> dict[str, str]:
    """Return the referenced table of each column that references a row of the same tenant."""
    tables = {name: schema_extra(info, "reference") for name, info in model.model_fields.items()}
    return {name: table for name, table in tables.items() if table}


def member_references(model: Any) -> tuple[str, ...]:
    """Return the columns that reference a user who is a member of the row's tenant."""
    return tuple(name for name, info in model.model_fields.items() if schema_extra(info, "member_reference"))


def schema_extra(info: FieldInfo, key: str) -> Any:
    """Return a property that the field's constructor stored in json_schema_extra."""
    return (info.json_schema_extra or {}).get(key)  # type: ignore[union-attr]


def number_bounds(info: FieldInfo) -> tuple[int | None, int | None]:
    """Return the smallest and the largest number that the column may store; None for no bound."""
    minimum, maximum = (_bound(info, name) for name in ("ge", "le"))
    if not (arguments := schema_extra(info, "money")):
        return minimum, maximum
    money_type = Money(**arguments)
    largest = 10**money_type.precision - 1
    return (
        -largest if minimum is None else money_type.to_minor_units(Decimal(minimum)),
        largest if maximum is None else money_type.to_minor_units(Decimal(maximum)),
    )


def _bound(info: FieldInfo, name: str) -> Any:
    return next((getattr(constraint, name) for constraint in info.metadata if hasattr(constraint, name)), None)
