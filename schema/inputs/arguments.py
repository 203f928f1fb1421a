"""Arguments that many fields take, each described once."""

import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
ToTeamId = Annotated[strawberry.ID, strawberry.argument(description="The id of the team to move to.")]
WorkerIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="The ids of the workers; at least 1, at most 100.")
]
ProductId = Annotated[strawberry.ID, strawberry.argument(description="The id of the product.")]
Delta = Annotated[
    int, strawberry.argument(description="How many more there are, or how many fewer, if negative; not 0.")
]
Reason = Annotated[str, strawberry.argument(description="Why, in a line. At most 500 characters.")]
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account.")]
FromId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account that the money comes from.")]
ToId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account that it goes to.")]
Amount = Annotated[
    Decimal, strawberry.argument(description="How much: more than 0, with at most the places that the currency has.")
]
Memo = Annotated[str | None, strawberry.argument(description="What it is for, in a line. At most 200 characters.")]
AsOf = Annotated[
    datetime.datetime | None,
    strawberry.argument(description="Show the balance, and whether the account was open, as of this time."),
]
StreamId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only what happened to the object with this id, such as an account or an order."),
]
ExpectedVersion = Annotated[
    int | None,
    strawberry.argument(
        description="The version you have seen. If the object is at another by now, nothing is done and the answer is "
        "a CONFLICT with the object as it is. Omitted, the last writer wins."
    ),
]
