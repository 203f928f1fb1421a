"""Operations on webhooks, as the catalog of operations has them."""

from models.membership import Role
from tests.support.catalog_entry import CatalogEntry
from tests.support.noun_operations import first_id, no_variables
from tests.support.sample_data import SampleData

USER_ERRORS = "userErrors { code field message }"
WEBHOOK_FIELDS = """
    id url description types filter documentId operationName variables role state disabledReason previousSecretExpiresAt
    failingSince lastSuccessAt lastFailureAt createdAt updatedAt version createdBy { id fullName }
"""
DELIVERY_FIELDS = """
    id messageId isTest type objectId action changedFields objectVersion requestId changedAt cursor status attempts
    nextAttemptAt lastAttemptAt durationMs responseStatus responseBody error createdAt updatedAt webhook { id url }
"""
WEBHOOK = f"query ($id: ID!) {{ webhook(id: $id) {{ {WEBHOOK_FIELDS} }} }}"
WEBHOOKS = f"{{ webhooks {{ totalCount nodes {{ {WEBHOOK_FIELDS} }} }} }}"
DELIVERIES = f"{{ webhookDeliveries {{ totalCount nodes {{ {DELIVERY_FIELDS} }} }} }}"
CREATE_WEBHOOK = f"""
mutation ($input: CreateWebhookInput!) {{
  createWebhook(input: $input) {{ webhook {{ {WEBHOOK_FIELDS} }} secret {USER_ERRORS} }}
}}
"""
UPDATE_WEBHOOK = f"""
mutation ($id: ID!, $input: UpdateWebhookInput!, $expectedVersion: Int) {{
  updateWebhook(id: $id, input: $input, expectedVersion: $expectedVersion) {{
    webhook {{ {WEBHOOK_FIELDS} }} {USER_ERRORS}
  }}
}}
"""
DELETE_WEBHOOK = f"mutation ($id: ID!) {{ deleteWebhook(id: $id) {{ deletedId webhook {{ id }} {USER_ERRORS} }} }}"
ROTATE_SECRET = f"""
mutation ($id: ID!) {{ rotateWebhookSecret(id: $id) {{ webhook {{ {WEBHOOK_FIELDS} }} secret {USER_ERRORS} }} }}
"""
REDELIVER_FAILED = f"""
mutation ($id: ID!, $since: DateTime!) {{
  redeliverFailedWebhookDeliveries(id: $id, since: $since) {{ count {USER_ERRORS} }}
}}
"""


def _on_webhook(name: str) -> str:
    return f"mutation ($id: ID!) {{ {name}(id: $id) {{ webhook {{ {WEBHOOK_FIELDS} }} {USER_ERRORS} }} }}"


def _on_delivery(name: str) -> str:
    return f"mutation ($id: ID!) {{ {name}(id: $id) {{ webhookDelivery {{ {DELIVERY_FIELDS} }} {USER_ERRORS} }} }}"


def _new_webhook(_sample_data: SampleData) -> dict[str, object]:
    return {"input": {"url": "https://hooks.example.com/new", "types": ["TASK"]}}


WEBHOOK_OPERATIONS = {
    "webhook": CatalogEntry(WEBHOOK, first_id("Webhook"), 2, Role.ADMIN),
    "webhooks": CatalogEntry(WEBHOOKS, no_variables, 1, Role.ADMIN),
    "webhookDeliveries": CatalogEntry(DELIVERIES, no_variables, 1, Role.ADMIN),
    "createWebhook": CatalogEntry(CREATE_WEBHOOK, _new_webhook, 9, Role.ADMIN),
    "updateWebhook": CatalogEntry(UPDATE_WEBHOOK, first_id("Webhook", input={"description": "New"}), 6, Role.ADMIN),
    "rotateWebhookSecret": CatalogEntry(ROTATE_SECRET, first_id("Webhook"), 6, Role.ADMIN),
    "pauseWebhook": CatalogEntry(_on_webhook("pauseWebhook"), first_id("Webhook"), 5, Role.ADMIN),
    "resumeWebhook": CatalogEntry(
        _on_webhook("resumeWebhook"), lambda sample_data: {"id": sample_data.ids("Webhook")[1]}, 6, Role.ADMIN
    ),
    "testWebhook": CatalogEntry(_on_delivery("testWebhook"), first_id("Webhook"), 8, Role.ADMIN),
    "redeliverWebhookDelivery": CatalogEntry(
        _on_delivery("redeliverWebhookDelivery"), first_id("WebhookDelivery"), 8, Role.ADMIN
    ),
    "redeliverFailedWebhookDeliveries": CatalogEntry(
        REDELIVER_FAILED, first_id("Webhook", since="2020-01-01T00:00:00Z"), 8, Role.ADMIN
    ),
    "deleteWebhook": CatalogEntry(
        DELETE_WEBHOOK, lambda sample_data: {"id": sample_data.ids("Webhook")[2]}, 6, Role.ADMIN
    ),
}
