"""Compiled GraphQL execution: a drop-in replacement for graphql-core's `execute()`. See docs/executor.md."""

from executor.arguments import Arguments
from executor.core_execution import execute_with_core
from executor.cost import BASE_COST, AnalysisTooLarge, OperationCost
from executor.cost_declarations import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION, ListSize
from executor.declarations import (
    EXECUTOR_EXTENSION,
    AttributeField,
    BatchedField,
    ComputedField,
    FieldDeclaration,
    PrefixSerializer,
    build_resolver,
)
from executor.document_size import estimate_document_size
from executor.execute import DEFAULT_PLAN_CACHE, execute, prepare
from executor.explain import explain
from executor.input_sources import read_variable_defaults
from executor.leaf_codegen import NativeScalar
from executor.meter import ExecutionStopped, Meter, ResponseTooLarge, TooManyErrors
from executor.pacer import Pacer
from executor.plan_cache import FieldPlace, PlanCache, WrapBatched
from executor.plan_lookup import find_obstacle, find_plan
from executor.sample_run import SampledField, SampleRun
from executor.slicing import Slicing
from executor.source_declarations import SOURCES_EXTENSION, FieldSources, Sources
from executor.sources import OperationSources, UndeclaredSources, declared_sources
from executor.tracebacks import drop_tracebacks
from executor.types import Bailout

__all__ = [
    "BASE_COST",
    "DEFAULT_PLAN_CACHE",
    "EXECUTOR_EXTENSION",
    "LIST_SIZE_EXTENSION",
    "SOURCES_EXTENSION",
    "WEIGHT_EXTENSION",
    "AnalysisTooLarge",
    "Arguments",
    "AttributeField",
    "Bailout",
    "BatchedField",
    "ComputedField",
    "ExecutionStopped",
    "FieldDeclaration",
    "FieldPlace",
    "FieldSources",
    "ListSize",
    "Meter",
    "NativeScalar",
    "OperationCost",
    "OperationSources",
    "Pacer",
    "PlanCache",
    "PrefixSerializer",
    "ResponseTooLarge",
    "SampleRun",
    "SampledField",
    "Slicing",
    "Sources",
    "TooManyErrors",
    "UndeclaredSources",
    "WrapBatched",
    "build_resolver",
    "declared_sources",
    "drop_tracebacks",
    "estimate_document_size",
    "execute",
    "execute_with_core",
    "explain",
    "find_obstacle",
    "find_plan",
    "prepare",
    "read_variable_defaults",
]
