"""A client for the operations of one noun."""

from dataclasses import dataclass
from typing import Any

from tests.support import documents
from tests.support.client import GraphQLResponse
from tests.support.graphql_schema import list_field_name
from tests.support.noun_spec import NounSpec
from tests.support.sample_data import SampleData, fetch_table

UserErrors = list[tuple[str, list[str]]]
"""Code and field path of each user error."""


@dataclass(frozen=True)
class NounResult:
    """The payload of a mutation."""

    row: dict[str, Any] | None
    errors: UserErrors
    deleted_id: str | None = None

    @property
    def accepted(self) -> dict[str, Any]:
        """Return the object; fail if there are user errors."""
        assert self.errors == [], self.errors
        assert self.row is not None
        return self.row


class NounClient:
    """Sends the operations of one noun as a user with the role that its mutations require."""

    def __init__(self, spec: NounSpec, sample_data: SampleData) -> None:
        self.spec = spec
        self.sample_data = sample_data
        self.client = sample_data.tenant.client(spec.write)

    @property
    def ids(self) -> list[str]:
        """The global ids of the sample rows."""
        return self.sample_data.ids(self.spec.type_name)

    @property
    def deletable_id(self) -> str:
        """The global id of a sample row that can be deleted."""
        return self.ids[self.spec.deletable]

    def input(self, number: int, action: str = "create") -> dict[str, Any]:
        """Return an input with a value in every field."""
        return self.spec.input(number, self.sample_data.rows, action)

    def minimal_input(self, number: int) -> dict[str, Any]:
        """Return an input with the required fields only."""
        return self.spec.minimal_input(number, self.sample_data.rows)

    async def read(self, id: str) -> dict[str, Any] | None:
        """Return the object with this id."""
        row: dict[str, Any] | None = (await self.client(documents.by_id(self.spec.type_name), id=id)).data[
            self.spec.field_name
        ]
        return row

    async def list(self) -> list[dict[str, Any]]:
        """Return the first page of all objects."""
        response = await self.client(documents.connection(self.spec.type_name))
        nodes: list[dict[str, Any]] = response.data[list_field_name(self.spec.type_name)]["nodes"]
        return nodes

    async def create(self, input: Any) -> NounResult:
        """Create an object."""
        return self._result("create", await self.client(documents.create(self.spec.type_name), input=input))

    async def update(self, id: str, input: Any, expected_version: int | None = None) -> NounResult:
        """Update an object."""
        document = documents.update(self.spec.type_name)
        return self._result("update", await self.client(document, id=id, input=input, expectedVersion=expected_version))

    async def delete(self, id: str, expected_version: int | None = None) -> NounResult:
        """Delete an object."""
        response = await self.client(documents.delete(self.spec.type_name), id=id, expectedVersion=expected_version)
        return self._result("delete", response)

    def _result(self, action: str, response: GraphQLResponse) -> NounResult:
        mutation = f"{action}{self.spec.type_name}"
        payload = response.data[mutation]
        return NounResult(payload[self.spec.field_name], response.user_errors(mutation), payload.get("deletedId"))

    async def stored_rows(self) -> dict[Any, dict[str, Any]]:
        """Return all rows of the noun by id, as they are stored."""
        return {row["id"]: row for row in await fetch_table(self.sample_data.tenant, self.spec.model)}
