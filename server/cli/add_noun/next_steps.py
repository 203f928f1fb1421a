"""What the author of a new noun does next."""

from collections.abc import Iterator

from server.cli.add_noun.declaration import NounDeclaration, table_name, to_words, with_article


def next_steps(noun: NounDeclaration) -> Iterator[str]:
    """Yield a line for each step."""
    table = noun.table
    yield f"Review the descriptions in models/{table}.py: they are part of the API, and say no more than the names."
    yield "Review the migration, then run: allotment migrate"
    yield f"Test the noun: python -m pytest -n 2 -k {noun.name.lower()}"
    yield "Check everything: make check"
    for relation in noun.references:
        if relation.is_required:
            table_of_target = table_name(relation.target)
            target = with_article(to_words(table_of_target))
            yield (
                f"{with_article(noun.singular).capitalize()} requires {target}: the service that deletes {target} must "
                f"delete its {noun.plural_words} first, or reject (schema/{table_of_target}.py names it)."
            )
    for link in noun.links:
        yield (
            f"No mutation changes {link.name} yet: add one to `mutations` in schema/{table}.py, like assign_workers "
            "in schema/task.py."
        )
    yield (
        f"A rule beyond the bounds of the columns is a service in services/, named in schema/{table}.py: "
        "create=Operation(service). CONTRIBUTING.md describes it."
    )
