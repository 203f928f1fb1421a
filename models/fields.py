"""The kinds of fields that tables are made of, so that a noun's file reads as a list of what it has.

What Pydantic and SQLAlchemy do not know about a field (what it points at, whether blanks around it count) travels
in its `json_schema_extra`, where derivation, validation and the table's constraints find it.
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
    """Text that sorts by code point on every engine: SQLite does by itself, PostgreSQL when told."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def line(description: str, *, longest: int, shortest: int = 1, **more: Any) -> Any:
    """One line of text that must say something; blanks around it are cut."""
    return Field(
        min_length=shortest,
        max_length=longest,
        description=description,
        sa_type=_text_type(longest),
        schema_extra={"json_schema_extra": {"line": True}},
        **more,
    )


def prose(description: str, *, longest: int, **more: Any) -> Any:
    """Text of any number of lines; empty unless given."""
    return Field(default="", max_length=longest, description=description, sa_type=_text_type(longest), **more)


def passage(description: str, *, longest: int, **more: Any) -> Any:
    """Text of any number of lines that must say something; blanks around it are cut."""
    return Field(
        min_length=1,
        max_length=longest,
        description=description,
        sa_type=_text_type(longest),
        schema_extra={"json_schema_extra": {"trimmed": True}},
        **more,
    )


def address(description: str, **more: Any) -> Any:
    """An e-mail address, kept in lower case: the same address whatever its case."""
    return Field(
        max_length=255,
        description=description,
        sa_type=_text_type(255),
        schema_extra={"json_schema_extra": {"email": True}},
        **more,
    )


def slug(description: str, *, longest: int, **more: Any) -> Any:
    """A short name for addresses: lower-case letters, digits and single dashes between them."""
    return Field(
        min_length=1,
        max_length=longest,
        description=description,
        sa_type=_text_type(longest),
        schema_extra={"json_schema_extra": {"slug": True}},
        **more,
    )


def choice(kind: type[Choice], default: Choice, description: str) -> Any:
    """One of a closed set of values."""
    return Field(default=default, description=description, sa_type=choice_type(kind))


def one_of(kind: type[Choice], description: str) -> Any:
    """One of a closed set of values, which must be given."""
    return Field(description=description, sa_type=choice_type(kind))


def digest(description: str, **more: Any) -> Any:
    """The SHA-256 of a secret, in hexadecimal."""
    return Field(min_length=64, max_length=64, description=description, sa_type=_text_type(64), **more)


def day(description: str) -> Any:
    """A calendar day, or nothing."""
    return Field(default=None, description=description, sa_type=Date)


def moment(description: str, **more: Any) -> Any:
    """A point in time, aware and in UTC."""
    return Field(description=description, sa_type=UTCDateTime, **more)


def flag(description: str, *, default: bool) -> Any:
    """Yes or no."""
    return Field(default=default, description=description, sa_type=Boolean)


def count(description: str, *, default: int, **more: Any) -> Any:
    """A whole number."""
    return Field(default=default, description=description, sa_type=Integer, **more)


def document(description: str, **more: Any) -> Any:
    """Names and values of any shape, as JSON. It is replaced as a whole, never changed in place."""
    kind = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    return Field(default_factory=dict, description=description, sa_type=kind, nullable=False, **more)


def money(description: str, *, digits: int = 10, scale: int = 2, **more: Any) -> Any:
    """An amount of so many digits, so many of them behind the point."""
    places = {"digits": digits, "scale": scale}
    extras = {"json_schema_extra": {"money": places}}
    return Field(description=description, sa_type=Money(digits, scale), schema_extra=extras, **more)


def milliseconds(description: str, **more: Any) -> Any:
    """A moment as milliseconds since 1970, for SQL to reckon with: dates cannot be added up alike on all engines."""
    return Field(description=description, sa_type=BigInteger, **more)


def reference(table: str, description: str, **more: Any) -> Any:
    """The id of a row of another table of the same tenant; nothing unless given."""
    more = {"default": None} | more if not more.get("primary_key") else more
    return Field(description=description, schema_extra={"json_schema_extra": {"reference": table}}, **more)


def person(description: str, **more: Any) -> Any:
    """The id of a user. Users belong to no tenant, so the key is theirs alone."""
    return Field(
        foreign_key="user.id", description=description, schema_extra={"json_schema_extra": {"names": "user"}}, **more
    )


def named_by(info: FieldInfo) -> str | None:
    """The table whose rows' ids the field holds."""
    table: str | None = extra(info, "reference") or extra(info, "names")
    return table


def references(model: Any) -> dict[str, str]:
    """Column to table, for every column that points at a row of the same tenant."""
    found = {name: extra(info, "reference") for name, info in model.model_fields.items()}
    return {name: table for name, table in found.items() if table}


def extra(info: FieldInfo, key: str) -> Any:
    """What the field's declaration above says beside its bounds."""
    return (info.json_schema_extra or {}).get(key)  # type: ignore[union-attr]


def limits(info: FieldInfo) -> tuple[int | None, int | None]:
    """The least and the most that the database may hold of a number, as it keeps it; None for no limit."""
    least, most = (_bound(info, name) for name in ("ge", "le"))
    if not (places := extra(info, "money")):
        return least, most
    kind = Money(**places)
    largest = 10**kind.digits - 1
    return (
        -largest if least is None else kind.units(Decimal(least)),
        largest if most is None else kind.units(Decimal(most)),
    )


def _bound(info: FieldInfo, name: str) -> Any:
    return next((getattr(each, name) for each in info.metadata if hasattr(each, name)), None)
