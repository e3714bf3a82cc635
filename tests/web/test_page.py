"""The page in a real browser: Debian's Chromium, driven by Playwright.

`make test` installs both; without a browser at /usr/bin/chromium these tests are left out, and
pytest says so. Pictures of the page are kept in tests/web/pictures.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright

from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece
from musecritic.music.read import read
from musecritic.music.write import write_midi

BROWSER = Path("/usr/bin/chromium")
PICTURES = Path(__file__).parent / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

expect.set_options(timeout=60_000)
pytestmark = pytest.mark.skipif(not BROWSER.exists(), reason=f"no browser at {BROWSER}")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(BROWSER), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, service):
    """Open the page as somebody new; it must never fail by itself nor call anywhere else."""
    contexts, troubles = [], []

    def open_page(path: str = "/", **context) -> Page:
        contexts.append(browser.new_context(**{"locale": "en-GB", **context}))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console",
            lambda said: troubles.append(said.text) if "Content Security" in said.text else None,
        )
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((service.url, "blob:")) else troubles.append(asked.url)
            ),
        )
        page.goto(service.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def shot(page: Page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def until(page: Page, holds: str) -> None:
    """Wait for it; the page's own policy forbids `wait_for_function`, which evaluates in it."""
    for _ in range(600):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"it never came about that {holds}")


def wait_for(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came about")


def place(page: Page) -> float:
    return page.evaluate("document.getElementById('sound').currentTime")


def test_drop_hear_see_mend_download(opened, service, tmp_path) -> None:
    page = opened()
    page.locator("[id='prelude-off-key.mid']").click()
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real 0\.\d\d"))
    expect(page.locator("#suspects li").first).to_be_visible()

    page.locator("#play").click()
    until(page, "document.getElementById('sound').currentTime > 0.5")
    expect(page.locator("#play")).to_have_text("Pause")
    page.locator("#play").click()
    page.locator("#suspects button").first.click()
    assert place(page) > 1

    page.locator("#explain").click()
    expect(page.locator("#report")).to_be_visible()
    heat = page.locator(".layers img").nth(1)
    expect(heat).to_be_visible()
    page.locator(".switches input[type=checkbox]").first.uncheck()
    expect(heat).to_be_hidden()
    page.locator(".switches input[type=range]").fill("0.3")
    assert page.locator(".layers img").nth(2).evaluate("one => one.style.opacity") == "0.3"
    with page.expect_download() as report:
        page.locator("#report").click()
    assert "<html" in Path(report.value.path()).read_text("utf-8")

    page.locator("#propose").click()
    boxes = page.locator("#repair tbody input")
    expect(boxes.first).to_be_checked()
    assert boxes.count() >= 2
    for number in range(1, boxes.count()):
        boxes.nth(number).uncheck()
    shot(page, "judged")
    with page.expect_download() as mended:
        page.locator("#mend").click()
    assert mended.value.suggested_filename == "prelude-off-key-mended.mid"
    out = tmp_path / "mended.mid"
    mended.value.save_as(out)
    given = tmp_path / "given.mid"
    given.write_bytes(service.client.get("/examples/prelude-off-key.mid").content)
    assert len(set(read(out).notes.tolist()) ^ set(read(given).notes.tolist())) == 2


def test_a_file_is_dropped(opened, examples) -> None:
    page = opened()
    content = list((examples / "petzold_minuet.musicxml").read_bytes())
    page.evaluate(
        """content => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(content)], "dropped.musicxml"));
            document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
        }""",
        content,
    )
    expect(page.locator("#name")).to_have_text("dropped.musicxml")
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))


def test_a_recording_is_heard_by_musicbrain_alone(opened, service, tmp_path) -> None:
    job = service.post("render", "petzold_minuet.mid").json()
    take = tmp_path / "take.mp3"
    take.write_bytes(service.client.get(f"/v1/jobs/{job['id']}/files/sound.mp3").content)
    page = opened()
    page.locator("#file").set_input_files(take)
    expect(page.locator("#decision")).not_to_be_empty()
    expect(page.locator("#critic")).to_be_hidden()
    page.locator("#play").click()
    until(page, "document.getElementById('sound').currentTime > 0.2")


