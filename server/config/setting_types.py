"""Types of setting values. Choices ignore case and surrounding whitespace."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from server.config.cors_origins import parse_origins


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


Environment = Annotated[Literal["development", "production", "test"], BeforeValidator(_lower)]
PoolPreset = Annotated[Literal["light", "medium", "heavy"], BeforeValidator(_lower)]
PersistedMode = Annotated[Literal["off", "allowed", "required"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["json", "plain"], BeforeValidator(_lower)]
ExecutorName = Annotated[Literal["compiled", "graphql-core"], BeforeValidator(_lower)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_origins)]
Seconds = Annotated[float, Field(ge=0.1, le=3600, allow_inf_nan=False)]
