"""The console's examples keep in step with the contract."""

from pathlib import Path

from graphql import DocumentNode, build_schema, validate

CONTRACT = Path(__file__).parents[2] / "schema.graphql"


def test_examples_are_valid(examples: dict[str, DocumentNode]) -> None:
    contract = build_schema(CONTRACT.read_text(encoding="utf-8"))
    assert examples
    for name, document in examples.items():
        assert validate(contract, document) == [], name


def test_examples_say_what_they_show(examples: dict[str, DocumentNode]) -> None:
    for name, document in examples.items():
        assert document.loc
        assert document.loc.source.body.startswith("# "), name
