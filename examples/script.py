"""A script that signs in, exports and imports tasks, and follows changes. Needs Python 3.11 and `pip install httpx`.

export ALLOTMENT_URL=http://localhost:8000/graphql ALLOTMENT_TENANT=demo
export ALLOTMENT_EMAIL=member@demo.test ALLOTMENT_PASSWORD='Allotment-demo-1!'
python script.py export > tasks.csv     # all tasks, page by page
python script.py import tasks.csv       # creates a task for each row; repeated within 24 hours, it creates none
python script.py follow cursor.txt      # prints what changes, and continues where the last run ended
"""

import csv
import hashlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

ROWS_PER_MUTATION = 500
POLL_SECONDS = float(os.environ.get("ALLOTMENT_POLL_SECONDS", "2"))
MAX_ATTEMPTS = 6
VARIABLES = ("ALLOTMENT_URL", "ALLOTMENT_TENANT", "ALLOTMENT_EMAIL", "ALLOTMENT_PASSWORD")
COLUMNS = ("title", "description", "status", "priority")

LOGIN = """mutation ($input: LoginInput!) {
  login(input: $input) { accessToken refreshToken userErrors { code message } }
}"""
REFRESH = """mutation ($input: RefreshTokenInput) {
  refreshSession(input: $input) { accessToken refreshToken userErrors { code message } }
}"""
TASKS = """query ($after: String) {
  tasks(first: 100, after: $after) {
    nodes { title description status priority }
    pageInfo { hasNextPage endCursor }
  }
}"""
CREATE = """mutation ($inputs: [CreateTaskInput!]!) {
  bulkCreateTasks(inputs: $inputs, errorPolicy: SKIP_FAILED) {
    succeeded
    results { index userErrors { code field message } }
    userErrors { code field message }
  }
}"""
NEWEST = "{ changes(first: 1) { newestCursor } }"
CHANGES = """query ($after: String!) {
  changes(after: $after, first: 100, types: [TASK]) {
    nodes { objectId action changedFields object { ... on Task { title status } } }
    pageInfo { hasNextPage endCursor }
  }
}"""


class GraphQLError(Exception):
    """The server has refused an operation."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        super().__init__("; ".join(str(error["message"]) for error in errors))
        self.code: str = errors[0]["extensions"]["code"]
        self.retry_after: float | None = errors[0]["extensions"].get("retryAfter")


class Client:
    """Sends operations as one user in one tenant. It refreshes the session by itself, and repeats requests that the
    server asks it to repeat."""

    def __init__(self, url: str, tenant: str) -> None:
        self._http = httpx.Client(timeout=70, headers={"X-Tenant": tenant, "X-Client-Name": "script"})
        self._url = url
        self._access_token = ""
        self._refresh_token = ""

    def sign_in(self, email: str, password: str) -> None:
        """Begin a session."""
        self._begin(self.execute(LOGIN, {"input": {"email": email, "password": password}})["login"])

    def execute(self, query: str, variables: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
        """Return the data of an operation. A mutation with an idempotency key is performed once, however often it is
        sent. Raise GraphQLError if the server refuses it."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                return self._send(query, variables, key)
            except GraphQLError as error:
                if error.code == "UNAUTHENTICATED" and self._refresh_token and attempt == 0:
                    self._refresh()
                elif error.retry_after is not None and attempt < MAX_ATTEMPTS - 1:
                    time.sleep(error.retry_after)
                else:
                    raise
            except httpx.TransportError:  # the request may have been performed: only the key makes it safe to repeat
                if attempt == MAX_ATTEMPTS - 1 or (key is None and query.startswith("mutation")):
                    raise
                time.sleep(2**attempt / 4)
        raise AssertionError("The last attempt returns or raises.")

    def _send(self, query: str, variables: dict[str, Any] | None, key: str | None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._access_token}"} if self._access_token else {}
        headers |= {"Idempotency-Key": key} if key is not None else {}
        response = self._http.post(self._url, json={"query": query, "variables": variables}, headers=headers)
        body = response.json()
        if body.get("errors"):
            raise GraphQLError(body["errors"])
        data: dict[str, Any] = body["data"]
        return data

    def _refresh(self) -> None:
        """Exchange the refresh token, which is valid once, for new tokens."""
        self._access_token = ""
        data = self._send(REFRESH, {"input": {"refreshToken": self._refresh_token}}, None)
        self._begin(data["refreshSession"])

    def _begin(self, payload: dict[str, Any]) -> None:
        check(payload)
        self._access_token, self._refresh_token = payload["accessToken"], payload["refreshToken"]


