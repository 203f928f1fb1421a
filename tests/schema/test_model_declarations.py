"""Declarations of models: names of fields, tables and relations that do not exist are rejected with file and line."""

from collections.abc import Callable
from typing import Any

import pytest

from models import Team
from models.base import TenantRecord
from models.declaration_error import DeclarationError
from models.relation_checks import check_relations
from models.relations import BelongsTo, HasMany, HasManyThrough, HasOne, ManyToMany, Relation


def declare_unknown_unique_column() -> None:
    class Tool(TenantRecord, table=True):
        unique_together = (("name",),)


def declare_unknown_sort_column() -> None:
    class Tool(TenantRecord, table=True):
        sort_indexes = ("name",)


@pytest.mark.parametrize("declare", [declare_unknown_unique_column, declare_unknown_sort_column])
def test_unknown_column_of_constraint_is_rejected(declare: Callable[[], None]) -> None:
    line = declare.__code__.co_firstlineno + 1
    message = rf"^tests/schema/test_model_declarations\.py:{line}: Tool has no field `name`; it has `created_at`"
    with pytest.raises(DeclarationError, match=message):
        declare()


WRONG_RELATIONS: list[tuple[Relation, str]] = [
    (BelongsTo("tema", "name", ""), "There is no table `tema`; did you mean `team`?"),
    (BelongsTo("team", "team_id", ""), "Team has no field `team_id`; did you mean"),
    (HasMany("worker", "teem_id", ""), "`worker` has no column `teem_id`; did you mean `team_id`?"),
    (HasOne("worker", "usr_id", ""), "`worker` has no column `usr_id`; did you mean `user_id`?"),
    (HasManyThrough("task", "assignee_id", "wroker", "user_id", ""), "There is no table `wroker`"),
    (HasManyThrough("task", "asignee_id", "worker", "user_id", ""), "`task` has no column `asignee_id`"),
    (HasManyThrough("task", "assignee_id", "worker", "usr_id", ""), "`worker` has no column `usr_id`"),
    (ManyToMany("task", "task_link", "task_id", "worker_id", ""), "There is no table `task_link`"),
    (ManyToMany("task", "task_worker", "team_id", "worker_id", ""), "`task_worker` has no column `team_id`"),
    (ManyToMany("task", "task_worker", "task_id", "team_id", ""), "`task_worker` has no column `team_id`"),
]


@pytest.mark.parametrize(("relation", "message"), WRONG_RELATIONS)
def test_wrong_relation_is_rejected(relation: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Team, "relations", {"wrong": relation})
    with pytest.raises(DeclarationError) as raised:
        check_relations(Team)
    assert str(raised.value).startswith("models/team.py:")
    assert message in str(raised.value)
