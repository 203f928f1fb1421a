"""Payloads that are the answers of registered documents, and what the role of a webhook sees."""

from typing import Any

import pytest

from database.authentication import Credentials
from models.membership import Role
from services.core.persisted_documents import NewDocument, register, remove
from services.core.use_case import run_use_case
from tests.webhooks.hooks import CREATE, WebhookFixture
from tests.webhooks.receiver import Receiver

TASK = "query Task($id: ID!) { task(id: $id) { title status } }"
MUTATION = 'mutation { createTask(input: {title: "By a webhook"}) { task { id } } }'
ARTICLE = "query ($id: ID!) { article(id: $id) { title } }"


@pytest.fixture
async def registered(hooks: WebhookFixture) -> dict[str, str]:
    """Register documents; return their ids by name."""
    documents = {"task": TASK, "mutation": MUTATION, "article": ARTICLE}
    documents["two"] = "query A { __typename } query B($id: ID!) { task(id: $id) { id } }"
    documents["broken"] = "{ gone }"
    documents["admin"] = "query ($id: ID!) { task(id: $id) { title } auditLog(first: 1) { totalCount } }"

    async def insert(work: Any) -> None:
        await register(work, [NewDocument(f"doc-{name}", text) for name, text in documents.items()])

    await run_use_case(hooks.app_fixture.database, Credentials(), insert)
    return {name: f"doc-{name}" for name in documents}


async def test_payload_is_the_answer_of_the_document(
    hooks: WebhookFixture, receiver: Receiver, registered: dict[str, str]
) -> None:
    _, secret = await hooks.create(types=["TASK"], documentId=registered["task"])
    task_id = await hooks.create_task("Dig")
    (delivery,) = await receiver.wait_for(1)
    payload = delivery.verify(secret)
    assert payload.keys() == {"type", "timestamp", "change", "data"}
    assert payload["data"] == {"task": {"title": "Dig", "status": "TODO"}}
    assert payload["change"]["objectId"] == task_id


@pytest.mark.slow
async def test_variables_refer_to_fields_of_the_change(
    hooks: WebhookFixture, receiver: Receiver, registered: dict[str, str]
) -> None:
    variables = {"id": "{change.objectId}", "unused": ["{change.version}", {"a": "{change.action} is no reference"}]}
    await hooks.create(types=["TASK"], documentId=registered["two"], operationName="B", variables=variables)
    task_id = await hooks.create_task("Dig")
    (delivery,) = await receiver.wait_for(1)
    assert delivery.payload["data"] == {"task": {"id": task_id}}


