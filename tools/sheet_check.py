#!/usr/bin/env python3
"""A contact sheet in headless Chromium: choose two pictures, look at both under one zoom, by mouse and by keys.

Usage: tools/sheet_check.py PROGRAM [--shots FOLDER]
Writes a ranking of the example photos, exports it with PROGRAM as a contact sheet and opens the page from its file, as its reader
would. Fails (exit 1) at the first thing that is not as it should be; exit 77 without Chromium.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from page_check import PHOTOS, Browser

# What a pane shows: the scale of its picture, and which point of the picture is in the pane's middle, as shares of it.
VIEW = """[...document.querySelectorAll('.pane')].map(pane => {
  const image = pane.querySelector('img'), m = new DOMMatrix(image.style.transform);
  const share = (shift, of, side) => (of / 2 - shift) / (side * m.a);
  return { scale: m.a, fit: Math.min(pane.clientWidth / image.naturalWidth, pane.clientHeight / image.naturalHeight),
    x: share(m.e, pane.clientWidth, image.naturalWidth), y: share(m.f, pane.clientHeight, image.naturalHeight),
    name: image.alt, loaded: image.complete && image.naturalWidth > 0 };
})"""


def write_ranking(folder):
    results = [{"index": i, "image": str(photo), "position": i + 1, "rank": i + 1, "tied_with": [], "score": 0.9 - i * 0.1,
                "ci": [0.8 - i * 0.1, 0.95 - i * 0.1], "reason": f"reason <b>{i}</b> & more"} for i, photo in enumerate(PHOTOS)]
    path = folder / "ranking.json"
    path.write_text(json.dumps({"schema": 1, "prompt": "a <i>prompt</i>", "model": "mini", "seed": 0, "results": results,
                                "comparisons": []}))
    return path


def near(met, expected, what):
    assert abs(met - expected) < 0.01, f"{what}: met {met}, expected {expected}"


def check_one_zoom(browser, what):
    """Both panes show the same share of their pictures around the same point, once these have loaded."""
    browser.wait("(([left, right]) => left.loaded && right.loaded && "
                 f"Math.abs(left.scale / left.fit - right.scale / right.fit) < 0.01)({VIEW})", 20)
    left, right = browser.run(VIEW)
    near(left["scale"] / left["fit"], right["scale"] / right["fit"], f"zoom after {what}")
    near(left["x"], right["x"], f"middle from the left after {what}")
    near(left["y"], right["y"], f"middle from the top after {what}")
    return left, right


def is_open(browser):
    return browser.run("document.querySelector('dialog').open")


def pointer(browser, kind, x, y, **more):
    browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)


def middle_of_pane(browser, number):
    return browser.run(f"(box => [box.left + box.width / 2, box.top + box.height / 2])"
                       f"(document.querySelectorAll('.pane')[{number}].getBoundingClientRect())")


def check_sheet(browser):
    names = browser.run("[...document.querySelectorAll('.shot')].map(shot => shot.querySelector('.name').textContent)")
    assert names == [photo.name for photo in PHOTOS], names
    titles = browser.run("[...document.querySelectorAll('.shot .name')].map(name => name.title)")
    assert titles == [str(photo) for photo in PHOTOS], titles
    assert browser.run("document.querySelectorAll('.shot b b, .reason b, h2 i').length") == 0, "text became markup"
    browser.wait("[...document.querySelectorAll('.shot img')].slice(0, 2).every(image => image.naturalWidth > 0)")


def check_mouse(browser):
    for number in (0, 1):
        browser.run(f"document.querySelectorAll('.shot')[{number}].click()")
    assert is_open(browser), "two clicks do not open the comparison"
    left, right = check_one_zoom(browser, "opening")
    assert [left["name"], right["name"]] == [str(photo) for photo in PHOTOS[:2]], (left, right)
    near(left["scale"], left["fit"], "scale at first")
    x, y = middle_of_pane(browser, 0)
    pointer(browser, "mouseWheel", x + 60, y + 30, deltaX=0, deltaY=-600)
    left, _ = check_one_zoom(browser, "the wheel")
    assert left["scale"] > 2 * left["fit"] and left["x"] > 0.51, left
    pointer(browser, "mousePressed", x, y, button="left", buttons=1, clickCount=1)
    pointer(browser, "mouseMoved", x + 50, y, button="left", buttons=1)
    pointer(browser, "mouseReleased", x + 50, y, button="left", clickCount=1)
    dragged, _ = check_one_zoom(browser, "dragging")
    assert dragged["x"] < left["x"] - 0.01, (left, dragged)
    x, y = middle_of_pane(browser, 1)
    pointer(browser, "mouseWheel", x, y, deltaX=0, deltaY=-300)
    again, _ = check_one_zoom(browser, "the wheel at the right")
    assert again["scale"] > dragged["scale"], (dragged, again)


def check_keys(browser):
    browser.key("0")
    left, _ = check_one_zoom(browser, "0")
    near(left["scale"], left["fit"], "scale after 0")
    browser.key("1")
    left, _ = check_one_zoom(browser, "1")
    near(left["scale"], max(1, left["fit"]), "scale after 1")
    browser.key("+")
    browser.key("+")
    left, _ = check_one_zoom(browser, "+ twice")
    before = left["x"]
    browser.key("ArrowRight")
    left, _ = check_one_zoom(browser, "an arrow")
    assert left["x"] > before, (before, left)
    browser.key("x")
    left, right = browser.run(VIEW)
    assert [left["name"], right["name"]] == [str(PHOTOS[1]), str(PHOTOS[0])], (left, right)
    browser.key("n")
    _, right = check_one_zoom(browser, "n")
    assert right["name"] == str(PHOTOS[2]), right
    browser.key("Escape")
    browser.wait("!document.querySelector('dialog').open")
    # no choice stays; the page hears of the closing in a task of its own
    browser.wait("document.querySelectorAll('[aria-pressed=true]').length === 0", 5)


def check_phone(browser, shots):
    browser.size(390, 844)
    assert browser.run("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than a phone"
    if shots:
        browser.shot(shots / "sheet-phone.png")


def check(program, shots):
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    if not chromium:
        print("skipped: needs Chromium")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sheet = folder / "sheet.html"
        subprocess.run([program, "export", "contact-sheet", write_ranking(folder), "-o", sheet, "-q"], check=True)
        browser = Browser(chromium, folder / "profile")
        try:
            browser.size(1280, 800)
            browser.call("Page.navigate", url=sheet.as_uri())
            browser.wait("document.readyState === 'complete' && document.querySelector('dialog') !== null")
            check_sheet(browser)
            check_mouse(browser)
            if shots:
                browser.shot(shots / "sheet-compare.png")
            check_keys(browser)
            if shots:
                browser.shot(shots / "sheet.png")
            check_phone(browser, shots)
            faults = [event["params"] for event in browser.events if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]
            assert not faults, faults
        finally:
            browser.end()
    print("ok")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    return check(str(pathlib.Path(options.program).resolve()), options.shots)


if __name__ == "__main__":
    sys.exit(main())
