#!/usr/bin/env python3
"""The package of the wheel, with a small program in the place of juror: it starts a server of its own and none outlives it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

PROGRAM = """#!{python}
import http.server, json, os, sys
words = sys.argv[1:]
key = open(words[words.index("--api-key-file") + 1]).read().strip()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ok = self.headers["Authorization"] == "Bearer " + key
        said = {{"rewards": [0.75, 0.25], "errors": [], "words": words, "pid": os.getpid(), "prompt": body["prompt"],
                "libraries": os.environ["LD_LIBRARY_PATH"]}}
        text = json.dumps(said if ok else {{"error": {{"code": "key", "message": "no"}}}}).encode()
        self.send_response(200 if ok else 401)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *_):
        pass

if "--broken" in words:
    sys.exit("error: it is broken")
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("Listening at http://127.0.0.1:%d (Ctrl-C)" % server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
"""


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


class JurorPackageTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = pathlib.Path(self.folder.name)
        package = root / "juror"
        (package / "program").mkdir(parents=True)
        for name in ("__init__.py", "client.py"):
            (package / name).write_text((ROOT / "clients/python/juror" / name).read_text())
        (package / "program/juror").write_text(PROGRAM.format(python=sys.executable))
        (package / "program/juror").chmod(0o755)
        (root / "torch/lib").mkdir(parents=True)
        (root / "torch/__init__.py").write_text("raise AssertionError('torch is found, not imported')")

    def run_python(self, code):
        environment = {key: value for key, value in os.environ.items() if key not in ("JUROR_URL", "JUROR_API_KEY")}
        return subprocess.run([sys.executable, "-c", code], cwd=self.folder.name, capture_output=True, text=True, timeout=120,
                              env={**environment, "PYTHONPATH": self.folder.name, "TMPDIR": self.folder.name})

    def expect_gone(self, pid):
        end = time.time() + 20
        while is_alive(pid) and time.time() < end:
            time.sleep(0.05)
        self.assertFalse(is_alive(pid), "the server is gone with its process")

    def test_two_lines_start_a_server_that_has_a_key_and_ends_with_the_process(self):
        done = self.run_python("import json, juror\nprint(json.dumps(juror.rank('a', [b'x', b'y'])))")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["rewards"], [0.75, 0.25])
        self.assertIn("torch/lib", answer["libraries"])
        self.assertEqual(answer["words"][:3], ["serve", "--port", "0"])
        self.expect_gone(answer["pid"])
        self.assertFalse(list(pathlib.Path(self.folder.name).glob("juror-*")), "nothing is left in the temporary folder")

    def test_the_server_ends_with_a_process_that_is_killed(self):
        code = "import os, signal, juror\nprint(juror.rank('a', [b'x', b'y'])['pid'], flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
        done = self.run_python(code)
        self.assertEqual(done.returncode, -signal.SIGKILL)
        self.expect_gone(int(done.stdout))

    def test_one_server_for_all_calls_until_it_is_stopped(self):
        code = ("import juror\nask = lambda: juror.rank('a', [b'x', b'y'])['pid']\none, two = ask(), ask()\njuror.stop()\n"
                "juror.start(votes=8)\nprint(one == two, ask() == one, juror.rank('a', [b'x', b'y'])['words'][-2:])")
        self.assertEqual(self.run_python(code).stdout.strip(), "True False ['--votes', '8']")

    def test_why_it_did_not_start_is_told(self):
        done = self.run_python("import juror\njuror.start(broken=1)")
        self.assertIn("error: it is broken", done.stderr)

    def test_without_torch_it_says_so(self):
        code = "import sys, shutil\nshutil.rmtree('torch')\nimport importlib.util as u\nu.find_spec = lambda name: None\nimport juror\njuror.rank('a', [b'x', b'y'])"
        self.assertIn("pip install torch", self.run_python(code).stderr)


if __name__ == "__main__":
    unittest.main()
