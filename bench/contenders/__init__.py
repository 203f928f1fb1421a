"""The servers that are compared."""

from bench.contenders.allotment import Allotment, AllotmentOnGraphQLCore
from bench.contenders.contender import Contender
from bench.contenders.floor import Floor
from bench.contenders.idiomatic import Idiomatic
from bench.contenders.node import Mercurius, PostGraphile, PostGraphileWithTenant

CONTENDERS: dict[str, Contender] = {
    each.name: each
    for each in (
        Allotment(),
        AllotmentOnGraphQLCore(),
        Idiomatic(),
        Floor(),
        PostGraphile(),
        PostGraphileWithTenant(),
        Mercurius(),
    )
}

__all__ = ["CONTENDERS", "Contender"]
