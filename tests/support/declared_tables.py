"""Compares the tables that operations declare with those in their SQL."""

import re
from typing import Any

from graphql import GraphQLError, OperationType

from database.authentication import Credentials
from executor import UndeclaredSources
from models.relations import list_models
from resolvers.app_services import AppServices
from resolvers.context import Context
from server.graphql.request import GraphQLRequest
from services.core.errors import BadInput
from tests.harness.statement_counter import StatementCounter
from tests.support.executor_comparison import DOCUMENTS, EXECUTORS_BY_NAME

TABLE = re.compile(r'(?:\bFROM|\bJOIN|,)\s+"?([a-z_]+)"?(?![\w."(])')
IDENTITY = re.compile(r'SELECT "?(user"?\.id AS user_id|api_key"?\.id AS api_key_id)')


class DeclaredTables:
    """Executes queries, and fails if their statements read a table that they do not declare."""

    def __init__(self, services: AppServices, counter: StatementCounter) -> None:
        self._services = services
        self._counter = counter
        self.checked = 0
        self.undeclared = 0
        self.read: set[str] = set()
        """All tables that were read."""

    async def check(self, text: str, variables: dict[str, Any] | None, credentials: Credentials) -> None:
        """Execute a query. The first statement, which authenticates, is left out."""
        try:
            operation = DOCUMENTS.load(text).find_operation(None)
            declared = operation.sources.evaluate(variables)
        except UndeclaredSources:
            self.undeclared += 1
            return
        except (GraphQLError, BadInput):
            return
        context = Context(credentials, self._services)
        await context.reader.principal()
        with self._counter:
            await EXECUTORS_BY_NAME["compiled"].execute(GraphQLRequest(text, variables), context, {OperationType.QUERY})
        await context.reader.close()
        read = {table for statement in self._counter.statements for table in tables_in(statement)}
        assert read <= declared, (read - declared, text, variables)
        self.read |= read
        self.checked += 1


def tables_in(statement: str) -> set[str]:
    """Return the tables that a statement reads; none if it authenticates."""
    if IDENTITY.match(statement):
        return set()
    names = {str(model.__tablename__) for model in list_models()}
    return names.intersection(TABLE.findall(statement))
