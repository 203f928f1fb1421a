"""The catalog of all root fields: document, variables, statement budget, required role.

The budget does not depend on the number of objects, so an N+1 query exceeds it. The entries of nouns follow from their
specifications (noun_operations.py). Any other root field that is added to the schema must be added here: a test fails
until it is. Other tests iterate over this catalog.
"""

from collections.abc import Callable
from typing import Any

from models.email_token import Purpose
from models.ids import public_id
from models.membership import Role
from tests.harness.statement_counter import StatementCounter
from tests.support import bulk_documents, documents
from tests.support.app_fixture import PASSWORD, known_email_token, known_refresh_token
from tests.support.catalog_entry import CatalogEntry
from tests.support.change_feed import CHANGES
from tests.support.client import Client, GraphQLResponse
from tests.support.documents import LISTED_TYPES
from tests.support.executors import is_executed_by_graphql_core
from tests.support.impersonation import IMPERSONATION_OPERATIONS
from tests.support.issuer_documents import ISSUER_OPERATIONS
from tests.support.noun_operations import first_id, no_variables, noun_operations
from tests.support.passkey_documents import PASSKEY_OPERATIONS
from tests.support.sample_data import SampleData, known_invitation_token
from tests.support.second_factor_rows import RECOVERY
from tests.support.second_factors import SECOND_FACTOR_OPERATIONS
from tests.support.sign_in_documents import CURRENT_API_KEY, REVOKE_OTHER_SESSIONS, SIGN_IN_EVENTS
from tests.support.tenant_documents import PERSISTED_DOCUMENTS, REOPEN_TENANT, TENANTS
from tests.support.webhook_documents import WEBHOOK_OPERATIONS


def _all_ids(sample_data: SampleData) -> dict[str, Any]:
    return {"ids": [id for type_name in LISTED_TYPES for id in sample_data.ids(type_name)]}


def _task_and_workers(sample_data: SampleData) -> dict[str, Any]:
    return {"taskId": sample_data.ids("Task")[0], "workerIds": sample_data.ids("Worker")}


def _worker_and_team(sample_data: SampleData) -> dict[str, Any]:
    return {"workerId": sample_data.ids("Worker")[0], "toTeamId": sample_data.ids("Team")[1]}


def _login_input(sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"email": f"member@{sample_data.tenant.slug}.test", "password": PASSWORD, "code": RECOVERY}}


def _new_order_input(sample_data: SampleData) -> dict[str, Any]:
    items = [{"productId": id, "quantity": 2} for id in (*sample_data.ids("Product"), *sample_data.ids("Product"))]
    return {"input": {"items": items, "shippingAddress": "1 Lane"}}


def _stock_adjustment(sample_data: SampleData) -> dict[str, Any]:
    return {"productId": sample_data.ids("Product")[0], "delta": 5, "reason": "Stocktaking"}


def _stock_adjustments(sample_data: SampleData) -> dict[str, Any]:
    ids = [*sample_data.ids("Product"), *sample_data.ids("Product")]
    return {"adjustments": [{"productId": id, "delta": 5} for id in ids], "reason": "Stocktaking"}


def _order_id(index: int) -> Callable[[SampleData], dict[str, Any]]:
    return lambda sample_data: {"id": sample_data.ids("Order")[index]}


def _accounts_and_amount(amount: str, *arguments: str) -> Callable[[SampleData], dict[str, Any]]:
    """Return variables with the ids of the first accounts as these arguments, and an amount."""
    return lambda sample_data: dict(zip(arguments, sample_data.ids("Account"), strict=False)) | {"amount": amount}


def _search_query(_sample_data: SampleData) -> dict[str, Any]:
    return {"query": "article or document"}


def _account_stream(sample_data: SampleData) -> dict[str, Any]:
    return {"streamId": sample_data.ids("Account")[0]}


def _input(**values: Any) -> Callable[[SampleData], dict[str, Any]]:
    return lambda _sample_data: {"input": values}


