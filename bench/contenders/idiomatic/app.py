"""The application of the idiomatic server: FastAPI with Strawberry's router."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from fastapi import FastAPI, Request
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from bench.contenders import uvicorn_server
from bench.contenders.contender import TENANT_HEADER
from bench.contenders.idiomatic.context import Context
from bench.contenders.idiomatic.roots import Mutation, Query


def build_app(url: str, pool_size: int) -> FastAPI:
    """Return the application."""
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=pool_size, max_overflow=0
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    def session() -> AsyncSession:
        return AsyncSession(engine, expire_on_commit=False)

    schema = strawberry.Schema(Query, Mutation, config=StrawberryConfig(auto_camel_case=True))
    app = FastAPI(lifespan=lifespan)
    app.include_router(GraphQLRouter[Any, Any](schema, context_getter=_context_getter(session)), prefix="/graphql")
    return app


def _context_getter(session: Callable[[], AsyncSession]) -> Any:
    async def build_context(request: Request) -> Context:
        tenant = request.headers.get(TENANT_HEADER)
        return Context(session, uuid.UUID(tenant) if tenant else uuid.UUID(int=0))

    return build_context


if __name__ == "__main__":
    uvicorn_server.serve(build_app(uvicorn_server.database_url(), uvicorn_server.pool_size()))
