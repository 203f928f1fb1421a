"""Articles: publish and unpublish."""

from inputs.arguments import ExpectedVersion, Id
from models import Article
from resolvers.unpack import decode_id
from services.core.unit_of_work import UnitOfWork
from services.library import article


async def publish_article(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Article:
    return await article.publish_article(work, decode_id("article", id), expected_version)


async def unpublish_article(work: UnitOfWork, id: Id, expected_version: ExpectedVersion = None) -> Article:
    return await article.unpublish_article(work, decode_id("article", id), expected_version)
