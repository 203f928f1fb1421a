"""A task, its assignee and the workers on it."""

import datetime
import uuid

from models.base import TenantRecord, TenantRow
from models.choices import Choice
from models.fields import choice, date, external_id, reference, short_text, text
from models.relations import BelongsTo, ManyToMany
from models.scopes import Domain


class TaskStatus(Choice):
    """The progress of a task."""

    TODO = "TODO", "Not started."
    IN_PROGRESS = "IN_PROGRESS", "In progress."
    DONE = "DONE", "Finished."


class TaskPriority(Choice):
    """The priority of a task."""

    LOW = "LOW", "Can wait."
    MEDIUM = "MEDIUM", "Normal."
    HIGH = "HIGH", "To be done before the others."


class Task(TenantRecord, table=True):
    """Work to be done, with a status, a priority and a due date."""

    domain = Domain.WORK
    sort_indexes = ("due_date", "status", "title", "created_at")
    index_fillfactor = 70
    unique_together = (("external_id",),)
    relations = {
        "project": BelongsTo("project", "project_id", "The project it belongs to."),
        "assignee": BelongsTo("worker", "assignee_id", "The worker responsible for it."),
        "workers": ManyToMany("worker", "task_worker", "task_id", "worker_id", "The workers who work on it."),
    }

    title: str = short_text("A one-line summary of the work.", max_length=200)
    description: str = text("A detailed description of the work.", max_length=2000)
    status: TaskStatus = choice(TaskStatus, TaskStatus.TODO, "The progress of the task.")
    priority: TaskPriority = choice(TaskPriority, TaskPriority.MEDIUM, "The priority of the task.")
    due_date: datetime.date | None = date("The day it should be finished by.")
    project_id: uuid.UUID | None = reference("project", "The id of the project it belongs to.")
    assignee_id: uuid.UUID | None = reference("worker", "The id of the worker responsible for it.")
    external_id: str | None = external_id("task")


class TaskWorker(TenantRow, table=True):
    """The link between a task and a worker who works on it."""

    __tablename__ = "task_worker"
    audited = True

    task_id: uuid.UUID = reference("task", "The id of the task.", primary_key=True)
    worker_id: uuid.UUID = reference("worker", "The id of the worker.", primary_key=True)
