"""Arguments of full-text search."""

from typing import Annotated

import strawberry

from inputs.enums import register_enum
from models.choices import Choice
from queries.search_query import MAX_QUERY_LENGTH

SearchText = Annotated[
    str,
    strawberry.argument(
        description="What to search for: words, phrases in quotation marks, `or` between alternatives, and a minus "
        "before what is excluded. The last word also matches words that begin with it. "
        f"At most {MAX_QUERY_LENGTH} characters."
    ),
]


class SearchType(Choice):
    """The types of objects that can be searched together."""

    DOCUMENT = "DOCUMENT", "Documents that are not deleted."
    ARTICLE = "ARTICLE", "Published articles and your own drafts; for admins, all articles."


register_enum(SearchType)
SearchTypes = Annotated[
    list[SearchType] | None, strawberry.argument(description="The types to search. Default: all of them.")
]
