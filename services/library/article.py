"""Articles. Members write drafts; only admins publish them and change published ones."""

from typing import Any
from uuid import UUID

from models import Article
from models.article import ArticleStatus
from models.base import utc_now
from services.core import records
from services.core.errors import Code, Problem, ProblemParams, Rejected
from services.core.unit_of_work import UnitOfWork
from services.library.new_text import with_author_and_language


async def create_article(work: UnitOfWork, values: dict[str, Any]) -> Article:
    """Create a draft of the principal."""
    article: Article = await records.create(work, Article, await with_author_and_language(work, values))
    return article


async def update_article(work: UnitOfWork, id: UUID, values: dict[str, Any], expected_version: int | None) -> Article:
    """Update an article. Members cannot change a published one."""
    await _get_for_change(work, id, expected_version)
    article: Article = await records.update(work, Article, id, values)
    return article


async def delete_article(work: UnitOfWork, id: UUID, expected_version: int | None) -> UUID:
    """Delete an article. Members cannot delete a published one."""
    await _get_for_change(work, id, expected_version)
    return await records.delete(work, Article, id)


async def publish_article(work: UnitOfWork, id: UUID, expected_version: int | None) -> Article:
    """Publish a draft."""
    return await _change_status(work, id, expected_version, ArticleStatus.DRAFT, ArticleStatus.PUBLISHED)


async def unpublish_article(work: UnitOfWork, id: UUID, expected_version: int | None) -> Article:
    """Make a published article a draft again."""
    return await _change_status(work, id, expected_version, ArticleStatus.PUBLISHED, ArticleStatus.DRAFT)


async def _change_status(
    work: UnitOfWork, id: UUID, expected_version: int | None, before: ArticleStatus, after: ArticleStatus
) -> Article:
    article: Article = await work.get_for_update(Article, id, "id")
    records.check_version(article, expected_version)
    if article.status is not before:
        raise _wrong_status(article, f"The article is {article.status.lower()} already.")
    article.status = after
    article.published_at = utc_now() if after is ArticleStatus.PUBLISHED else None
    await work.flush()
    return article


async def _get_for_change(work: UnitOfWork, id: UUID, expected_version: int | None) -> None:
    article: Article = await work.get_for_update(Article, id, "id")
    records.check_version(article, expected_version)
    if article.status is ArticleStatus.PUBLISHED and not work.principal.can_see_all:
        raise _wrong_status(article, "Only admins change published articles. An admin can unpublish it.")


def _wrong_status(article: Article, message: str) -> Rejected:
    params = ProblemParams(value=article.status)
    return Rejected(Problem(Code.WRONG_STATUS, ("id",), message, params), current=article)
