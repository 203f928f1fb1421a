"""Validation of input values against the fields of a model."""

import datetime
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import SQLModel

from database.authentication import Credentials
from database.engine import Database
from inputs.derive import describe_field
from models import Account, OrderItem, Task, Tenant, User, Worker
from models.fields import integer, money, number_bounds, referenced_table
from models.ids import new_id
from models.product import StockAdjustment
from models.relations import get_model
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.core.validation import _validators_of, validate
from services.core.validation_messages import FALLBACK_MESSAGE, MESSAGES
from services.ledger import account, transfer
from services.ledger.transfer import TransferAmount
from services.people.api_key import create_api_key
from services.people.profile import validate_changes
from services.people.user import add_tenant
from services.shop import product
from tests.support.app_fixture import AppFixture
from tests.support.noun_specs import NOUN_SPECS


def find_problems(model: Any, **values: Any) -> list[tuple[str, str]]:
    """Return code and path of each problem."""
    with pytest.raises(Rejected) as rejected:
        validate(model, values, "input")
    return [(problem.code, ".".join(problem.field)) for problem in rejected.value.problems]


def find_messages(model: Any, **values: Any) -> list[str]:
    """Return the message of each problem."""
    with pytest.raises(Rejected) as rejected:
        validate(model, values, "input")
    return [problem.message for problem in rejected.value.problems]


def test_only_provided_values_are_validated_and_normalized() -> None:
    assert validate(Task, {}, "input") == {}
    day = datetime.date(2026, 12, 24)
    assert validate(Task, {"title": "  Dig \n", "due_date": day}, "input") == {"title": "Dig", "due_date": day}
    assert validate(Worker, {"email": " ADA@Here.Test "}, "input") == {"email": "ada@here.test"}
    assert validate(Worker, {"email": None, "team_id": None}, "input") == {"email": None, "team_id": None}


def test_all_problems_are_reported_with_their_codes() -> None:
    assert find_problems(Task, title="", description="x" * 2001, status=None, due_date="never") == [
        ("TOO_SHORT", "input.title"),
        ("TOO_LONG", "input.description"),
        ("REQUIRED", "input.status"),
        ("INVALID", "input.due_date"),
    ]
    assert find_problems(User, email="no-address", full_name=None, is_active="perhaps") == [
        ("INVALID", "input.email"),
        ("REQUIRED", "input.full_name"),
        ("INVALID", "input.is_active"),
    ]


def test_value_of_another_type_is_rejected() -> None:
    for value in (5, ["Dig"], {"text": "Dig"}, 1.5, True):
        assert find_problems(Task, title=value) == [("INVALID", "input.title")]


def test_messages_are_sentences_and_do_not_repeat_the_input() -> None:
    secret = "x" * 300
    with pytest.raises(Rejected) as rejected:
        validate(User, {"full_name": secret, "email": f"{secret}@"}, "input")
    for problem in rejected.value.problems:
        assert secret not in problem.message
        assert problem.message.endswith(".")
        assert not problem.message.endswith("..")


def test_all_foreign_keys_are_declared_as_references() -> None:
    """References that are not declared would not be checked."""
    for spec in NOUN_SPECS:
        fields = spec.model.model_fields
        ids = {name for name in fields if name.endswith("_id") and name not in {"tenant_id", "external_id"}}
        assert ids == {name for name, info in fields.items() if referenced_table(info)}


class Coin(SQLModel):
    """A model with amounts, with and without bounds."""

    price: Decimal = money("A price.", ge=0)
    discount: Decimal | None = money("A discount.", precision=6, scale=4, default=None)
    number: int = integer("A number.", default=0, ge=-5, le=10)


