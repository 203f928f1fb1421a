"""Bulk mutations of any noun. Each calls the noun's own service, or else the one of all nouns."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inputs.bulk import ErrorPolicyArgument
from inputs.nouns import plural
from resolvers.mutation_result import UserError, to_user_errors
from resolvers.unpack import provided_fields
from services.core import bulk
from services.core.bulk_result import BulkResult, ErrorPolicy
from services.core.unit_of_work import UnitOfWork

BulkService = Callable[..., Awaitable[BulkResult]]
Resolver = Callable[..., Awaitable[BulkResult]]


@dataclass(slots=True)
class IndexedResult:
    """The result of one row, with its position."""

    index: int
    row: Any
    deleted_id: UUID | None
    user_errors: list[UserError]


def index_results(result: BulkResult) -> list[IndexedResult]:
    """Return the results of all rows with their positions."""
    return [
        IndexedResult(index, row.row, row.deleted_id, to_user_errors(row.problems))
        for index, row in enumerate(result.rows)
    ]


def bulk_create_resolver(model: Any, input_type: Any, service: BulkService | None) -> Resolver:
    """The resolver of `bulkCreateTasks`. Its service takes the unit of work, the rows and the error policy."""
    write = service or (lambda work, *arguments: bulk.create_many(work, model, *arguments))

    async def create(
        work: UnitOfWork, inputs: Sequence[Any], error_policy: ErrorPolicyArgument = ErrorPolicy.REJECT_ALL
    ) -> BulkResult:
        return await write(work, [provided_fields(row) for row in inputs], error_policy)

    return _named(create, "create", model, inputs=input_type)


def _named(resolver: Resolver, verb: str, model: Any, **annotations: Any) -> Resolver:
    """Set what the schema reads from a resolver: its name and the types of its arguments."""
    resolver.__name__ = f"bulk_{verb}_{plural(model.__tablename__).replace(' ', '_')}"
    resolver.__annotations__.update(annotations)
    return resolver
