#!/usr/bin/env python3
"""Writes tests/golden/tensorboard/events with TensorBoard's own messages and record writer.

The test of src/train/tensorboard.cpp writes the same events and must give the same bytes. Needs the tensorboard package.
"""

import io
import math
import pathlib

from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1700000000.25
STEPS = [  # (step, seconds after the start, scalars): zero, negative, tiny, NaN, a long name, a step of several bytes
    (0, 0.5, {"loss": 0.0, "reward": -1.5}),
    (1, 1.0, {"learning_rate": 1e-6, "rewards/soft/mean": 0.73, "eval/accuracy": math.nan}),
    (300000, 2.75, {"completions/mean_terminated_length/of a name that is longer than a hundred and twenty-seven bytes, "
                    "so that its size takes two bytes to write": 128.0}),
]


def events():
    yield event_pb2.Event(wall_time=WALL_TIME, file_version="brain.Event:2")
    start = event_pb2.Event(wall_time=WALL_TIME)
    start.session_log.status = event_pb2.SessionLog.START
    yield start
    for step, seconds, scalars in STEPS:
        event = event_pb2.Event(wall_time=WALL_TIME + seconds, step=step)
        for tag, value in scalars.items():
            event.summary.value.add(tag=tag, simple_value=value)
        yield event


def main():
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in events():
        writer.write(event.SerializeToString())
    path = pathlib.Path(__file__).parents[2] / "tests/golden/tensorboard/events"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(buffer.getvalue())
    print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
