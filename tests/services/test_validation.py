"""Input checked against the model's own fields."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import SQLModel

from models import Task, Tenant, User, Worker
from models.fields import count, extra, limits, money
from models.relations import model_of
from queries.caller import Caller
from schema.inputs.derive import bounds
from server.database import Database
from services.errors import Refused
from services.people import add_tenant
from services.unit_of_work import perform
from services.validation import checked
from tests.support.documents import NOUNS


def problems(model: Any, **values: Any) -> list[tuple[str, str]]:
    """Code and path of what is wrong."""
    with pytest.raises(Refused) as caught:
        checked(model, values, "input")
    return [(problem.code, ".".join(problem.field)) for problem in caught.value.problems]


def test_only_what_is_given_is_checked_and_comes_back_clean() -> None:
    assert checked(Task, {}, "input") == {}
    day = datetime.date(2026, 12, 24)
    assert checked(Task, {"title": "  Dig \n", "due_date": day}, "input") == {"title": "Dig", "due_date": day}
    assert checked(Worker, {"email": " ADA@Here.Test "}, "input") == {"email": "ada@here.test"}
    assert checked(Worker, {"email": None, "team_id": None}, "input") == {"email": None, "team_id": None}


def test_every_problem_is_found_and_has_its_code() -> None:
    assert problems(Task, title="", description="x" * 2001, status=None, due_date="never") == [
        ("TOO_SHORT", "input.title"),
        ("TOO_LONG", "input.description"),
        ("REQUIRED", "input.status"),
        ("INVALID", "input.due_date"),
    ]
    assert problems(User, email="nobody", full_name=None, is_active="perhaps") == [
        ("INVALID", "input.email"),
        ("REQUIRED", "input.full_name"),
        ("INVALID", "input.is_active"),
    ]


def test_a_value_of_another_type_is_refused() -> None:
    for value in (5, ["Dig"], {"text": "Dig"}, 1.5, True):
        assert problems(Task, title=value) == [("INVALID", "input.title")]


def test_messages_are_sentences_that_repeat_no_input() -> None:
    secret = "x" * 300
    with pytest.raises(Refused) as caught:
        checked(User, {"full_name": secret, "email": f"{secret}@"}, "input")
    for problem in caught.value.problems:
        assert secret not in problem.message
        assert problem.message.endswith(".")
        assert not problem.message.endswith("..")


def test_whatever_points_somewhere_says_where() -> None:
    """Or it would not be checked: a reference is what its field declares."""
    for noun in NOUNS:
        fields = model_of(noun.lower()).model_fields
        ids = {name for name in fields if name.endswith("_id") and name != "tenant_id"}
        assert ids == {name for name, info in fields.items() if extra(info, "reference")}


class Coin(SQLModel):
    """Something with amounts, bound and free."""

    price: Decimal = money("A price.", ge=0)
    discount: Decimal | None = money("A discount.", digits=6, scale=4, default=None)
    number: int = count("A number.", default=0, ge=-5, le=10)


def test_an_amount_gets_all_its_places_and_none_is_rounded() -> None:
    clean = checked(Coin, {"price": Decimal("1.5"), "discount": Decimal(-2)}, "input")
    assert {name: str(value) for name, value in clean.items()} == {"price": "1.50", "discount": "-2.0000"}
    assert str(checked(Coin, {"price": Decimal("99999999.990000")}, "input")["price"]) == "99999999.99"
    assert checked(Coin, {"discount": None}, "input") == {"discount": None}


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
def test_an_amount_that_cannot_be_kept_is_refused_and_has_its_code(value: Any, code: str) -> None:
    assert problems(Coin, price=value) == [(code, "input.price")]


def test_what_is_wrong_with_an_amount_is_said() -> None:
    with pytest.raises(Refused) as caught:
        checked(Coin, {"price": Decimal("1.005"), "discount": Decimal(100)}, "input")
    assert [problem.message for problem in caught.value.problems] == [
        "At most 2 digits may be behind the point.",
        "Amounts go from -99.9999 to 99.9999.",
    ]


def test_the_database_is_told_the_bounds_as_it_keeps_the_numbers() -> None:
    fields = Coin.model_fields
    assert limits(fields["price"]) == (0, 9_999_999_999)
    assert limits(fields["discount"]) == (-999_999, 999_999)
    assert limits(fields["number"]) == (-5, 10)
    assert limits(Task.model_fields["title"]) == (None, None)


def test_the_bounds_are_described() -> None:
    fields = Coin.model_fields
    assert bounds(fields["price"]) == "A price. At least 0. At most 10 digits, 2 of them behind the point."
    assert bounds(fields["number"]) == "A number. At least -5. At most 10."


@pytest.mark.parametrize("slug", ["-here", "here-", "he--re", "He-re", "he re", "hére", "he_re", "here\n2", "a.b", "☃"])
async def test_a_slug_is_lower_case_letters_digits_and_single_dashes(slug: str, database: Database) -> None:
    with pytest.raises(Refused) as caught:
        await perform(database.writing, Caller(), lambda work: add_tenant(work, "Name", slug))
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("INVALID", ("input", "slug"))]
    made: Tenant = await perform(database.writing, Caller(), lambda work: add_tenant(work, "Name", "he-re-2"))
    assert made.slug == "he-re-2"
