"""The nouns whose create, update and delete mutations follow the conventions. All tests of nouns iterate over them:
statement budgets, permissions, tenant isolation, input, unique values, references, versions and pages."""

from typing import Any

from models import Product, Project, Task, Team, Worker
from models.membership import Role
from services.shop import product
from tests.support.noun_spec import NounSpec

NOUN_SPECS = (
    NounSpec(Team, {"name": "Team {n}"}),
    NounSpec(Worker, {"name": "Worker {n}", "email": "worker{n}@here.test"}),
    NounSpec(Project, {"name": "Project {n}", "description": "The purpose of\nproject {n}."}),
    NounSpec(
        Task,
        {
            "title": "Task {n}",
            "description": "The steps of\ntask {n}.",
            "status": "IN_PROGRESS",
            "priority": "HIGH",
            "due_date": "2027-01-31",
        },
    ),
    NounSpec(
        Product,
        {"name": "Product {n}", "description": "For digging.", "price": "1.50", "stock": 10, "active": True},
        write=Role.ADMIN,
        insert_row=product.create_product,
        extra_statements={"create": 2},  # the event of the opening stock
        deletable=2,  # the others were ordered
    ),
)

_SPECS = {spec.table: spec for spec in NOUN_SPECS}


def spec_of(model: Any) -> NounSpec:
    """Return the specification of a model."""
    return _SPECS[model.__tablename__]


def check_specs() -> None:
    """Raise AssertionError with a sentence for each mistake in the specifications."""
    problems = [problem for spec in NOUN_SPECS for problem in spec.problems()]
    assert not problems, "\n".join(problems)
