"""Arguments that many fields take, each described once."""

from typing import Annotated

import strawberry

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
ToTeamId = Annotated[strawberry.ID, strawberry.argument(description="The id of the team to move to.")]
WorkerIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="The ids of the workers; at least 1, at most 100.")
]
ExpectedVersion = Annotated[
    int | None,
    strawberry.argument(
        description="The version you have seen. If the object is at another by now, nothing is done and the answer is "
        "a CONFLICT with the object as it is. Omitted, the last writer wins."
    ),
]
