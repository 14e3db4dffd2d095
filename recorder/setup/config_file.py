"""Writes the agent's configuration as the TOML that `recorder.setup.config` reads."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, SecretStr

from core.errors import SettingsError
from recorder.disk.secret_file import write_secret
from recorder.setup.config import AgentConfig

_HEAD = "# Settings of this station's agent. docs/ref/config.md tells what each means.\n"


def write_config(path: Path, config: AgentConfig) -> None:
    """Write the file, mode 0600: it holds the passwords of cameras.

    Raises:
        SettingsError: There is one already, which was not touched; or it cannot be written.
    """
    try:
        content = config_text(config).encode()
    except UnicodeEncodeError:
        raise SettingsError(f"{path} cannot be written: something in it is no text") from None
    write_secret(path, content)


def config_text(config: AgentConfig) -> str:
    """The whole file; reading it gives an equal configuration."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(config))


def _lines(table: BaseModel) -> Iterator[str]:
    # TOML: what stands below a table's head belongs to it, so plain values come first.
    values = [(name, value) for name, value in table if value is not None]
    yield from (f"{name} = {_text(value)}" for name, value in values if not _is_table(value))
    for name, value in values:
        if isinstance(value, BaseModel):
            yield from ("", f"[{name}]", *_lines(value))
        if isinstance(value, tuple):
            for one in value:
                yield from ("", f"[[{name}]]", *_lines(one))


def _is_table(value: object) -> bool:
    return isinstance(value, BaseModel | tuple)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(int(value))
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    # JSON's escapes are all TOML's too; DEL is the one character that only TOML forbids.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
