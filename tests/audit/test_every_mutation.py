"""What every mutation of the schema changes in the database is what the audit says; and it changes the versions of the
data of the tables."""

import pytest

from models.base import utc_now
from services.core.audit_values import prefix_of_noun
from tests.audit.audit_replay import new_entries, read_state
from tests.audit.data_versions import changed_tables, read_versions
from tests.support.graphql_schema import graphql_schema
from tests.support.memberships import make_superuser
from tests.support.operation_catalog import OPERATIONS, send_operation
from tests.support.sample_data import SampleData
from tests.tenancy.tenant_rows import TenantRows

pytestmark = pytest.mark.slow

MUTATION_TYPE = graphql_schema().mutation_type
assert MUTATION_TYPE is not None
MUTATIONS = sorted(MUTATION_TYPE.fields)
WITHOUT_ENTRIES = {
    *("login", "register", "refreshSession", "logout", "logoutEverywhere", "revokeOtherSessions", "revokeSession"),
    *("loginWithIssuer", "linkIssuer", "unlinkIssuer", "impersonateUser", "endImpersonation"),
    *("confirmIdentity", "startTwoFactor", "confirmTwoFactor", "regenerateRecoveryCodes", "disableTwoFactor"),
    *("startPasskeyRegistration", "startPasskeyLogin", "startPasskeyConfirmation"),
    *("addPasskey", "updatePasskey", "deletePasskey", "loginWithPasskey"),
    *("updateViewer", "changePassword", "requestEmailVerification", "verifyEmail"),
    *("requestPasswordReset", "resetPassword", "setUsersActive", "bulkCreateUsers"),
    "deleteInactiveUsers",  # no user is inactive; tests/api/test_inactive_users.py deletes some
    "reopenTenant",  # the tenant is open; tests/api/test_reopened_tenants.py reopens one
    *("testWebhook", "redeliverWebhookDelivery", "redeliverFailedWebhookDeliveries"),  # deliveries are not audited
    "restoreDocument",  # the sample document is not deleted; test_soft_deletion.py restores one
}
"""Mutations that change nothing, or only users and sessions, which belong to no tenant."""


@pytest.mark.parametrize("name", MUTATIONS)
async def test_entries_of_mutation_are_its_changes(name: str, sample_data: SampleData, tenant_rows: TenantRows) -> None:
    operation, tenant = OPERATIONS[name], sample_data.tenant
    if operation.superuser_only:
        await make_superuser(tenant.app_fixture, tenant.users[operation.role])
    versions = await read_versions(tenant)
    before, start = await tenant_rows.dump_all(), utc_now()
    response = await send_operation(tenant.client(operation.role), name, sample_data)
    assert response.payload(name)
    after = await tenant_rows.dump_all()
    entries, state = new_entries(before, after), read_state(before)
    for entry in entries:
        state.apply(entry)
        assert start <= entry["created_at"] <= utc_now()
    assert state == read_state(after)
    assert bool(entries) is (name not in WITHOUT_ENTRIES)
    if name != "closeTenant":  # nothing can be read any more
        new_versions = await read_versions(tenant)
        assert not [name for name in changed_tables(before, after, tenant) if new_versions[name] == versions[name]]


async def test_entries_of_sample_data_are_its_rows(sample_data: SampleData, tenant_rows: TenantRows) -> None:
    dump = await tenant_rows.dump_all()
    state = read_state({table: [] for table in dump})
    entries = new_entries({**dump, "audit_entry": []}, dump)
    for entry in entries:
        state.apply(entry)
    assert state == read_state(dump)
    changed_at = {(row["noun"], row["object_id"]): row["created_at"] for row in entries if row["version"] is not None}
    for (noun, id), time in changed_at.items():
        (row,) = [row for row in dump[_table_of(noun)] if row["id"] == id]
        assert row["updated_at"] == time


def _table_of(noun: str) -> str:
    return prefix_of_noun(noun)
