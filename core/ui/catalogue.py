"""The texts of the pages: gettext catalogues, read as they are, so that nothing needs compiling."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from core.ui.languages import Language


class Texts:
    """All texts in one language. A page is never lost for a missing word: English stands in.

    Texts are named, for example `reason.covered`; their values are filled in by name.
    """

    def __init__(
        self, language: Language, own: Mapping[str, str], fallback: Mapping[str, str]
    ) -> None:
        self.language = language
        self._texts = {**fallback, **{name: text for name, text in own.items() if text}}

    def __call__(self, name: str, **values: object) -> str:
        """The text of that name with its values filled in; the name itself when there is none."""
        text = self._texts.get(name)
        if text is None:
            return name
        return text.format(**values) if values else text

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def under(self, *prefixes: str) -> dict[str, str]:
        """The texts whose names begin with one of the prefixes, for a script of a page."""
        return {name: text for name, text in self._texts.items() if name.startswith(prefixes)}


@cache
def texts_in(language: Language) -> Texts:
    """The texts of a language; read once in the life of a process."""
    return Texts(language, read_catalogue(language), read_catalogue(Language.EN))


def read_catalogue(language: Language) -> dict[str, str]:
    """What the catalogue of a language holds: names and texts."""
    path = files("core.ui") / "locales" / language.value / "LC_MESSAGES" / "pollcam.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language.value, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id}
