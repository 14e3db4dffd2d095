"""Settings classes as tables for docs/ref/config.md."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ByteSize, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}
_LIMITS = {
    "ge": "≥",
    "gt": ">",
    "le": "≤",
    "lt": "<",
    "min_length": "length ≥",
    "max_length": "length ≤",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One line of a table."""

    name: str
    kind: str
    default: str
    meaning: str

    def __str__(self) -> str:
        return f"| `{self.name}` | {self.kind} | {self.default} | {self.meaning} |"


def settings_table(model: type[BaseModel], prefix: str = "") -> str:
    """The fields of one class; in the environment their names carry a prefix and are upper case."""
    rows = [str(row) for row in settings_of(model, prefix)]
    return "\n".join(["| name | value | default | meaning |", "| --- | --- | --- | --- |", *rows])


def settings_of(model: type[BaseModel], prefix: str = "") -> Iterator[Setting]:
    meanings = field_docstrings(model)
    for name, field in model.model_fields.items():
        yield Setting(
            name=f"{prefix}{name}".upper() if prefix else name,
            kind=_kind(field.annotation, field),
            default=_default(field),
            meaning=meanings.get(name, ""),
        )


def field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field in the source, on one line; bases included."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if issubclass(cls, BaseModel) and cls.__module__.split(".")[0] not in {
            "pydantic",
            "pydantic_settings",
        }:
            found |= _docstrings(cls)
    return found


def _docstrings(cls: type) -> dict[str, str]:
    definition = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            value = getattr(text.value, "value", None)
            if isinstance(value, str) and isinstance(field.target, ast.Name):
                found[field.target.id] = " ".join(value.split())
    return found


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, timedelta):
        value = TypeAdapter(timedelta).dump_python(value, mode="json")
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, ByteSize):
        value = value.human_readable()
    if isinstance(value, BaseModel):
        return "see there"
    return f"`{value}`" if value not in (None, "", (), []) else ""


def _kind(annotation: Any, field: FieldInfo | None = None) -> str:
    limits = [
        f"{sign} {getattr(m, name)}"
        for m in (field.metadata if field else [])
        for name, sign in _LIMITS.items()
        if getattr(m, name, None) is not None
    ]
    return ", ".join([_word(annotation), *limits])


def _word(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _word(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return " or ".join(_word(a) for a in get_args(annotation) if a is not type(None))
    if origin in (tuple, list, frozenset):
        return f"list of {_word(get_args(annotation)[0])}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " · ".join(f"`{value}`" for value in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    name = getattr(annotation, "__name__", str(annotation))
    special = {
        "timedelta": "duration",
        "Path": "path",
        "SecretStr": "secret",
        "ByteSize": "size",
        "UUID": "id",
    }
    return special.get(name, _WORDS.get(name, name))
