"""Every relative link of every document leads somewhere."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.structure.committed import committed_files, name_of
from tests.structure.markdown import anchors, links

DOCUMENTS = committed_files(".md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_relative_links_resolve(document):
    targets = [t for t in links(document.read_text("utf-8")) if not _is_elsewhere(t)]
    assert [target for target in targets if not _resolves(document, target)] == []


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "a.md").write_text("# One two\n", encoding="utf-8")
    here = tmp_path / "b.md"
    assert _resolves(here, "a.md#one-two")
    assert not _resolves(here, "a.md#three")
    assert not _resolves(here, "c.md")


def _is_elsewhere(target: str) -> bool:
    return "://" in target or target.startswith("mailto:")


def _resolves(document: Path, target: str) -> bool:
    place, _, fragment = unquote(target).partition("#")
    path = document.parent / place if place else document
    if not path.exists():
        return False
    return not fragment or (path.suffix == ".md" and fragment in anchors(path.read_text("utf-8")))
