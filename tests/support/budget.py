"""How many statements each operation of the contract may take, whatever the number of objects: so N+1 cannot come back.

A root field that is added to the schema is added here as well; a test fails until it is. The same table tells other
tests what there is to call, and how.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.ids import public_id
from models.mailed_token import Purpose
from models.membership import Role
from tests.harness.statements import StatementCounter
from tests.support import documents
from tests.support.client import Answer, Client
from tests.support.documents import LISTED
from tests.support.scene import Scene, invitation_token
from tests.support.world import PASSWORD, mailed_token, refresh_token


@dataclass(frozen=True)
class Operation:
    """A root field: a document that selects all it has, its variables, the most statements it may take, and the least
    role that may use it."""

    document: str
    variables: Callable[[Scene], dict[str, Any]]
    most: int
    role: Role = Role.MEMBER
    """Whom it is for, at least."""
    superuser: bool = False
    """Whether it is for superusers."""


def _ids(noun: str, **more: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"id": scene.ids(noun)[0], **more}


def _nothing(_scene: Scene) -> dict[str, Any]:
    return {}


def _every_id(scene: Scene) -> dict[str, Any]:
    return {"ids": [id for noun in LISTED for id in scene.ids(noun)]}


def _task_and_workers(scene: Scene) -> dict[str, Any]:
    return {"taskId": scene.ids("Task")[0], "workerIds": scene.ids("Worker")}


def _worker_and_team(scene: Scene) -> dict[str, Any]:
    return {"workerId": scene.ids("Worker")[0], "toTeamId": scene.ids("Team")[1]}


def _new_task(scene: Scene) -> dict[str, Any]:
    work = {"projectId": scene.ids("Project")[0], "assigneeId": scene.ids("Worker")[0]}
    return {"input": {"title": "New", "status": "DONE", "priority": "LOW", "dueDate": "2027-01-31", **work}}


def _new_worker(scene: Scene) -> dict[str, Any]:
    return {"input": {"name": "New", "email": "new@here.test", "teamId": scene.ids("Team")[0]}}


def _credentials(scene: Scene) -> dict[str, Any]:
    return {"input": {"email": f"member@{scene.plot.slug}.test", "password": PASSWORD}}


def _new_order(scene: Scene) -> dict[str, Any]:
    items = [{"productId": id, "quantity": 2} for id in (*scene.ids("Product"), *scene.ids("Product"))]
    return {"input": {"items": items, "shippingAddress": "1 Lane"}}


def _adjustment(scene: Scene) -> dict[str, Any]:
    return {"productId": scene.ids("Product")[0], "delta": 5, "reason": "Found some"}


def _order(place: int) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"id": scene.ids("Order")[place]}


def _money(amount: str, *arguments: str) -> Callable[[Scene], dict[str, Any]]:
    """The first accounts of the scene as these arguments, and an amount."""
    return lambda scene: dict(zip(arguments, scene.ids("Account"), strict=False)) | {"amount": amount}


def _stream(scene: Scene) -> dict[str, Any]:
    return {"streamId": scene.ids("Account")[0]}


def _given(**values: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda _scene: {"input": values}


def _elsewhere(scene: Scene) -> str:
    """Somebody else than those who call: what is done to them is no matter to others."""
    return next(plot.users[Role.OWNER].email for plot in scene.plot.world.plots.values() if plot is not scene.plot)


def _refreshing(scene: Scene) -> dict[str, Any]:
    return {"input": {"refreshToken": refresh_token(scene.plot.users[Role.MEMBER].email)}}


def _leaving(scene: Scene) -> dict[str, Any]:
    return {"input": {"refreshToken": refresh_token(_elsewhere(scene))}}


def _tenant(**more: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"id": public_id("tenant", scene.plot.tenant_id), **more}


def _invited(scene: Scene) -> dict[str, Any]:
    return {"token": invitation_token(scene.plot.users[Role.MEMBER].email)}


def _extra_users(scene: Scene) -> list[str]:
    return [public_id("user", each.user_id) for each in scene.memberships]


def _mailed(purpose: Purpose, **more: str) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"input": {"token": mailed_token(purpose, _elsewhere(scene)), **more}}


NEWCOMER = {"email": "new@new.test", "fullName": "New Comer", "password": PASSWORD}
OTHER_PASSWORD = "Another-horse-2!"
PASSWORDS = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}


def _new(**values: Any) -> Callable[[Scene], dict[str, Any]]:
    return lambda _scene: {"input": values}


OPERATIONS: dict[str, Operation] = {
    "viewer": Operation(documents.VIEWER, _nothing, 8),
    "node": Operation(documents.NODE, _ids("Task"), 2),
    "nodes": Operation(documents.NODES, _every_id, 7),
    "team": Operation(documents.one("Team"), _ids("Team"), 4),
    "teams": Operation(documents.many("Team"), _nothing, 5),
    "worker": Operation(documents.one("Worker"), _ids("Worker"), 7),
    "workers": Operation(documents.many("Worker"), _nothing, 8),
    "project": Operation(documents.one("Project"), _ids("Project"), 5),
    "projects": Operation(documents.many("Project"), _nothing, 6),
    "task": Operation(documents.one("Task"), _ids("Task"), 6),
    "tasks": Operation(documents.many("Task"), _nothing, 7),
    "apiKeys": Operation(documents.API_KEYS, _nothing, 4, Role.OWNER),
    "tenant": Operation(documents.CURRENT_TENANT, _nothing, 7),
    "users": Operation(documents.USERS, _nothing, 3, superuser=True),
    "login": Operation(documents.LOGIN, _credentials, 20),
    "register": Operation(documents.REGISTER, _given(**NEWCOMER), 15),
    "refreshSession": Operation(documents.REFRESH, _refreshing, 15),
    "logout": Operation(documents.LOGOUT, _leaving, 5),
    "revokeSession": Operation(documents.REVOKE_SESSION, _ids("Session"), 5),
    "updateViewer": Operation(documents.UPDATE_VIEWER, _given(fullName="New"), 12),
    "changePassword": Operation(documents.CHANGE_PASSWORD, _given(**PASSWORDS), 19),
    "requestEmailVerification": Operation(documents.REQUEST_VERIFICATION, _nothing, 9),
    "verifyEmail": Operation(documents.VERIFY, _mailed(Purpose.VERIFY_EMAIL), 9),
    "requestPasswordReset": Operation(documents.REQUEST_RESET, _given(email="nobody@here.test"), 5),
    "resetPassword": Operation(documents.RESET, _mailed(Purpose.RESET_PASSWORD, newPassword=OTHER_PASSWORD), 11),
    "createApiKey": Operation(documents.CREATE_API_KEY, _given(name="New", role="ADMIN"), 6, Role.OWNER),
    "revokeApiKey": Operation(documents.REVOKE_API_KEY, _ids("ApiKey"), 6, Role.OWNER),
    "createTeam": Operation(documents.create("Team"), _new(name="New"), 5),
    "updateTeam": Operation(documents.update("Team"), _ids("Team", input={"name": "New"}), 6),
    "deleteTeam": Operation(documents.delete("Team"), _ids("Team"), 4),
    "createWorker": Operation(documents.create("Worker"), _new_worker, 9),
    "updateWorker": Operation(documents.update("Worker"), _ids("Worker", input={"name": "New"}), 9),
    "deleteWorker": Operation(documents.delete("Worker"), _ids("Worker"), 5),
    "transferWorker": Operation(documents.TRANSFER, _worker_and_team, 10),
    "createProject": Operation(documents.create("Project"), _new(name="New"), 6),
    "updateProject": Operation(documents.update("Project"), _ids("Project", input={"name": "New"}), 7),
    "deleteProject": Operation(documents.delete("Project"), _ids("Project"), 4),
    "createTask": Operation(documents.create("Task"), _new_task, 8),
    "updateTask": Operation(documents.update("Task"), _ids("Task", input={"title": "New"}), 8),
    "deleteTask": Operation(documents.delete("Task"), _ids("Task"), 4),
    "assignWorkers": Operation(documents.ASSIGN, _task_and_workers, 10),
    "unassignWorkers": Operation(documents.UNASSIGN, _task_and_workers, 9),
    "product": Operation(documents.one("Product"), _ids("Product"), 4),
    "products": Operation(documents.many("Product"), _nothing, 5),
    "createProduct": Operation(documents.create("Product"), _new(name="New", price=1, stock=3), 7, Role.ADMIN),
    "updateProduct": Operation(documents.update("Product"), _ids("Product", input={"price": "2"}), 6, Role.ADMIN),
    "deleteProduct": Operation(documents.delete("Product"), _ids("Product"), 7, Role.ADMIN),
    "adjustStock": Operation(documents.ADJUST_STOCK, _adjustment, 8, Role.ADMIN),
    "order": Operation(documents.one("Order"), _ids("Order"), 7),
    "orders": Operation(documents.many("Order"), _nothing, 8),
    "orderTotals": Operation(documents.ORDER_TOTALS, _nothing, 2),
    "placeOrder": Operation(documents.PLACE_ORDER, _new_order, 15),
    "confirmOrder": Operation(documents.step("confirm"), _order(0), 11, Role.ADMIN),
    "shipOrder": Operation(documents.step("ship"), _order(1), 11, Role.ADMIN),
    "deliverOrder": Operation(documents.step("deliver"), _order(2), 11, Role.ADMIN),
    "cancelOrder": Operation(documents.step("cancel"), _order(0), 15),
    "account": Operation(documents.one("Account"), _ids("Account"), 6, Role.ADMIN),
    "accounts": Operation(documents.many("Account"), _nothing, 7, Role.ADMIN),
    "transfer": Operation(documents.one("Transfer"), _ids("Transfer"), 5, Role.ADMIN),
    "transfers": Operation(documents.many("Transfer"), _nothing, 6, Role.ADMIN),
    "events": Operation(documents.EVENTS, _stream, 3, Role.ADMIN),
    "openAccount": Operation(documents.OPEN_ACCOUNT, _new(name="New", currency="JPY"), 10, Role.ADMIN),
    "closeAccount": Operation(documents.CLOSE_ACCOUNT, lambda scene: {"id": scene.ids("Account")[2]}, 9, Role.ADMIN),
    "deposit": Operation(documents.DEPOSIT, _money("1.50", "accountId"), 14, Role.ADMIN),
    "withdraw": Operation(documents.WITHDRAW, _money("1.50", "accountId"), 14, Role.ADMIN),
    "transferFunds": Operation(documents.TRANSFER_FUNDS, _money("1.50", "fromId", "toId"), 13, Role.ADMIN),
    "createTenant": Operation(documents.CREATE_TENANT, _new(name="New", slug="new"), 13),
    "updateTenant": Operation(documents.UPDATE_TENANT, _tenant(input={"name": "New"}), 11, Role.OWNER),
    "inviteMember": Operation(documents.INVITE_MEMBER, _new(email="new@new.test"), 14, Role.ADMIN),
    "revokeInvitation": Operation(documents.REVOKE_INVITATION, _ids("Invitation"), 8, Role.ADMIN),
    "acceptInvitation": Operation(documents.ACCEPT_INVITATION, _invited, 14),
    "changeMemberRole": Operation(documents.CHANGE_MEMBER_ROLE, _ids("Membership", role="ADMIN"), 9, Role.ADMIN),
    "removeMember": Operation(documents.REMOVE_MEMBER, _ids("Membership"), 6, Role.ADMIN),
    "setUsersActive": Operation(
        documents.SET_USERS_ACTIVE, lambda scene: {"ids": _extra_users(scene), "active": False}, 10, superuser=True
    ),
    "bulkCreateUsers": Operation(
        documents.BULK_CREATE_USERS,
        lambda _: {"input": [{"email": f"bulk{n}@new.test", "fullName": "Bulk"} for n in range(20)]},
        6,
        superuser=True,
    ),
    "deleteUser": Operation(documents.DELETE_USER, lambda scene: {"id": _extra_users(scene)[1]}, 11, superuser=True),
    "leaveTenant": Operation(documents.LEAVE_TENANT, _tenant(), 7),  # then they may do nothing in it
    "closeTenant": Operation(documents.CLOSE_TENANT, _tenant(), 12, Role.OWNER),  # then nobody may, whom we expected
    "logoutEverywhere": Operation(documents.LOGOUT_EVERYWHERE, _nothing, 5),  # the last one: nobody is signed in then
}


async def run(client: Client, name: str, scene: Scene) -> Answer:
    """Send the operation of this name."""
    operation = OPERATIONS[name]
    return await client(operation.document, **operation.variables(scene))


async def run_within_budget(client: Client, name: str, scene: Scene, statements: StatementCounter) -> Answer:
    """Send the operation of this name; fail, with the statements it took, when there were more than it may take."""
    with statements:
        answer = await run(client, name, scene)
    statements.assert_budget(OPERATIONS[name].most)
    return answer
