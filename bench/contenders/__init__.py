"""The servers that are compared."""

from bench.contenders.allotment import Allotment, AllotmentOnGraphQLCore
from bench.contenders.contender import Contender
from bench.contenders.floor import Floor
from bench.contenders.idiomatic import Idiomatic

CONTENDERS: dict[str, Contender] = {
    each.name: each for each in (Allotment(), AllotmentOnGraphQLCore(), Idiomatic(), Floor())
}
PYTHON = ("allotment", "allotment-graphql-core", "idiomatic", "floor")

__all__ = ["CONTENDERS", "PYTHON", "Contender"]
