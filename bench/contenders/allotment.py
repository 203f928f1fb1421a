"""Allotment as in production: signed in with a token, in a tenant, behind row-level security, everything on."""

from collections.abc import Mapping, Sequence

from bench.contenders.contender import POOL_SIZE, GraphQL, python
from bench.ground import Plot
from bench.requests import Request, send
from bench.stage import Stage
from bench.workloads import Shape
from server.seed.bench import PASSWORD
from server.settings import Settings, variable_name

_LOGIN = "mutation Login($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }"
_ALL = "id title description status priority dueDate createdAt updatedAt version"
_EXECUTOR = "ALLOTMENT_EXECUTOR"


class Allotment(GraphQL):
    """The server of this checkout."""

    name = "allotment"
    about = "this server, everything on"

    documents = {  # noqa: RUF012  (never changed)
        Shape.TREE: """query Tree($projects: Int!, $tasks: Int!) {
            projects(first: $projects) { nodes { id name description version
                tasks(first: $tasks) { nodes { id title status priority assignee { id name email version } } }
            } }
        }""",
        Shape.LIST: f"query List($tasks: Int!) {{ tasks(first: $tasks) {{ nodes {{ {_ALL} }} }} }}",
        Shape.ONE: f"query One($id: ID!) {{ task(id: $id) {{ {_ALL} }} }}",
        Shape.DEEP: """query Deep($projects: Int!, $tasks: Int!, $workers: Int!) {
            projects(first: $projects) { nodes { id name
                tasks(first: $tasks) { nodes { id title
                    workers(first: $workers) { nodes { id name team { id name } } }
                } }
            } }
        }""",
        Shape.TYPENAME: "{ __typename }",
        Shape.CREATE: f"""mutation Create($input: CreateTaskInput!) {{
            createTask(input: $input) {{ task {{ {_ALL} }} userErrors {{ code message }} }}
        }}""",
    }

    def command(self) -> Sequence[str]:
        return [*python("server.cli"), "serve"]

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        """What an operator could set who has no use for a line of log for each request."""
        return {
            "ALLOTMENT_ENV": "production",
            "DATABASE_URL": stage.url,
            "SECRET_KEY": stage.secret,
            "DB_POOL_SIZE": str(POOL_SIZE),
            "DB_MAX_OVERFLOW": "0",
            "WORKERS": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
            "ACCESS_TOKEN_MINUTES": "1440",  # a run takes longer than the usual fifteen
        }

    def headers(self, port: int, plot: Plot) -> Mapping[str, str]:
        """Signs in for them."""
        answer = send(port, self.login(plot))
        return {"authorization": f"Bearer {answer.data['login']['accessToken']}", "x-tenant": plot.slug}

    def login(self, plot: Plot) -> Request:
        """How the tenant's owner signs in."""
        credentials = {"input": {"email": plot.email, "password": PASSWORD}}
        return Request.of(self.path, {"query": _LOGIN, "variables": credentials}, {})

    def id(self, table: str, id: object) -> str:
        return f"{table}_{str(id).replace('-', '')}"


class AllotmentOnGraphQLCore(Allotment):
    """The same with the executor that others use."""

    name = "allotment-graphql-core"
    about = "the same server, executing with graphql-core"

    def environment(self, stage: Stage, port: int) -> Mapping[str, str]:
        return {**super().environment(stage, port), _EXECUTOR: "graphql-core"}

    def remark(self) -> str | None:
        if any(_EXECUTOR in variable_name(field) for field in Settings.model_fields):
            return None
        return f"This checkout does not know {_EXECUTOR}: both run on graphql-core and differ by noise only."
