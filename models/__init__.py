"""SQLModel tables: the one place where fields, bounds, descriptions and constraints are written."""

from sqlalchemy.orm import configure_mappers

from models.account import Account
from models.api_key import ApiKey
from models.event import Event
from models.idempotency import Idempotency
from models.invitation import Invitation
from models.ledger_entry import LedgerEntry
from models.mailed_token import MailedToken
from models.membership import Membership
from models.order import Order, OrderItem
from models.product import Product
from models.project import Project
from models.session import RefreshToken, Session
from models.snapshot import Snapshot
from models.task import Task, TaskWorker
from models.team import Team
from models.tenant import Tenant
from models.throttle import Throttle
from models.transfer import Transfer
from models.user import User
from models.worker import Worker

configure_mappers()  # rows become entities without a constructor (services/entities.py), which would see to it

__all__ = [
    "Account",
    "ApiKey",
    "Event",
    "Idempotency",
    "Invitation",
    "LedgerEntry",
    "MailedToken",
    "Membership",
    "Order",
    "OrderItem",
    "Product",
    "Project",
    "RefreshToken",
    "Session",
    "Snapshot",
    "Task",
    "TaskWorker",
    "Team",
    "Tenant",
    "Throttle",
    "Transfer",
    "User",
    "Worker",
]
