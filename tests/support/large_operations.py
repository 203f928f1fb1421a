"""The operations with the largest responses that the cost limit permits, on the rows of large_dataset.py."""

DESCRIPTIONS = " ".join(f"d{number}: description" for number in range(50))
TITLES = " ".join(f"t{number}: title s{number}: status u{number}: updatedAt" for number in range(30))
NESTED = "projects(first: 100) { nodes { id name tasks(first: 100) { nodes { %s } } } }"
TASKS = "id title workers(first: 10) { nodes { id name } }"
LARGEST = {
    "110,000 objects": f"{{ {NESTED % TASKS} }}",
    "long texts": f"{{ {NESTED % 'id description'} }}",
    "aliases of long texts": f"{{ tasks(first: 100) {{ nodes {{ {DESCRIPTIONS} }} }} }}",
    "90 fields": f"{{ {NESTED % TITLES} }}",
    "shared objects": f"{{ tasks(first: 100) {{ nodes {{ project {{ {DESCRIPTIONS} }} }} }} }}",
    "fallback after an error": f"{{ {NESTED % TASKS} failing: projects(first: 101) {{ nodes {{ id }} }} }}",
}
