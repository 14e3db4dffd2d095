"""Every page of the centre in every state that its users meet."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from playwright.sync_api import Page

from api.auth.rights import Role
from core.timestamps import to_iso
from tests.stage.country import GUEST, NEVER_SEEN, Country
from tests.stage.own_account import own_account
from tests.stage.scene import ALL_LANGUAGES, Scene, opened

_PICTURES = "() => [...document.querySelectorAll('.tile img:not([hidden])')].length > 3"


def scenes() -> tuple[Scene, ...]:
    """All of them; the calm ones last, so that the country changes its mood once."""
    seen = (_door(), _wall(), _stations(), _archive(), _tables(), _holds(), _admin())
    return tuple(scene for some in (*seen, own_account(), _calm()) for scene in some)


def _door() -> Iterator[Scene]:
    yield Scene(
        name="sign-in", role=None, show=opened("/sign-in", "#user"), languages=ALL_LANGUAGES
    )
    yield Scene(name="sign-in-wrong", role=None, show=_fail_to_sign_in)
    yield Scene(name="components", role=None, show=opened("/dev/components"))
    yield Scene(name="error-not-found", role=Role.OPERATOR, show=opened("/nothing-here"))
    yield Scene(name="error-forbidden", role=Role.OPERATOR, show=opened("/admin/accounts"))


def _fail_to_sign_in(page: Page, country: Country) -> None:
    page.goto(f"{country.url}/sign-in?next=/wall")
    page.fill("#user", "nobody")
    page.fill("#password", "wrong")
    page.click("form .button.main")
    page.wait_for_selector("#problem")


def _wall() -> Iterator[Scene]:
    wall = {"role": Role.OPERATOR, "is_whole": False, "settles_s": 2.5}
    yield Scene(name="wall", show=show_wall(""), languages=ALL_LANGUAGES, **wall)
    yield Scene(name="wall-filtered", show=show_wall("?region=osh&reason=agent_silent"), **wall)
    yield Scene(name="wall-nothing", show=show_wall("?q=zzz", pictures=False), **wall)
    yield Scene(name="wall-small", show=show_wall("?size=s"), **wall)
    yield Scene(name="wall-keys", show=_show_keys, **wall)
    yield Scene(name="wall-panel", show=panel("1042"), languages=ALL_LANGUAGES, **wall)
    yield Scene(name="wall-panel-covered", show=panel("1043", 2), **wall)
    yield Scene(name="wall-panel-silent", show=panel("2017"), **wall)
    yield Scene(name="wall-observer", role=Role.OBSERVER, show=opened("/wall"), is_whole=False)
    yield Scene(name="wall-lost", show=_lose_the_wall, **wall)


def show_wall(query: str, *, pictures: bool = True) -> Callable[[Page, Country], None]:
    """The wall with its first stills."""

    def show(page: Page, country: Country) -> None:
        page.goto(f"{country.url}/wall{query}")
        page.wait_for_selector(".tiles.is-virtual", state="attached")
        if pictures and not query.startswith("?region"):
            page.wait_for_function(_PICTURES)

    return show


def panel(number: str, position: int = 1) -> Callable[[Page, Country], None]:
    """A camera, opened on the wall."""

    def show(page: Page, country: Country) -> None:
        page.goto(f"{country.url}/wall?camera={country.camera(number, position)}")
        page.wait_for_selector("#camera[open] .camera-panel .day-bar", state="attached")

    return show


def _show_keys(page: Page, country: Country) -> None:
    show_wall("", pictures=False)(page, country)
    page.evaluate("document.getElementById('keys').showModal()")


def _lose_the_wall(page: Page, country: Country) -> None:
    show_wall("")(page, country)
    cut_off(page, country)
    page.wait_for_selector("#lost:not([hidden])")


def cut_off(page: Page, country: Country) -> None:
    """Nothing reaches the page any more, as when its network is gone."""
    page.context.set_offline(True)
    # Offline, a browser keeps the streams that are open already: the server ends them.
    country.api.services.events.close()


def _stations() -> Iterator[Scene]:
    yield Scene(name="stations", role=Role.TECHNICIAN, show=opened("/stations"))
    moods = {
        "good": "1042", "covered": "1043", "cut": "3002", "silent": "2017", "disk-low": "5208",
        "disk-failed": "6314", "dark": "6313", "frozen-clock": "3003", "never-seen": NEVER_SEEN,
    }  # fmt: skip
    for mood, number in moods.items():
        languages = ALL_LANGUAGES if mood in ("good", "cut") else ("ru",)
        show = _station(number)
        yield Scene(name=f"station-{mood}", role=Role.TECHNICIAN, show=show, languages=languages)
    yield Scene(
        name="station-enlarged", role=Role.TECHNICIAN, show=_enlarge_a_still, is_whole=False
    )


def _station(number: str) -> Callable[[Page, Country], None]:
    def show(page: Page, country: Country) -> None:
        page.goto(f"{country.url}/stations/{country.station_ids[number]}")
        page.wait_for_selector(".station-panel .headline")
        page.wait_for_load_state("networkidle")

    return show


def _enlarge_a_still(page: Page, country: Country) -> None:
    _station("1042")(page, country)
    page.click("button.picture >> nth=0")
    page.wait_for_selector("#large-picture[open]")


def _archive() -> Iterator[Scene]:
    auditor = {"role": Role.AUDITOR}
    yield Scene(name="archive-empty", show=opened("/archive"), **auditor)
    yield Scene(name="archive-day", show=archive(""), languages=ALL_LANGUAGES, **auditor)
    yield Scene(name="archive-nothing", show=archive("", number="2017"), **auditor)
    yield Scene(name="archive-on-device", show=archive("", number="5208"), **auditor)
    yield Scene(name="archive-playing", show=_play(second=False), **auditor)
    yield Scene(name="archive-two", show=_play(second=True), **auditor)
    yield Scene(name="archive-marked", show=_mark(0, 60), languages=ALL_LANGUAGES, **auditor)
    yield Scene(name="archive-marked-gap", show=_mark(60, 280), **auditor)
    yield Scene(name="archive-export-ready", show=_export, **auditor)
    yield Scene(name="archive-observer", role=Role.OBSERVER, show=archive(""))


def archive(query: str, number: str = "1042") -> Callable[[Page, Country], None]:
    """The day of the first camera of a station."""

    def show(page: Page, country: Country) -> None:
        page.goto(f"{country.url}/archive?camera={country.camera(number, 1)}{query}")
        page.wait_for_selector(".zoom .ticks", state="attached")

    return show


def _play(*, second: bool) -> Callable[[Page, Country], None]:
    def show(page: Page, country: Country) -> None:
        at = to_iso(country.footage_utc + timedelta(seconds=20))
        beside = f"&second={country.camera('1042', 2)}" if second else ""
        archive(f"&at={at}{beside}")(page, country)
        count = 2 if second else 1
        playing = "(n) => document.querySelectorAll('.picture.is-playing').length === n"
        page.wait_for_function(playing, arg=count)
        for _ in range(5):
            page.click("#zoom-in")

    return show


def _mark(from_s: float, to_s: float) -> Callable[[Page, Country], None]:
    def show(page: Page, country: Country) -> None:
        start, end = (country.footage_utc + timedelta(seconds=s) for s in (from_s, to_s))
        archive(f"&at={to_iso(start)}&in={to_iso(start)}&out={to_iso(end)}")(page, country)
        page.wait_for_selector("#planned")
        page.wait_for_selector(".picture.is-playing")

    return show


def _export(page: Page, country: Country) -> None:
    _mark(0, 30)(page, country)
    page.fill("#reason", "Дело 12/2026, жалоба наблюдателя")
    page.click("#export .button.main")
    page.wait_for_selector("#export .form-answer a.button")


def _tables() -> Iterator[Scene]:
    yield Scene(name="exports", role=Role.AUDITOR, show=opened("/exports"), languages=ALL_LANGUAGES)
    yield Scene(
        name="incidents", role=Role.OPERATOR, show=opened("/incidents"), languages=ALL_LANGUAGES
    )
    yield Scene(name="access-log", role=Role.AUDITOR, show=opened("/access-log?q=1042"))


def _holds() -> Iterator[Scene]:
    auditor = {"role": Role.AUDITOR}
    yield Scene(name="hold-faults", show=_hold_nothing, languages=ALL_LANGUAGES, **auditor)
    yield Scene(name="hold", show=_hold, languages=ALL_LANGUAGES, **auditor)
    yield Scene(name="holds", show=opened("/holds"), languages=ALL_LANGUAGES, **auditor)


def _hold_nothing(page: Page, country: Country) -> None:
    opened("/holds/new")(page, country)
    page.fill("#station", "99999")
    page.fill("#camera", "3")
    page.click("form .button.main")
    page.wait_for_selector("#station-fault")


def _hold(page: Page, country: Country) -> None:
    start, end = (country.footage_utc + timedelta(seconds=s) for s in (0, 90))
    asked = f"camera={country.camera('1042', 1)}&start={to_iso(start)}&end={to_iso(end)}"
    opened(f"/holds/new?{asked}")(page, country)
    page.fill("#reason", "Дело 12/2026, жалоба наблюдателя")
    page.click("form .button.main")
    page.wait_for_selector("#release-title")


def _admin() -> Iterator[Scene]:
    admin = {"role": Role.ADMIN}
    yield Scene(name="admin-stations", show=opened("/admin/stations"), **admin)
    yield Scene(name="admin-import-bad", show=_try_list(_BAD_LIST), **admin)
    yield Scene(name="admin-import-good", show=_try_list(_GOOD_LIST), **admin)
    yield Scene(name="admin-station", show=_admin_station, languages=ALL_LANGUAGES, **admin)
    yield Scene(name="admin-station-token", show=_make_token, **admin)
    yield Scene(name="admin-devices", show=opened("/admin/devices"), **admin)
    yield Scene(name="admin-accounts", show=opened("/admin/accounts"), **admin)
    yield Scene(name="admin-account-refused", show=_make_known_account, **admin)
    yield Scene(name="admin-account", show=_one_account, **admin)
    yield Scene(name="admin-account-code", show=_make_code, **admin)


_GOOD_LIST = """number,name,region,address,phone,mode,live,cameras
8001,Лицей № 8,bishkek_city,"ул. Чуй, 8",+996 555 80 01,online,always,Урны|Стол
"""
_BAD_LIST = (
    _GOOD_LIST
    + """,Без номера,osh,,,online,always,