def test_amount_gets_all_decimal_places_and_is_not_rounded() -> None:
    normalized = validate(Coin, {"price": Decimal("1.5"), "discount": Decimal(-2)}, "input")
    assert {name: str(value) for name, value in normalized.items()} == {"price": "1.50", "discount": "-2.0000"}
    assert str(validate(Coin, {"price": Decimal("99999999.990000")}, "input")["price"]) == "99999999.99"
    assert validate(Coin, {"discount": None}, "input") == {"discount": None}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((None, "REQUIRED"), ("x", "INVALID"), ("NaN", "INVALID"), ("Infinity", "INVALID"), ([], "INVALID")),
        *((Decimal("NaN"), "INVALID"), (Decimal("sNaN"), "INVALID"), (Decimal("-Infinity"), "INVALID")),
        *((Decimal("0.001"), "INVALID"), (Decimal("1e-999999"), "INVALID"), (Decimal("99999999.995"), "INVALID")),
        *(
            (Decimal("-0.01"), "OUT_OF_RANGE"),
            (Decimal(100000000), "OUT_OF_RANGE"),
            (Decimal("1e999999"), "OUT_OF_RANGE"),
        ),
    ],
)
def test_amount_that_cannot_be_stored_is_rejected(value: Any, code: str) -> None:
    assert find_problems(Coin, price=value) == [(code, "input.price")]


MESSAGE_CASES: list[tuple[Any, dict[str, Any], str]] = [
    (Coin, {"price": Decimal("1.005")}, "Must have at most 2 digits after the decimal point."),
    (Coin, {"discount": Decimal(100)}, "Must be between -99.9999 and 99.9999."),
    (Coin, {"price": -1}, "Must be at least 0."),
    (Coin, {"number": 11}, "Must be at most 10."),
    (Coin, {"number": "x"}, "Must be a whole number."),
    (Coin, {"number": 1.5}, "Must be a whole number."),
    (Coin, {"price": "x"}, "Must be a number."),
    (OrderItem, {"quantity": 10_001}, "Must be at most 10,000."),
    (Task, {"title": " "}, "Must not be empty."),
    (Task, {"title": "x" * 201}, "Must have at most 200 characters."),
    (Task, {"title": 5}, "Must be text."),
    (Task, {"title": "a\nb"}, "Must not contain line breaks."),
    (Task, {"title": None}, "A value is required."),
    (Task, {"due_date": "never"}, "Must be a date, such as 2026-12-31."),
    (Task, {"status": "LATE"}, "Must be one of TODO, IN_PROGRESS, DONE."),
    (User, {"is_active": "perhaps"}, "Must be true or false."),
    (User, {"email": "no-address"}, "Not a valid email address: An email address must have an @-sign."),
    (Tenant, {"slug": "He re"}, "Must consist of lower-case letters and digits, with single hyphens between them."),
]


@pytest.mark.parametrize(("model", "values", "message"), MESSAGE_CASES, ids=[case[2] for case in MESSAGE_CASES])
def test_message_is_plain(model: Any, values: dict[str, Any], message: str) -> None:
    assert find_messages(model, **values) == [message]


INVALID_VALUES: list[Any] = [
    *(None, "", "x", "x" * 5000, "\ud800", "a\nb", "5.5", "1e5", "9" * 5000, "2020-13-01", "2020-01-01T00:00", b"\xff"),
    *(5, -5, 10**12, 10**30, 1.5, 1e30, float("nan"), float("inf"), True, [], {}, object(), new_id()),
    *(Decimal(text) for text in ("NaN", "sNaN", "1e999", "0.00001", "1.2345678901234567890123456789")),
    *(
        datetime.date(2020, 1, 1),
        datetime.datetime(2020, 1, 1, 3),  # noqa: DTZ001
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    ),
]
PYDANTIC_WORDING = re.compile(r"\b(should|unable|input|instance|string|boolean|integer|decimal input)\b", re.IGNORECASE)


def find_error_types(model: Any, name: str, value: Any) -> set[str]:
    """Return the types of Pydantic's errors for a value of a field."""
    try:
        _validators_of(model)[name](value)
    except ValidationError as error:
        return {details["type"] for details in error.errors()}
    return set()


