"""The progress of an import: how much of a file the committed chunks contain, so that it can be resumed exactly."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.base import TenantRecord
from models.fields import integer


class ImportProgress(TenantRecord, table=True):
    """The progress of importing a file. Its id is derived from the tenant, the noun and the contents of the file."""

    __tablename__ = "import_progress"
    audited = False

    rows: int = integer("The number of rows of the file that are imported or rejected.", default=0)
    rejected: int = integer("The number of rows that are rejected.", default=0)
    errors_size: int = Field(default=0, sa_type=BigInteger, description="The size of the errors file in bytes.")
