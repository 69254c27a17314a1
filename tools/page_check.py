#!/usr/bin/env python3
"""The page in headless Chromium, end to end: choose images, rank, vote by keys, reload, a server that is killed and comes back.

Usage: tools/page_check.py PROGRAM [--shots FOLDER]
Starts PROGRAM serve with mini, drives the browser by the DevTools protocol over a pipe (the standard library alone) and
fails (exit 1) at the first thing that is not as it should be. --shots writes screenshots: light, dark and phone. Exit 77
without Chromium: what cannot be checked is said, not passed.
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
PHOTOS = sorted((ROOT / "examples" / "photos").glob("*.jpg"))


class Browser:
    """One page of a headless Chromium, spoken to through its pipe."""

    def __init__(self, program, profile):
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (to_browser, from_browser)]

        def place_pipes():  # the browser reads at 3 and writes at 4
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
             f"--user-data-dir={profile}", "--force-prefers-reduced-motion", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=place_pipes, close_fds=False)
        for end in (to_browser, from_browser, *ends):
            os.close(end)
        self.buffer, self.number, self.events = b"", 0, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self.call(f"{domain}.enable")

    session = None

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def read(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.into, 1 << 16)
            if not piece:
                raise RuntimeError("The browser has ended.")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def run(self, script):
        """The value of an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            if self.run(script):
                return
            time.sleep(0.1)
        raise AssertionError(f"This did not come true in {seconds} s: {script}")

    def open(self, url):
        self.call("Page.navigate", url=url)
        self.wait("document.documentElement?.dataset.ready === 'yes'")

    def key(self, key):
        code = {" ": "Space", "z": "KeyZ"}.get(key, key)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code,
                      windowsVirtualKeyCode={"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
                                             "Tab": 9, " ": 32, "Enter": 13, "z": 90, "Escape": 27}.get(key, 0),
                      **({"text": key} if len(key) == 1 and kind == "keyDown" else {}))

    def choose_files(self, selector, files):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def shot(self, file):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(data))

    def end(self):
        self.process.kill()
        self.process.wait()


class Server:
    def __init__(self, program, votes):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [program, "serve", "--port", str(self.port), "--votes-folder", str(votes), "--votes", "2", "--quiet",
                        "--learn-steps", "24", "--learn-threads", "1"]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command)
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url + "/health", timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("The server did not come up.")

    def post(self, path, body):
        with urllib.request.urlopen(self.url + path, data=json.dumps(body).encode(), timeout=30) as response:
            return json.load(response)

    def learning(self):
        return self.get("/v1/learn")["runs"][-1]

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.process.terminate()
        code = self.process.wait(60)
        expect(code == 143, f"SIGTERM ends the server in order, exit code {code}")


def expect(condition, sentence):
    if not condition:
        raise AssertionError(sentence)
    print("ok  ", sentence, flush=True)


# What an accessibility checker would look at first, without one: names, labels, alt texts, headings, contrast.
ACCESS = r"""
(() => {
  const seen = [...document.querySelectorAll('*')].filter((e) => e.checkVisibility ? e.checkVisibility() : e.offsetParent);
  const name = (e) => (e.getAttribute('aria-label') || e.textContent || e.title || '').trim() ||
    [...(e.labels || [])].map((l) => l.textContent).join('').trim() || [...e.querySelectorAll('img')].map((i) => i.alt).join('');
  const faults = [];
  for (const e of seen) {
    if (/^(BUTTON|A|INPUT|SELECT|TEXTAREA)$/.test(e.tagName) && !name(e)) faults.push(`no name: ${e.outerHTML.slice(0, 80)}`);
    if (e.tagName === 'IMG' && !e.hasAttribute('alt')) faults.push(`no alt: ${e.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two of id ${id}`);
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const light = (c) => { const f = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
  const back = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.9) return c; } return [255, 255, 255, 1]; };
  for (const e of seen) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || e.disabled || e.tagName === 'OPTION') continue;
    if (getComputedStyle(e).backgroundColor.startsWith('color(')) continue;
    const a = light(parse(getComputedStyle(e).color)), b = light(back(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${e.outerHTML.slice(0, 80)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);
  return faults;
})()
"""


def check_access(browser, where):
    faults = browser.run(ACCESS)
    expect(not faults, f"{where}: names, labels, contrast and width are right" + "".join("\n      " + f for f in faults))


