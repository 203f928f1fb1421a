"""Statements that find the outside account of a currency, by the partial unique index of these accounts."""

from typing import Any

from sqlalchemy import Select, String, bindparam, literal, select

from models import Account
from models.account import AccountKind
from models.relations import table_of
from queries.scope import visible
from queries.statement_cache import cached_statement


@cached_statement
def select_outside_account() -> Select[Any]:
    """Select the outside account of the currency :currency."""
    table = table_of(Account)
    # As a parameter, the kind would not match the condition of the index in a generic plan.
    is_outside = table.c.kind == literal(AccountKind.OUTSIDE.value, String(), literal_execute=True)
    currency = bindparam("currency", type_=String())
    return select(table).where(visible(table), is_outside, table.c.currency == currency)


@cached_statement
def select_outside_account_for_update() -> Select[Any]:
    """Select the outside account of the currency :currency FOR NO KEY UPDATE."""
    return select_outside_account().with_for_update(key_share=True)
