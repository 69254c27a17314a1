#!/usr/bin/env python3
"""Load on juror serve: requests a second, latency, lost and rejected requests; many connections at once; a peer beside.

Usage: bench/serve_load.py PROGRAM [--seconds 20] [--clients 16] [--connections 500] [--peer PYTHON]
Needs the standard library alone. Every request shows other pictures (noise of 224 × 224 pixels), so that nothing is
remembered, neither outcomes nor features nor prompts. --peer PYTHON starts bench/serve_peer.py with a Python that has torch, transformers, fastapi and uvicorn:
the same model folder in a plain transformers server, asked for the same comparisons in the same run.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
SIDE = 224


def noise_png(number):
    """A picture like no other."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = random.Random(number).randbytes(SIDE * SIDE * 3)
    rows = b"".join(b"\0" + pixels[y * SIDE * 3:(y + 1) * SIDE * 3] for y in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def form(fields, files):
    parts = [b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), str(value).encode())
             for name, value in fields.items()]
    parts += [b'--b\r\nContent-Disposition: form-data; name="images"; filename="%d.png"\r\n\r\n%s\r\n' % (i, data)
              for i, data in enumerate(files)]
    return b"".join(parts) + b"--b--\r\n"


async def ask(port, path, body, kind, timeout=300):
    """Status and seconds of one request on a connection of its own; status 0: no whole answer came."""
    began = time.perf_counter()
    status = 0
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n"
                         b"Connection: close\r\n\r\n" % (path, kind, len(body)) + body)
            await writer.drain()
            answer = await reader.read()
            writer.close()
            head, _, rest = answer.partition(b"\r\n\r\n")
            length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            if length and len(rest) == int(length[0].split(b":")[1]):
                status = int(head.split()[1])
    except (OSError, TimeoutError, IndexError, ValueError):
        pass
    return status, time.perf_counter() - began


def summary(name, answers, seconds):
    good = sorted(took for status, took in answers if status == 200)
    at = lambda share: 1000 * good[min(len(good) - 1, int(share * len(good)))] if good else float("nan")
    row = {"load": name, "requests": len(answers), "requests_per_s": len(good) / seconds, "p50_ms": at(0.5), "p99_ms": at(0.99),
           "rejected": sum(status == 503 for status, _ in answers), "lost": sum(status == 0 for status, _ in answers),
           "failed": sum(status not in (0, 200, 503) for status, _ in answers)}
    print(json.dumps(row), flush=True)
    return row


def cpu_seconds(process):
    """User and system time of a process so far: what it cost, whoever else was at work on the machine."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def steady(process, port, name, body_of, path, kind, clients, seconds):
    """`clients` ask one request after another."""
    cpu = cpu_seconds(process)
    answers, number, end = [], iter(range(1 << 30)), time.perf_counter() + seconds

    async def client():
        while time.perf_counter() < end:
            answers.append(await ask(port, path, body_of(next(number)), kind))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    row = summary(name, answers, time.perf_counter() - began)
    row["cpu_s_per_request"] = (cpu_seconds(process) - cpu) / max(1, len(answers))
    print(json.dumps({"load": name, "cpu_s_per_request": row["cpu_s_per_request"]}), flush=True)
    return row


async def burst(port, name, body_of, connections):
    """All at once, each with a ranking of its own."""
    began = time.perf_counter()
    answers = await asyncio.gather(*(ask(port, b"/v1/rank", body_of(10_000 + i), b"multipart/form-data; boundary=b", 900)
                                     for i in range(connections)))
    return summary(name, answers, time.perf_counter() - began)


def start(command, port, path="/health"):
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).close()
            return process
        except OSError:
            time.sleep(0.1)
        if process.poll() is not None:
            break
    process.kill()
    sys.exit(f"{command[0]} did not come up")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--model", default=str(ROOT / "models" / "mini"))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--peer", metavar="PYTHON")
    options = parser.parse_args()
    shown = iter(range(1 << 30))
    files = lambda count: [noise_png(next(shown)) for _ in range(count)]
    kind = b"multipart/form-data; boundary=b"
    fast = lambda seed: form({"prompt": "", "mode": "fast", "explain": "false", "seed": seed}, files(3))
    think = lambda seed: form({"prompt": "", "votes": 4, "seed": seed}, files(3))
    pair = lambda seed: form({"prompt": "", "mode": "fast", "explain": "false", "seed": seed}, files(2))
    port = free_port()
    folder = tempfile.TemporaryDirectory()
    server = start([options.program, "serve", "--model", options.model, "--port", str(port), "--quiet", "--queue", "4096",
                    "--timeout-s", "900", "--votes-folder", folder.name], port)
    try:
        rows = [asyncio.run(steady(server, port, f"rank 3 images, fast, {options.clients} clients", fast, b"/v1/rank", kind,
                                   options.clients, options.seconds)),
                asyncio.run(steady(server, port, f"rank 3 images, 4 thoughts an order, {options.clients} clients", think, b"/v1/rank",
                                   kind, options.clients, options.seconds)),
                asyncio.run(burst(port, f"rank 3 images, fast, {options.connections} connections at once", fast,
                                  options.connections))]
        if options.peer:
            peer_port = free_port()
            peer = start([options.peer, str(ROOT / "bench" / "serve_peer.py"), options.model, str(peer_port)], peer_port)
            try:
                theirs = asyncio.run(steady(peer, peer_port, "pair, transformers + FastAPI", pair, b"/compare", kind, options.clients,
                                            options.seconds))
            finally:
                peer.terminate()
                peer.wait()
            ours = asyncio.run(steady(server, port, "pair, juror serve", pair, b"/v1/rank", kind, options.clients, options.seconds))
            print(json.dumps({"ratio_of_pairs_a_second": ours["requests_per_s"] / theirs["requests_per_s"],
                              "ratio_of_cpu_a_pair": theirs["cpu_s_per_request"] / ours["cpu_s_per_request"]}))
    finally:
        server.terminate()
        code = server.wait(120)
    lost = sum(row["lost"] + row["failed"] for row in rows)
    print(json.dumps({"lost_or_failed": lost, "exit_after_sigterm": code}))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
