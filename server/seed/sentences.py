"""Phrases and sentences from which the titles and descriptions of the benchmark data are composed."""

PLACES = (
    "by the pond",
    "behind the greenhouse",
    "at the north gate",
    "on the upper terrace",
    "along the railway",
    "under the walnut",
    "next to the beehives",
    "in the greenhouse",
)
TIMES = (
    "before the first frost",
    "while it is dry",
    "after the market",
    "by the end of the month",
    "as soon as the soil is warm",
    "before the open day",
)
SENTENCES = (
    "Ask around first.",
    "The last time it took two days and a borrowed trailer.",
    "Gloves and the long ladder are in the tool shed, left of the door.",
    "Take pictures before and after, so that the others see what came of it.",
    "If it rains, leave it: wet soil is trodden hard and nothing grows there for a year.",
    "What is left over goes to the compost, what is still good to the stall.",
    "Two people are enough; three stand in each other's way.",
    "The key is with the neighbor, who is at home in the evening.",
    "Count everything twice and write it into the book.",
    "Mind the cable that runs along the fence, it has been there longer than the plan of it.",
    "We need this done once and for all: last year's repair did not survive the winter, and before that we forgot it.",
    "Order the material early; the shop needs a week, and in spring three.",
)
