"""A document that members write."""

import uuid

from models.base import SoftDeletable, TenantRecord
from models.fields import choice, short_text, text, user_reference
from models.language import Language
from models.relations import BelongsTo
from models.scopes import Domain


class Document(SoftDeletable, TenantRecord, table=True):
    """A document that members write."""

    domain = Domain.LIBRARY
    searchable = ("title", "content")
    sort_indexes = ("author_id", "title")
    relations = {"author": BelongsTo("user", "author_id", "The user who created it; null if an API key did.")}

    title: str = short_text("The title of the document.", max_length=200)
    content: str = text("The text of the document.", max_length=100_000)
    language: Language = choice(Language, Language.ENGLISH, "The language of the document; by default the tenant's.")
    author_id: uuid.UUID | None = user_reference("The id of the user who created it.", default=None)
