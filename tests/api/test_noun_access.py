"""Who may not read and write objects of each noun. The catalog of operations sends them with the required role."""

from typing import Any

import pytest

from models.membership import Role
from tests.support.app_fixture import AppFixture
from tests.support.noun_client import NounClient
from tests.support.noun_operations import operations_of
from tests.support.operation_catalog import OPERATIONS, send_operation


@pytest.mark.only("postgresql")
async def test_clients_without_required_role_are_rejected(noun: NounClient, app_fixture: AppFixture) -> None:
    before = await noun.stored_rows()
    owner, outsider = app_fixture.tenant.users[Role.OWNER], app_fixture.other_tenant.users[Role.OWNER]
    clients: list[tuple[str, str, Any, Role | None]] = [
        ("anonymous", "UNAUTHENTICATED", app_fixture.client(tenant="here"), None),
        ("unknown tenant", "FORBIDDEN", app_fixture.client(owner, "unknown"), None),
        ("owner of another tenant", "FORBIDDEN", app_fixture.client(outsider, "here"), None),
        *((role.value, "FORBIDDEN", app_fixture.tenant.client(role), role) for role in Role),
    ]
    for name in operations_of(noun.spec):
        for label, code, client, role in clients:
            if role is None or not OPERATIONS[name].is_allowed(role):
                response = await send_operation(client, name, noun.sample_data)
                assert (name, label, response.error_codes) == (name, label, [code])
    assert await noun.stored_rows() == before
