"""The nouns whose create, update and delete mutations follow the conventions. All tests of nouns iterate over them:
statement budgets, permissions, tenant isolation, input, unique values, references, versions and pages."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import Article, Document, Membership, Product, Project, Task, Team, Worker
from models.article import ArticleStatus
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from queries.scope import in_current_tenant, visible
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.library import document
from services.shop import product
from tests.support.noun_spec import NounSpec


async def insert_worker(work: UnitOfWork, values: dict[str, Any]) -> Worker:
    """Insert a worker. The first one of the sample data is linked to the account of the tenant's first member."""
    account = {"user_id": await _find_member(work)} if values["name"] == "Worker 0" else {}
    worker: Worker = await records.create(work, Worker, values | account)
    return worker


async def insert_article_of_member(work: UnitOfWork, values: dict[str, Any]) -> Article:
    """Insert an article of the tenant's first member. Those with an odd number are published, which members can read
    but not change; the others are drafts."""
    author = {"author_id": await _find_member(work)}
    published = {"status": ArticleStatus.PUBLISHED, "published_at": utc_now()}
    is_published = values["title"][-1] in "13579"
    article: Article = await records.create(work, Article, values | author | (published if is_published else {}))
    return article


async def _find_member(work: UnitOfWork) -> UUID:
    """Return the id of the tenant's first user with the role MEMBER."""
    table = table_of(Membership)
    members = select(table.c.user_id).where(visible(table), in_current_tenant(table), table.c.role == Role.MEMBER)
    (member, *_) = await work.rows(members.order_by(table.c.id))
    id: UUID = member.user_id
    return id


NOUN_SPECS = (
    NounSpec(Team, {"name": "Team {n}", "external_id": "team-{n}"}),
    NounSpec(
        Worker,
        {"name": "Worker {n}", "email": "worker{n}@here.test", "external_id": "worker-{n}"},
        insert_row=insert_worker,
    ),
    NounSpec(
        Project, {"name": "Project {n}", "description": "The purpose of\nproject {n}.", "external_id": "project-{n}"}
    ),
    NounSpec(
        Task,
        {
            "title": "Task {n}",
            "description": "The steps of\ntask {n}.",
            "status": "IN_PROGRESS",
            "priority": "HIGH",
            "due_date": "2027-01-31",
            "external_id": "task-{n}",
        },
    ),
    NounSpec(
        Product,
        {
            "name": "Product {n}",
            "description": "For digging.",
            "price": "1.50",
            "stock": 10,
            "active": True,
            "external_id": "product-{n}",
        },
        write=Role.ADMIN,
        insert_row=product.create_product,
        extra_statements={"create": 2, "bulk_create": 1},  # the event of the opening stock
        deletable=2,  # the others were ordered
    ),
    NounSpec(
        Document,
        {"title": "Document {n}", "content": "The text of\ndocument {n}.", "language": "GERMAN"},
        insert_row=document.create_document,
    ),
    NounSpec(
        Article,
        {"title": "Article {n}", "content": "The text of\narticle {n}.", "language": "GERMAN"},
        insert_row=insert_article_of_member,
        extra_statements={"update": 1, "delete": 1},  # the status is checked first
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
