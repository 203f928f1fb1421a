"""Each table is audited, or there is a reason; and what is audited can be recorded."""

import re
from typing import Any

from models.base import Record
from models.fields import schema_extra
from models.relations import list_models, table_of
from services.core.audit_values import audited_columns, is_audited, is_secret, link_ends, prefix_of_noun
from tests.checks.unaudited_tables import UNAUDITED_TABLES

SECRET_NAMES = re.compile(r"(hash|secret|password|token)(?!.*_at$)")
AUDITED = [model for model in list_models() if is_audited(model)]


def columns_of(model: Any) -> list[str]:
    """Return the names of the table's columns."""
    return [column.name for column in table_of(model).c]


def test_each_table_is_audited_or_has_a_reason() -> None:
    assert {model.__tablename__ for model in list_models() if not is_audited(model)} == set(UNAUDITED_TABLES)


def test_audited_tables_have_what_entries_need() -> None:
    for model in AUDITED:
        assert "tenant_id" in columns_of(model) or model.__tablename__ == "tenant", model
        assert issubclass(model, Record) or len(link_ends(model)) == 2, model
        assert prefix_of_noun(model.__name__) == model.__tablename__


def test_columns_named_like_secrets_are_not_audited() -> None:
    suspicious = [
        (model.__name__, name) for model in AUDITED for name in audited_columns(model) if SECRET_NAMES.search(name)
    ]
    assert suspicious == []
    assert [model.__name__ for model in AUDITED for name in columns_of(model) if is_secret(model, name)] == [
        "ApiKey",
        "Invitation",
        *("Webhook", "Webhook"),
    ]


def test_columns_that_are_left_out_exist_and_have_a_reason() -> None:
    for model in AUDITED:
        for name, reason in getattr(model, "not_audited", {}).items():
            assert name in table_of(model).c
            assert reason


def test_names_of_all_fields_fit_into_an_entry() -> None:
    from models import AuditEntry

    limit = AuditEntry.model_fields["changed_fields"].metadata[0].max_length
    assert schema_extra(AuditEntry.model_fields["changed_fields"], "names")
    for model in AUDITED:
        assert len(" ".join(column.name for column in audited_columns(model).values())) + 2 <= limit
