#!/usr/bin/env python3
"""juror serve for a long time under everything at once, and its memory: scripts/soak-serve.

Usage: tools/serve_soak.py PROGRAM [--minutes 60] [--clients 6]
Clients rank pictures that were never seen before (so caches fill and turn over), ask again what they asked, vote and take votes
back, send what is broken, go away in the middle, and look at pages and metrics. Prints resident memory each minute. Fails
(exit 1) when the server answers a good request wrongly or a bad one with 5xx, ends, or when memory grew in the second half of
the time by more than a twentieth and 16 MB.
"""

import argparse
import base64
import collections
import json
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib


def png(rng, side):
    """A picture of coloured noise on a slope: no two are equal."""
    base, step = rng.randrange(100), rng.randrange(1, 4)
    rows = b"".join(b"\0" + bytes((base + step * (x + y) // 3 + rng.randrange(30)) % 256 for x in range(side) for _ in range(3))
                    for y in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


class Soak:
    def __init__(self, port):
        self.port, self.counts, self.faults = port, collections.Counter(), []
        self.ends, self.lock = False, threading.Lock()

    def ask(self, method, path, body=None, expected=(200, 201, 503)):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        with self.lock:
            self.counts[status] += 1
            if status not in expected:
                self.faults.append(f"{method} {path}: {status} {text[:200]!r}")
        return status, text

    def uris(self, rng, count):
        return ["data:image/png;base64," + base64.b64encode(png(rng, rng.choice((64, 96, 128)))).decode() for _ in range(count)]

    def rank(self, rng):
        body = {"images": self.uris(rng, rng.randrange(2, 5)), "votes": 1, "mode": rng.choice(("fast", "think"))}
        first = self.ask("POST", "/v1/rank", body)
        again = self.ask("POST", "/v1/rank", body)
        if first[0] == again[0] == 200 and json.loads(first[1])["rewards"] != json.loads(again[1])["rewards"]:
            self.faults.append("the same request had two answers")

    def vote(self, rng):
        status, text = self.ask("POST", "/v1/votes", {"images": self.uris(rng, 2), "choice": rng.choice(("first", "second", "tie"))})
        if status == 201:
            self.ask("GET", "/v1/leaderboard")
            self.ask("DELETE", "/v1/votes?id=" + json.loads(text)["id"])

    def broken(self, rng):
        bad = (400, 413, 422)
        self.ask("POST", "/v1/rank", rng.randbytes(rng.randrange(4000)), expected=bad)
        self.ask("POST", "/v1/rank", {"images": [base64.b64encode(png(rng, 64)[:200]).decode()] * 2}, expected=bad)
        self.ask("POST", "/v1/score", {"queries": "a", "documents": self.uris(rng, 1)}, expected=bad)

    def leave(self, rng):
        """A ranking that nobody waits for, and a request that is never finished."""
        for body in (json.dumps({"images": self.uris(rng, 3), "votes": 8}).encode(), b"{"):
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                length = len(body) if len(body) > 1 else 100
                connection.sendall(b"POST /v1/rank HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % length + body)
                time.sleep(rng.random())
        self.counts["left"] += 2

    def look(self, _):
        for path in ("/", "/page/app.js", "/metrics", "/props", "/v1/models", "/v1/export"):
            self.ask("GET", path)

    def client(self, seed):
        rng = random.Random(seed)
        while not self.ends:
            try:
                rng.choice((self.rank, self.rank, self.rank, self.vote, self.broken, self.leave, self.look))(rng)
            except OSError as error:
                if not self.ends:
                    self.faults.append(f"the connection failed: {error}")
                    return


def resident_mb(process):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1)) / 1024


def start(program, folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([program, "serve", "--port", str(port), "--votes-folder", folder, "--quiet", "--threads", "1",
                                "--picture-cache-mb", "4", "--cache-mb", "16", "--result-cache", "64"], env={**os.environ, "OMP_NUM_THREADS": "1"})
    for _ in range(3000):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return process, port
        except OSError:
            time.sleep(0.1)
    sys.exit("FAILED the server did not come up")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(options.program, folder)
        soak = Soak(port)
        clients = [threading.Thread(target=soak.client, args=(seed,), daemon=True) for seed in range(options.clients)]
        for client in clients:
            client.start()
        began, memory = time.time(), []
        while time.time() - began < 60 * options.minutes and process.poll() is None:
            time.sleep(10)
            memory.append(resident_mb(process) if process.poll() is None else 0)
            if len(memory) % 6 == 0:
                print(f"{len(memory) / 6:5.0f} min  {memory[-1]:7.1f} MB  {dict(soak.counts)}", flush=True)
        soak.ends = True
        for client in clients:
            client.join(60)
        has_ended = process.poll() is not None
        process.terminate()
        code = process.wait(90)
    quarter = max(1, len(memory) // 4)
    middle, end = (max(part) for part in (memory[quarter:2 * quarter] or memory, memory[-quarter:]))
    print(f"memory {middle:.1f} MB in the second quarter, {end:.1f} MB in the last; {dict(soak.counts)}; exit code {code}")
    faults = soak.faults[:5] + (["the server ended"] if has_ended else []) + ([f"exit code {code}"] if code != 143 else [])
    if end > 1.05 * middle + 16:
        faults.append(f"memory grew from {middle:.1f} to {end:.1f} MB")
    for fault in faults:
        print("FAILED", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