def shoot(browser, folder, view):
    if not folder:
        return
    for name, size in (("light", (1280, 900, False)), ("dark", (1280, 900, True)), ("phone", (390, 844, False))):
        browser.size(*size)
        browser.run("scrollTo(0, 0)")
        time.sleep(0.2)
        browser.shot(folder / f"{view}-{name}.png")
    browser.size(1280, 900)


def check_all_looks(browser, view):
    for name, size in (("light", (1280, 900, False)), ("dark", (1280, 900, True)), ("phone", (390, 844, False))):
        browser.size(*size)
        time.sleep(0.2)
        check_access(browser, f"{view}, {name}")
    browser.size(1280, 900)


def rank(browser, shots):
    browser.choose_files("#files", PHOTOS[:4])
    browser.wait("document.querySelectorAll('#chosen li').length === 4")
    browser.run("document.getElementById('rank').click()")
    browser.wait("!document.getElementById('progress').hidden || document.querySelectorAll('.card').length", 10)
    browser.wait("document.querySelectorAll('.card').length === 4", 300)
    expect(browser.run("[...document.querySelectorAll('.place')].map((e) => e.textContent).join()") == "1,2,3,4",
           "four cards stand in the order of their places")
    expect(browser.run("[...document.querySelectorAll('.why')].some((e) => e.textContent.length > 10)"), "cards have reasons")
    check_all_looks(browser, "ranking")
    shoot(browser, shots, "rank")
    browser.run("document.querySelectorAll('.pick input')[0].click()")
    browser.run("document.querySelectorAll('.pick input')[3].click()")
    browser.run("document.getElementById('compare').click()")
    browser.wait("document.getElementById('zoom').open")
    browser.key("+")
    transforms = browser.run("['zoom-a', 'zoom-b'].map((id) => document.getElementById(id).style.transform)")
    expect(transforms[0] == transforms[1] and "scale(1.25)" in transforms[0], "two images share one zoom")
    shoot(browser, shots, "zoom")
    browser.key("Escape")
    browser.wait("!document.getElementById('zoom').open")


def vote(browser, server, shots):
    browser.run("document.getElementById('tab-vote').click()")
    browser.wait("!document.getElementById('ballot').hidden")
    names = [photo.name for photo in PHOTOS[:4]]
    text = browser.run("document.getElementById('ballot').innerText")
    expect(not any(name in text for name in names), "names are hidden before the vote")
    check_all_looks(browser, "voting")
    shoot(browser, shots, "vote")
    browser.key("ArrowLeft")
    browser.wait("document.querySelector('#pane-a.won') !== null")
    text = browser.run("document.getElementById('ballot').innerText")
    expect(any(name in text for name in names), "names are told after the vote")
    expect("judge" in text, "so is what the judge says")
    for key in (" ", "ArrowUp", " ", "ArrowDown", " ", "ArrowRight"):
        browser.key(key)
        time.sleep(0.2)
    browser.wait("document.getElementById('vote-count').textContent.startsWith('4 of 6')")
    end = time.time() + 20
    while time.time() < end and len(server.get("/v1/votes")["votes"]) < 4:
        time.sleep(0.1)
    choices = [one["choice"] for one in server.get("/v1/votes")["votes"]]
    expect(choices == ["first", "tie", "both_bad", "second"], f"four votes came by keys: {choices}")
    expect(all(one["judge_p"] is not None for one in server.get("/v1/votes")["votes"]), "with the judge's probability")
    browser.key("z")
    browser.wait("document.getElementById('vote-count').textContent.startsWith('3 of 6')")
    time.sleep(0.5)
    expect(len(server.get("/v1/votes")["votes"]) == 3, "undo takes one back")


def survive(browser, server):
    server.kill()
    browser.key("ArrowLeft")
    browser.wait("document.getElementById('vote-count').textContent.includes('1 vote waits')", 10)
    browser.wait("document.getElementById('server').classList.contains('down')", 20)
    expect(True, "a vote while the server is dead is kept, and the page says so")
    server.start()
    end = time.time() + 30
    while time.time() < end and len(server.get("/v1/votes")["votes"]) < 4:
        time.sleep(0.2)
    expect(len(server.get("/v1/votes")["votes"]) == 4, "no vote is lost: three of before, one of meanwhile")
    browser.open(server.url + "/#rank")
    browser.call("Page.reload")
    time.sleep(0.5)
    browser.wait("document.documentElement?.dataset.ready === 'yes'")
    expect(browser.run("document.querySelectorAll('.card').length") == 4, "a reload keeps the ranking")


