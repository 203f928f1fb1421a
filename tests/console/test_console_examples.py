"""The console's example operations are valid for the schema."""

from pathlib import Path

from graphql import DocumentNode, build_schema, validate

SCHEMA_FILE = Path(__file__).parents[2] / "schema.graphql"


def test_examples_are_valid(examples: dict[str, DocumentNode]) -> None:
    schema = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert examples
    for name, document in examples.items():
        assert validate(schema, document) == [], name


def test_examples_begin_with_a_comment(examples: dict[str, DocumentNode]) -> None:
    for name, document in examples.items():
        assert document.loc
        assert document.loc.source.body.startswith("# "), name
