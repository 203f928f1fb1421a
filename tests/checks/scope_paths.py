"""Which paths may name the tenant, execute statements, or do without a scope."""

PATHS_WITH_TENANT_ID = (
    *("models/", "queries/", "migrations/", "tests/", "bench/", "server/seed/", "server/cli/", "server/distribution/"),
    *("database/authentication.py", "database/identity_statements.py", "database/cached_identity.py"),
    *(
        "database/callers.py",
        "database/role.py",
        "database/log_order.py",
        "database/counter_order.py",
        "database/citus",
    ),
    *("server/audit_pruning.py", "server/tenant_data/", "services/core/audit.py", "services/core/audit_values.py"),
    *(
        *("services/core/changes.py", "services/core/access_confirmation.py", "services/core/tenant_feed.py"),
        "services/core/unit_of_work.py",
        "services/core/cost/buckets.py",
        "services/core/work_leases.py",
        "services/people/user.py",
    ),
    *("services/people/sign_in_events.py", "services/people/api_key.py", "resolvers/sign_in_event.py"),
    *("services/people/api_key_expiry.py", "services/webhooks/queue.py", "services/webhooks/webhook.py"),
    *("server/scheduling/", "server/webhooks/"),
    *("services/people/invitation.py", "services/people/member.py"),
    *("services/people/membership_locks.py", "services/people/tenant.py"),
)
PATHS_THAT_EXECUTE = (
    *("database/reader.py", "database/authentication.py", "database/asyncpg_transaction.py"),
    *("database/sqlalchemy_transaction.py", "database/connection.py"),  # the latter sends ROLLBACK only
    *("services/core/transaction.py", "services/core/changes.py", "server/", "migrations/", "tests/", "bench/"),
    *("database/append_only.py", "database/role.py", "database/sqlite.py", "database/log_order.py"),
    *("database/counter_order.py", "database/citus.py", "database/change_relay.py"),  # the relay sends NOTIFY only
)
PATHS_WITHOUT_SCOPE = ("database/append_only.py", "database/role.py", "server/", "migrations/", "tests/", "bench/")
"""Paths whose statements concern no tenant or all tenants."""
PATHS_WITHOUT_SQL = ("schema/", "resolvers/", "dataloaders/", "executor/")