@pytest.mark.slow
async def test_document_is_executed_as_the_role_of_the_webhook(
    hooks: WebhookFixture, receiver: Receiver, registered: dict[str, str]
) -> None:
    await hooks.create(types=["TASK"], documentId=registered["admin"])
    await hooks.create_task("Dig")
    (delivery,) = await receiver.wait_for(1)
    assert delivery.payload["data"] == {"task": {"title": "Dig"}, "auditLog": None}
    (error,) = delivery.payload["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    receiver.received.clear()
    (webhook,) = (await hooks.client("{ webhooks { nodes { id } } }")).data["webhooks"]["nodes"]
    await hooks.client(
        "mutation ($id: ID!) { updateWebhook(id: $id, input: {role: ADMIN}) { userErrors { message } } }", **webhook
    )
    await hooks.create_task("Dig deeper")
    (delivery,) = await receiver.wait_for(1)
    assert delivery.payload["data"]["auditLog"]["totalCount"] > 0


@pytest.mark.slow
async def test_member_webhook_receives_what_members_see(hooks: WebhookFixture, receiver: Receiver) -> None:
    document = (
        "mutation ($title: String!) { createArticle(input: {title: $title}) { article { id } userErrors { code } } }"
    )
    await hooks.create(role="MEMBER")
    member, admin = hooks.app_fixture.tenant.client(), hooks.app_fixture.tenant.client(Role.ADMIN)
    draft = (await member(document, title="Draft")).payload("createArticle")["article"]["id"]
    published = (await member(document, title="Public")).payload("createArticle")["article"]["id"]
    publish = "mutation ($id: ID!) { publishArticle(id: $id) { userErrors { code } } }"
    (await admin(publish, id=published)).payload("publishArticle")
    await admin('mutation { openAccount(input: {name: "Secret", currency: "EUR"}) { userErrors { code } } }')
    await hooks.create_task()
    received = await receiver.wait_for(2)
    await hooks.wait_until_done(2)
    assert {each.payload["data"]["type"] for each in received} == {"ARTICLE", "TASK"}
    assert draft not in {each.object_id for each in received}


async def test_webhook_receives_changes_of_its_own_tenant_only(hooks: WebhookFixture, receiver: Receiver) -> None:
    other = hooks.app_fixture.other_tenant
    await hooks.create(other.client(Role.ADMIN), types=["TASK"])
    await hooks.create(types=["TASK"])
    task_id = await hooks.create_task()
    hooks.work.dispatcher.wake([other.id])
    await hooks.wait_until_done(1)
    assert [each.object_id for each in receiver.received] == [task_id]
    assert (await other.client(Role.ADMIN)("{ webhookDeliveries { totalCount } }")).data == {
        "webhookDeliveries": {"totalCount": 0}
    }


@pytest.mark.slow
async def test_filter_selects_changes(hooks: WebhookFixture, receiver: Receiver) -> None:
    await hooks.create(filter={"action": {"eq": "UPDATED"}, "type": {"in": ["TASK", "TEAM"]}})
    task_id = await hooks.create_task()
    update = 'mutation ($id: ID!) { updateTask(id: $id, input: {title: "New"}) { userErrors { code } } }'
    (await hooks.app_fixture.tenant.client()(update, id=task_id)).payload("updateTask")
    hooks.wake()
    (delivery,) = await receiver.wait_for(1)
    await hooks.wait_until_done(1)
    assert delivery.payload["type"] == "task.updated"
    assert delivery.payload["data"]["changedFields"] == ["title"]


@pytest.mark.slow
async def test_document_that_is_removed_makes_deliveries_fail(
    hooks: WebhookFixture, receiver: Receiver, registered: dict[str, str]
) -> None:
    await hooks.create(types=["TASK"], documentId=registered["task"])
    await run_use_case(hooks.app_fixture.database, Credentials(), lambda work: remove(work, [registered["task"]]))
    await hooks.create_task()
    (delivery,) = await hooks.wait_until_done(1, "FAILED")
    assert delivery["error"].startswith("The document cannot be executed: No document with the id doc-task")
    assert receiver.received == []


INVALID_VALUES: list[tuple[dict[str, Any], str, str]] = [
    ({"documentId": "doc-gone"}, "NOT_FOUND", "No document with this id is registered"),
    ({"documentId": "doc-mutation"}, "INVALID", "is not a query"),
    ({"documentId": "doc-broken"}, "INVALID", "The document is not valid"),
    ({"documentId": "doc-two"}, "INVALID", "`operationName` must name"),
    ({"documentId": "doc-two", "operationName": "C"}, "INVALID", "`operationName` must name"),
    ({"variables": {"id": "{change.gone}"}, "documentId": "doc-task"}, "INVALID", "no field `gone`"),
    ({"variables": {"id": "x" * 5000}, "documentId": "doc-task"}, "TOO_LONG", "at most 4,000 bytes"),
    ({"variables": [1], "documentId": "doc-task"}, "INVALID", ""),
    ({"url": "https://127.0.0.2@example.com/"}, "INVALID", "no user name"),
    ({"url": "http://10.0.0.1/"}, "INVALID", "not a public one"),
    ({"url": ""}, "TOO_SHORT", ""),
    ({"url": "https://example.com/" + "x" * 2000}, "TOO_LONG", ""),
    ({"description": "x" * 1001}, "TOO_LONG", ""),
]


async def test_invalid_webhook_is_rejected(
    subtests: pytest.Subtests, hooks: WebhookFixture, registered: dict[str, str]
) -> None:
    for values, code, message in INVALID_VALUES:
        with subtests.test(values=values):
            response = await hooks.client(CREATE, input={"url": "https://example.com/"} | values)
            (error,) = response.data["createWebhook"]["userErrors"]
            assert (error["code"], error["field"]) == (code, ["input", next(iter(values))])
            assert message in error["message"]
            assert response.data["createWebhook"]["secret"] is None


@pytest.mark.slow
async def test_filter_that_is_malformed_is_refused(hooks: WebhookFixture) -> None:
    response = await hooks.client(CREATE, input={"url": "https://example.com/", "filter": {"type": {}}})
    assert response.error_codes == ["BAD_USER_INPUT"]


async def test_secrets_are_neither_in_the_audit_nor_in_logs(
    hooks: WebhookFixture, caplog: pytest.LogCaptureFixture
) -> None:
    webhook_id, secret = await hooks.create()
    new = (await hooks.call("rotateWebhookSecret", id=webhook_id))["secret"]
    entries = (await hooks.client("{ auditLog { nodes { noun action before after } } }")).data["auditLog"]["nodes"]
    assert {each["action"] for each in entries if each["noun"] == "Webhook"} == {"CREATED", "UPDATED"}
    text = str(entries) + caplog.text
    for each in (secret, new):
        assert each not in text
    assert "secret" not in str([each["after"] for each in entries]).lower().replace("previoussecretexpiresat", "")


@pytest.mark.slow
async def test_number_of_webhooks_is_limited(hooks: WebhookFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.webhooks.webhook.MAX_WEBHOOKS", 2)
    await hooks.create()
    await hooks.create()
    response = await hooks.client(CREATE, input={"url": "https://example.com/"})
    assert response.user_errors("createWebhook") == [("OUT_OF_RANGE", ["input"])]


@pytest.mark.slow
async def test_webhook_of_another_tenant_is_not_found(hooks: WebhookFixture) -> None:
    webhook_id, _ = await hooks.create()
    foreign = hooks.app_fixture.other_tenant.client(Role.OWNER)
    for name in ("testWebhook", "pauseWebhook", "resumeWebhook", "rotateWebhookSecret", "deleteWebhook"):
        response = await foreign(
            f"mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ code field }} }} }}", id=webhook_id
        )
        assert response.user_errors(name) == [("NOT_FOUND", ["id"])]
    assert (await foreign("query ($id: ID!) { webhook(id: $id) { id } node(id: $id) { id } }", id=webhook_id)).data == {
        "webhook": None,
        "node": None,
    }
