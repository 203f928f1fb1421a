"""Arguments that several fields share, with their descriptions."""

import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

Id = Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
CurrentTenantId = Annotated[strawberry.ID, strawberry.argument(description="The id of the current tenant.")]
TenantToLeave = Annotated[
    strawberry.ID,
    strawberry.argument(description="The id of the current tenant (`tenant_…`), not that of the membership."),
]
TaskId = Annotated[strawberry.ID, strawberry.argument(description="The id of the task.")]
WorkerId = Annotated[strawberry.ID, strawberry.argument(description="The id of the worker.")]
FromTeamId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="The id of the team that the worker is expected to be in; otherwise nothing is written. "
        "Default: any team, or none."
    ),
]
ToTeamId = Annotated[strawberry.ID, strawberry.argument(description="The id of the team to move to.")]
WorkerIds = Annotated[list[strawberry.ID], strawberry.argument(description="The ids of the workers, 1 to 100.")]
ProductId = Annotated[strawberry.ID, strawberry.argument(description="The id of the product.")]
Delta = Annotated[
    int, strawberry.argument(description="The change in quantity: positive to add stock, negative to remove it; not 0.")
]
Reason = Annotated[str, strawberry.argument(description="The reason: 1 to 500 characters.")]
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account.")]
FromId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account to debit.")]
ToId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account to credit.")]
Amount = Annotated[
    Decimal,
    strawberry.argument(
        description="The amount in the currency of the account: greater than 0, with at most as many decimal places as "
        "the currency has."
    ),
]
Memo = Annotated[str | None, strawberry.argument(description="The purpose: at most 200 characters. Empty by default.")]
AsOf = Annotated[
    datetime.datetime | None,
    strawberry.argument(description="Return the balance and status that the account had at this time. Default: now."),
]
PastTime = Annotated[
    datetime.datetime | None,
    strawberry.argument(
        description="Return the object as it was at this time, or null if it did not exist. Default: now. Lists, and "
        "fields whose past values are unknown, are refused. Requires the role ADMIN or higher."
    ),
]
StreamId = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Return only events of the object with this id, such as an account or an order. Default: "
        "of all objects."
    ),
]
ExpectedVersion = Annotated[
    int | None,
    strawberry.argument(
        description="The version that the client last read. If the object has another version now, nothing is written "
        "and the result is a CONFLICT with the current object. If omitted, the last write wins."
    ),
]
