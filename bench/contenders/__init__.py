"""The servers that the benchmark compares."""

from bench.contenders.allotment import Allotment, AllotmentOnGraphQLCore
from bench.contenders.contender import Contender
from bench.contenders.floor import Floor
from bench.contenders.idiomatic import Idiomatic
from bench.contenders.node import Mercurius, PostGraphile, PostGraphileWithTenant

CONTENDERS: dict[str, Contender] = {
    contender.name: contender
    for contender in (
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
