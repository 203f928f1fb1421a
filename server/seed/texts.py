"""Titles and contents of the documents and articles in the demo data, and what happens to them."""

from dataclasses import dataclass
from typing import Any

from models.membership import Role

COMPOST_RULES = (
    "Green waste and brown waste in equal parts, never more than a hand high. Turn the heap every month, and cover it "
    "before heavy rain. Cooked food attracts rats: it does not belong on the compost."
)


@dataclass(frozen=True)
class DemoText:
    """A document or an article by a member of the tenant."""

    author: Role
    title: str
    content: str
    updates: tuple[dict[str, Any], ...] = ()
    """What an admin changes afterwards."""
    actions: tuple[str, ...] = ()
    """What an admin does then: publish or unpublish, delete or restore."""


DOCUMENTS = (
    DemoText(
        Role.OWNER,
        "Statutes of the society",
        "Every member waters, weeds and harvests. The keys hang in the tool shed. Decisions need half of the members.",
    ),
    DemoText(
        Role.ADMIN,
        "Rules for the compost heap",
        "Turn the heap every month.",
        updates=({"content": COMPOST_RULES}, {"title": "Rules for the compost heaps"}),
    ),
    DemoText(
        Role.MEMBER,
        "Planting plan of the raised beds",
        "Beans beside the shed, carrots between the leeks, and pumpkins at the edge of the compost heap.",
        updates=({"content": "Beans beside the shed, carrots between the leeks, and pumpkins next to the compost."},),
    ),
    DemoText(
        Role.MEMBER,
        "Minutes of the autumn meeting",
        "Present: eleven members. The new greenhouse gets a foundation before the first frost. The market stall closes "
        "in December.",
    ),
    DemoText(
        Role.MEMBER,
        "Shopping list for the open day",
        "Cups, cider, two tables, and a sign for the gate.",
        actions=("delete",),
    ),
    DemoText(
        Role.ADMIN,
        "Offer for the rain barrels",
        "Six barrels of three hundred liters with taps, delivered to the north gate.",
        actions=("delete", "restore"),
    ),
)
ARTICLES = (
    DemoText(
        Role.ADMIN,
        "Compost for beginners",
        "A compost heap needs air, water and time. Mix wet kitchen scraps with dry leaves, and turn the heap when "
        "it cools down. After a year the compost is dark and crumbly and smells of forest.",
        actions=("publish",),
    ),
    DemoText(
        Role.MEMBER,
        "Watering in a dry summer",
        "Water rarely, but thoroughly, and in the morning. Mulch keeps the soil moist. Rain water from the barrels is "
        "better for seedlings than tap water.",
        updates=({"title": "Watering in dry summers"},),
        actions=("publish",),
    ),
    DemoText(
        Role.MEMBER,
        "Mulch instead of weeding",
        "Straw, leaves and grass cuttings cover the soil between the beans. Weeds get no light, worms do the digging, "
        "and what is left over goes to the compost heap.",
        actions=("publish",),
    ),
    DemoText(
        Role.OWNER,
        "How we keep bees",
        "Three hives stand behind the orchard. Bees need flowers from March to October, and water on hot days. In "
        "winter they are left alone.",
        actions=("publish", "unpublish", "publish"),
    ),
    DemoText(
        Role.ADMIN,
        "Pruning apple trees",
        "Prune in late winter, on a day without frost. Remove dead and crossing branches first. A good tree lets a hat "
        "fly through.",
        actions=("publish",),
    ),
    DemoText(
        Role.ADMIN,
        "Seeds from our own tomatoes",
        "Let the pulp ferment for three days, rinse the seeds, and dry them on paper. Hybrid varieties do not breed "
        "true.",
        actions=("publish",),
    ),
    DemoText(
        Role.MEMBER,
        "A greenhouse in winter",
        "Lamb's lettuce and spinach grow slowly, but they grow. Open the door at noon: mold likes still air.",
    ),
    DemoText(Role.ADMIN, "Ten years of growing", "Notes for the open day. The oldest compost heap is still in use."),
)
