"""The API's description is a file that reviewers see change.

To take a change over: python -m tests.unit.api.test_openapi
"""

import json
import tempfile
from functools import cache
from pathlib import Path

from api.app import create_app
from api.settings import ApiSettings
from tests.fakes.clock import FakeClock

SNAPSHOT = Path(__file__).parents[3] / "docs" / "ref" / "openapi.json"


@cache
def described() -> str:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ApiSettings(data_dir=Path(folder)), FakeClock())
        app.state.services.engine.dispose()
        return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_the_description_is_the_one_in_the_documents():
    assert SNAPSHOT.read_text("utf-8") == described()


async def test_the_description_is_served(client):
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert "/api/v1/stations" in answer.json()["paths"]


def test_every_operation_says_what_it_does():
    paths = json.loads(described())["paths"]
    bare = [
        f"{method} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if not operation.get("description")
    ]
    assert bare == []


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
    SNAPSHOT.write_text(described(), "utf-8")
