"""Checks the relations of a declaration: the other noun, its relations and its deletion."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from server.cli.add_noun.codebase import Codebase, ExistingNoun
from server.cli.add_noun.declaration import (
    NounDeclaration,
    RelationDeclaration,
    is_member_name,
    to_words,
    with_article,
)


def relation_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    """Yield a line for each problem."""
    for relation in noun.relations:
        if relation.target == noun.name:
            problems = _own_relation_problems(noun, relation)
        elif target := codebase.nouns.get(relation.target):
            problems = _target_problems(noun, relation, target)
        else:
            problems = _unknown_target_problems(relation, codebase)
        yield from (f"{relation.name}: {problem}" for problem in problems)
    inverses = Counter((relation.target, relation.inverse) for relation in noun.relations if relation.inverse)
    for (name, inverse), count in inverses.items():
        if count > 1:
            yield f"{inverse}: {name} would have two relations {inverse}; rename one of them"
    yield from _link_table_problems(noun, codebase)


def _unknown_target_problems(relation: RelationDeclaration, codebase: Codebase) -> Iterator[str]:
    similar = get_close_matches(relation.target, codebase.nouns, 1)
    names = similar or sorted(codebase.nouns)
    yield f"there is no noun {relation.target} of a tenant; use {' or '.join(names)}"


def _own_relation_problems(noun: NounDeclaration, relation: RelationDeclaration) -> Iterator[str]:
    if relation.is_required or relation.is_to_many:
        yield f"a noun can refer to itself only with an optional relation; write {relation.name}:{noun.name}?"
    if relation.inverse in noun.member_names:
        yield f"the name {relation.inverse} is given twice; rename one of them"
    yield from _inverse_name_problems(relation)


def _target_problems(noun: NounDeclaration, relation: RelationDeclaration, target: ExistingNoun) -> Iterator[str]:
    from services.core.access import Access

    access = Access[noun.read.upper()]
    if target.read.rank > access.rank:
        yield f"members who may not read {target.name} would see it; use --read {target.read.name.lower()}"
    if relation.is_required and target.has_default_delete:
        table, inverse = target.table, f"/{relation.inverse}" if relation.inverse else ""
        yield (
            f"{with_article(to_words(table))} with {noun.plural_words} could not be deleted: write "
            f"{relation.name}:{target.name}?{inverse} so that they remain without one, or give schema/{table}.py "
            "its own delete=Operation(service), or delete=None, first"
        )
    if relation.inverse is not None:
        yield from _inverse_problems(relation, target, is_less_restricted=target.read.rank < access.rank)


def _inverse_problems(
    relation: RelationDeclaration, target: ExistingNoun, *, is_less_restricted: bool
) -> Iterator[str]:
    inverse = relation.inverse
    if inverse in target.attributes:
        yield f"{target.name} has {inverse} already; choose another name after the slash"
    if not target.is_declared:
        yield f"schema/{target.table}.py declares no Noun; leave out /{inverse} and add the relation by hand"
    if is_less_restricted:
        yield f"readers of {target.name} may not read it; leave out /{inverse}, or use another --read"
    yield from _inverse_name_problems(relation)


def _inverse_name_problems(relation: RelationDeclaration) -> Iterator[str]:
    if relation.inverse is not None and not is_member_name(relation.inverse):
        yield f"{relation.inverse} is not a valid name; write it in snake_case, such as spare_parts"


def _link_table_problems(noun: NounDeclaration, codebase: Codebase) -> Iterator[str]:
    counts = Counter((noun.link_class(link), noun.link_table(link)) for link in noun.links)
    for (name, table), count in counts.items():
        if count > 1:
            yield f"{name}: two relations would have the link table {table}; add the second one by hand"
        if name in codebase.classes or table in codebase.tables or name == noun.name:
            yield f"{name}: the link table {table} exists already; choose another name for the noun"
