"""SQLModel tables: the one place where fields, bounds, descriptions and constraints are written."""

from models.api_key import ApiKey
from models.invitation import Invitation
from models.mailed_token import MailedToken
from models.membership import Membership
from models.project import Project
from models.session import RefreshToken, Session
from models.task import Task, TaskWorker
from models.team import Team
from models.tenant import Tenant
from models.throttle import Throttle
from models.user import User
from models.worker import Worker

__all__ = [
    "ApiKey",
    "Invitation",
    "MailedToken",
    "Membership",
    "Project",
    "RefreshToken",
    "Session",
    "Task",
    "TaskWorker",
    "Team",
    "Tenant",
    "Throttle",
    "User",
    "Worker",
]
