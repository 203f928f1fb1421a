"""The source text of a new noun: formatting, descriptions and sample values."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.cli.add_noun.declaration import ColumnDeclaration, NounDeclaration
from server.cli.add_noun.model_source import describe_column
from server.cli.add_noun.planning import plan_changes
from server.cli.add_noun.reading import complete_declaration
from server.cli.add_noun.spec_source import render_spec
from server.config.paths import PROJECT_ROOT
from tests.support.every_kind import EVERY_KIND


def declare(name: str, *texts: str, **options: Any) -> NounDeclaration:
    """Return the declaration that these arguments make."""
    return complete_declaration(NounDeclaration(name, **options), list(texts), PROJECT_ROOT)


@pytest.mark.slow
def test_each_kind_is_formatted(tmp_path: Path) -> None:
    for number, text in enumerate(EVERY_KIND):
        changes = plan_changes(declare("GizmoJob", "name:short_text", text), PROJECT_ROOT)
        for path, source in changes.texts.items():
            compile(source, path, "exec")
            file = tmp_path / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
    for arguments in (["check", "--ignore", "I001,INP001,RUF012,S101"], ["format", "--check"]):
        command = [
            sys.executable,
            "-m",
            "ruff",
            *arguments,
            "--config",
            f"{PROJECT_ROOT}/pyproject.toml",
            str(tmp_path),
        ]
        completed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert completed.returncode == 0, completed.stdout


@pytest.mark.parametrize(
    ("kind", "name", "description"),
    [
        ("short_text", "name", "The name of the gizmo."),
        ("boolean", "active", "Whether the gizmo is active."),
        ("timestamp", "closed_at", "When the gizmo was closed."),
        ("timestamp", "starts_at", "When the gizmo starts."),
        ("date", "due", "The due date of the gizmo."),
        ("date", "due_date", "The due date of the gizmo."),
    ],
)
def test_description_is_a_sentence(kind: str, name: str, description: str) -> None:
    column = ColumnDeclaration(name, kind)
    assert describe_column(NounDeclaration("Gizmo", (column,)), column) == description


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["name:short_text", "stock:integer"], '{"name": "Name {n}", "stock": 1}'),
        (["code:short_text(max_length=3,min_length=3)"], '{"code": lambda n: f"{n:03}"}'),
        (["code:short_text(max_length=2)"], '{"code": lambda n: f"{n % 10:01}"}'),
        (["name:short_text(min_length=20)"], '{"name": "xxxxxxxxxxxxxxxName {n}"}'),
        (["name:short_text(max_length=4)"], '{"name": "{n}"}'),
        (["mail:email", "code:slug"], '{"mail": "mail{n}@here.test", "code": "code-{n}"}'),
        (["stock:integer(ge=7)"], '{"stock": lambda n: 7 + n % 2}'),
        (["stock:integer(le=-1)"], '{"stock": lambda n: -2 + n % 2}'),
        (["price:money(precision=2)"], '{"price": lambda n: f"0.0{n % 2}"}'),
        (["price:money(ge=5,scale=0)"], '{"price": lambda n: f"{5 + n % 2}"}'),
        (["active:boolean", "notes:text"], '{"active": True, "notes": "The notes of gizmo {n}."}'),
        (["size:choice(BIG,SMALL)"], '{"size": lambda n: ("BIG", "SMALL")[n % 2]}'),
        (["size:choice(BIG,SMALL)", "name:short_text"], '{"size": "SMALL", "name": "Name {n}"}'),
        (["due:date"], '{"due": lambda n: f"{2000 + n}-01-31"}'),
    ],
)
def test_sample_values_are_within_bounds_and_differ(texts: list[str], values: str) -> None:
    assert render_spec(declare("Gizmo", *texts)) == f"NounSpec(Gizmo, {values})"


def test_roles_are_declared() -> None:
    noun = declare("Gizmo", "name:short_text", read="admin", write="owner")
    assert render_spec(noun).endswith(", read=Role.ADMIN, write=Role.OWNER)")
    declaration = plan_changes(noun, PROJECT_ROOT).texts["schema/gizmo.py"]
    assert "    read=Access.ADMIN,\n    write=Access.OWNER,\n" in declaration


def test_upsert_and_bulk_mutations_are_declared() -> None:
    noun = declare("Gizmo", "name:short_text(unique)", has_upsert=True, has_bulk=True)
    source = plan_changes(noun, PROJECT_ROOT).texts["schema/gizmo.py"]
    assert "from schema.noun import BulkOperation, Noun, Operation\n" in source
    for line in ("upsert=Operation()", "bulk_create=BulkOperation()", "bulk_delete=BulkOperation()"):
        assert f"    {line},\n" in source