def test_a_refused_file_is_said_and_the_next_is_judged(opened, tmp_path) -> None:
    bad = tmp_path / "bad.mid"
    bad.write_bytes(b"no music")
    page = opened()
    page.locator("#file").set_input_files(bad)
    expect(page.locator("#trouble")).to_have_text(re.compile(r"bad\.mid.*MIDI.*FLAC"))
    expect(page.locator("#result")).to_be_hidden()
    page.locator("[id='prelude.mid']").click()
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_lost_connection_is_said(opened) -> None:
    page = opened()
    page.context.set_offline(offline=True)
    page.locator("#file").set_input_files({"name": "a.mid", "mimeType": "", "buffer": b"MThd"})
    expect(page.locator("#trouble")).to_contain_text("cannot be reached")
    page.context.set_offline(offline=False)
    page.locator("[id='prelude.mid']").click()
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))


def test_a_connection_dropped_in_mid_job_is_taken_up_again(opened, tmp_path) -> None:
    page = opened()
    page.locator("#tab-compose").click()
    page.locator("[name=seconds]").fill("16")
    page.locator("#wish button").click()
    expect(page.locator("#composedOf")).to_contain_text("p_real")
    page.context.set_offline(offline=True)
    page.wait_for_timeout(2000)
    page.context.set_offline(offline=False)
    expect(page.locator("#composePlay")).to_be_enabled()
    expect(page.locator("#trouble")).to_be_hidden()


def test_the_next_file_takes_the_place_of_one_being_judged(opened) -> None:
    page = opened()
    page.locator("[id='prelude-off-key.mid']").click()
    page.locator("[id='prelude.mid']").click()
    expect(page.locator("#isReal")).to_have_text("as people wrote and played it")
    assert page.locator("#name").inner_text() == "prelude.mid"
    expect(page.locator("#work")).to_be_hidden()
    expect(page.locator("#attention")).to_be_visible()
    expect(page.locator("#done")).to_have_text("Judged.")


def test_judging_is_cancelled(opened, service) -> None:
    page = opened()
    asked = []
    page.on("response", lambda got: asked.append(got) if got.request.method == "POST" else None)
    # With work before it, it waits, and has not ended when it is cancelled.
    before = service.post("compose", None, seconds=120, voices=6, wait=0).json()
    page.locator("[id='prelude.mid']").click()
    wait_for(lambda: page.wait_for_timeout(10) or len(asked) == 4)
    page.locator("#cancel").click()
    expect(page.locator("#work")).to_be_hidden()
    expect(page.locator("#trouble")).to_be_hidden()
    states = {service.ended(answer.json()["id"])["state"] for answer in asked}
    service.client.delete(f"/v1/jobs/{before['id']}")
    assert states == {"cancelled"}


def test_the_token_is_asked_for_once(browser, start) -> None:
    token = "a token of some length"
    service = start(token=token)
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(service.url)
    page.locator("[id='prelude.mid']").click()
    expect(page.locator("#tokenWrong")).to_be_hidden()
    page.locator("#token").fill("not this one, not this one")
    page.keyboard.press("Enter")
    expect(page.locator("#tokenWrong")).to_be_visible()
    page.locator("#token").fill(token)
    page.keyboard.press("Enter")
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))
    expect(page.locator("#ask")).to_be_hidden()
    context.close()


def test_who_has_no_token_can_give_up(browser, start) -> None:
    service = start(token="a token of some length")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(service.url)
    page.locator("[id='prelude.mid']").click()
    page.locator("#ask").get_by_text("Cancel").click()
    expect(page.locator("#trouble")).to_contain_text("token")
    context.close()


def test_compose_listen_download(opened, tmp_path) -> None:
    page = opened()
    page.locator("#tab-compose").click()
    page.locator("[name=seconds]").fill("3")
    page.locator("#wish button").click()
    expect(page.locator("#composePlay")).to_be_enabled()
    with page.expect_download() as composed:
        page.locator("#composeDownload").click()
    out = tmp_path / "composed.mid"
    composed.value.save_as(out)
    assert len(read(out).notes) == 6
    shot(page, "composed")


