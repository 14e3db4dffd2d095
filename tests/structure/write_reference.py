"""Makes the made parts of docs/ref anew: `python -m tests.structure.write_reference`."""

from tests.structure.reference import OPENAPI, documents, openapi_text, renewed


def main() -> None:
    for path in documents():
        path.write_text(renewed(path.read_text("utf-8")), "utf-8")
    OPENAPI.write_text(openapi_text(), "utf-8")


if __name__ == "__main__":
    main()
