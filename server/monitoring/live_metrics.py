"""The metrics of what outlasts a request."""

from resolvers.app_services import AppServices
from server.monitoring.monitoring import MetricSource
from server.telemetry.metrics.catalog import BACKGROUND_TASKS, SUBSCRIPTIONS, WEBSOCKETS
from server.telemetry.metrics.family import Family, single
from server.websocket.endpoint import WebSocketEndpoint


def live_metrics(websocket: WebSocketEndpoint, services: AppServices) -> MetricSource:
    """Return what counts open WebSockets and subscriptions, and tasks in the background."""

    def collect() -> list[Family]:
        return [
            single(WEBSOCKETS, websocket.open_sockets),
            single(SUBSCRIPTIONS, services.change_feeds.follower_count),
            single(BACKGROUND_TASKS, services.background.number_pending),
        ]

    return collect
