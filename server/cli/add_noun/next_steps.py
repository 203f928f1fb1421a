"""What the author of a new noun does next."""

from collections.abc import Iterator

from server.cli.add_noun.codebase import Codebase
from server.cli.add_noun.declaration import NounDeclaration, RelationDeclaration, table_name


def next_steps(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    """Yield a line for each step."""
    table = noun.table
    yield f"Review the descriptions in models/{table}.py: they are part of the API, and say no more than the names."
    yield "Review the migration, then run: allotment migrate"
    yield f"Test the noun: python -m pytest -n 2 -k {noun.name.lower()}"
    yield "Check everything: make check"
    for relation in noun.relations:
        target = codebase.nouns.get(relation.target)
        if target is not None and target.delete_service is not None:
            yield f"Change {target.delete_service}, which deletes {relation.target}: {_deletion_rule(noun, relation)}"
    for link in noun.links:
        yield (
            f"No mutation changes {link.name} yet: add one to `mutations` in schema/{table}.py, like assign_workers "
            "in schema/task.py."
        )
    yield (
        f"A rule beyond the bounds of the columns is a service in services/, named in schema/{table}.py: "
        "create=Operation(service). CONTRIBUTING.md describes it."
    )


def _deletion_rule(noun: NounDeclaration, relation: RelationDeclaration) -> str:
    """Return what a service must do before it deletes an object that the noun refers to."""
    if relation.is_to_many:
        column = f"{table_name(relation.target)}_id"
        return f"call records.delete_links(work, {noun.link_class(relation)}, {column}=[id]) before the deletion."
    if relation.is_required:
        return f"reject the deletion while there are {noun.plural_words} with it, or delete those first."
    return f'call records.clear_references(work, {noun.name}, "{relation.column}", [id]) before the deletion.'
