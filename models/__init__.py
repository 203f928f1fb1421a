"""SQLModel tables: the one place where fields, bounds, descriptions and constraints are written."""

from models.account import Account
from models.event import Event
from models.idempotency import Idempotency
from models.ledger_entry import LedgerEntry
from models.membership import Membership
from models.order import Order, OrderItem
from models.product import Product
from models.project import Project
from models.snapshot import Snapshot
from models.task import Task, TaskWorker
from models.team import Team
from models.tenant import Tenant
from models.transfer import Transfer
from models.user import User
from models.worker import Worker

__all__ = [
    "Account",
    "Event",
    "Idempotency",
    "LedgerEntry",
    "Membership",
    "Order",
    "OrderItem",
    "Product",
    "Project",
    "Snapshot",
    "Task",
    "TaskWorker",
    "Team",
    "Tenant",
    "Transfer",
    "User",
    "Worker",
]
