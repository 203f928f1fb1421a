"""Uses the generated client with a running server. Arguments: the URL of the endpoint and an access token."""

import asyncio
import datetime
import json
import sys
from decimal import Decimal
from hashlib import sha256
from typing import Any

from generated_client import AllotmentClient
from generated_client.async_base_client import Response
from generated_client.create_product import CreateProductCreateProduct
from generated_client.create_task import CreateTaskCreateTask
from generated_client.enums import Direction, TaskOrderField, TaskPriority, TaskStatus
from generated_client.exceptions import GraphQLClientGraphQLMultiError
from generated_client.input_types import (
    CreateProductInput,
    CreateTaskInput,
    DateFilter,
    TaskOrder,
    TaskStatusFilter,
    TaskWhere,
)
from generated_client.list_tasks import ListTasksTasks

DUE_DATE = datetime.date(2031, 5, 1)


class PersistedClient(AllotmentClient):
    """Sends the hashes of documents, and the text of a document once, if the server does not know it yet."""

    texts_sent = 0

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        **_: Any,
    ) -> Response:
        """Send an operation."""
        hashed = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
        body: dict[str, Any] = {"operationName": operation_name, "variables": variables, "extensions": hashed}
        response = await self.http_client.post(self.url, json=body)
        if "PERSISTED_QUERY_NOT_FOUND" in json.dumps(response.json().get("errors", [])):
            self.texts_sent += 1
            response = await self.http_client.post(self.url, json=body | {"query": query})
        return response


async def create_task(client: AllotmentClient, title: str) -> CreateTaskCreateTask:
    """Create a task of high priority, which is due in 2031."""
    result = await client.create_task(CreateTaskInput(title=title, dueDate=DUE_DATE, priority=TaskPriority.HIGH))
    assert result.create_task is not None
    return result.create_task


async def create_product(client: AllotmentClient) -> CreateProductCreateProduct:
    """Create a product with a price, in a dry run."""
    product = CreateProductInput(name="Ariadne's thread", price=Decimal("12.50"), stock=3)
    result = await client.create_product(product)
    assert result.create_product is not None
    return result.create_product


async def list_open_tasks(client: AllotmentClient) -> ListTasksTasks:
    """Return the first page of the tasks that are not done and are due after 2030."""
    where = TaskWhere(status=TaskStatusFilter(ne=TaskStatus.DONE), dueDate=DateFilter(gt=datetime.date(2030, 12, 31)))
    order = [TaskOrder(field=TaskOrderField.DUE_DATE, direction=Direction.DESC)]
    tasks = (await client.list_tasks(where=where, order_by=order, first=1)).tasks
    assert tasks is not None
    return tasks


async def first_change(client: AllotmentClient, after: str) -> str:
    """Return the action of the first change after a cursor."""
    async for event in client.follow(after=after):
        if event.changes is not None:
            return event.changes.action
    raise AssertionError("The subscription has ended.")


async def refused_codes(client: AllotmentClient) -> list[object]:
    """Return the codes of the errors of an operation that is refused."""
    try:
        await client.too_many()
    except GraphQLClientGraphQLMultiError as refused:
        return [(error.extensions or {}).get("code") for error in refused.errors]
    return []


async def run_operations(url: str, token: str) -> dict[str, object]:
    """Run all operations, and return parts of their results."""
    headers = {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}
    ws_url = url.replace("http", "ws")
    async with AllotmentClient(url, headers, ws_url=ws_url, ws_connection_init_payload=headers) as client:
        changes = (await client.newest_cursor()).changes
        assert changes is not None
        created, rejected = [await create_task(client, title) for title in ("Ariadne", "")]
        tasks = await list_open_tasks(client)
        assert created.task is not None
        deleted = (await client.delete_task(created.task.id)).delete_task
        product = (await create_product(client)).product
        totals = await client.totals(as_of=datetime.datetime.now(datetime.UTC), account="account_0")
        found = await client.found("seedlings")
        change = await first_change(client, changes.newest_cursor)
        refused = await refused_codes(client)
    async with PersistedClient(url, headers) as persisted_client:
        by_hash = [await persisted_client.found("seedlings") for _ in range(2)]
    assert product is not None
    assert deleted is not None
    return {
        "titles": [task.title for task in tasks.nodes],
        "due": str(created.task.due_date),
        "status": created.task.status,
        "is_deleted": deleted.deleted_id == created.task.id,
        "codes": [error.code for error in rejected.user_errors],
        "price": str(product.price),
        "active": product.active,
        "totals": len(totals.order_totals or []),
        "found": bool(found.search),
        "change": change,
        "refused": refused,
        "by_hash": [each == found for each in by_hash],
        "texts_sent": persisted_client.texts_sent,
    }


sys.stdout.write(json.dumps(asyncio.run(run_operations(*sys.argv[1:]))))