def _other_tenant_owner_email(sample_data: SampleData) -> str:
    """Return the email of a user who sends none of the operations, so that changes to this user affect none."""
    return next(
        tenant.users[Role.OWNER].email
        for tenant in sample_data.tenant.app_fixture.tenants.values()
        if tenant is not sample_data.tenant
    )


def _member_refresh_token(sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"refreshToken": known_refresh_token(sample_data.tenant.users[Role.MEMBER].email)}}


def _other_owner_refresh_token(sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"refreshToken": known_refresh_token(_other_tenant_owner_email(sample_data))}}


def _tenant_id(**extra: Any) -> Callable[[SampleData], dict[str, Any]]:
    return lambda sample_data: {"id": public_id("tenant", sample_data.tenant.id), **extra}


def _member_invitation_token(sample_data: SampleData) -> dict[str, Any]:
    return {"token": known_invitation_token(sample_data.tenant.users[Role.MEMBER].email)}


def _extra_user_ids(sample_data: SampleData) -> list[str]:
    return [public_id("user", membership.user_id) for membership in sample_data.rows["membership"]]


def _extra_user(sample_data: SampleData) -> dict[str, Any]:
    return {"by": {"id": _extra_user_ids(sample_data)[0]}}


def _published_article(sample_data: SampleData) -> dict[str, Any]:
    return {"id": sample_data.ids("Article")[1]}


def _verification_token(sample_data: SampleData) -> dict[str, Any]:
    return {"input": {"token": known_email_token(Purpose.VERIFY_EMAIL, sample_data.tenant.users[Role.MEMBER].email)}}


def _reset_token(sample_data: SampleData) -> dict[str, Any]:
    token = known_email_token(Purpose.RESET_PASSWORD, _other_tenant_owner_email(sample_data))
    return {"input": {"token": token, "newPassword": NEW_PASSWORD}}


REGISTRATION = {"email": "new@new.test", "fullName": "New User", "password": PASSWORD}
NEW_PASSWORD = "Another-horse-2!"
PASSWORD_CHANGE = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}


