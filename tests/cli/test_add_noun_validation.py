"""Declarations that `allotment add noun` refuses. Every problem names its remedy."""

import re
from dataclasses import replace
from typing import Any

import pytest

from server.cli.add_noun.codebase import Codebase, load_codebase
from server.cli.add_noun.declaration import (
    ColumnDeclaration,
    NounDeclaration,
    RelationDeclaration,
    english_plural,
    is_member_name,
    table_name,
)
from server.cli.add_noun.parsing import parse_members
from server.cli.add_noun.validation import MAX_MEMBERS, find_problems
from server.config.paths import PROJECT_ROOT


@pytest.fixture(scope="module")
def codebase() -> Codebase:
    """The names in this checkout."""
    return load_codebase(PROJECT_ROOT)


def declare(name: str, *texts: str, **options: Any) -> NounDeclaration:
    """Return a declaration, or fail if the texts cannot be parsed."""
    members, problems = parse_members(texts)
    assert problems == []
    columns = tuple(member for member in members if isinstance(member, ColumnDeclaration))
    relations = tuple(member for member in members if isinstance(member, RelationDeclaration))
    return NounDeclaration(name, columns, relations, **options)


@pytest.mark.parametrize(
    "texts",
    [
        ["name:short_text", "description:text", "team:Team?"],
        ["name:short_text(unique)", "team:Team?/gizmos", "workers:[Worker]/gizmos"],
        ["email:email", "date:date", "type:choice(BIG,SMALL)"],
        ["price:money(precision=18,scale=0,ge=0,le=999999999999999999)"],
        ["stock:integer(ge=-5,le=-1)", "order:short_text"],
        ["name:short_text", "parent:Gizmo?/children"],
        ["name:short_text", "product:Product"],
    ],
)
def test_valid_declaration_has_no_problems(codebase: Codebase, texts: list[str]) -> None:
    assert find_problems(declare("Gizmo", *texts), codebase) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("gizmo", "gizmo: not a valid name; write the noun in the singular and in CamelCase"),
        ("Work_Order", "Work_Order: not a valid name"),
        ("APIToken", "APIToken: not a valid name"),
        ("Ünit", "Ünit: not a valid name"),
        ("__Type", "__Type: not a valid name"),
        ("Team", "Team: the noun exists already; choose another name, or edit models/team.py"),
        ("TaskWorker", "TaskWorker: the noun exists already"),
        ("Snapshot", "Snapshot: the noun exists already"),
        ("Base", "Base: models/base.py or schema/base.py exists already; choose another name"),
        ("Class", "Class: a name of Python or of this code; choose another name"),
        ("Choice", "Choice: a name of Python or of this code"),
        ("Query", "Query: the GraphQL type Query exists already; choose another name"),
        ("Subscription", "Subscription: the GraphQL type Subscription exists already"),
        ("TeamConnection", "TeamConnection: the GraphQL type TeamConnection exists already"),
        ("Decimal", "Decimal: the GraphQL type Decimal exists already"),
        ("Viewer", "Viewer: the root field viewer exists already; choose another name, or --plural"),
        ("A" + "b" * 30, "longer than 30 characters; choose a shorter name"),
    ],
)
def test_invalid_or_taken_name_is_refused(codebase: Codebase, name: str, problem: str) -> None:
    assert any(line.startswith(problem) or problem in line for line in find_problems(declare(name, "a:text"), codebase))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"plural": "gizmo"}, "Gizmo: the plural equals the singular"),
        ({"plural": "tasks"}, "Gizmo: the root field tasks exists already"),
        ({"plural": "Gizmos"}, "--plural Gizmos: not valid; write it in lower case"),
        ({"read": "owner", "write": "admin"}, "--write admin: would write what it may not read; use --write owner"),
        ({"description": 'A "gizmo".'}, "--description: not valid; write at most 100 characters in one line"),
        ({"description": "A\ngizmo."}, "--description: not valid"),
        ({"description": "x" * 100}, "--description: not valid"),
        ({"has_upsert": True}, "--upsert: no unique column, by which an object is found; add one"),
    ],
)
def test_invalid_option_is_refused(codebase: Codebase, options: dict[str, str], problem: str) -> None:
    (line,) = find_problems(declare("Gizmo", "name:short_text", **options), codebase)
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Name:text", "Name: not a valid name; write it in snake_case"),
        ("due_:text", "due_: not a valid name"),
        ("line_2:text", "line_2: not a valid name"),
        ("__typename:text", "__typename: not a valid name"),
        ("dueDate:text", "dueDate: not a valid name"),
        ("class:text", "class: a name of Python; choose another name, such as class_value"),
        ("datetime:text", "datetime: a name of Python"),
        *((f"{name}:text", f"{name}: every noun has this name already") for name in ("id", "created_at", "version")),
        *((f"{name}:text", f"{name}: every noun has this name already") for name in ("tenant_id", "metadata", "json")),
        ("a" * 31 + ":text", "longer than 30 characters"),
        ("name:text", "name: a name is a single line of text; use short_text, or another name"),
        ("name:slug", "name: a name is a single line of text"),
        ("name:short_text(min_length=9,max_length=3)", "name: min_length 9 is greater than max_length 3"),
        ("name:short_text(max_length=501,unique)", "name: a unique text can have at most 500 characters"),
        ("name:short_text(max_length=2,unique)", "name: a unique text must be able to have 3 characters"),
        ("name:short_text(unique,index)", "name: a unique column has an index; leave out index"),
        ("stock:integer(ge=2,le=1)", "stock: ge 2 is greater than le 1; exchange them"),
        ("stock:integer(ge=2,default=1)", "stock: the default 1 is out of bounds; give another default"),
        ("limit:integer(ge=1)", "limit: a reserved word of SQL cannot name a column with bounds"),
        ("order:money", "order: a reserved word of SQL"),
        ("price:money(precision=1)", "price: scale 2 is greater than precision 1; raise precision"),
        ("price:money(precision=4,le=100)", "price: a bound has more than 2 digits before the decimal point"),
        ("size:choice", "size: a choice needs at least two values; write choice(OPEN,DONE)"),
        ("size:required_choice(BIG)", "size: a choice needs at least two values"),
        ("size:choice(BIG,small)", "size: the value small is not valid"),
        (f"size:choice(BIG,{'A' * 31})", "is not valid; write at most 30 characters such as IN_PROGRESS"),
        ("size:choice(BIG,BIG)", "size: the value BIG is given twice; leave out one"),
        ("size:choice(BIG,SMALL,default=OTHER)", "size: the default OTHER is not among the values"),
        ("order:choice(BIG,SMALL)", "Gizmo: there would be two GraphQL types GizmoOrder; rename the choice"),
        ("team:Teem?", "team: there is no noun Teem of a tenant; use Team"),
        ("user:User?", "user: there is no noun User of a tenant; use Account or"),
        ("key:ApiKey?", "key: there is no noun ApiKey of a tenant"),
        ("team:Team", "team: a team with gizmos could not be deleted: write team:Team? so that they remain"),
        ("team:Team?/workers", "team: Team has workers already; choose another name after the slash"),
        ("team:Team?/name", "team: Team has name already"),
        ("team:Team?/Gizmos", "team: Gizmos is not a valid name"),
        ("project:Project?/task_counts", "project: Project has task_counts already"),
        ("order:Order?/gizmos", "order: schema/order.py declares no Noun; leave out /gizmos"),
        ("part_of:Gizmo", "part_of: a noun can refer to itself only with an optional relation; write part_of:Gizmo?"),
        ("parts:[Gizmo]", "parts: a noun can refer to itself only with an optional relation"),
        ("part_of:Gizmo?/part_of", "part_of: the name part_of is given twice"),
    ],
)
def test_invalid_member_is_refused(codebase: Codebase, text: str, problem: str) -> None:
    problems = find_problems(declare("Gizmo", "title:short_text", text), codebase)
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (["notes:text", "notes:short_text"], "notes: the name is given twice; rename one of them"),
        (["team_id:text", "team:Team?"], "team_id: the name is given twice"),
        (["date:short_text", "due:date"], "date: the name hides the constructor date, which another column uses"),
        (["reference:text", "team:Team?"], "reference: the name hides the constructor reference"),
        (["a:text", "b:Worker?/gizmos", "c:Worker?/gizmos"], "gizmos: Worker would have two relations gizmos"),
        (["a:text", "b:[Worker]", "c:[Worker]"], "GizmoWorker: two relations would have the link table gizmo_worker"),
        ([f"a{number}:text" for number in range(MAX_MEMBERS + 1)], "Gizmo: 31 columns and relations; add at most 30"),
    ],
)
def test_members_that_contradict_each_other_are_refused(codebase: Codebase, texts: list[str], problem: str) -> None:
    (line,) = find_problems(declare("Gizmo", *texts), codebase)
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        (NounDeclaration("OddWord"), "OddWord"),
        (NounDeclaration("Word", description="An odd word."), "An odd word."),
        (NounDeclaration("Word", (ColumnDeclaration("odd_word", "text"),)), "odd_word"),
        (NounDeclaration("Word", (ColumnDeclaration("kind", "choice", values=("ODD_WORD", "EVEN")),)), "ODD_WORD"),
    ],
)
def test_words_that_the_code_may_not_contain_are_refused(codebase: Codebase, noun: NounDeclaration, text: str) -> None:
    odd_codebase = replace(codebase, old_words=re.compile("odd word", re.IGNORECASE))
    problems = [line for line in find_problems(noun, odd_codebase) if "is not allowed" in line]
    assert problems[0].startswith(f"{text}: the word ")
    assert problems[0].endswith(" is not allowed (tests/checks/old_words.txt); use another one")


