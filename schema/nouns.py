"""The nouns that are declared with schema/noun.py."""

from schema.article import ARTICLE
from schema.document import DOCUMENT
from schema.noun import Noun
from schema.noun_types import build_noun_types
from schema.product import PRODUCT
from schema.project import PROJECT
from schema.task import TASK
from schema.team import TEAM
from schema.worker import WORKER

NOUNS: tuple[Noun, ...] = (TEAM, WORKER, PROJECT, TASK, PRODUCT, DOCUMENT, ARTICLE)
NOUN_TYPES = tuple(build_noun_types(noun) for noun in NOUNS)
