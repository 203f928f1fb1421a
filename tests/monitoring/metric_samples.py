"""Reads the text of `/metrics`."""

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "the token of the tests' Prometheus"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


class Samples:
    """The samples of a response, by name and labels."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        self.names = {family.name for family in families}
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return the value with exactly these labels; 0 if there is none."""
        return self._values.get((f"allotment_{name}", frozenset(labels.items())), 0.0)

    def label_values(self, name: str, label: str) -> set[str]:
        """Return all values of a label."""
        return {dict(labels)[label] for sample, labels in self._values if sample == f"allotment_{name}"}