@pytest.mark.parametrize(
    "model", [*map(get_model, sorted(SQLModel.metadata.tables)), StockAdjustment], ids=lambda model: model.__name__
)
def test_every_error_of_every_field_has_a_message_of_our_own(model: Any) -> None:
    for name in model.model_fields:
        for value in INVALID_VALUES:
            if error_types := find_error_types(model, name, value):
                assert error_types <= MESSAGES.keys(), (name, value)
                for message in find_messages(model, **{name: value}):
                    assert message != FALLBACK_MESSAGE
                    assert not PYDANTIC_WORDING.search(message), (name, value, message)
                    assert message.endswith(".")


def test_number_bounds_are_in_minor_units() -> None:
    fields = Coin.model_fields
    assert number_bounds(fields["price"]) == (0, 9_999_999_999)
    assert number_bounds(fields["discount"]) == (-999_999, 999_999)
    assert number_bounds(fields["number"]) == (-5, 10)
    assert number_bounds(Task.model_fields["title"]) == (None, None)


def test_bounds_are_part_of_the_description() -> None:
    fields = Coin.model_fields
    assert (
        describe_field(fields["price"]) == "A price. At least 0. At most 10 digits, 2 of them after the decimal point."
    )
    assert describe_field(Account.model_fields["currency"]).endswith("Exactly 3 characters.")
    assert describe_field(Task.model_fields["title"]).endswith("1 to 200 characters.")
    assert describe_field(fields["number"]) == "A number. -5 to 10."


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("slug", ["-here", "here-", "he--re", "He-re", "he re", "hére", "he_re", "here\n2", "a.b", "☃"])
async def test_slug_allows_lower_case_letters_digits_and_single_hyphens(slug: str, database: Database) -> None:
    with pytest.raises(Rejected) as rejected:
        await run_use_case(database, Credentials(), lambda work: add_tenant(work, "Name", slug))
    assert [(problem.code, problem.field) for problem in rejected.value.problems] == [("INVALID", ("input", "slug"))]
    tenant: Tenant = await run_use_case(database, Credentials(), lambda work: add_tenant(work, "Name", "he-re-2"))
    assert tenant.slug == "he-re-2"


SEVERAL_PROBLEMS: dict[str, tuple[Callable[[UnitOfWork], Awaitable[Any]], list[tuple[str, str]]]] = {
    "create_product": (
        lambda work: product.create_product(work, {"name": "", "price": -1, "stock": 10**10}),
        [("TOO_SHORT", "input.name"), ("OUT_OF_RANGE", "input.price"), ("OUT_OF_RANGE", "input.stock")],
    ),
    "adjust_stock": (
        lambda work: product.adjust_stock(work, new_id(), 0, ""),
        [("NOT_FOUND", "product_id"), ("TOO_SHORT", "reason"), ("INVALID", "delta")],
    ),
    "open_account": (
        lambda work: account.open_account(work, {"name": "", "currency": "XXX"}),
        [("TOO_SHORT", "input.name"), ("INVALID", "input.currency")],
    ),
    "deposit": (
        lambda work: transfer.deposit(work, new_id(), TransferAmount(Decimal(0), "x" * 10_000)),
        [("TOO_LONG", "memo"), ("OUT_OF_RANGE", "amount"), ("NOT_FOUND", "account_id")],
    ),
    "create_api_key": (
        lambda work: create_api_key(
            work, {"name": "", "expires_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}
        ),
        [("TOO_SHORT", "input.name"), ("OUT_OF_RANGE", "input.expires_at")],
    ),
}


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("name", SEVERAL_PROBLEMS)
async def test_problems_of_fields_and_of_the_service_are_reported_together(name: str, app_fixture: AppFixture) -> None:
    use_case, expected = SEVERAL_PROBLEMS[name]
    with pytest.raises(Rejected) as rejected:
        await app_fixture.tenant.run_use_case(use_case)
    assert [(problem.code, ".".join(problem.field)) for problem in rejected.value.problems] == expected


def test_new_email_address_requires_the_password_and_other_problems_are_reported_too() -> None:
    with pytest.raises(Rejected) as rejected:
        validate_changes({"full_name": "", "email": "ada@example.test"})
    problems = [(problem.code, ".".join(problem.field)) for problem in rejected.value.problems]
    assert problems == [("TOO_SHORT", "input.full_name"), ("REQUIRED", "input.current_password")]
