"""What tests do with webhooks."""

import asyncio
from dataclasses import dataclass
from typing import Any

from models import Task
from models.membership import Role
from server.background_work import BackgroundWork
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.webhooks.receiver import Receiver

CREATE = """mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) { secret webhook { id version state } userErrors { code field message } }
}"""
DELIVERIES = """query ($where: WebhookDeliveryWhere) {
  webhookDeliveries(where: $where, first: 100, orderBy: [{field: ID}]) {
    nodes {
      id messageId type objectId action changedFields isTest status attempts nextAttemptAt lastAttemptAt durationMs
      responseStatus responseBody error webhook { id }
    }
  }
}"""
WEBHOOK = """query ($id: ID!) {
  webhook(id: $id) { id url types state disabledReason failingSince lastSuccessAt lastFailureAt version }
}"""
CREATE_TASK = """mutation ($title: String!) {
  createTask(input: {title: $title}) { task { id version } userErrors { message } }
}"""


@dataclass
class WebhookFixture:
    """Webhooks of `app_fixture.tenant`, and the dispatcher that delivers."""

    work: BackgroundWork
    app_fixture: AppFixture
    receiver: Receiver

    @property
    def client(self) -> Client:
        """A client of the tenant's admin."""
        return self.app_fixture.tenant.client(Role.ADMIN)

    async def create(self, client: Client | None = None, **values: Any) -> tuple[str, str]:
        """Create a webhook to the receiver; return its id and its secret."""
        response = await (client or self.client)(CREATE, input={"url": self.receiver.url} | values)
        payload = response.payload("createWebhook")
        return payload["webhook"]["id"], payload["secret"]

    async def create_task(self, title: str = "Dig") -> str:
        """Create a task, and let the dispatcher look for it; return the id of the task."""
        response = await self.app_fixture.tenant.client()(CREATE_TASK, title=title)
        self.wake()
        return str(response.payload("createTask")["task"]["id"])

    async def insert_task(self, title: str) -> Task:
        """Create a task without a request."""
        return await self.app_fixture.tenant.create(Task, title=title)

    def wake(self) -> None:
        """Let the dispatcher look for changes of the tenant."""
        self.work.dispatcher.wake([self.app_fixture.tenant.id])

    async def call(self, mutation: str, **arguments: str) -> dict[str, Any]:
        """Call a mutation with ids; return its payload."""
        declared = ", ".join(f"${name}: {'DateTime' if name == 'since' else 'ID'}!" for name in arguments)
        passed = ", ".join(f"{name}: ${name}" for name in arguments)
        fields = {"redeliverFailedWebhookDeliveries": "count", "rotateWebhookSecret": "secret"}.get(mutation, "")
        document = f"mutation ({declared}) {{ {mutation}({passed}) {{ {fields} userErrors {{ code message }} }} }}"
        return (await self.client(document, **arguments)).payload(mutation)

    async def deliveries(self, **where: Any) -> list[dict[str, Any]]:
        """Return the deliveries, the oldest first."""
        response = await self.client(DELIVERIES, where=where)
        nodes: list[dict[str, Any]] = response.data["webhookDeliveries"]["nodes"]
        return nodes

    async def webhook(self, id: str) -> dict[str, Any]:
        """Return a webhook."""
        row: dict[str, Any] = (await self.client(WEBHOOK, id=id)).data["webhook"]
        return row

    async def wait_until_done(
        self, number: int, status: str = "SUCCEEDED", seconds: float = 20
    ) -> list[dict[str, Any]]:
        """Wait until so many deliveries have this status; return all deliveries."""
        async with asyncio.timeout(seconds):
            while True:
                deliveries = await self.deliveries()
                if sum(each["status"] == status for each in deliveries) >= number:
                    return deliveries
                await asyncio.sleep(0.02)

    async def wait_for_attempts(self, number: int, seconds: float = 20) -> list[dict[str, Any]]:
        """Wait until the results of so many attempts are stored; return all deliveries."""
        async with asyncio.timeout(seconds):
            while True:
                deliveries = await self.deliveries()
                if sum(each["attempts"] for each in deliveries) >= number:
                    return deliveries
                await asyncio.sleep(0.02)

    async def wait_for_state(self, id: str, state: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until a webhook has this state; return it."""
        async with asyncio.timeout(seconds):
            while True:
                webhook = await self.webhook(id)
                if webhook["state"] == state:
                    return webhook
                await asyncio.sleep(0.02)
