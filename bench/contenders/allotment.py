"""Allotment as in production: with an access token, a tenant, row-level security, and all features enabled."""

from collections.abc import Mapping, Sequence

from bench.contenders.contender import POOL_SIZE, GraphQLContender, python_command
from bench.database import BenchDatabase
from bench.requests import Request, send_request
from bench.targets import TargetTenant
from bench.workloads import Shape
from server.config.settings import Settings, variable_name
from server.seed.bench import PASSWORD

_LOGIN = "mutation Login($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }"
_ALL = "id title description status priority dueDate createdAt updatedAt version"
_EXECUTOR = "ALLOTMENT_EXECUTOR"


class Allotment(GraphQLContender):
    """The server of this checkout."""

    name = "allotment"
    description = "this server, all features enabled"

    documents = {  # noqa: RUF012  (constant)
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
        Shape.PAGE: """query Page($tasks: Int!, $offset: Int!) {
            tasks(first: $tasks, offset: $offset) { nodes { id title status priority } }
        }""",
        Shape.AGGREGATE: """{
            tasks { aggregate(groupBy: [{field: STATUS}]) { groups { key { status } count } } }
        }""",
        Shape.SEARCH: """query Search($query: String!, $documents: Int!) {
            search(query: $query, types: [DOCUMENT], first: $documents) { nodes { ... on Document { id title } } }
        }""",
        Shape.BULK: """mutation Bulk($inputs: [CreateTaskInput!]!) {
            bulkCreateTasks(inputs: $inputs) {
                results { task { title version } userErrors { code } } userErrors { code }
            }
        }""",
        Shape.FANOUT: """mutation Create($input: CreateTaskInput!) {
            createTask(input: $input) { task { title } userErrors { code message } }
        }""",
    }

    def subscription(self) -> str:
        return "subscription { taskChanged { cursor action task { id title status version } } }"

    def command(self) -> Sequence[str]:
        return [*python_command("server.cli"), "serve"]

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        """Return production settings, without a log line per request."""
        return {
            "ALLOTMENT_ENV": "production",
            "DATABASE_URL": database.url,
            "SECRET_KEY": database.secret,
            "DB_POOL_SIZE": str(POOL_SIZE),
            "DB_MAX_OVERFLOW": "0",
            "WORKERS": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
            # The load generator is one user.
            "COST_PER_SECOND_PRINCIPAL": "1000000000",
            "COST_BURST_PRINCIPAL": "1000000000",
            "COST_PER_SECOND_TENANT": "1000000000",
            "COST_BURST_TENANT": "1000000000",
            "MAX_LIVE_CONNECTIONS_PER_CALLER": "1000",
            "MAX_CONNECTIONS_PER_ADDRESS": "1000",
            "ACCESS_TOKEN_MINUTES": "1440",  # a run takes longer than the default of fifteen minutes
        }

    def headers(self, port: int, target: TargetTenant) -> Mapping[str, str]:
        """Log in, and return the headers of an authenticated request."""
        response = send_request(port, self.login(target))
        return {"authorization": f"Bearer {response.data['login']['accessToken']}", "x-tenant": target.slug}

    def login(self, target: TargetTenant) -> Request:
        """Return the login request of the tenant's owner."""
        credentials = {"input": {"email": target.email, "password": PASSWORD}}
        return Request.json_post(self.path, {"query": _LOGIN, "variables": credentials}, {})

    def id(self, table: str, id: object) -> str:
        return f"{table}_{str(id).replace('-', '')}"


class AllotmentOnGraphQLCore(Allotment):
    """The same server with graphql-core's executor."""

    name = "allotment-graphql-core"
    description = "the same server, executing with graphql-core"

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        return {**super().environment(database, port), _EXECUTOR: "graphql-core"}

    def remark(self) -> str | None:
        if any(_EXECUTOR in variable_name(field) for field in Settings.model_fields):
            return None
        return f"This checkout does not support {_EXECUTOR}: both use graphql-core and differ by noise only."
