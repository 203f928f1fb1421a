"""The library of the demo data: documents and articles of all members, some of which are changed or deleted."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from database.authentication import Credentials
from database.engine import Database
from models import Article, Document
from models.membership import Role
from server.seed.texts import ARTICLES, DOCUMENTS, DemoText
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.library import article, document

Change = Callable[..., Awaitable[Any]]
"""A function of a unit of work and an id."""

ACTIONS: dict[str, Change] = {
    "publish": partial(article.publish_article, expected_version=None),
    "unpublish": partial(article.unpublish_article, expected_version=None),
    "delete": partial(records.delete, model=Document),
    "restore": partial(records.restore, model=Document),
}


async def seed_library(database: Database, slug: str, user_ids: Mapping[Role, UUID]) -> None:
    """Create the documents and articles as their authors, and change them as an admin."""
    credentials = {role: Credentials(user_id, slug) for role, user_id in user_ids.items()}
    for model, texts in ((Document, DOCUMENTS), (Article, ARTICLES)):
        for text in texts:
            row = await run_use_case(database, credentials[text.author], partial(_create, model, text))
            for change in _changes(model, text):
                await run_use_case(database, credentials[Role.ADMIN], partial(change, id=row.id))


async def _create(model: type[Document | Article], text: DemoText, work: UnitOfWork) -> Any:
    create = document.create_document if model is Document else article.create_article
    return await create(work, {"title": text.title, "content": text.content})


def _changes(model: type[Document | Article], text: DemoText) -> Iterator[Change]:
    """Yield the changes of a text. Each is a use case, and so an entry of the audit."""
    for values in text.updates:
        yield partial(records.update, model=model, values=values)
    for action in text.actions:
        yield ACTIONS[action]
