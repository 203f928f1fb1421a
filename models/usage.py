"""Which clients use which fields of the schema, and which documents they send. Both tables belong to no tenant."""

import datetime

from sqlalchemy import BigInteger, Date
from sqlmodel import Field, SQLModel

from models.fields import short_text

MAX_CLIENT_LENGTH = 64
MAX_FIELDS_LENGTH = 100_000


class FieldUsage(SQLModel, table=True):
    """The requests of a client that selected a field on a day."""

    __tablename__ = "field_usage"

    day: datetime.date = Field(description="The day (UTC).", sa_type=Date, primary_key=True)
    field: str = short_text("Its coordinate: `Type.field`.", max_length=200, primary_key=True)
    client: str = short_text("What the client calls itself.", max_length=MAX_CLIENT_LENGTH, primary_key=True)
    client_version: str = short_text(
        "The version of the client; may be empty.", min_length=0, max_length=MAX_CLIENT_LENGTH, primary_key=True
    )
    requests: int = Field(description="The number of requests.", sa_type=BigInteger)


class DocumentUsage(SQLModel, table=True):
    """The requests of a client that executed an operation of a document."""

    __tablename__ = "document_usage"

    client: str = short_text("What the client calls itself.", max_length=MAX_CLIENT_LENGTH, primary_key=True)
    client_version: str = short_text(
        "The version of the client; may be empty.", min_length=0, max_length=MAX_CLIENT_LENGTH, primary_key=True
    )
    sha256: str = short_text("The SHA-256 of the document.", max_length=64, primary_key=True)
    operation: str = short_text("The name of the operation.", min_length=0, max_length=256, primary_key=True)
    fields: str = short_text(
        "The coordinates of its fields, separated and surrounded by spaces.", max_length=MAX_FIELDS_LENGTH
    )
    requests: int = Field(description="The number of requests.", sa_type=BigInteger)
    first_day: datetime.date = Field(description="The day of the first request.", sa_type=Date)
    last_day: datetime.date = Field(description="The day of the last request.", sa_type=Date)
