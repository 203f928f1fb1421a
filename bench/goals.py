"""What this server is to reach: so many times the requests of another contender, in the same run."""

GOALS = {
    "nested": {"postgraphile-tenant": 2.0, "mercurius": 3.0, "idiomatic": 50.0, "floor": 0.45},
    "one": {"postgraphile-tenant": 1.0, "floor": 0.5, "idiomatic": 4.0},
    "typename": {"floor": 0.4},
    "create": {"idiomatic": 1.5},
}
