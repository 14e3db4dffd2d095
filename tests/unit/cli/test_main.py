import argparse

import pytest

from cli import __main__ as command


@pytest.fixture
def missing(monkeypatch):
    """Makes the command's work end for want of a module."""

    def lack(name: str) -> None:
        def run(_args: argparse.Namespace) -> int:
            raise ModuleNotFoundError(name=name)

        parser = argparse.ArgumentParser()
        parser.set_defaults(run=run, command="api")
        monkeypatch.setattr(command, "make_parser", lambda: parser)

    return lack


def test_a_command_whose_parts_are_not_installed_says_so_in_a_sentence(missing, capsys):
    missing("pydantic_settings")
    assert command.main([]) == 2
    said = capsys.readouterr().err
    assert "api needs pydantic_settings" in said
    assert len(said.splitlines()) == 1


def test_a_module_of_our_own_that_is_missing_is_a_fault_and_no_sentence(missing):
    missing("recorder.nothing")
    with pytest.raises(ModuleNotFoundError):
        command.main([])
