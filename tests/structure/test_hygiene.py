"""What must not be in a committed file: other machines, promises without an issue, secrets."""

import re

import pytest

from tests.structure.committed import committed_files, name_of, text_of

REGISTRY_HOSTS = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|proxy\.golang\.org|sum\.golang\.org"
    r"|deb\.debian\.org|registry\.yarnpkg\.com)\b|(?:extra-)?index-url[ =]",
    re.IGNORECASE,
)
# A path starts here: nothing of a word, a dot, a brace or another slash stands before it.
DEVELOPER_PATHS = re.compile(r"(?<![\w.}/~-])/(?:work|root|tmp|home|Users)/\w")
PROMISES = re.compile(r"\b(?:TO[D]O|FI[X]ME|X[X]X|HA[C]K)\b(?!\(#\d+\))")
PRIVATE_KEYS = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE[ ]KEY-----\s*[A-Za-z0-9+/]{16}")
CLOUD_KEYS = re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|minio[a]dmin)\b")
URL_PASSWORDS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'`{}<>$*]+:([^\s/@\"'`{}<>$*]+)@")
ASSIGNED = re.compile(r"^\s*(?:export )?(\w*(?:PASSWORD|SECRET|TOKEN|_KEY))=(\S+)", re.MULTILINE)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the host of a package registry", REGISTRY_HOSTS),
        ("a path of a developer's machine", DEVELOPER_PATHS),
        ("a promise without an issue", PROMISES),
        ("a private key", PRIVATE_KEYS),
        ("a key of a cloud", CLOUD_KEYS),
    ],
)
def test_no_committed_file_holds(what, pattern):
    found = [
        f"{name_of(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()!r} is {what}"
        for path in committed_files()
        for text in [text_of(path)]
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_no_address_outside_the_tests_holds_a_password():
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in committed_files()
        if not name_of(path).startswith("tests/")
        for match in URL_PASSWORDS.finditer(text_of(path))
        if match.group(1) not in {"PASSWORD", "ПАРОЛЬ"}
    ]
    assert found == []


def test_no_file_of_the_deployment_gives_a_secret_a_value():
    found = [
        f"{name_of(path)}: {name}={value}"
        for path in committed_files()
        if name_of(path).startswith("deploy/")
        for name, value in ASSIGNED.findall(text_of(path))
        if not value.startswith(("$", '"$', "'$", "%", '""', "''", "@"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (REGISTRY_HOSTS, "pip install --index-" + "url=x"),
        (DEVELOPER_PATHS, "open('" + "/ho" + "me/somebody/x')"),
        (PROMISES, "# TO" + "DO later"),
        (PRIVATE_KEYS, "-----BEGIN PRIVATE" + " KEY-----\nMC4CAQAwBQYDK2VwBCIE"),
        (CLOUD_KEYS, "AKIA" + "A" * 16),
        (URL_PASSWORDS, "rtsp://admin:" + "12345@camera/"),
        (ASSIGNED, "POSTGRES_PASSWORD" + "=letmein"),
    ],
)
def test_each_rule_finds_what_it_is_for(pattern, bad):
    assert pattern.search(bad)
