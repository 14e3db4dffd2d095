"""The languages of the pages, and which one a reader gets."""

from enum import StrEnum

LANGUAGE_COOKIE = "pollcam_language"
LANGUAGE_COOKIE_MAX_AGE_S = 365 * 24 * 3600


class Language(StrEnum):
    """The language of a page. The state language first."""

    KY = "ky"
    RU = "ru"
    EN = "en"

    @property
    def own_name(self) -> str:
        """Its name in itself, for a reader who understands no other."""
        return {"ky": "Кыргызча", "ru": "Русский", "en": "English"}[self.value]

    @property
    def locale(self) -> str:
        """What Babel calls it; British English, for its dates and its week."""
        return "en_GB" if self is Language.EN else self.value


DEFAULT_LANGUAGE = Language.RU


def choose_language(*wishes: str | None, accept_language: str = "") -> Language:
    """The first wish that is a language of ours, then what the browser prefers.

    Args:
        wishes: In order of weight, for example the address, the cookie, the account.
        accept_language: The header of that name; its order counts, its weights do not.
    """
    asked = [part.partition(";")[0].strip()[:2].lower() for part in accept_language.split(",")]
    for wish in (*wishes, *asked):
        if wish in list(Language):
            return Language(wish)
    return DEFAULT_LANGUAGE
