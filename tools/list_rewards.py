#!/usr/bin/env python3
"""Lists for the study of rewards for whole rankings, and its table (scripts/study-soft-rewards --lists).

Usage: tools/list_rewards.py sft PAIRS OUT.jsonl          conversations that teach the answer's form: qualities, then the order
       tools/list_rewards.py lists PAIRS OUT.jsonl SEED   lists of four with one voter's ranking; SEED -1: the true one
       tools/list_rewards.py table RUNS                   prints Markdown; only whole runs count

The table's "others not better" is the reward `placed`: of the other pictures, the share that are not better than the one put first; 100 =
the best was put first. A ranking that cannot be read counts as the worst in every column: tau -1, the rest 0.

PAIRS is a folder of `juror synth` beside OUT; each two neighbouring pairs make a list. The voters are those of configs/soft_rewards_study.toml:
they forgive what mini was taught to mind. A voter's ranking is drawn by Plackett and Luce, so that of two images each voter prefers the
first with probability sigma(q1 - q2), as the voters of pairs do.
"""

import json
import math
import pathlib
import random
import sys

from soft_rewards import cell, metric_lines, runs_by_seed, zero_spread

DEFECTS = ["blur", "motion_blur", "noise", "jpeg", "dark", "bright", "haze", "colour_cast", "pixelation"]
TASTE = dict(zip(DEFECTS, [0.3, 0.3, 0.4, 0.4, 1.6, 1.6, 1.3, 1.8, 0.5]))
SCALE, POWER, DIGITS = 2.5, 1.5, 2.0  # of the recipe, src/synth/recipe.h
METHODS = ["selection", "placed", "kendall", "soft", "soft_placed"]
COLUMNS = [("kendall", "tau", 2, -1), ("selection", "best first", 100, 0), ("placed", "others not better", 100, 0)]


def read_lists(folder):
    """Lists of four: (picture's path, the recipe's quality, quality in the voters' eyes)."""
    pairs = json.loads((folder / "synth.json").read_text())["pairs"]
    shown = []
    for pair in pairs:
        for side, defects in enumerate(pair["defects"]):
            of_taste = -SCALE * sum(TASTE[name] * severity ** POWER for name, severity in defects.items())
            shown.append((f"{folder.name}/images/{pair['id']}-{side + 1}.png", pair["quality"][side], of_taste))
    return [shown[at:at + 4] for at in range(0, len(shown) - 3, 4)]


def ranks_of(qualities):
    """1 = best; equals share a rank."""
    return [1 + sum(other > quality for other in qualities) for quality in qualities]


def write_sft(folder, out):
    draw = random.Random(1)
    with open(out, "w", encoding="utf-8") as file:
        for images in read_lists(folder):
            draw.shuffle(images)
            content, thought = [], []
            for number, (path, quality, _) in enumerate(images, 1):
                content += [{"type": "text", "text": ("" if number == 1 else "\n") + f"Image {number}: "}, {"type": "image", "image": path}]
                digit = round(min(9, max(0, 9 + DIGITS * quality)))
                thought.append(f"Image {number}: quality {digit}.")
            order = sorted(range(len(images)), key=lambda i: -images[i][1])
            answer = " > ".join(str(i + 1) for i in order)
            line = {"messages": [{"role": "user", "content": content}],
                    "completion": f"<think>{' '.join(thought)}</think><answer>{answer}</answer>"}
            file.write(json.dumps(line) + "\n")


def write_lists(folder, out, seed):
    draw = random.Random(seed)
    with open(out, "w", encoding="utf-8") as file:
        for number, images in enumerate(read_lists(folder)):
            # The largest of q + Gumbel is first with the probability that Plackett and Luce give it, and so on.
            seen = [quality - (math.log(draw.expovariate(1)) if seed >= 0 else 0) for _, _, quality in images]
            line = {"id": str(number), "prompt": "", "images": [path for path, _, _ in images], "ranking": ranks_of(seen)}
            file.write(json.dumps(line) + "\n")


def read_run(folder):
    """Means of the held-out rewards, and the share of groups without spread; None while it is not whole."""
    if not (folder / "held/checkpoint-1/trainer_state.json").exists():
        return None
    held = metric_lines(folder / "held")[0]
    found = {key: scale * held[f"rewards/{key}/mean"] + offset for key, _, scale, offset in COLUMNS}
    found["tokens"] = held["completions/mean_length"]
    found["unread"] = 100 * (1 - held["verdicts/ok"])
    flat = zero_spread(folder) if (folder / "metrics.jsonl").exists() else None
    if flat is not None:  # supervised training has none
        found["flat"] = 100 * flat
    return found


def table(root):
    if not root.is_dir():
        sys.exit(f"There is no folder {root}; scripts/study-soft-rewards --lists makes it.")
    runs = runs_by_seed(root, read_run)
    start = read_run(root / "start")
    if start is None:
        sys.exit(f"{root} holds no whole start/held; scripts/study-soft-rewards --lists makes it.")
    print("| reward | tau | against selection, same seeds | best first, % | others not better, % | groups without spread, % | unread, % |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    print(f"| before training | {start['kendall']:.3f} | | {start['selection']:.1f} | {start['placed']:.1f} | | {start['unread']:.1f} |")
    for method in METHODS:
        if method not in runs:
            continue
        of = runs[method]
        every = lambda key: [run[key] for run in of.values()]
        common = sorted(set(of) & set(runs.get("selection", {})))
        gain = [of[seed]["kendall"] - runs["selection"][seed]["kendall"] for seed in common]
        against = "" if method == "selection" or not gain else cell(gain, 1, 3)
        print(f"| {method} (n = {len(of)}) | {cell(every('kendall'), 1, 3)} | {against} | {cell(every('selection'))} | "
              f"{cell(every('placed'))} | {cell(every('flat'))} | {cell(every('unread'))} |")


def main():
    what, *words = sys.argv[1:]
    if what == "sft":
        write_sft(pathlib.Path(words[0]), words[1])
    elif what == "lists":
        write_lists(pathlib.Path(words[0]), words[1], int(words[2]))
    else:
        table(pathlib.Path(words[0]))


if __name__ == "__main__":
    main()
