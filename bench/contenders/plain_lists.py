"""Documents for schemas with plain lists instead of connections."""

from bench.workloads import Shape

_ALL = "id title description status priority dueDate createdAt updatedAt version"

DOCUMENTS = {
    Shape.TREE: """query Tree($projects: Int!, $tasks: Int!) {
        projects(first: $projects) { id name description version
            tasks(first: $tasks) { id title status priority assignee { id name email version } }
        }
    }""",
    Shape.LIST: f"query List($tasks: Int!) {{ tasks(first: $tasks) {{ {_ALL} }} }}",
    Shape.ONE: f"query One($id: ID!) {{ task(id: $id) {{ {_ALL} }} }}",
    Shape.DEEP: """query Deep($projects: Int!, $tasks: Int!, $workers: Int!) {
        projects(first: $projects) { id name
            tasks(first: $tasks) { id title workers(first: $workers) { id name team { id name } } }
        }
    }""",
    Shape.TYPENAME: "{ __typename }",
    Shape.CREATE: f"mutation Create($input: CreateTaskInput!) {{ createTask(input: $input) {{ {_ALL} }} }}",
}
