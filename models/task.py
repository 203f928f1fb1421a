"""A task: one thing to be done, and who does it."""

import datetime
import uuid

from models.base import TenantRecord, TenantRow
from models.choices import Choice
from models.fields import choice, day, line, prose, reference
from models.relations import Linked, One


class TaskStatus(Choice):
    """How far a task has come."""

    TODO = "TODO", "Not begun."
    IN_PROGRESS = "IN_PROGRESS", "Somebody is at it."
    DONE = "DONE", "Finished."


class TaskPriority(Choice):
    """How soon a task matters."""

    LOW = "LOW", "Can wait."
    MEDIUM = "MEDIUM", "In its turn."
    HIGH = "HIGH", "Before the others."


class Task(TenantRecord, table=True):
    """One thing to be done."""

    listed_by = ("due_date",)
    relations = {
        "project": One("project", "project_id", "The project it belongs to."),
        "assignee": One("worker", "assignee_id", "The worker who answers for it."),
        "workers": Linked("worker", "task_worker", "task_id", "worker_id", "The workers who work on it."),
    }

    title: str = line("What is to be done, in a line.", longest=200)
    description: str = prose("What is to be done, at length.", longest=2000)
    status: TaskStatus = choice(TaskStatus, TaskStatus.TODO, "How far it has come.")
    priority: TaskPriority = choice(TaskPriority, TaskPriority.MEDIUM, "How soon it matters.")
    due_date: datetime.date | None = day("The day it should be done by.")
    project_id: uuid.UUID | None = reference("project", "The project it belongs to.")
    assignee_id: uuid.UUID | None = reference("worker", "The worker who answers for it.")


class TaskWorker(TenantRow, table=True):
    """The link between a task and one of the workers on it."""

    __tablename__ = "task_worker"

    task_id: uuid.UUID = reference("task", "The task.", primary_key=True)
    worker_id: uuid.UUID = reference("worker", "The worker.", primary_key=True)
