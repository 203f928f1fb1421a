"""SQLModel tables: the single definition of fields, bounds, descriptions and constraints."""

from sqlalchemy.orm import configure_mappers

from models.account import Account
from models.api_key import ApiKey
from models.article import Article
from models.audit_entry import AuditEntry
from models.document import Document
from models.email_token import EmailToken
from models.event import Event
from models.idempotency import IdempotencyRecord
from models.import_progress import ImportProgress
from models.invitation import Invitation
from models.ledger_entry import LedgerEntry
from models.linked_issuer import LinkedIssuer, UsedIdToken
from models.log_counter import LogCounter
from models.log_epoch import LogEpoch
from models.membership import Membership
from models.order import Order, OrderItem
from models.passkey import Passkey, PasskeyChallenge
from models.persisted_document import PersistedDocument
from models.product import Product
from models.project import Project
from models.relation_checks import check_relations
from models.relations import list_models
from models.second_factor import RecoveryCode, SecondFactor
from models.session import RefreshToken, Session
from models.sign_in_event import SignInEvent
from models.snapshot import Snapshot
from models.task import Task, TaskWorker
from models.team import Team
from models.tenant import Tenant
from models.throttle import Throttle
from models.transfer import Transfer
from models.usage import DocumentUsage, FieldUsage
from models.user import User
from models.webhook import Webhook
from models.webhook_delivery import WebhookDelivery
from models.work_lease import WorkLease
from models.worker import Worker

check_relations(*list_models())
configure_mappers()  # otherwise an entity's constructor would do this, but the identity map does not call it

__all__ = [
    "Account",
    "ApiKey",
    "Article",
    "AuditEntry",
    "Document",
    "DocumentUsage",
    "EmailToken",
    "Event",
    "FieldUsage",
    "IdempotencyRecord",
    "ImportProgress",
    "Invitation",
    "LedgerEntry",
    "LinkedIssuer",
    "LogCounter",
    "LogEpoch",
    "Membership",
    "Order",
    "OrderItem",
    "Passkey",
    "PasskeyChallenge",
    "PersistedDocument",
    "Product",
    "Project",
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "Session",
    "SignInEvent",
    "Snapshot",
    "Task",
    "TaskWorker",
    "Team",
    "Tenant",
    "Throttle",
    "Transfer",
    "UsedIdToken",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WorkLease",
    "Worker",
]
