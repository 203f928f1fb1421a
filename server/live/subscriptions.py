"""Opens subscriptions and live queries."""

from contextlib import AsyncExitStack

from database.authentication import Principal
from resolvers.context import Context
from server.graphql.live_query import LiveQuery
from server.graphql.operations import OperationExecutor
from server.graphql.outcome import Outcome, refuse, refuse_document
from server.graphql.request import GraphQLRequest
from server.graphql.subscription import Subscription
from server.http.request_turns import RequestTurns
from server.live.event_execution import EventExecution
from server.live.event_stream import EventStream
from server.live.feed_stream import FeedStream
from server.live.live_execution import LiveExecution
from server.live.live_stream import LiveStream
from services.core.access import require_access
from services.core.access_confirmation import AccessConfirmation
from services.core.tenant_feed import ChangeFeeds, Follower


class Subscriptions:
    """Opens the subscriptions and live queries of one process."""

    def __init__(
        self,
        turns: RequestTurns,
        operations: OperationExecutor,
        feeds: ChangeFeeds,
        confirmation: AccessConfirmation,
    ) -> None:
        self._turns = turns
        self._operations = operations
        self._feeds = feeds
        self._confirmation = confirmation

    async def open(self, request: GraphQLRequest, context: Context) -> Outcome | FeedStream:
        """Return the stream of a subscription or a live query, or the outcome if it is refused. To be called in a turn;
        the caller closes the stream."""
        try:
            found = await self._turns.find_document(request, context)
            subscription = await self._operations.subscribe(found, context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return refuse_document(error)
        if isinstance(subscription, Outcome):
            return subscription
        self._turns.remember_document(found)
        try:
            return await self._open(subscription, context)
        except Exception as error:  # noqa: BLE001 -- reported as the errors of fields are
            return Outcome(refuse(error))
        finally:
            await context.reader.close()

    async def _open(self, subscription: Subscription | LiveQuery, context: Context) -> FeedStream:
        principal = await context.reader.principal()
        require_access(principal, subscription.access, context.auth_error)
        await context.reader.release()
        resources = AsyncExitStack()
        try:
            after = subscription.selection.after if isinstance(subscription, Subscription) else None
            follower = await self._follow(after, principal, context, resources)
        except BaseException:
            await resources.aclose()
            raise
        if isinstance(subscription, LiveQuery):
            live = LiveExecution(self._turns, self._confirmation, subscription, context)
            return LiveStream(subscription.followed, live, follower, resources)
        execution = EventExecution(self._turns, self._confirmation, subscription, context)
        return EventStream(subscription.selection.filter, execution, follower, resources)

    async def _follow(
        self, after: str | None, principal: Principal, context: Context, resources: AsyncExitStack
    ) -> Follower:
        tenant = principal.scope_parameters["tenant"]  # not None, because every field requires a role
        with context.signal.stopping_task():
            feed = self._feeds.follow(tenant, after)
            return await resources.enter_async_context(feed)
