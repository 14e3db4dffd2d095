"""No process has a secret by default, and none shows one that it was given."""

import re

import pytest
from pydantic import BaseModel, SecretStr

from api.settings import ApiSettings
from streamer.settings import StreamerSettings

_SECRET = re.compile(r"password|secret|_token|access_key|database_url|_pin\b|credential")
MODELS = [ApiSettings, StreamerSettings]
SECRETS = [(m, name) for m in MODELS for name in m.model_fields if _SECRET.search(name)]


def test_there_are_secrets_to_look_at():
    assert SECRETS


@pytest.mark.parametrize(("model", "name"), SECRETS)
def test_a_secret_is_kept_as_one_and_is_empty_by_default(model: type[BaseModel], name: str):
    field = model.model_fields[name]
    assert field.annotation is SecretStr
    assert field.is_required() or field.get_default().get_secret_value() == ""


def test_settings_print_without_their_secrets(tmp_path):
    given = {name: "hunter2-of-a-test" for model, name in SECRETS if model is ApiSettings}
    assert "hunter2" not in repr(ApiSettings(data_dir=tmp_path, **given))
