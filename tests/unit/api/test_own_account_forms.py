"""What the forms of one's own account refuse, and what they understand."""

import pytest

from api.own_account import TokenOrder
from api.web.own_account_forms import (
    PasswordFields,
    TokenFields,
    faults_of_password,
    read_token,
)
from core.ui.catalogue import read_catalogue, texts_in
from core.ui.languages import Language

EN = texts_in(Language.EN)
OLD, NEW = "correct horse battery", "another good password"


@pytest.mark.parametrize(
    ("old", "new", "again", "fields"),
    [
        (OLD, NEW, NEW, []),
        (OLD, "long" * 64, "long" * 64, ["new"]),
        (OLD, "abcd-" * 51, "abcd-" * 51, []),
        (OLD, "abcd-" * 52, "abcd-" * 52, ["new"]),
        (OLD, "", "", ["new"]),
        (OLD, "Wq7-zk", "Wq7-zk", ["new"]),
        (OLD, NEW, NEW.upper(), ["again"]),
        ("", "Wq7-zk", "Wq7-zl", ["old", "new", "again"]),
    ],
)
def test_a_password_is_named_twice_and_strong(old, new, again, fields):
    assert list(faults_of_password(PasswordFields(old=old, new=new, again=again), EN)) == fields


@pytest.mark.parametrize(
    ("label", "days", "fields"),
    [
        (" ", "90", ["label"]),
        ("a\x00b", "90", ["label"]),
        ("x" * 65, "90", ["label"]),
        ("x" * 300, "90", ["label"]),
        (" known ", "90", ["label"]),
        ("report", "0", ["days"]),
        ("report", "3661", ["days"]),
        ("report", "1.5", ["days"]),
        ("report", "-1", ["days"]),
        ("report", "٣", ["days"]),
        ("", "soon", ["label", "days"]),
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_what_is_wrong_with_a_token_is_told_in_words(label, days, fields, language):
    read = read_token(TokenFields(label=label, days=days), {"known"}, texts_in(language))
    assert list(read) == fields
    assert not set(read.values()) & set(read_catalogue(language))
    assert not any("{" in fault for fault in read.values())


@pytest.mark.parametrize(("days", "meant"), [("", None), (" 90 ", 90), ("3660", 3660)])
def test_a_token_that_may_be_is_understood(days, meant):
    read = read_token(TokenFields(label=" report\u00a0of noon ", days=days), {"report"}, EN)
    assert read == TokenOrder(label="report of noon", days=meant)