def test_cancel_cancels(opened, service) -> None:
    page = opened()
    page.locator("#tab-compose").click()
    page.locator("[name=seconds]").fill("120")
    page.locator("#wish button").click()
    expect(page.locator("#composedOf")).to_contain_text("p_real")
    page.locator("#composeCancel").click()
    expect(page.locator("#trouble")).to_have_text("Cancelled.")
    wait_for(lambda: service.client.get("/healthz").json()["running"] == 0)


def test_a_page_that_is_left_leaves_no_work(opened, service) -> None:
    page = opened()
    page.locator("#tab-compose").click()
    page.locator("[name=seconds]").fill("120")
    page.locator("#wish button").click()
    expect(page.locator("#composedOf")).to_contain_text("p_real")
    page.close()
    wait_for(lambda: service.client.get("/healthz").json()["running"] == 0)


def test_two_people_at_once_each_see_their_own(opened) -> None:
    first, second = opened(), opened()
    first.locator("[id='prelude.mid']").click()
    second.locator("[id='prelude-shuffle.mid']").click()
    for page in (first, second):
        expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))
    assert first.locator("#name").inner_text() == "prelude.mid"
    assert first.locator("#pReal").inner_text() != second.locator("#pReal").inner_text()


def test_a_phone_in_the_dark_in_chinese(opened) -> None:
    page = opened(viewport={"width": 360, "height": 740}, color_scheme="dark", locale="zh-TW")
    assert page.locator("html").get_attribute("lang") == "zh-Hant"
    page.locator("[id='prelude-off-key.mid']").click()
    expect(page.locator("#pReal")).to_have_text(re.compile(r"p_real"))
    expect(page.locator("#decision")).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(20, 24, 31)"
    expect(page.locator("#labels")).to_contain_text("鋼琴")
    shot(page, "phone")
    page.locator("#language").select_option("en")
    expect(page.locator("#criticTitle")).to_have_text("The critic")


def test_why_a_verdict_rests_on_little_is_told_in_chinese(opened, tmp_path) -> None:
    short = tmp_path / "short.mid"
    write_midi(Piece(notes_from([0.0, 1.0], [0.5, 1.5], [60, 64])), short)
    page = opened(locale="zh-TW")
    page.locator("#file").set_input_files(short)
    for id_ in ("caveat", "brainCaveat"):
        expect(page.locator(f"#{id_}")).to_have_text(re.compile("僅憑 2 個音"))
    page.locator("[id='prelude.mid']").click()
    expect(page.locator("#brainCaveat")).to_have_text(re.compile("依拍點判讀"))
    for id_ in ("caveat", "brainCaveat"):
        assert not re.search("[a-z]{2}", page.locator(f"#{id_}").inner_text())


def test_by_keyboard_alone(opened) -> None:
    page = opened()
    page.keyboard.press("Tab")
    expect(page.locator("#tab-judge")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#compose")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    for _ in range(4):  # past language, theme and the chooser of files
        page.keyboard.press("Tab")
    expect(page.locator("[id='prelude.mid']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#play")).to_be_enabled()
    expect(page.locator("#roll")).to_be_visible()
    page.locator("#roll").focus()
    page.keyboard.press(" ")
    until(page, "!document.getElementById('sound').paused")
    page.keyboard.press(" ")
    until(page, "document.getElementById('sound').paused")


def test_the_page_of_the_api_shows_every_path(opened, service) -> None:
    page = opened("/docs/")
    for path in service.client.get("/openapi.json").json()["paths"]:
        expect(page.locator("#paths code", has_text=path).first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out(opened, scheme) -> None:
    page = opened(color_scheme=scheme)

    def barriers() -> list[str]:
        found = Axe().run(page).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html']}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    assert barriers() == []
    for example in ("prelude.mid", "prelude-off-key.mid"):  # without and with a fault
        page.locator(f"[id='{example}']").click()
        expect(page.locator("#done")).to_have_text("Judged.")
        assert barriers() == []
    page.locator("#propose").click()
    expect(page.locator("#mend")).to_be_visible()
    page.locator("#explain").click()
    expect(page.locator("#report")).to_be_visible()
    assert barriers() == []
    page.locator("#tab-compose").click()
    assert barriers() == []
    page = opened("/docs/", color_scheme=scheme)
    expect(page.locator("#schemas section").first).to_be_visible()
    assert barriers() == []
