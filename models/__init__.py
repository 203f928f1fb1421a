"""SQLModel tables: the one place where fields, bounds, descriptions and constraints are written."""

from models.event import Event
from models.membership import Membership
from models.order import Order, OrderItem
from models.product import Product
from models.project import Project
from models.task import Task, TaskWorker
from models.team import Team
from models.tenant import Tenant
from models.user import User
from models.worker import Worker

__all__ = [
    "Event",
    "Membership",
    "Order",
    "OrderItem",
    "Product",
    "Project",
    "Task",
    "TaskWorker",
    "Team",
    "Tenant",
    "User",
    "Worker",
]
