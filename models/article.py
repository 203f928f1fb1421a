"""An article: a text that is written as a draft and published."""

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from models.base import TenantRecord
from models.choices import Choice
from models.fields import choice, short_text, text, timestamp, user_reference
from models.ids import NIL_UUID
from models.language import Language
from models.relations import BelongsTo
from models.scopes import Domain


class ArticleStatus(Choice):
    """Whether an article is published."""

    DRAFT = "DRAFT", "Visible to its author and to admins only."
    PUBLISHED = "PUBLISHED", "Visible to all members."


class Article(TenantRecord, table=True):
    """A text that members write as a draft and admins publish."""

    domain = Domain.LIBRARY
    searchable = ("title", "content")
    sort_indexes = ("author_id", "title", "status")
    relations = {"author": BelongsTo("user", "author_id", "The user who created it; null if an API key did.")}

    title: str = short_text("The title of the article.", max_length=200)
    content: str = text("The text of the article.", max_length=100_000)
    language: Language = choice(Language, Language.ENGLISH, "The language of the article; by default the tenant's.")
    status: ArticleStatus = choice(ArticleStatus, ArticleStatus.DRAFT, "Whether it is published.")
    published_at: datetime.datetime | None = timestamp("When it was published; null for a draft.", default=None)
    author_id: uuid.UUID | None = user_reference("The id of the user who created it.", default=None)

    visibility_columns = ("author_id", "status")

    @classmethod
    def visible_only_to(cls, row: Mapping[str, Any], before: Mapping[str, Any]) -> uuid.UUID | None:
        """Members see published articles and their own drafts, and notice if an article is published or unpublished."""
        is_draft = {row["status"], before.get("status", row["status"])} == {ArticleStatus.DRAFT}
        return (row["author_id"] or NIL_UUID) if is_draft else None