def check(payload: dict[str, Any]) -> None:
    """End the script if a mutation was rejected."""
    if payload["userErrors"]:
        sys.exit("\n".join(f"{error['code']}: {error['message']}" for error in payload["userErrors"]))


def read_tasks(client: Client) -> Iterator[dict[str, Any]]:
    """Return all tasks, page by page."""
    after = None
    while True:
        page = client.execute(TASKS, {"after": after})["tasks"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def export_tasks(client: Client) -> None:
    """Write all tasks as CSV."""
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    writer.writerows(read_tasks(client))


def import_tasks(client: Client, file: Path) -> None:
    """Create a task for each row of a CSV file, and print the rows that were rejected. The keys depend on the content,
    so a run that was interrupted can be repeated within 24 hours: what was created is not created again."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [{name: value for name, value in row.items() if value} for row in csv.DictReader(lines)]
    created = 0
    for start in range(0, len(rows), ROWS_PER_MUTATION):
        inputs = rows[start : start + ROWS_PER_MUTATION]
        key = hashlib.sha256(f"{start} {inputs}".encode()).hexdigest()
        payload = client.execute(CREATE, {"inputs": inputs}, key)["bulkCreateTasks"]
        check(payload)
        created += payload["succeeded"]
        for result in payload["results"]:
            for error in result["userErrors"]:
                print(f"Row {start + result['index'] + 1}: {error['message']}", file=sys.stderr)
    print(f"{created} of {len(rows)} rows are tasks.")


def follow(client: Client, cursor_file: Path) -> None:
    """Print each change of a task once, also those that were made while the script did not run. The cursor is stored
    after the changes before it were printed."""
    if not cursor_file.exists():
        store(cursor_file, client.execute(NEWEST)["changes"]["newestCursor"])
    while True:
        page = client.execute(CHANGES, {"after": cursor_file.read_text()})["changes"]
        for change in page["nodes"]:
            title = change["object"]["title"] if change["object"] else ""
            print(change["action"], change["objectId"], title, flush=True)
        store(cursor_file, page["pageInfo"]["endCursor"])
        if not page["pageInfo"]["hasNextPage"]:
            time.sleep(POLL_SECONDS)


def store(file: Path, text: str) -> None:
    """Replace the content of a file at once: if the script is killed meanwhile, the file has the old content."""
    new = file.with_name(f"{file.name}.new")
    new.write_text(text)
    new.replace(file)


def main() -> None:
    """Run the command of the command line."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        sys.exit(f"Set {', '.join(missing)} in the environment, as the first lines of {__file__} show.")
    client = Client(os.environ["ALLOTMENT_URL"], os.environ["ALLOTMENT_TENANT"])
    client.sign_in(os.environ["ALLOTMENT_EMAIL"], os.environ["ALLOTMENT_PASSWORD"])
    match sys.argv[1:]:
        case ["export"]:
            export_tasks(client)
        case ["import", file]:
            import_tasks(client, Path(file))
        case ["follow", file]:
            follow(client, Path(file))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except GraphQLError as refused:
        sys.exit(f"{refused.code}: {refused}")
    except KeyboardInterrupt:
        sys.exit(130)
