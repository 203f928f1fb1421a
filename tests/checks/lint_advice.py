"""The rules of the lint of migrations: what to write instead of a statement."""

ADVICE = {
    "create-index": (
        "It blocks writes until it is complete. Write op.create_index_concurrently(…), in a migration of its own."
    ),
    "drop-index": "It blocks reads and writes. Write op.drop_index_concurrently(…), in a migration of its own.",
    "not-alone": (
        "It runs outside of a transaction, so the migration could stay half done. Move it, with statements of the same "
        "kind only, to a migration of its own."
    ),
    "computed-column": (
        "It rewrites the table. Add a nullable column, let the new version write it, and set it in existing rows with "
        "op.update_in_batches(…)."
    ),
    "volatile-default": (
        "A default that differs for each row rewrites the table. Add the column without it, then set the default with "
        "op.alter_column(…, server_default=…), and existing rows with op.update_in_batches(…)."
    ),
    "required-column": (
        "Existing rows, and those that servers of the previous version insert, have no value. Add the column nullable, "
        "or with a constant server_default."
    ),
    "add-unique": (
        "It builds an index while the table is locked. Write op.create_index_concurrently(…, unique=True); if it must "
        "be a constraint, a later migration adds it: ALTER TABLE … ADD CONSTRAINT … UNIQUE USING INDEX …"
    ),
    "add-constraint": (
        "It checks all rows while the table is locked. Add it with postgresql_not_valid=True, and check the rows with "
        "op.validate_constraint(…) in a later migration."
    ),
    "add-exclusion": "It builds an index while the table is locked, and has no concurrent form. Use a new table.",
    "validate-at-once": (
        "The lock of the statement that adds the constraint is held until the end of the migration. Validate it in the "
        "next migration."
    ),
    "set-not-null": (
        "It checks all rows while the table is locked. First add CHECK (… IS NOT NULL) with postgresql_not_valid=True, "
        "and validate it with op.validate_constraint(…) in the next migration: then no rows are read."
    ),
    "alter-type": (
        "Most changes of a type rewrite the table. Add a column of the new type, write both, set it in existing rows "
        "with op.update_in_batches(…), and drop the old one in a contracting migration. If PostgreSQL does not rewrite "
        "the table, as for a longer varchar, add an exception with the reason to tests/checks/test_migration_lint.py."
    ),
    "rename": (
        "Servers of the previous version fail at once. Add the new column or table, write both, and drop the old one "
        "in a contracting migration."
    ),
    "lock-table": "It blocks all servers until the end of the migration. Leave the locks to the statements.",
    "change-rows": (
        "It locks all changed rows until the end of the migration, and sees no rows of tenants. "
        "Write op.update_in_batches(…), in a migration of its own."
    ),
    "rewrite-table": "It copies the table or index while it is locked. Run REINDEX CONCURRENTLY or VACUUM by hand.",
    "not-expanding": (
        'Servers of the previous version may fail. Declare phase = "contract", in a migration that contains nothing '
        "that the new version needs."
    ),
}
CONTRACTING = frozenset({"rename", "alter-type"})
"""Rules about statements that also break servers of the previous version."""
STABLE_FUNCTIONS = frozenset({"now", "transaction_timestamp", "statement_timestamp", "current_setting"})
"""Functions that PostgreSQL evaluates once for all existing rows."""
