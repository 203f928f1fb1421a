"""The services and settings of the application that all requests share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from database.engine import Database
from database.reader import Reader
from database.replicas import Replicas
from dataloaders import Loaders
from services.core.background import BackgroundTasks
from services.core.cost.budgets import CostBudgets
from services.core.email import Mailer
from services.core.secret_cipher import SecretCipher
from services.core.tenant_feed import ChangeFeeds
from services.core.use_case import Hook
from services.people.email_templates import EmailTemplates
from services.people.last_use import LastUse
from services.people.oidc.id_token import IdTokenVerifier
from services.people.passkeys.relying_party import RelyingParty
from services.people.passwords import Passwords
from services.people.tokens import AccessTokens
from services.webhooks.webhook import WebhookServices


@dataclass(frozen=True)
class AppServices:
    """Services and settings that all requests share."""

    database: Database
    tokens: AccessTokens
    id_tokens: IdTokenVerifier
    passwords: Passwords
    second_factor_cipher: SecretCipher
    mailer: Mailer
    email_templates: EmailTemplates
    background: BackgroundTasks
    last_use: LastUse
    cost_budgets: CostBudgets
    session_days: int
    changes_retention: timedelta
    """How long the cursors of the change feed are valid."""
    change_feeds: ChangeFeeds
    cookie_name: str
    webhooks: WebhookServices
    hooks: Sequence[Hook] = ()
    replicas: Replicas | None = None
    """The read replicas; None without REPLICA_URLS."""
    relying_party: RelyingParty | None = None
    """The site that passkeys belong to; None if the settings determine none."""
    build_loaders: Callable[[Reader], Loaders] = Loaders