def test_taken_link_table_is_refused(codebase: Codebase) -> None:
    assert any(
        line.startswith("TaskWorker: the link table task_worker exists already")
        for line in find_problems(declare("Task", "notes:text", "people:[Worker]"), codebase)
    )


def test_long_constraint_names_are_refused(codebase: Codebase) -> None:
    (line,) = find_problems(declare("A" + "b" * 29, "c" * 30 + ":short_text"), codebase)
    assert "is too long for PostgreSQL; choose shorter names" in line


def test_relations_do_not_reveal_rows_to_lower_roles(codebase: Codebase) -> None:
    noun = declare("Gizmo", "notes:text", "team:Team?/gizmos", read="admin", write="admin")
    assert find_problems(noun, codebase) == [
        "team: readers of Team may not read it; leave out /gizmos, or use another --read"
    ]


def test_all_problems_are_reported_at_once(codebase: Codebase) -> None:
    problems = find_problems(declare("gizmo", "id:text", "size:choice(BIG)", "team:Teem?"), codebase)
    assert [line.partition(":")[0] for line in problems] == ["gizmo", "id", "size", "team"]


@pytest.mark.parametrize(
    ("word", "plural"),
    [("gizmo", "gizmos"), ("category", "categories"), ("day", "days"), ("box", "boxes"), ("branch", "branches")],
)
def test_plural_is_derived(word: str, plural: str) -> None:
    assert english_plural(word) == plural


@pytest.mark.parametrize(("noun", "table"), [("Gizmo", "gizmo"), ("GizmoOrder", "gizmo_order"), ("Area51", "area51")])
def test_table_name_is_derived(noun: str, table: str) -> None:
    assert table_name(noun) == table


def test_member_names() -> None:
    assert is_member_name("due_date")
    assert not is_member_name("due__date")
