#!/usr/bin/env python3
"""Refuses an include that points up or sideways among the rooms of src/, and what goes with it.

Rules, each broken one a line `file:line: sentence` (exit 1):
  1. a room includes only itself and the rooms that its row in ROOMS names (docs/architecture.md has the table);
  2. a torch-free room, or file, includes no <torch/...>, <ATen/...>, <c10/...>;
  3. x.cpp includes its own x.h before anything else, which proves that x.h can be included alone;
  4. a header says #pragma once.
Usage: tools/check_layers.py [SRC-FOLDER]
"""

import pathlib
import re
import sys

_MODEL = ["base", "image", "text", "tensor"]
_JUDGE = ["base", "image", "text", "preference", "records", "data"]
_ENGINE_JUDGE = _JUDGE + ["tensor", "model", "engine", "judge"]
_TRAINER = _ENGINE_JUDGE + ["judge/engine", "synth", "train"]

# Room -> rooms it may include, besides itself. A room within a room has a row of its own.
ROOMS = {
    "base": [],
    "image": ["base"],
    "text": ["base"],
    "preference": ["base"],
    "records": ["base", "preference"],
    "data": ["base", "image", "preference", "records"],
    "synth": ["base", "image", "preference", "data"],
    "tensor": ["base"],
    "model": _MODEL,
    "engine": _MODEL + ["model"],
    "judge": _JUDGE + ["engine/sampling_options.h"],
    "judge/engine": _ENGINE_JUDGE,
    "train": _ENGINE_JUDGE + ["judge/engine", "synth"],
    "grpo": _TRAINER,
    "sft": _TRAINER,
    "eval": _JUDGE + ["judge", "synth"],
    "bench": _TRAINER + ["grpo", "sft", "eval"],
    "plot": ["base", "preference", "records"],
    "report": ["base", "preference", "records", "plot"],
    "serve": _JUDGE + ["judge", "report", "engine/sampling_options.h"],
    "cli": _TRAINER + ["grpo", "sft", "eval", "bench", "plot", "report", "serve"],
}
TORCH_FREE = {"base", "image", "text", "preference", "records", "data", "judge", "synth", "eval", "plot",
              "report", "serve",
              "tensor/safetensors_header.h", "tensor/safetensors_header.cpp", "tensor/compute_options.h",
              "engine/sampling_options.h"}
TORCH_FOLDERS = {"torch", "ATen", "c10", "caffe2"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_in(path):
    """The room of src/ROOM/... or src/ROOM/ROOM/..., by the longest name that is one."""
    inner = "/".join(path.parts[:2])
    return inner if inner in ROOMS else path.parts[0]


def room_of(path):
    """The same; a file in src itself (main.cpp) belongs to the command line."""
    return room_in(path) if len(path.parts) > 1 else "cli"


def includes_of(text):
    """(line number, is quoted, what) of each #include."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_room(path, number, target):
    """Rule 1, for a quoted include."""
    room = room_of(path)
    goal = room_in(pathlib.PurePath(target))
    if goal not in ROOMS:
        yield number, f'"{target}" names no room of src; write project includes from src, as "base/error.h".'
    elif goal != room and not {goal, target} & set(ROOMS[room]):
        may = ", ".join(ROOMS[room]) or "no other room"
        yield number, f'"{target}" points up or sideways: room {room} may use {may}.'


def check_torch(path, number, target):
    """Rule 2."""
    if target.split("/")[0] not in TORCH_FOLDERS:
        return
    free = next((name for name in (room_of(path), path.as_posix()) if name in TORCH_FREE), None)
    if free:
        yield number, f"<{target}>: {free} is free of torch; move what needs it to the tensor room or above."


def check_file(src, path):
    """Yields (line number, sentence) for each broken rule in src/path."""
    if room_of(path) not in ROOMS:
        yield 1, f"src/{room_of(path)} is no room; add it to ROOMS in tools/check_layers.py and to the architecture."
        return
    text = (src / path).read_text(encoding="utf-8")
    includes = list(includes_of(text))
    for number, is_quoted, target in includes:
        if is_quoted:
            yield from check_room(path, number, target)
        yield from check_torch(path, number, target)
    own = path.with_suffix(".h").as_posix()
    if path.suffix == ".cpp" and (src / own).exists() and (not includes or includes[0][2] != own):
        yield (includes[0][0] if includes else 1), f'"{own}" must be the first include, to show that it stands alone.'
    if path.suffix == ".h" and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "#pragma once is missing."


def main(arguments):
    src = pathlib.Path(arguments[1]) if len(arguments) > 1 else pathlib.Path(__file__).parents[1] / "src"
    files = sorted(path for path in src.rglob("*") if path.suffix in (".h", ".cpp"))
    if not files:
        print(f"check_layers: no .h or .cpp file under {src}", file=sys.stderr)
        return 1
    broken = 0
    for path in files:
        for number, sentence in check_file(src, path.relative_to(src)):
            print(f"{path}:{number}: {sentence}")
            broken += 1
    print(f"check_layers: {len(files)} files, {broken} broken rules")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
