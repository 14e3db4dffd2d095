"""Where the viewers are: behind namespaces or behind relays, and beside them on a good network."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserType, sync_playwright

from benchmarks.badlink.engines import Watched
from benchmarks.badlink.links import BadNetwork
from benchmarks.badlink.namespace import Namespace, Pair
from benchmarks.badlink.page import serving_page
from tests.parts.bad_link_scenarios import Scenario
from tests.parts.bad_relay import Relay
from tests.stage.browser import ARGUMENTS, CHROMIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A browser and the page's address as it is seen from there."""

    browser: Browser
    page_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What viewers need."""

    here: Window
    there: Window | None
    """In the namespace."""
    namespace: Namespace | None

    def bad_network(
        self, scenario: Scenario, engine: Watched, number: int
    ) -> AbstractContextManager[BadNetwork]:
        """The way from a viewer to the engine of that number."""
        pair = self._pair(scenario, number)
        if self.namespace is None or pair is None:
            place = engine.place
            return Relay(place.udp_port, scenario.conditions, place.host)
        return self.namespace.worsened(pair, scenario.conditions)

    def window(self, scenario: Scenario) -> Window:
        """Where the viewers behind bad networks are."""
        return self.there if self.there and scenario.is_for_namespaces else self.here

    def _pair(self, scenario: Scenario, number: int) -> Pair | None:
        if self.namespace is None or not scenario.is_for_namespaces:
            return None
        return self.namespace.pairs[number]


@contextmanager
def staged(namespace: Namespace | None, folder: Path) -> Iterator[Stage]:
    """Browsers for the time of the block."""
    with ExitStack() as stack:
        chromium = stack.enter_context(sync_playwright()).chromium
        here = _window(stack, chromium, CHROMIUM, "127.0.0.1")
        there = None
        if namespace is not None:
            program = namespace.command(CHROMIUM, folder)
            there = _window(stack, chromium, program, namespace.pairs[0].host)
        yield Stage(here=here, there=there, namespace=namespace)


def _window(stack: ExitStack, chromium: BrowserType, program: Path, host: str) -> Window:
    browser = chromium.launch(
        executable_path=str(program), args=list(ARGUMENTS), chromium_sandbox=False
    )
    stack.callback(browser.close)
    return Window(browser=browser, page_url=stack.enter_context(serving_page(host)))
