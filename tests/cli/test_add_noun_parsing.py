"""Columns and relations of `allotment add noun`: what is parsed, and what is refused."""

import pytest

from server.cli.add_noun.declaration import ColumnDeclaration, RelationDeclaration
from server.cli.add_noun.kinds import CHOICES, KINDS, UNAVAILABLE
from server.cli.add_noun.parsing import Member, parse_member, parse_members


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name:short_text", ColumnDeclaration("name", "short_text")),
        ("name:short_text?", ColumnDeclaration("name", "short_text", is_nullable=True)),
        (
            "name:short_text(max_length=50, min_length=2,unique)?",
            ColumnDeclaration(
                "name", "short_text", {"max_length": 50, "min_length": 2, "unique": True}, is_nullable=True
            ),
        ),
        ("notes:text()", ColumnDeclaration("notes", "text")),
        ("due:date", ColumnDeclaration("due", "date", is_nullable=True)),
        ("due:date?", ColumnDeclaration("due", "date", is_nullable=True)),
        ("stock:integer(ge=-5,le=1_000)", ColumnDeclaration("stock", "integer", {"ge": -5, "le": 1000})),
        ("active:boolean(default=true)", ColumnDeclaration("active", "boolean", {"default": True})),
        ("price:money(ge=0)?", ColumnDeclaration("price", "money", {"ge": 0}, is_nullable=True)),
        ("status:choice(OPEN,DONE)", ColumnDeclaration("status", "choice", values=("OPEN", "DONE"))),
        (
            "status:choice(OPEN, DONE, default=DONE, index)",
            ColumnDeclaration("status", "choice", {"default": "DONE", "index": True}, ("OPEN", "DONE")),
        ),
        ("team:Team", RelationDeclaration("team", "Team", is_required=True)),
        ("team:Team?", RelationDeclaration("team", "Team")),
        ("team:Team?/gizmos", RelationDeclaration("team", "Team", inverse="gizmos")),
        ("workers:[Worker]", RelationDeclaration("workers", "Worker", is_to_many=True)),
        ("workers:[Worker]/gizmos", RelationDeclaration("workers", "Worker", is_to_many=True, inverse="gizmos")),
    ],
)
def test_member_is_parsed(text: str, expected: Member) -> None:
    assert parse_member(text) == (expected, [])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_parsed(kind: str) -> None:
    column, problems = parse_member(f"value:{kind}{'(ONE,TWO)' if kind in CHOICES else ''}")
    assert problems == []
    assert isinstance(column, ColumnDeclaration)
    assert column.kind == kind


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name", "name: the kind is missing; write name:kind"),
        ("name:", "name:: cannot be understood; write name:kind"),
        ("name:short_text(", "cannot be understood"),
        ("price:money?(ge=0)", "cannot be understood"),
        ("workers:[Worker]?", "cannot be understood"),
        ("name:short_txt", "name: there is no kind short_txt; use short_text"),
        ("name:xyz", "name: there is no kind xyz; use short_text, text"),
        (
            "name:short_text(length=3)",
            "name: short_text has no option length; use max_length, min_length, index or unique",
        ),
        ("notes:text(unique)", "notes: text has no option unique; use max_length"),
        ("active:boolean(unique)", "active: boolean has no option unique; use default"),
        ("name:email(max_length=3)", "name: email has no option max_length; use index or unique"),
        ("name:email(unique=1)", "name: unique takes no value; write only unique"),
        ("name:short_text(max_length=x)", "name: max_length must be a whole number from 1 to 1000, not x"),
        ("name:short_text(max_length)", "name: max_length must be a whole number from 1 to 1000, not empty"),
        ("name:short_text(max_length=0)", "name: max_length must be a whole number from 1 to 1000, not 0"),
        ("name:short_text(max_length=9,max_length=9)", "name: max_length is given twice; leave out one"),
        ("stock:integer(le=2147483648)", "stock: le must be a whole number from -2147483648 to 2147483647"),
        ("price:money(scale=19)", "price: scale must be a whole number from 0 to 18, not 19"),
        ("active:boolean(default=1)", "active: default must be true or false"),
        ("notes:text?", "notes: text cannot be null: it always has a value; leave out the question mark"),
        ("notes:required_text?", "notes: required_text cannot be null: use text, which may be empty"),
        ("code:slug?", "code: slug cannot be null: use short_text, which can be null"),
        ("status:choice(A,B)?", "status: choice cannot be null: add a value that means the absence of the others"),
        ("stock:integer?", "stock: integer cannot be null"),
        ("active:boolean?", "active: boolean cannot be null"),
    ],
)
def test_invalid_member_is_refused(text: str, problem: str) -> None:
    _, problems = parse_member(text)
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize("kind", UNAVAILABLE)
def test_unavailable_kind_is_refused_with_a_remedy(kind: str) -> None:
    _, (problem,) = parse_member(f"value:{kind}")
    assert problem == f"value: {kind} is not available: {UNAVAILABLE[kind]}"


def test_all_problems_are_reported_at_once() -> None:
    members, problems = parse_members(["name:short_text(size=1,length=2)", "due", "team:Team?"])
    assert [problem.partition(";")[0] for problem in problems] == [
        "name: short_text has no option size",
        "name: short_text has no option length",
        "due: the kind is missing",
    ]
    assert [member.name for member in members] == ["name", "team"]