def board(browser, shots):
    browser.run("document.getElementById('tab-board').click()")
    browser.wait("document.querySelectorAll('#board-table tbody tr').length >= 3")
    expect(browser.run("document.querySelectorAll('#heat tbody tr').length >= 3"), "the table of wins stands there")
    check_all_looks(browser, "leaderboard")
    shoot(browser, shots, "board")


def give_votes(server):
    """Votes of somebody else, who likes the photos in the order of their names."""
    uris = ["data:image/jpeg;base64," + base64.b64encode(photo.read_bytes()).decode() for photo in PHOTOS]
    pairs = [(i, j) for i in range(len(uris)) for j in range(i + 1, len(uris))]
    for i, j in pairs:
        server.post("/v1/votes", {"images": [uris[i], uris[j]], "choice": "first"})


def wait_for_step(server, step, seconds=300):
    end = time.time() + seconds
    while server.learning()["step"] < step and server.learning()["state"] == "training" and time.time() < end:
        time.sleep(0.2)


def learn(browser, server, shots):
    give_votes(server)
    votes = len(server.get("/v1/votes")["votes"])
    browser.run("document.getElementById('tab-rank').click()")
    browser.run("document.getElementById('tab-board').click()")
    browser.wait("!document.getElementById('learn').hidden && !document.getElementById('learn-start').disabled")
    browser.run("document.getElementById('learn-start').click()")
    browser.wait("document.getElementById('learn-state').textContent.startsWith('Training')", 120)
    wait_for_step(server, 13)  # behind the checkpoint of step 12
    expect(len(browser.run("document.querySelector('#learn-curve .score').getAttribute('points')").split()) >= 2,
           "the curve grows while the training runs")
    server.kill()
    browser.wait("document.getElementById('learn-note').textContent.includes('does not answer')", 30)
    server.start()
    expect(server.learning()["state"] == "interrupted", "a server that was killed in a training says so when it is back")
    expect(len(server.get("/v1/votes")["votes"]) == votes, "no vote was lost")
    browser.call("Page.reload")
    time.sleep(0.5)
    browser.wait("document.documentElement?.dataset.ready === 'yes'")
    browser.wait("document.getElementById('learn-state').textContent.startsWith('Interrupted')")
    check_all_looks(browser, "learning")
    browser.run("document.getElementById('learn-resume').click()")
    browser.wait("document.getElementById('learn-state').textContent.startsWith('Done at step 24 of 24')", 600)
    run = server.learning()
    expect(run["before"]["pairs"] == run["held_out_pairs"] and run["after"]["step"] == 24,
           f"agreement with held-out votes before and after: {run['before']['share']:.2f} and {run['after']['share']:.2f}")
    browser.wait(f"[...document.getElementById('model').options].some((one) => one.value === '{run['model']}')")
    expect(True, f"{run['model']} is offered as a model")
    browser.run("document.getElementById('learn').scrollIntoView()")
    if shots:
        browser.shot(shots / "learn.png")
    uri = "data:image/jpeg;base64," + base64.b64encode(PHOTOS[0].read_bytes()).decode()
    other = "data:image/jpeg;base64," + base64.b64encode(PHOTOS[1].read_bytes()).decode()
    answer = server.post("/v1/rank", {"model": run["model"], "images": [uri, other], "votes": 1})
    expect(answer["model"] == run["model"], "and it judges")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--shots", type=pathlib.Path)
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        print("page_check: skipped, there is no Chromium here (apt-get install chromium)", file=sys.stderr)
        return 77
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options.program, pathlib.Path(folder) / "votes")
        browser = Browser(chromium, pathlib.Path(folder) / "profile")
        try:
            browser.size(1280, 900)
            browser.open(server.url)
            check_all_looks(browser, "empty page")
            rank(browser, options.shots)
            vote(browser, server, options.shots)
            survive(browser, server)
            board(browser, options.shots)
            learn(browser, server, options.shots)
            problems = [event for event in browser.events if event.get("method") == "Runtime.exceptionThrown"]
            expect(not problems, f"no script failed {problems[:1]}")
            server.end()
        finally:
            browser.end()
            if server.process.poll() is None:
                server.kill()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as fault:
        print("FAILED", fault)
        sys.exit(1)
