"""Functions whose statements need no tenant scope, each with the reason."""

SCOPE_EXCEPTIONS: dict[tuple[str, str], str] = {
    ("database/identity_statements.py", "_user_statement"): "determines the principal, before a scope exists",
    (
        "database/identity_statements.py",
        "_membership_in_requested_tenant",
    ): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "_only_membership"): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "_is_in_open_tenant"): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "has_required_factor"): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "select_unmet_requirement"): "says why the principal has no scope",
    ("database/identity_statements.py", "_session_statement"): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "is_active_session"): "determines the principal, before a scope exists",
    ("database/identity_statements.py", "select_membership_of"): "a superuser will act as the user, in any tenant",
    ("queries/impersonators.py", "select_impersonators"): "the ids are those of visible rows",
    ("database/identity_statements.py", "_key_statement"): "determines the principal, before a scope exists",
    ("queries/scope.py", "_memberships"): "defines the scope",
    ("queries/scope.py", "_order_items"): "defines the scope",
    ("queries/scope.py", "_is_superuser"): "defines the scope",
    ("queries/scope.py", "_is_owner"): "defines the scope",
    ("queries/scope.py", "_tenants"): "defines the scope",
    ("queries/scope.py", "_users"): "defines the scope",
    **dict.fromkeys(
        (("queries/access.py", name) for name in ("select_active_sessions", "select_active_api_keys", "_is_open")),
        "confirms a principal; the tenant is a condition",
    ),
    ("services/people/login.py", "_verify_password"): "the principal is not authenticated yet",
    ("services/people/oidc/links.py", "find_link"): "the issuer has authenticated the account",
    ("services/people/oidc/sign_in.py", "find_user_id"): "the issuer has authenticated the account",
    ("services/people/oidc/sign_in.py", "_redeem_token"): "the issuer has authenticated the account",
    **dict.fromkeys(
        (("services/people/second_factor.py", name) for name in ("_load_enabled", "_use_step", "_use_recovery_code")),
        "the user has proven the first factor, or is the principal",
    ),
    ("services/people/second_factor.py", "reset_second_factor"): "a command of the operator",
    ("services/people/administration.py", "verify_email"): "a command of the operator",
    ("services/people/second_factor_rotation.py", "reencrypt_batch"): "work of the server itself, for all users",
    ("services/people/oidc/sign_in.py", "_find_user"): "the issuer has authenticated the person",
    (
        "services/people/passkeys/challenges.py",
        "use_challenge",
    ): "challenges are not visible; the row is selected by its hash",
    ("services/people/passkeys/passkey.py", "_require_new"): "no two users can have one passkey",
    ("services/people/passkeys/sign_in.py", "_find_passkey"): "the principal is not authenticated yet",
    ("services/people/passkeys/sign_in.py", "_store_use"): "the signature of the passkey was right",
    ("services/people/oidc/used_tokens.py", "delete_old"): "used tokens belong to no tenant",
    ("services/people/session.py", "_find_of_request"): "the principal is authenticated by this session",
    ("services/core/session_of_request.py", "is_session_active"): "the principal is authenticated by this session",
    ("services/people/session.py", "delete_ended"): "ended sessions are not visible",
    ("services/people/refresh.py", "load_presented"): "the principal is not authenticated yet",
    ("services/people/refresh.py", "_exchange"): "refresh tokens are not visible; the row is selected by its hash",
    (
        "services/people/refresh.py",
        "_find_in_grace_period",
    ): "refresh tokens are not visible; rows are selected by hash",
    ("services/people/email_tokens.py", "load_presented"): "the principal is not authenticated yet",
    ("services/people/email_tokens.py", "issue_token"): "email tokens are not visible",
    (
        "services/people/email_tokens.py",
        "_redeem_token",
    ): "email tokens are not visible; the row is selected by its hash",
    (
        "services/people/email_tokens.py",
        "_find_reason",
    ): "email tokens are not visible; the row is selected by its hash",
    ("services/people/email_tokens.py", "delete_email_tokens"): "email tokens are not visible",
    ("services/people/email_tokens.py", "send_password_reset"): "the principal is not authenticated yet",
    ("services/people/rate_limit.py", "_consume"): "rate limits belong to no tenant",
    ("services/people/rate_limit.py", "_reset"): "rate limits belong to no tenant",
    ("services/people/rate_limit.py", "_refund"): "rate limits belong to no tenant",
    ("services/core/gcra.py", "delete_idle"): "rate limits belong to no tenant",
    ("services/core/cost/lease_transactions.py", "_lease_rest"): "budgets are rows of the rate limits",
    ("services/core/cost/lease_transactions.py", "return_leases"): "budgets are rows of the rate limits",
    **dict.fromkeys(
        (
            ("services/core/work_leases.py", name)
            for name in (
                *("WorkLeases.find_due", "WorkLeases.find_tenants", "WorkLeases.acquire"),
                *("make_due", "remove_work", "_update_held"),
            )
        ),
        "work leases belong to no tenant",
    ),
    **dict.fromkeys(
        (
            *(("services/people/api_key_expiry.py", name) for name in ("_mark_expiring", "_load_recipients")),
            ("services/people/session.py", "delete_all_ended"),
            ("services/people/email_tokens.py", "delete_expired"),
            ("services/people/passkeys/challenges.py", "delete_expired"),
        ),
        "scheduled work of the server itself, for all tenants and users",
    ),
    ("services/people/api_key.py", "record_use"): "runs in the background, for an authenticated key",
    ("services/people/session.py", "record_use"): "runs in the background, for authenticated sessions",
    ("database/identity_statements.py", "select_tenant_of"): "determines the tenant of an event, before a scope exists",
    ("services/people/sign_in_events.py", "_build_insert"): "inserts for the user whom the statement names",
    ("services/people/sign_in_events.py", "delete_old"): "scheduled work of the server itself, for all users",
    ("services/core/audit.py", "_empty_entries"): "writes to the tenant's log, which not every member may read",
    **dict.fromkeys(
        [("services/core/events.py", name) for name in ("select_stream_head", "select_stream_heads")],
        "appends to the tenant's log, which not every member may read",
    ),
    **dict.fromkeys(
        (
            ("queries/changes.py", name)
            for name in (
                *("select_changes", "_select_scanned", "_select_last", "_first_retained", "_select_state"),
                "_has_unsettled",
            )
        ),
        "reads the tenant's log; visible_changes and in_tenant_log are its scope",
    ),
    **dict.fromkeys(
        (("queries/newest_changes.py", name) for name in ("select_newest_changes", "_select_last", "_select_members")),
        "selects only what changed last; in_tenant_log and in_current_tenant are its scope",
    ),
    **dict.fromkeys(
        (("queries/changes.py", name) for name in ("_is_known", "_first_epoch")), "log epochs belong to no tenant"
    ),
    **dict.fromkeys(
        (("database/counter_order.py", name) for name in ("number_statement", "_number_rows", "_insert_counter")),
        "numbers what the transaction has written to the log of the tenant that is a parameter",
    ),
    ("queries/changes.py", "_feed_start"): "reads the current tenant's own row",
    **dict.fromkeys(
        (
            ("services/core/persisted_documents.py", name)
            for name in ("_build_select_text", "_register_chunk", "list_ids", "load_newest_texts", "remove")
        ),
        "persisted documents belong to no tenant",
    ),
    ("services/core/idempotency.py", "_load_record"): "the id is a hash of the tenant and the principal",
    ("services/core/idempotency.py", "delete_expired"): "expired records of all tenants are deleted",
    ("queries/writes.py", "build_insert"): "the unit of work sets tenant_id",
    ("queries/writes.py", "build_update"): "the row was loaded with a scoped statement; its whole key is compared",
    ("queries/writes.py", "build_delete"): "the row was loaded with a scoped statement; its whole key is compared",
    **dict.fromkeys(
        [("queries/writes.py", name) for name in ("build_update_many", "build_delete_many")],
        "the rows were loaded with scoped statements; their whole keys are compared",
    ),
    ("queries/writes.py", "build_insert_many"): "the unit of work sets tenant_id",
    **dict.fromkeys(
        [("queries/row_list.py", name) for name in ("listed_values", "_build_json_each")],
        "reads the rows of a parameter",
    ),
    ("services/people/invitation.py", "find_invited_email"): "the secret of the invitation authorizes access",
    ("services/people/invitation.py", "_load_presented"): "the secret of the invitation authorizes access",
    **dict.fromkeys(
        [
            *(("services/people/membership_locks.py", name) for name in ("lock_users", "find_sole_owners")),
            *(
                ("services/people/erasure.py", name)
                for name in ("erase_users", "revoke_invitations_by", "_anonymize", "_delete")
            ),
            ("services/people/administration.py", "_find_inactive"),
            ("queries/members.py", "select_memberships_for_update"),
        ],
        "users of the whole server, for superusers and the command line",
    ),
}
"""Reasons by path and function."""
