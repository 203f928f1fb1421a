"""`allotment add noun` in a copy of the checkout: what it writes, what it leaves, and what it says."""

import os
from pathlib import Path

import pytest

from server.cli.add_noun import checkout
from server.cli.add_noun.adding import VERSIONS
from server.cli.add_noun.codebase import load_codebase
from server.cli.add_noun.declaration import NounDeclaration
from server.cli.add_noun.next_steps import next_steps
from server.cli.add_noun.reading import complete_declaration
from server.config.paths import PROJECT_ROOT
from tests.support.checkout_copy import CheckoutCopy
from tests.support.command_line import command_runner
from tests.support.every_kind import EVERY_KIND

pytestmark = pytest.mark.slow

PLAIN = ["name:short_text", "description:text", "team:Team?"]
WRITTEN = {
    *("models/gizmo.py", "schema/gizmo.py", "models/__init__.py", "schema/nouns.py", "tests/support/noun_specs.py"),
    "schema.graphql",
}


@pytest.fixture
def copy(tmp_path: Path) -> CheckoutCopy:
    """A copy for this test."""
    return CheckoutCopy(tmp_path)


def changed_files(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """Return the paths of files that were added, changed or deleted."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def check_style(copy: CheckoutCopy, *paths: str) -> None:
    """Fail unless files and folders of the copy are formatted and pass the linter."""
    copy.python("-m", "ruff", "check", "--quiet", *paths)
    copy.python("-m", "ruff", "format", "--check", "--quiet", *paths)


# What is written


def test_noun_is_added(copy: CheckoutCopy) -> None:
    before = copy.read_all()
    result = copy.allotment("add", "noun", "Gizmo", *PLAIN, "--description", "A gizmo of a team")
    assert (result.returncode, result.stderr) == (0, "")
    after = copy.read_all()
    (migration,) = changed_files(before, after) - WRITTEN
    assert changed_files(before, after) == {*WRITTEN, migration}
    assert migration.endswith("_gizmos.py")
    assert "op.protect_tenant_table('gizmo')" in after[migration].decode()
    assert "\nphase = 'expand'\n" in after[migration].decode()
    assert '"""A gizmo of a team."""' in after["models/gizmo.py"].decode()
    for step in ("Review the descriptions", "allotment migrate", "-k gizmo", "make check", "services/"):
        assert step in result.stdout
    check_style(copy, *WRITTEN - {"schema.graphql"})
    copy.python("-m", "server.cli", "schema", "--check", "schema.graphql")


@pytest.mark.slow
def test_every_kind_is_added(copy: CheckoutCopy) -> None:
    result = copy.allotment("add", "noun", "GizmoJob", *EVERY_KIND, "--read", "member", "--write", "admin")
    assert (result.returncode, result.stderr) == (0, "")
    assert "No mutation changes workers yet" in result.stdout
    check_style(copy, "models", "schema", "tests/support")
    schema = copy.python("-m", "server.cli", "schema")
    for line in (
        "  gizmoJobs(",
        "  ownedJobs(",
        "  children(",
        "  parent: GizmoJob\n",
        "enum GizmoJobStatus {",
    ):
        assert line in schema


@pytest.mark.slow
@pytest.mark.only("postgresql")
def test_migration_is_the_one_that_postgresql_gives(copy: CheckoutCopy, database_url: str) -> None:
    before = copy.read_all()
    assert copy.allotment("add", "noun", "GizmoJob", *EVERY_KIND).returncode == 0
    path, generated = new_migration(copy, before)
    (copy.root / path).unlink()
    revision = path.split("_")[1]
    alembic = ("-m", "alembic", "revision", "--autogenerate", "--rev-id", revision, "-m", "Gizmo jobs")
    copy.python(*alembic, DATABASE_URL=database_url, ALLOTMENT_ENV="test")
    expected_path, expected = new_migration(copy, before)
    assert (path, without_date(generated)) == (expected_path, without_date(expected))


def new_migration(copy: CheckoutCopy, before: dict[str, bytes]) -> tuple[str, str]:
    """Return the path and the text of the migration that did not exist before."""
    after = copy.read_all()
    (path,) = (path for path in after.keys() - before.keys() if Path(path).parent == VERSIONS)
    return path, after[path].decode()


def without_date(migration: str) -> list[str]:
    return [line for line in migration.splitlines() if not line.startswith("Revision ")]


@pytest.mark.slow
def test_irregular_plural_is_registered(copy: CheckoutCopy) -> None:
    result = copy.allotment("add", "noun", "GizmoCategory", "name:short_text")
    assert (result.returncode, result.stderr) == (0, "")
    assert '"gizmo_category": "gizmo categories"' in (copy.root / "inputs" / "nouns.py").read_text()
    assert "\n  gizmoCategories(\n" in (copy.root / "schema.graphql").read_text()


@pytest.mark.slow
def test_reference_can_be_required_if_the_deletion_has_a_rule(copy: CheckoutCopy) -> None:
    result = copy.allotment("add", "noun", "GizmoOffer", "name:short_text", "product:Product", "order:Order")
    assert (result.returncode, result.stderr) == (0, "")
    assert "product_id: uuid.UUID = reference(" in (copy.root / "models" / "gizmo_offer.py").read_text()
    copy.python("-m", "mypy", "--no-error-summary", "-p", "models", "-p", "schema")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("product:Product?", 'call records.clear_references(work, Gizmo, "product_id", [id]) before the deletion.'),
        ("product:Product", "reject the deletion while there are gizmos with it, or delete those first."),
        ("products:[Product]", "call records.delete_links(work, GizmoProduct, product_id=[id]) before the deletion."),
    ],
)
def test_service_that_deletes_the_other_noun_must_be_changed(text: str, rule: str) -> None:
    noun = complete_declaration(NounDeclaration("Gizmo"), ["name:short_text", text], PROJECT_ROOT)
    steps = list(next_steps(noun, load_codebase(PROJECT_ROOT)))
    assert f"Change delete_product in services/shop/product.py, which deletes Product: {rule}" in steps


# What is not written


def test_dry_run_prints_the_changes_and_writes_nothing(copy: CheckoutCopy) -> None:
    before = copy.read_all()
    result = copy.allotment("add", "noun", "Gizmo", *PLAIN, "--dry-run")
    assert (result.returncode, result.stderr) == (0, "")
    assert copy.read_all() == before
    for line in (
        "+++ b/models/gizmo.py",
        "+from models.gizmo import Gizmo",
        "_gizmos.py (generated)",
        "models/gizmo.py",
    ):
        assert line in result.stdout


def test_refused_noun_writes_nothing(copy: CheckoutCopy) -> None:
    before = copy.read_all()
    result = copy.allotment("add", "noun", "Team", "name", "size:short_txt", "owner:Person?")
    assert (result.returncode, result.stdout) == (2, "")
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == ["name", "size", "Team", "owner"]
    assert copy.read_all() == before


def test_everything_is_rolled_back_if_the_code_cannot_be_used(copy: CheckoutCopy) -> None:
    versions = copy.root / "migrations" / "versions"
    newest = max(versions.glob("*.py"))
    newest.write_text(newest.read_text().replace("def upgrade() -> None:", "def upgrade() -> None:\n    raise OSError"))
    before = copy.read_all()
    result = copy.allotment("add", "noun", "Gizmo", *PLAIN)
    assert result.returncode == 1
    assert "The code of the noun cannot be used:\n" in result.stderr
    assert "OSError" in result.stderr
    assert result.stderr.endswith("Everything that was written has been rolled back.\n")
    assert copy.read_all() == before


@pytest.mark.slow
def test_models_with_other_changes_are_refused(copy: CheckoutCopy) -> None:
    project = copy.root / "models" / "project.py"
    project.write_text(f'{project.read_text()}    motto: str = text("The motto of the project.", max_length=100)\n')
    before = copy.read_all()
    result = copy.allotment("add", "noun", "Gizmo", *PLAIN)
    assert result.returncode == 1
    assert "The models have changes without a migration (add_column)" in result.stderr
    assert copy.read_all() == before


@pytest.mark.slow
def test_present_code_with_a_wrong_declaration_is_refused(copy: CheckoutCopy) -> None:
    schema = copy.root / "schema" / "team.py"
    source = schema.read_text()
    assert 'fields=("name",' in source
    schema.write_text(source.replace('fields=("name",', 'fields=("nmae",'))
    result = copy.allotment("add", "noun", "Gizmo", *PLAIN)
    assert (result.returncode, result.stdout) == (2, "")
    assert "the present code has an error, which must be corrected first: schema/team.py:" in result.stderr


# Where it runs


def test_other_folder_is_refused(tmp_path: Path) -> None:
    (problem,) = checkout.checkout_problems(tmp_path)
    assert problem.startswith(f"{tmp_path} is not a checkout of the source code (models/__init__.py,")


@pytest.fixture
def read_only_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout that the user cannot write to. (The superuser always may.)"""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)


def test_read_only_checkout_without_ruff_is_refused(read_only_checkout: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "find_ruff", lambda: None)
    result = command_runner("sqlite://")("add", "noun", "Gizmo", *PLAIN)
    assert result.exit_code == 2
    read_only, ruff = result.stderr.splitlines()
    assert "models/__init__.py, schema/nouns.py" in read_only
    assert "cannot be written; change the permissions" in read_only
    assert ruff.startswith("allotment: Ruff, which formats the code, is not installed; install the development")
