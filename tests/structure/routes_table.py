"""The API's routes as a table for docs/ref/http.md."""


def routes_table(interface: dict) -> str:
    """One line per method and path, by path."""
    rows = [
        f"| `{method.upper()}` | `{path}` | {_meaning(operation)} |"
        for path, operations in sorted(interface["paths"].items())
        for method, operation in operations.items()
    ]
    return "\n".join(["| method | path | what it does |", "| --- | --- | --- |", *rows])


def _meaning(operation: dict) -> str:
    text = operation.get("description") or operation.get("summary", "")
    return text.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
