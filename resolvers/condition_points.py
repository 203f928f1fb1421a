"""The points that conditions and orders of lists cost, beside the objects that the lists return."""

WEIGHT_PER_CONDITION = 50
"""For each parent, the points of a part of a condition or an order that reads another table."""
