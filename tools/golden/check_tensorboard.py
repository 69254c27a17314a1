#!/usr/bin/env python3
"""Reads a run folder's event files with TensorBoard's own reader and compares every scalar with metrics.jsonl beside them.

Usage: check_tensorboard.py RUN-FOLDER            (needs the tensorboard package)
Prints one line a scalar name; returns 1 when a value is missing, superfluous or more than float32 away.
"""

import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read_events(folder):
    """{name: {step: value}}, all of it (nothing thinned out)."""
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    accumulator.Reload()
    return {name: {event.step: event.value for event in accumulator.Scalars(name)}
            for name in accumulator.Tags()["scalars"]}


def read_metrics(path):
    """The same from metrics.jsonl: every number of every line but the step."""
    scalars = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        metrics = json.loads(line)
        for name, value in metrics.items():
            if name != "step" and isinstance(value, (int, float)) and not isinstance(value, bool):
                scalars.setdefault(name, {})[metrics["step"]] = value
    return scalars


def is_near(a, b):
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-38)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = pathlib.Path(arguments[1])
    got, want = read_events(folder), read_metrics(folder / "metrics.jsonl")
    wrong = 0
    for name in sorted(got.keys() | want.keys()):
        ours, theirs = got.get(name, {}), want.get(name, {})
        is_same = ours.keys() == theirs.keys() and all(is_near(ours[step], theirs[step]) for step in theirs)
        print(f"{'ok   ' if is_same else 'WRONG'} {name}: {len(ours)} steps in the event file, {len(theirs)} in metrics.jsonl")
        wrong += not is_same
    return 1 if wrong or not want else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
