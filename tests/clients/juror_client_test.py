"""The Python client against a server of its own that answers as juror serve does."""

import base64
import http.server
import importlib.util
import json
import pathlib
import struct
import threading
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("juror_client", ROOT / "clients/python/juror_client.py")
client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(client)


class Server(http.server.BaseHTTPRequestHandler):
    """Answers by `script`, a list of functions body -> (status, headers, body), the last one for ever."""

    script, seen = [], []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).seen.append((self.path, dict(self.headers), body))
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        status, headers, text = answer(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def ranked(body):
    """Longer files are better."""
    sizes = [len(base64.b64decode(image)) for image in body["images"]]
    return 200, {}, json.dumps({"rewards": [s / sum(sizes) for s in sizes], "errors": [], "results": []}).encode()


def refused(status, headers=None):
    text = json.dumps({"error": {"code": "no", "message": "No.", "type": "x"}}).encode()
    return lambda body: (status, headers or {}, text)


class JurorClient(unittest.TestCase):
    def setUp(self):
        Server.script, Server.seen = [ranked], []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def test_score_gives_one_number_a_picture_in_the_order_given(self):
        self.assertEqual(client.score("a cat", [b"aaa", b"a"], url=self.url, api_key="k", votes=2), [0.75, 0.25])
        path, headers, body = Server.seen[0]
        self.assertEqual(path, "/v1/rank")
        self.assertEqual(headers["Authorization"], "Bearer k")
        self.assertEqual((body["prompt"], body["votes"], body["explain"]), ("a cat", 2, False))

    def test_paths_and_bytes_are_sent_as_they_are(self):
        file = ROOT / "examples/photos/lemurs.jpg"
        client.rank("", [file, str(file), file.read_bytes()], url=self.url)
        images = Server.seen[0][2]["images"]
        self.assertEqual(set(images), {base64.b64encode(file.read_bytes()).decode()})

    def test_pixels_become_a_png(self):
        class Array:  # what is used of numpy, so that the test needs none
            dtype = type("", (), {"kind": "u"})
            shape = (1, 2, 3)

            def astype(self, _):
                return self

            def tobytes(self):
                return bytes([1, 2, 3, 4, 5, 6])

        png = client.image_bytes(Array())
        self.assertEqual(struct.unpack(">II", png[16:24]), (2, 1))
        length = struct.unpack(">I", png[33:37])[0]
        self.assertEqual(zlib.decompress(png[41:41 + length]), bytes([0, 1, 2, 3, 4, 5, 6]))
        with self.assertRaises(TypeError):
            client.image_bytes(3)

    def test_a_busy_server_is_asked_again_and_a_refusal_is_final(self):
        Server.script = [refused(503, {"Retry-After": "0"}), refused(503), ranked]
        self.assertEqual(client.score("", [b"a", b"a"], url=self.url), [0.5, 0.5])
        for status in (400, 422, 500, 504):
            Server.script, Server.seen = [refused(status)], []
            with self.assertRaises(client.JurorError) as caught:
                client.score("", [b"a", b"a"], url=self.url)
            self.assertEqual((caught.exception.status, caught.exception.code), (status, "no"))
            self.assertEqual(len(Server.seen), 1)

    def test_nobody_there_is_said(self):
        with self.assertRaises(client.JurorError) as caught:
            client.score("", [b"a", b"a"], url="http://127.0.0.1:1", retries=0)
        self.assertEqual(caught.exception.status, 0)

    def test_a_picture_that_was_not_read_is_no_score(self):
        answer = {"rewards": [0.5, 0.5, None], "errors": [{"index": 2, "code": "bad_image", "message": "Broken."}]}
        Server.script = [lambda body: (200, {}, json.dumps(answer).encode())]
        with self.assertRaisesRegex(client.JurorError, r"images\[2\]: Broken"):
            client.score("", [b"a", b"a", b"b"], url=self.url)

    def test_progress_comes_as_events(self):
        events = (b": waiting\n\nevent: progress\ndata: {\"done\": 1, \"total\": 3}\n\n"
                  b"event: result\ndata: {\"rewards\": [1], \"errors\": []}\n\n")
        Server.script = [lambda body: (200, {"Content-Type": "text/event-stream"}, events)]
        told = []
        answer = client.rank("", [b"a", b"b"], url=self.url, progress=lambda done, total: told.append((done, total)))
        self.assertEqual(told, [(1, 3)])
        self.assertEqual(answer["rewards"], [1])

    def test_flow_grpos_reward_ranks_the_pictures_of_each_prompt(self):
        reward = client.flow_grpo_reward(url=self.url)
        scores, meta = reward([b"a", b"bbb", b"ccc", b"d"], ["x", "y", "x", "y"], None)
        self.assertEqual(scores, [0.25, 0.75, 0.75, 0.25])
        self.assertEqual(meta, {})
        with self.assertRaises(ValueError):
            reward([b"a"], ["x", "y"], None)


if __name__ == "__main__":
    unittest.main()
