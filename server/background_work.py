"""What a process does besides answering requests: it delivers webhooks and performs scheduled work."""

from collections.abc import Callable
from datetime import timedelta
from ssl import SSLContext

from database.active_shares import ActiveShares
from database.fair_gate import FairGate
from database.shares import share_of
from models.webhook import WebhookDisabledReason
from resolvers.app_services import AppServices
from server.config.settings import Settings
from server.http.request_turns import RequestTurns
from server.scheduling.jobs import build_jobs
from server.scheduling.scheduler import Scheduler
from server.webhooks.attempts import Sender
from server.webhooks.client import Post, WebhookClient
from server.webhooks.dispatcher import Dispatcher
from server.webhooks.endpoint import DeliveryOptions
from server.webhooks.payloads import PayloadBuilder
from server.webhooks.statistics import WebhookStatistics
from services.core.work_leases import WorkLeases
from services.people.email_templates import WebhookDetails
from services.webhooks.notices import DisabledNotice
from services.webhooks.retries import RetryPolicy

HELD_PER_DELIVERY = 4
"""A process holds the leases of at most so many webhooks for each delivery that it can send at the same time."""
TIMEOUTS_PER_LEASE = 3
"""A lease lasts as long as so many deliveries that time out: it is renewed after one, and two are then left."""
_REASONS = {
    WebhookDisabledReason.GONE: "The endpoint answered that it wants no more deliveries (status 410).",
    WebhookDisabledReason.FAILING: "All deliveries to it have failed for several days.",
    WebhookDisabledReason.CHANGES_EXPIRED: "Changes that were not delivered yet are not retained any longer.",
    WebhookDisabledReason.FILTER_INVALID: "This version of the server does not accept its filter. Update the filter.",
}


class BackgroundWork:
    """The work of one process."""

    def __init__(
        self,
        settings: Settings,
        services: AppServices,
        turns: RequestTurns,
        observe_post: Callable[[Post], Post] | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        """Build it. `observe_post` returns the function that sends deliveries, observed."""
        self._services = services
        self.statistics = WebhookStatistics()
        leases = WorkLeases(services.database)
        urls, timeout = services.webhooks.urls, settings.webhook_timeout
        self._client = WebhookClient(urls, timeout, settings.webhook_concurrency, tls)
        options = DeliveryOptions(
            services.database,
            leases,
            self._build_sender(settings, turns, observe_post),
            RetryPolicy(settings.webhook_retry_seconds, timedelta(days=settings.webhook_disable_days)),
            services.changes_retention,
            settings.webhook_endpoint_concurrency,
            self._send_notice,
        )
        max_held = settings.webhook_concurrency * HELD_PER_DELIVERY
        self.dispatcher = Dispatcher(options, max_held, timeout * TIMEOUTS_PER_LEASE)
        self.scheduler = Scheduler(services.database, leases, build_jobs(settings, services))

    def start(self) -> None:
        """Begin to work."""
        self._services.webhooks.wake.listener = self.dispatcher.wake
        self.dispatcher.start()
        self.scheduler.start()

    async def close(self) -> None:
        """Stop: what has begun is completed within seconds, or left to other processes."""
        self._services.webhooks.wake.listener = None
        await self.dispatcher.close()
        await self.scheduler.close()
        await self._client.close()
        await self._services.background.drain()  # the emails to owners

    def _build_sender(
        self, settings: Settings, turns: RequestTurns, observe_post: Callable[[Post], Post] | None
    ) -> Sender:
        places = settings.webhook_concurrency
        gate = FairGate(places, ActiveShares(places, share_of(places, settings.tenant_share)))
        payloads = PayloadBuilder(self._services, turns)
        post = self._client.post if observe_post is None else observe_post(self._client.post)
        cipher = self._services.webhooks.cipher
        return Sender(post, payloads, cipher, gate, settings.webhook_timeout, self.statistics)

    async def _send_notice(self, notice: DisabledNotice) -> None:
        """Send emails to the owners of a tenant whose webhook was disabled."""
        details = WebhookDetails(notice.tenant, notice.host, _REASONS[notice.reason])
        for address, name in notice.recipients:
            email = self._services.email_templates.webhook_disabled(address, name, details)
            await self._services.mailer.send(email)
