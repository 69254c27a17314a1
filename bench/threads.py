#!/usr/bin/env python3
"""How two threads that wait for each other fare alone and beside a busy process: bench/threads.py [JUROR]

Each round runs `juror bench` once with every setting of libgomp's waiting, alone and beside processes that only count, so
that other work on the machine hits all settings alike. Prints the median seconds of the thinking job (8 thoughts, 2 orders,
64 tokens) and its ratio to one thread in the same company. "ours" is what juror sets when nobody sets anything.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

JOB = "8 thoughts x 2 orders x 64 tokens: a pair"
SETTINGS = {
    "one thread": {},
    "ours": {},
    "spin 0": {"GOMP_SPINCOUNT": "0"},
    "spin 100": {"GOMP_SPINCOUNT": "100"},
    "spin 300": {"GOMP_SPINCOUNT": "300"},
    "spin 1000": {"GOMP_SPINCOUNT": "1000"},
    "spin 3000": {"GOMP_SPINCOUNT": "3000"},
    "spin 10000": {"GOMP_SPINCOUNT": "10000"},
    "libgomp's own": {"GOMP_SPINCOUNT": "300000"},
}


def seconds(options, setting):
    """One measurement: the median over the repeats of one process."""
    threads = 1 if setting == "one thread" else options.threads
    clean = {k: v for k, v in os.environ.items() if k not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
    words = [options.juror, "bench", "--json", "--quiet", "--repeats", str(options.repeats), "--threads", str(threads)]
    run = subprocess.run(words, env=clean | SETTINGS[setting], stdout=subprocess.PIPE, check=True)
    return next(job["median"] for job in json.loads(run.stdout)["jobs"] if job["name"] == JOB)


def measure(options, setting, busy):
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        return seconds(options, setting)
    finally:
        for other in others:
            other.kill()
            other.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("juror", nargs="?", default="build/juror")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1, help="of the job in each process (%(default)s)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--busy", default="0,1", help="numbers of busy processes beside (%(default)s)")
    parser.add_argument("--settings", help=f"some of: {', '.join(SETTINGS)}")
    parser.add_argument("--cpus", help="pin everything to these, e.g. 0,1; by default all")
    options = parser.parse_args()
    if options.cpus:
        os.sched_setaffinity(0, [int(cpu) for cpu in options.cpus.split(",")])
    settings = options.settings.split(",") if options.settings else list(SETTINGS)
    times = {(setting, int(busy)): [] for busy in options.busy.split(",") for setting in settings}
    for number in range(options.rounds):
        for (setting, busy), found in times.items():
            found.append(measure(options, setting, busy))
            print(f"round {number + 1}: {setting}, {busy} busy: {found[-1]:.2f} s", file=sys.stderr)
    print(f"load {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} CPUs, {options.threads} threads, {options.rounds} rounds\n")
    print("| waiting | busy beside | median s | min | max | over one thread |\n|---|--:|--:|--:|--:|--:|")
    for (setting, busy), found in times.items():
        alone = times.get(("one thread", busy))
        ratio = f"{statistics.median(found) / statistics.median(alone):.2f}" if alone else ""
        print(f"| {setting} | {busy} | {statistics.median(found):.2f} | {min(found):.2f} | {max(found):.2f} | {ratio} |")


if __name__ == "__main__":
    main()
