"""Metrics as tables for docs/ref/metrics.md, read from the registries of the processes."""

from prometheus_client import CollectorRegistry

_SUFFIX = {"counter": "_total"}


def metrics_table(registry: CollectorRegistry) -> str:
    """Every metric of a registry, by name."""
    rows = [
        f"| `{family.name}{_SUFFIX.get(family.type, '')}` | {family.type} "
        f"| {labels_of(registry, family.name)} | {family.documentation} |"
        for family in sorted(families(registry), key=lambda family: family.name)
    ]
    head = ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])


def families(registry: CollectorRegistry) -> list:
    """The metric families of a registry; what the client library adds of itself is left out."""
    return [family for family in registry.collect() if family.name.startswith("pollcam_")]


def series_names(registry: CollectorRegistry) -> set[str]:
    """Names as queries use them."""
    names: set[str] = set()
    for family in families(registry):
        endings = {
            "counter": ("_total",),
            "histogram": ("_bucket", "_sum", "_count"),
            "summary": ("_sum", "_count"),
        }
        names |= {family.name + ending for ending in endings.get(family.type, ("",))}
    return names


def labels_of(registry: CollectorRegistry, name: str) -> str:
    """The label names of a metric. The library shows them only on series that exist already."""
    makers = [c for c, names in registry._collector_to_names.items() if name in names]
    # A metric is its own collector; what a collector of ours makes anew knows its own.
    made = [family for family in families(registry) if family.name == name]
    labels = (getattr(one, "_labelnames", ()) for one in (*makers, *made))
    return ", ".join(f"`{label}`" for label in next(filter(None, labels), ()))