8003,Школа № 3,atlantis,,,online,sometimes,
"""
)


def _try_list(text: str) -> Callable[[Page, Country], None]:
    def show(page: Page, country: Country) -> None:
        page.goto(f"{country.url}/admin/stations")
        page.click("details:has(#import) summary")
        page.set_input_files(
            "#list", {"name": "stations.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        page.click('#import [value="try"]')
        page.wait_for_selector("#import .notice")

    return show


def _admin_station(page: Page, country: Country) -> None:
    page.goto(f"{country.url}/admin/stations/{country.station_ids['1043']}")
    page.wait_for_selector("#make-token")


def _make_token(page: Page, country: Country) -> None:
    page.goto(f"{country.url}/admin/stations/{country.station_ids[NEVER_SEEN]}")
    page.click("#make-token .button")
    page.wait_for_selector(".made")


def _one_account(page: Page, country: Country) -> None:
    page.goto(f"{country.url}/admin/accounts")
    page.click("td a")
    page.wait_for_selector("#rights")


def _make_known_account(page: Page, country: Country) -> None:
    """A name that is taken already."""
    page.goto(f"{country.url}/admin/accounts")
    page.click("details summary >> nth=1")
    page.fill("#user", GUEST)
    page.fill("#password", "long enough, 12")
    page.click("form[data-api] .button.main")
    page.wait_for_selector("#user-fault")


def _make_code(page: Page, country: Country) -> None:
    page.goto(f"{country.url}/admin/accounts?q={GUEST}")
    page.click("td a")
    page.click("#make-code .button")
    page.wait_for_selector(".made")


def _calm() -> Iterator[Scene]:
    calm = {"role": Role.OPERATOR, "is_whole": False, "settles_s": 2.5, "needs_calm": True}
    yield Scene(name="wall-calm", show=show_wall("?size=l"), **calm)
