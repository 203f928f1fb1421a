"""Projections: the attributes that a plan reads from the objects of a selection.

A load that receives its projection need not fetch other columns. A field declares the attributes that it reads from
its parent. Some fields forward the projection: their values contain the rows that were loaded for the parent, as the
edges and nodes of a connection do, so attributes that are read from the values count as read from the parent."""

from collections.abc import Iterable

from executor.declarations import AttributeField, BatchedField, ComputedField, FieldDeclaration

Projection = frozenset[str] | None
"""Names of attributes; None if any attribute may be read."""
EMPTY_PROJECTION: frozenset[str] = frozenset()


def parent_projection(declaration: FieldDeclaration | None, own: Projection) -> Projection:
    """Return what a field reads from its parent, where `own` is what is read from the field's own objects."""
    match declaration:
        case AttributeField(name=name, forwards_projection=forwards):
            return own if forwards else frozenset([name])
        case ComputedField(parent_attributes=attributes):
            return attributes
        case BatchedField(parent_attributes=attributes, forwards_projection=forwards):
            return merge_projections([attributes, own]) if forwards else attributes
    return None


def merge_projections(projections: Iterable[Projection]) -> Projection:
    """Return the union of the projections."""
    names: set[str] = set()
    for projection in projections:
        if projection is None:
            return None
        names |= projection
    return frozenset(names)
