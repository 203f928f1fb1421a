"""The declaration of a noun: what clients read, write, follow and sort by, and who may do so.

schema/noun_types.py builds the types and root fields of a noun from its declaration and its model, and schema/nouns.py
lists the declarations.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from models.base import SoftDeletable
from models.declaration_error import location_of_caller
from resolvers.bulk import BulkService
from resolvers.noun import Service
from services.core.access import Access

Names = tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """What a noun does differently when it is created, updated or deleted."""

    service: Service | None = None
    """A service with the parameters of the default one in services/core/records.py, without the model."""
    description: str | None = None
    row_condition: str | None = None
    """For a deletion: when the payload contains the row, which was not deleted."""


@dataclass(frozen=True)
class BulkOperation:
    """A mutation that creates, updates or deletes up to 1,000 objects of a noun."""

    service: BulkService | None = None
    """A service with the parameters of the default one in services/core/bulk.py, without the model. Required if the
    mutation of one object has a service of its own."""
    description: str | None = None


@dataclass(frozen=True)
class Noun:
    """A noun whose types and root fields follow from this declaration.

    `id`, `createdAt`, `updatedAt` and `version` are always published. schema/noun_checks.py rejects wrong declarations.
    """

    model: Any
    _: KW_ONLY
    fields: Names
    """The columns that clients read."""
    writable: Names
    """The columns that clients write, on create and on update."""
    read: Access
    """The access that the queries require."""
    write: Access
    """The access that create, update and delete require."""
    relations: Names = ()
    """The relations that clients follow and filter through."""
    create_only: Names = ()
    """Columns that clients write on create only."""
    user_column: str | None = None
    """The column with the id of the user that an object stands for: filters have `isMe`."""
    sortable: Names = ()
    """Columns that lists can be sorted by."""
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the type that are neither columns nor relations."""
    list_description: str | None = None
    create: Operation | None = Operation()
    """None if there is no such mutation."""
    update: Operation | None = Operation()
    delete: Operation | None = Operation()
    upsert: Operation | None = None
    """The mutation that updates the object with a unique value, or creates it. Its service is that of create; an object
    that exists is updated by the service of update."""
    bulk_create: BulkOperation | None = None
    """The mutation of many objects, with the access of that of one; None if there is no such mutation."""
    bulk_update: BulkOperation | None = None
    bulk_delete: BulkOperation | None = None
    purge: Access = Access.OWNER
    """The access that the purge of a soft-deletable noun requires."""
    mutations: Mapping[str, Any] = field(default_factory=dict)
    """Further mutations, by name."""
    location: str = field(default_factory=lambda: location_of_caller(2))
    """The file and line of the declaration, for error messages."""

    @property
    def is_soft_deletable(self) -> bool:
        """Whether rows are marked as deleted first, and can be restored or purged."""
        return issubclass(self.model, SoftDeletable)

    @property
    def published_columns(self) -> Names:
        """The columns of the type."""
        deleted = ("deleted_at",) if self.is_soft_deletable else ()
        return ("id", *self.fields, "created_at", "updated_at", *deleted, "version")

    @property
    def published_relations(self) -> Names:
        """The relations of the type and of the filter."""
        return (*self.relations, *(("deleted_by",) if self.is_soft_deletable else ()))

    @property
    def table(self) -> str:
        """The name of the model's table."""
        return str(self.model.__tablename__)
