"""The report as a reader meets it: in Chromium, offline, on a phone, in the dark, on paper."""

import base64
import json
import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urldefrag

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.support import PROJECT
from tools import plots

PHONE, TABLET, DESK, SHEET = 390, 768, 1200, 673  # pixels; A4 within its margins
HANG = 600  # seconds, which measure nothing else
PROGRAMS = {name: shutil.which(name) for name in ("chromium", "chromedriver")}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        None in PROGRAMS.values(), reason="needs Debian's packages chromium and chromium-driver"
    ),
]


class Opened(NamedTuple):
    """A report in the browser.

    Attributes:
        browser: shows it.
        address: its `file:` address.
        console: what the browser remarked while loading it.
        requests: addresses asked for while loading it, except those that are the data themselves.
    """

    browser: webdriver.Chrome
    address: str
    console: list[dict[str, Any]]
    requests: list[str]

    def ask(self, script: str) -> Any:
        """Give back what a JavaScript expression says."""
        return self.browser.execute_script(f"return {script}")

    def widen(self, width: int, media: str = "screen", scheme: str = "light") -> None:
        """Show it on a screen or sheet so many pixels wide."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        shown = {"media": media, "features": features}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", shown)

    def load(self, fragment: str = "", script: bool = True) -> None:
        """Load it again, if need be as a browser does that runs no script."""
        disabled = {"value": not script}
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", disabled)
        self.browser.get("about:blank")
        self.browser.get(self.address + fragment)
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium without a window, a profile or a network."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(PROGRAMS["chromium"])
    for argument in (
        "headless=new",
        "no-sandbox",  # which root cannot have
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-quic",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With both paths given and this, Selenium looks for no browser and reports to nobody.
    service = Service(str(PROGRAMS["chromedriver"]), env={**os.environ, "SE_OFFLINE": "true"})
    driver = webdriver.Chrome(options, service)
    driver.set_script_timeout(HANG)
    driver.set_page_load_timeout(HANG)
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield driver
    driver.quit()


@pytest.fixture(scope="module", params=["published", "whole run"])
def opened(browser: webdriver.Chrome, request: pytest.FixtureRequest) -> Opened:
    """A report, just loaded."""
    project = PROJECT if request.param == "published" else request.getfixturevalue("whole_run")
    address = (project / "reports" / "report.html").as_uri()
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)  # what the pages before asked for and remarked
    browser.get(address)
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
    requests = [urldefrag(each["request"]["url"]).url for each in sent]
    requests = [url for url in requests if not url.startswith("data:")]
    return Opened(browser, address, browser.get_log("browser"), requests)


def test_loading_it_asks_for_nothing_else_and_leaves_no_remark(opened: Opened) -> None:
    assert opened.requests == [opened.address]
    assert [entry for entry in opened.console if entry["level"] in ("WARNING", "SEVERE")] == []


def test_findings_and_figure_stand_at_the_top_of_a_page_that_can_be_read(opened: Opened) -> None:
    opened.widen(DESK)
    bottoms = opened.ask("""[...document.querySelectorAll('.opening li, .opening svg')]
        .map(part => part.getBoundingClientRect().bottom + scrollY)""")
    assert len(bottoms) == 5 + 1
    assert max(bottoms) <= 1100
    assert opened.ask("document.documentElement.scrollHeight") <= 9000
    assert opened.ask("document.querySelectorAll('details[open]').length") == 0
    assert len(opened.ask("document.documentElement.outerHTML")) < 3_000_000


# Chromium gives the size of text in a chart before the chart is scaled.
TEXT_SIZES = """[...document.querySelectorAll('svg text')]
    .filter(text => text.checkVisibility() && text.textContent.trim())
    .map(text => [parseFloat(getComputedStyle(text).fontSize) *
        text.ownerSVGElement.getBoundingClientRect().width /
        text.ownerSVGElement.viewBox.baseVal.width, text.textContent])"""


@pytest.mark.parametrize("width", [PHONE, TABLET, DESK])
def test_no_text_of_a_chart_is_too_small(opened: Opened, width: int) -> None:
    opened.widen(width)
    sizes = opened.ask(TEXT_SIZES)
    assert len(sizes) > 100
    # Exponents of a logarithmic axis are smaller than its numbers.
    assert [text for size, text in sizes if size < 9 and text.strip("−0123456789")] == []


def test_the_page_is_whole_without_a_script(opened: Opened) -> None:
    opened.load(script=False)
    opened.widen(DESK)
    assert opened.ask("document.querySelectorAll('select, .filter').length") == 0
    rows = opened.ask(
        "[...document.querySelectorAll('.verdicts tbody tr')].map(row => row.offsetHeight)"
    )
    assert rows
    assert min(rows) > 10
    assert opened.ask("document.querySelectorAll('details').length") > 5
    opened.load()


def test_verdicts_can_be_filtered_and_sorted(opened: Opened) -> None:
    opened.load()
    shown = """[...document.querySelectorAll('.verdicts tbody tr')]
        .filter(row => row.checkVisibility())
        .map(row => row.querySelector(".verdict").textContent)"""
    everything = opened.ask(shown)
    kind = everything[0]
    press = """[...document.querySelectorAll('.filter button')]
        .find(button => button.textContent.startsWith('%s')).click()"""
    opened.ask(press % kind)
    assert opened.ask(shown) == [verdict for verdict in everything if verdict == kind]
    opened.ask(press % "all")
    assert opened.ask(shown) == everything
    opened.ask("document.querySelectorAll('.verdicts thead button')[1].click()")
    assert opened.ask(shown) == sorted(everything)
    order = opened.ask(
        "document.querySelectorAll('.verdicts thead th')[1].getAttribute('aria-sort')"
    )
    assert order == "ascending"


def test_one_variant_can_be_highlighted_everywhere(opened: Opened) -> None:
    opened.load()
    opened.ask("""(choice => { choice.value = choice.options[1].value;
        choice.dispatchEvent(new Event('change')); })(document.querySelector('nav select'))""")
    chosen = opened.ask("document.querySelector('nav select').value")
    faded = opened.ask("""[...document.querySelectorAll('[data-variant]')]
        .map(part => [part.dataset.variant, part.classList.contains('faded')])""")
    assert any(name == chosen for name, _ in faded)
    assert all(fades == (name != chosen) for name, fades in faded)
    inside = opened.ask("""[...new Set([...document.querySelectorAll('svg [data-variant]')]
        .map(part => part.closest('svg').id))].length""")
    assert inside > 5
    opened.load()


def test_a_link_to_a_claim_opens_what_hides_it(opened: Opened) -> None:
    hidden = opened.ask("document.querySelector('details [id^=claim-]').id")
    opened.load(f"#{hidden}")
    assert opened.ask(f"document.getElementById('{hidden}').checkVisibility()")
    opened.load()


@pytest.mark.parametrize(("width", "scheme"), [(PHONE, "dark"), (DESK, "light")])
def test_axe_finds_no_violation(opened: Opened, width: int, scheme: str) -> None:
    opened.load()
    opened.widen(width, scheme=scheme)
    opened.ask("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    opened.browser.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text())
    found = opened.browser.execute_async_script("axe.run().then(arguments[0])")
    assert len(found["passes"]) > 20
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
    opened.load()


def test_every_internal_link_leads_somewhere(opened: Opened) -> None:
    lost = """[...document.querySelectorAll('a[href^="#"]')]
        .map(link => decodeURIComponent(link.hash.slice(1)))
        .filter(id => !document.getElementById(id))"""
    assert opened.ask(lost) == []


def test_headings_start_with_one_title_and_skip_no_level(opened: Opened) -> None:
    headings = opened.ask("""[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
        .map(heading => [Number(heading.tagName[1]), heading.textContent])""")
    levels = [level for level, _ in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    skipped = [two for two in pairwise(headings) if two[1][0] > two[0][0] + 1]
    assert skipped == []


@pytest.mark.parametrize("width", [PHONE, TABLET, DESK])
def test_only_boxes_that_the_keyboard_reaches_scroll_sideways(opened: Opened, width: int) -> None:
    opened.widen(width)
    assert opened.ask("document.documentElement.scrollWidth") <= width
    stuck = """[...document.querySelectorAll('main *')]
        .filter(box => getComputedStyle(box).overflowX === 'auto')
        .filter(box => box.scrollWidth > box.clientWidth)
        .filter(box => box.tabIndex !== 0 && !box.querySelector('a'))
        .map(box => box.outerHTML.slice(0, 100))"""
    assert opened.ask(stuck) == []


# Every visible text's contrast with the first opaque background behind it (WCAG 2, 1.4.3), and a
# verdict of each kind, whether or not the report has one.
CONTRASTS = """(() => {
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = color => parts(color).slice(0, 3).map(value => value / 255)
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      const alpha = parts(color)[3] ?? 1;
      if (alpha === 1) return color;
      if (alpha > 0) return null;  // half transparent: not to be measured like this
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  for (const kind of ['supported', 'not-supported', 'equivalent', 'inconclusive'])
    document.querySelector('main').insertAdjacentHTML(
      'beforeend', `<span class="verdict ${kind} added">${kind}</span>`);
  for (const details of document.querySelectorAll('details')) details.open = true;
  const found = [...document.querySelectorAll('body *:not(svg *)')]
    .filter(element => element.checkVisibility() && [...element.childNodes]
      .some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    .map(element => {
      const ground = behind(element) ?? 'rgb(127, 127, 127)';
      const [light, dark] = [getComputedStyle(element).color, ground]
        .map(luminance).sort((a, b) => b - a);
      return [element.outerHTML.slice(0, 100), (light + 0.05) / (dark + 0.05)];
    });
  for (const added of document.querySelectorAll('.added')) added.remove();
  return found;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_background(opened: Opened, scheme: str) -> None:
    opened.load()
    opened.widen(DESK, scheme=scheme)
    found = opened.ask(CONTRASTS)
    opened.load()
    for part in (
        "<p",
        "<caption",
        "<a",
        "verdict supported",
        "not-supported",
        "equivalent",
        "inconclusive",
    ):
        assert any(part in text for text, _ in found), part
    assert [(text, contrast) for text, contrast in found if contrast < 4.5] == []


def test_verdicts_differ_without_colours(opened: Opened) -> None:
    looks = opened.ask("""['supported', 'not-supported', 'equivalent', 'inconclusive'].map(kind => {
        const badge = document.createElement('span');
        badge.className = `verdict ${kind}`;
        document.querySelector('main').append(badge);
        const look = [getComputedStyle(badge, '::before').content,
                      getComputedStyle(badge).borderStyle];
        badge.remove();
        return look;
    })""")
    signs, borders = zip(*looks, strict=True)
    assert len(set(signs)) == len(set(borders)) == 4
    assert "none" not in signs + borders


def test_the_keyboard_goes_past_the_contents_and_shows_where_it_is(opened: Opened) -> None:
    focus = """(element => [element.textContent, getComputedStyle(element).outlineStyle,
        element.getBoundingClientRect().top >= 0])(document.activeElement)"""
    opened.widen(DESK)
    opened.load()
    opened.browser.switch_to.active_element.send_keys(Keys.TAB)
    text, outline, visible = opened.ask(focus)
    assert text.startswith("Skip to")
    assert visible
    assert outline != "none"
    opened.browser.switch_to.active_element.send_keys(Keys.ENTER)
    opened.browser.switch_to.active_element.send_keys(Keys.TAB)
    assert opened.ask("document.activeElement.closest('main') !== null")
    assert opened.ask(focus)[1] != "none"


def test_it_prints(opened: Opened) -> None:
    opened.widen(SHEET, media="print")
    assert opened.ask("document.documentElement.scrollWidth") <= SHEET
    assert not opened.ask("document.querySelector('nav').checkVisibility()")
    heights = "[...document.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect().height)"
    assert opened.ask(f"Math.max(...{heights})") < 900
    assert opened.ask("getComputedStyle(document.documentElement).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    note = "getComputedStyle(document.querySelector('summary'), '::after').content"
    assert "left out here" in opened.ask(note)
    printed = opened.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    content = base64.b64decode(printed["data"])
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") > 3


def test_dvcs_charts_open_offline(browser: webdriver.Chrome, tmp_path: Path) -> None:
    plots.main(folder=tmp_path)
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get((tmp_path / "index.html").as_uri())
    drawn = "return document.querySelectorAll('.vega-embed :is(canvas, svg.marks)').length"
    expected = (tmp_path / "index.html").read_text().count("vegaEmbed('#")
    assert expected > 5
    WebDriverWait(browser, HANG).until(lambda shown: shown.execute_script(drawn) == expected)
    shown = browser.execute_script("""return [...document.querySelectorAll('.vega-embed')]
        .filter(chart => chart.checkVisibility()).map(chart => chart.id)""")
    assert "learning_curves" in shown
    assert not [name for name in shown if name.startswith("reports_metrics_")]
    pictures = browser.execute_script(
        "return [...document.images].map(image => image.complete && image.naturalWidth)"
    )
    assert pictures
    assert all(pictures)
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