OPERATIONS: dict[str, CatalogEntry] = {
    **noun_operations(),
    "viewer": CatalogEntry(documents.VIEWER, no_variables, 1),
    "node": CatalogEntry(documents.NODE, first_id("Task"), 2),
    "nodes": CatalogEntry(documents.NODES, _all_ids, 1 + len(LISTED_TYPES)),
    "apiKeys": CatalogEntry(documents.API_KEYS, no_variables, 1, Role.OWNER),
    "currentApiKey": CatalogEntry(CURRENT_API_KEY, no_variables, 1),
    "signInEvents": CatalogEntry(SIGN_IN_EVENTS, no_variables, 2, Role.OWNER),
    "tenant": CatalogEntry(documents.CURRENT_TENANT, no_variables, 2),
    "users": CatalogEntry(documents.USERS, no_variables, 1, superuser_only=True),
    "user": CatalogEntry(documents.USER, _extra_user, 2, superuser_only=True),
    "tenants": CatalogEntry(TENANTS, no_variables, 1, superuser_only=True),
    "persistedDocuments": CatalogEntry(PERSISTED_DOCUMENTS, no_variables, 2, superuser_only=True),
    "login": CatalogEntry(documents.LOGIN, _login_input, 16),
    "register": CatalogEntry(documents.REGISTER, _input(**REGISTRATION), 8),
    "refreshSession": CatalogEntry(documents.REFRESH_SESSION, _member_refresh_token, 9),
    **ISSUER_OPERATIONS,
    **SECOND_FACTOR_OPERATIONS,
    **PASSKEY_OPERATIONS,
    **IMPERSONATION_OPERATIONS,
    "logout": CatalogEntry(documents.LOGOUT, _other_owner_refresh_token, 6),
    "revokeSession": CatalogEntry(documents.REVOKE_SESSION, first_id("Session"), 5),
    "updateViewer": CatalogEntry(documents.UPDATE_VIEWER, _input(fullName="New"), 5),
    "changePassword": CatalogEntry(documents.CHANGE_PASSWORD, _input(**PASSWORD_CHANGE), 11),
    "requestEmailVerification": CatalogEntry(documents.REQUEST_EMAIL_VERIFICATION, no_variables, 5),
    "verifyEmail": CatalogEntry(documents.VERIFY_EMAIL, _verification_token, 6),
    "requestPasswordReset": CatalogEntry(documents.REQUEST_PASSWORD_RESET, _input(email="unknown@here.test"), 1),
    "resetPassword": CatalogEntry(documents.RESET_PASSWORD, _reset_token, 11),
    "createApiKey": CatalogEntry(documents.CREATE_API_KEY, _input(name="New", role="ADMIN"), 7, Role.OWNER),
    "revokeApiKey": CatalogEntry(documents.REVOKE_API_KEY, first_id("ApiKey"), 5, Role.OWNER),
    "transferWorker": CatalogEntry(documents.TRANSFER_WORKER, _worker_and_team, 5),
    "assignWorkers": CatalogEntry(documents.ASSIGN_WORKERS, _task_and_workers, 6),
    "unassignWorkers": CatalogEntry(documents.UNASSIGN_WORKERS, _task_and_workers, 5),
    "deleteProduct": CatalogEntry(documents.delete("Product"), first_id("Product"), 5, Role.ADMIN),
    "adjustStock": CatalogEntry(documents.ADJUST_STOCK, _stock_adjustment, 6, Role.ADMIN),
    "bulkAdjustStock": CatalogEntry(bulk_documents.BULK_ADJUST_STOCK, _stock_adjustments, 6, Role.ADMIN, is_exact=True),
    "order": CatalogEntry(documents.by_id("Order"), first_id("Order"), 1),
    "orders": CatalogEntry(documents.connection("Order"), no_variables, 1),
    "publishArticle": CatalogEntry(documents.transition("publish", "Article"), first_id("Article"), 4, Role.ADMIN),
    "unpublishArticle": CatalogEntry(documents.transition("unpublish", "Article"), _published_article, 4, Role.ADMIN),
    "searchArticles": CatalogEntry(documents.SEARCH_ARTICLES, _search_query, 1),
    "search": CatalogEntry(documents.SEARCH, _search_query, 3),  # objects and highlights of two types
    "orderTotals": CatalogEntry(documents.ORDER_TOTALS, no_variables, 2),
    "placeOrder": CatalogEntry(documents.PLACE_ORDER, _new_order_input, 10),
    "confirmOrder": CatalogEntry(documents.transition("confirm", "Order"), _order_id(0), 6, Role.ADMIN),
    "shipOrder": CatalogEntry(documents.transition("ship", "Order"), _order_id(1), 6, Role.ADMIN),
    "deliverOrder": CatalogEntry(documents.transition("deliver", "Order"), _order_id(2), 6, Role.ADMIN),
    "cancelOrder": CatalogEntry(documents.transition("cancel", "Order"), _order_id(0), 10),
    "account": CatalogEntry(documents.by_id("Account"), first_id("Account"), 1, Role.ADMIN),
    "accounts": CatalogEntry(documents.connection("Account"), no_variables, 1, Role.ADMIN),
    "transfer": CatalogEntry(documents.by_id("Transfer"), first_id("Transfer"), 2, Role.ADMIN),
    "transfers": CatalogEntry(documents.connection("Transfer"), no_variables, 1, Role.ADMIN),
    "events": CatalogEntry(documents.EVENTS, _account_stream, 1, Role.ADMIN),
    "auditLog": CatalogEntry(documents.AUDIT_LOG, no_variables, 1, Role.ADMIN),
    "changes": CatalogEntry(CHANGES, no_variables, 11),  # objects of ten types
    "openAccount": CatalogEntry(documents.OPEN_ACCOUNT, _input(name="New", currency="JPY"), 7, Role.ADMIN),
    "closeAccount": CatalogEntry(
        documents.CLOSE_ACCOUNT, lambda sample_data: {"id": sample_data.ids("Account")[2]}, 6, Role.ADMIN
    ),
    "deposit": CatalogEntry(documents.DEPOSIT, _accounts_and_amount("1.50", "accountId"), 9, Role.ADMIN),
    "withdraw": CatalogEntry(documents.WITHDRAW, _accounts_and_amount("1.50", "accountId"), 9, Role.ADMIN),
    "transferFunds": CatalogEntry(
        documents.TRANSFER_FUNDS, _accounts_and_amount("1.50", "fromId", "toId"), 8, Role.ADMIN
    ),
    "createTenant": CatalogEntry(
        documents.CREATE_TENANT, _input(name="New", slug="new"), 8
    ),  # sets the tenant for the audit
    "updateTenant": CatalogEntry(documents.UPDATE_TENANT, _tenant_id(input={"name": "New"}), 6, Role.OWNER),
    "inviteMember": CatalogEntry(documents.INVITE_MEMBER, _input(email="new@new.test"), 10, Role.ADMIN),
    "revokeInvitation": CatalogEntry(documents.REVOKE_INVITATION, first_id("Invitation"), 6, Role.ADMIN),
    "acceptInvitation": CatalogEntry(documents.ACCEPT_INVITATION, _member_invitation_token, 11),  # sets the tenant too
    "changeMemberRole": CatalogEntry(documents.CHANGE_MEMBER_ROLE, first_id("Membership", role="ADMIN"), 7, Role.ADMIN),
    "removeMember": CatalogEntry(documents.REMOVE_MEMBER, first_id("Membership"), 7, Role.ADMIN),
    "setUsersActive": CatalogEntry(
        documents.SET_USERS_ACTIVE,
        lambda sample_data: {"ids": _extra_user_ids(sample_data), "active": False},
        10,
        superuser_only=True,
    ),
    "bulkCreateUsers": CatalogEntry(
        documents.BULK_CREATE_USERS,
        lambda _sample_data: {"input": [{"email": f"bulk{n}@new.test", "fullName": "Bulk"} for n in range(20)]},
        6,
        superuser_only=True,
    ),
    "deleteUser": CatalogEntry(
        documents.DELETE_USER, lambda sample_data: {"id": _extra_user_ids(sample_data)[1]}, 22, superuser_only=True
    ),
    "deleteInactiveUsers": CatalogEntry(
        bulk_documents.DELETE_INACTIVE_USERS,
        lambda _sample_data: {"before": "2999-01-01T00:00:00Z"},
        6,
        superuser_only=True,
    ),
    **WEBHOOK_OPERATIONS,
    "reopenTenant": CatalogEntry(REOPEN_TENANT, _tenant_id(), 6, superuser_only=True),
    "leaveTenant": CatalogEntry(documents.LEAVE_TENANT, _tenant_id(), 8),  # the member has no access afterwards
    "closeTenant": CatalogEntry(documents.CLOSE_TENANT, _tenant_id(), 9, Role.OWNER),  # no member has access afterwards
    "revokeOtherSessions": CatalogEntry(REVOKE_OTHER_SESSIONS, no_variables, 4),
    "logoutEverywhere": CatalogEntry(
        documents.LOGOUT_EVERYWHERE, no_variables, 4
    ),  # last: no session is valid afterwards
}


async def send_operation(client: Client, name: str, sample_data: SampleData) -> GraphQLResponse:
    """Send the operation with this name."""
    operation = OPERATIONS[name]
    return await client(operation.document, **operation.build_variables(sample_data))


async def send_within_budget(
    client: Client, name: str, sample_data: SampleData, statement_counter: StatementCounter
) -> GraphQLResponse:
    """Send the operation with this name; fail with the list of statements if they exceed the budget."""
    await client.lease_cost_points()
    with statement_counter:
        response = await send_operation(client, name, sample_data)
    if not is_executed_by_graphql_core():  # it completes long lists in parts, each with its own statements
        budget = OPERATIONS[name].statements(response.body.get("data"))
        statement_counter.assert_budget(budget)
        least = budget - (OPERATIONS[name].leaves_references and statement_counter.is_of_postgresql)
        assert statement_counter.count >= least or not OPERATIONS[name].is_exact, "fewer statements than expected"
    return response
