#!/usr/bin/env python3
"""Table of the study of rewards on real opinions, from the run folders of scripts/study-soft-rewards --real.

Usage: tools/real_rewards.py table RUNS            prints Markdown; only whole runs count
       tools/real_rewards.py seconds RUNS SEED     seconds of the slowest reinforcement of that seed
       tools/real_rewards.py steps RUN SECONDS     steps that fill these seconds, by the steps of a short run
"""

import json
import pathlib
import statistics
import sys

from soft_rewards import cell, mean, metric_lines, runs_by_seed, zero_spread

WAYS = ("think", "mute")


def step_times(run):
    return [line["step_time"] for line in metric_lines(run) if "step_time" in line]


def training_seconds(run):
    """The mean step times the steps: metrics may be written every few steps only."""
    last = max(line["step"] for line in metric_lines(run))
    return last * mean(step_times(run))


def summary_of(folder):
    """Figures of one evaluation."""
    json_ = json.loads((folder / "summary.json").read_text())
    row = json_["opinion"]["rows"][0]
    accuracy = {group["label"]: group["accuracy"] for group in row["by_difference"]}
    return {"accuracy": accuracy["all pairs"], "far": accuracy["over 20 points"], "brier": row["brier"], "ece": row["ece"],
            "srocc": row["srocc"]["value"], "flips": json_["judge"]["flip_rate"], "interval": row["by_difference"][0]["ci"]}


def is_whole(run):
    return all((run / way / "summary.json").exists() for way in WAYS)


def read_runs(root):
    """{method: {seed: run folder}} of whole runs, in the order of their names."""
    return runs_by_seed(root, lambda run: run if is_whole(run) else None)


def known_cell(values, *how):
    values = [value for value in values if value is not None]
    return cell(values, *how) if values else "–"


def row_of(name, runs):
    found = {way: [summary_of(run / way) for run in runs] for way in WAYS}
    cells = [name]
    for way in WAYS:
        cells.append(known_cell([one["accuracy"] for one in found[way]], 100, 1, " %"))
    for key, scale, digits, unit in (("far", 100, 1, " %"), ("brier", 1, 4, ""), ("ece", 1, 3, ""), ("srocc", 1, 3, ""), ("flips", 100, 1, " %")):
        cells.append(known_cell([one[key] for one in found["mute" if name.endswith("-mute") else "think"]], scale, digits, unit))
    return cells


def table(root):
    runs = read_runs(root)
    start = pathlib.Path(root) / "start"
    if not runs or not is_whole(start):
        sys.exit(f"{root} holds no whole run; scripts/study-soft-rewards --real makes them.")
    lines = ["| training | accuracy, thinking | without | over 20 points | Brier | ECE | SROCC | orders disagree | groups without spread | seconds |",
             "|---|" + "---:|" * 9]
    lines.append("| " + " | ".join([*row_of("before", [start]), "", ""]) + " |")
    for method, of in runs.items():
        folders = list(of.values())
        cells = row_of(method, folders)
        cells[0] += f" (n = {len(folders)})"
        flat = [share for share in map(zero_spread, folders) if share is not None]
        cells.append(known_cell(flat, 100, 1, " %"))
        cells.append(f"{mean([training_seconds(run) for run in folders]):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    low, high = summary_of(start / "think")["interval"]
    print("\n".join(lines + [""] + paired_table(runs)))
    print(f"""
± is the 95 % interval of the mean over seeds, on the same photos. What other photos would move comes on top: before
training, with thinking, {100 * low:.1f} – {100 * high:.1f} % over photos. Brier and the columns after it are with thinking, of `-mute` without.""")


def way_of(method):
    return "mute" if method.endswith("-mute") else "think"


def differences(runs, method, base, key, *how):
    """Of one figure, seed by seed, judged as `method` is."""
    seeds = sorted(set(runs[method]) & set(runs.get(base, {})))
    if method == base or not seeds:
        return ""
    figures = [[summary_of(runs[name][seed] / way_of(method))[key] for seed in seeds] for name in (method, base)]
    return cell([a - b for a, b in zip(*figures)], *how)


def paired_table(runs):
    """Against selection (of those without thoughts selection-mute) and against supervised training, by the same seeds."""
    lines = ["| same seeds | accuracy against selection | Brier | accuracy against sft | Brier |", "|---|" + "---:|" * 4]
    for method in runs:
        cells = [method]
        for base in ("selection-mute" if way_of(method) == "mute" else "selection", "sft"):
            cells.append(differences(runs, method, base, "accuracy", 100, 1, " points"))
            cells.append(differences(runs, method, base, "brier", 1, 4))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main():
    what = sys.argv[1]
    if what == "table":
        table(sys.argv[2])
    elif what == "seconds":
        runs = pathlib.Path(sys.argv[2])
        of_seed = [run for run in runs.glob(f"*-{sys.argv[3]}") if (run / "metrics.jsonl").exists()
                   and not run.name.startswith("sft") and "-mute-" not in run.name]
        if not of_seed:
            sys.exit("The supervised run takes as long as one with thoughts, and there is none of this seed.")
        print(max(training_seconds(run) for run in of_seed))
    elif what == "steps":
        second = statistics.median(step_times(pathlib.Path(sys.argv[2])))
        print(max(1, round(float(sys.argv[3]) / second)))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
