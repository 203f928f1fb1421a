"""Declarations of nouns: a wrong one is rejected with its file and line, and operations can be left out."""

from typing import Any

import pytest

from models import Document, Product, Team
from models.declaration_error import DeclarationError
from schema.noun import BulkOperation, Noun, Operation
from schema.noun_checks import check_noun
from schema.noun_types import build_mutations
from services.core.access import Access

PRODUCT: dict[str, Any] = {"fields": ("name",), "writable": ("name", "price"), "delete": None}
WRONG_DECLARATIONS: list[tuple[Any, dict[str, Any], str]] = [
    (Team, {"fields": ("nmae",)}, "Team has no field `nmae`; did you mean `name`?"),
    (Team, {"writable": ("colour",)}, "Team has no field `colour`; it has `created_at`, `external_id`, `id`, `name`, "),
    (Team, {"sortable": ("size",)}, "Team has no field `size`"),
    (Team, {"user_column": "user_id"}, "Team has no field `user_id`"),
    (Team, {"relations": ("worker",)}, "Team has no relation `worker`; did you mean `workers`?"),
    (Team, {"writable": ("name", "version")}, "`version` is set by the server, so it cannot be writable."),
    (Team, {"writable": ("name", "tenant_id")}, "`tenant_id` is set by the server, so it cannot be writable."),
    (Team, {"fields": ("id", "name")}, "`id` is always included; do not name it."),
    (Team, {"fields": ("name", "tenant_id")}, "`tenant_id` cannot be published."),
    (Team, {"fields": ("name", "name")}, "The type would have two fields `name`."),
    (Team, {"extra_fields": {"name": None}}, "The type would have two fields `name`."),
    (Team, {"create_only": ("name",)}, "`name` is in `writable` and in `create_only`."),
    (Team, {"writable": ()}, "`name` is required, so it must be in `writable` or `create_only`."),
    (Product, PRODUCT | {"writable": ("name",)}, "`price` is required, so it must be in `writable` or `create_only`."),
    (
        Product,
        PRODUCT | {"bulk_delete": BulkOperation()},
        "There is no mutation for one object, so `bulk_del",
    ),
    (Product, PRODUCT | {"delete": Operation()}, "`order_item.product_id` requires a product, so deleting one needs a"),
]


def declare(model: Any, **options: Any) -> Noun:
    """Declare a noun with a name that members read and write."""
    defaults: dict[str, Any] = {"fields": ("name",), "writable": ("name",), "read": Access.MEMBER}
    return Noun(model, write=Access.MEMBER, **defaults | options)


@pytest.mark.parametrize(("model", "options", "message"), WRONG_DECLARATIONS)
def test_wrong_declaration_is_rejected(model: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        check_noun(declare(model, **options))
    assert message in str(raised.value)


def test_error_names_file_and_line_of_declaration() -> None:
    noun = Noun(Team, fields=("nmae",), writable=("name",), read=Access.MEMBER, write=Access.MEMBER)
    line = test_error_names_file_and_line_of_declaration.__code__.co_firstlineno + 1
    with pytest.raises(DeclarationError, match=rf"^tests/schema/test_noun_declarations\.py:{line}: Team has no field"):
        check_noun(noun)


def test_own_service_or_no_operation_lifts_restrictions() -> None:
    async def service(*_arguments: Any) -> Any: ...

    for operation in (Operation(service), None):
        check_noun(declare(Team, writable=(), create=operation))
        check_noun(declare(Product, **PRODUCT | {"delete": operation}))


def test_bulk_operation_needs_a_service_if_the_operation_has_one() -> None:
    async def service(*_arguments: Any) -> Any: ...

    own = Operation(service)
    with pytest.raises(DeclarationError, match="`create` has a service of its own, so `bulk_create` needs one"):
        check_noun(declare(Team, create=own, bulk_create=BulkOperation()))
    check_noun(declare(Team, create=own, bulk_create=BulkOperation(service)))


def test_operation_can_be_left_out() -> None:
    fields = build_mutations(declare(Team, delete=None)).__strawberry_definition__.fields
    assert [field.python_name for field in fields] == ["create_team", "update_team"]


def test_upsert_needs_a_unique_column_and_the_service_of_create() -> None:
    async def service(*_arguments: Any) -> Any: ...

    with pytest.raises(DeclarationError, match="`upsert` needs a unique column"):
        check_noun(declare(Document, fields=("title",), writable=("title", "content"), upsert=Operation()))
    own = Operation(service)
    with pytest.raises(DeclarationError, match="`create` has a service of its own, so `upsert` needs it too"):
        check_noun(declare(Team, create=own, upsert=Operation()))
    check_noun(declare(Team, create=own, upsert=own))
