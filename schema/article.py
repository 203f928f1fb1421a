"""Articles."""

from models import Article
from resolvers import article as resolvers
from schema.mutations import row_mutation
from schema.noun import Noun, Operation
from services.core.access import Access
from services.library import article

ARTICLE = Noun(
    Article,
    fields=("title", "content", "language", "status", "published_at"),
    relations=("author",),
    writable=("title", "content", "language"),
    sortable=("title", "published_at"),
    read=Access.MEMBER,
    write=Access.MEMBER,
    list_description="The published articles of the current tenant and your own drafts; for admins, all articles.",
    create=Operation(article.create_article, "Create an article as a draft. You become its author."),
    update=Operation(article.update_article, "Update an article. Members can only update their own drafts."),
    delete=Operation(
        article.delete_article,
        "Delete an article. Members can only delete their own drafts.",
        row_condition="if it was not deleted because it is published or because of a version conflict",
    ),
    mutations={
        "publish_article": row_mutation(
            "article", resolvers.publish_article, access=Access.ADMIN, description="Publish a draft."
        ),
        "unpublish_article": row_mutation(
            "article",
            resolvers.unpublish_article,
            access=Access.ADMIN,
            description="Make a published article a draft again.",
        ),
    },
)
