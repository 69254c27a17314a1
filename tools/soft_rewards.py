#!/usr/bin/env python3
"""Table and plot of the study of soft rewards, from the run folders of scripts/study-soft-rewards.

Usage: tools/soft_rewards.py RUNS PLOT.svg      prints Markdown, writes the plot; only whole runs count
"""

import html
import json
import math
import pathlib
import re
import sys

MAIN = ["selection", "scoring", "soft-score", "soft-exact", "brier-exact", "soft-listener"]
METHODS = MAIN + [f"{reward}-{what}" for what in ("batch", "g16", "one-voter")
                  for reward in ("selection", "soft-exact", "brier-exact")]
T_975 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # Student, n - 1 degrees


def mean(values):
    return sum(values) / len(values)


def half_width(values):
    """Of the 95 % interval of the mean over seeds."""
    if len(values) < 2:
        return math.nan
    center = mean(values)
    deviation = math.sqrt(sum((v - center) ** 2 for v in values) / (len(values) - 1))
    return T_975.get(len(values), 1.96) * deviation / math.sqrt(len(values))


def metric_lines(run):
    """What a run of training wrote, a dictionary a line."""
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def zero_spread(run):
    """Mean share of groups without spread; None of a run that has no groups."""
    shares = [line["frac_reward_zero_std"] for line in metric_lines(run) if "frac_reward_zero_std" in line]
    return mean(shares) if shares else None


def runs_by_seed(root, read):
    """{method: {seed: read(folder)}} of the folders METHOD-SEED, in the order of their names; without those of which `read` gives None."""
    runs = {}
    for folder in sorted(pathlib.Path(root).iterdir()):
        match = re.fullmatch(r"(.+)-(\d+)", folder.name)
        found = read(folder) if folder.is_dir() and match else None
        if found is not None:
            runs.setdefault(match[1], {})[int(match[2])] = found
    return runs


def read_run(folder):
    """One run's figures, or None while it is not whole."""
    if not (folder / "metrics.jsonl").exists():
        return None
    lines = metric_lines(folder)
    evals = [line for line in lines if "eval/accuracy" in line]
    steps = [line for line in lines if "frac_reward_zero_std" in line]
    if len(evals) < 2 or not (folder / f"checkpoint-{evals[-1]['step']}" / "trainer_state.json").exists():
        return None
    return {"before": evals[0], "after": evals[-1], "steps": steps, "seconds": mean([line["step_time"] for line in steps])}


def read_runs(root):
    return {method: runs for method, runs in runs_by_seed(root, read_run).items() if method in METHODS}


def cell(values, scale=1.0, digits=1, unit=""):
    width = half_width(values)
    spread = "" if math.isnan(width) else f" ± {scale * width:.{digits}f}"
    return f"{scale * mean(values):.{digits}f}{spread}{unit}"


def table(runs):
    lines = ["| reward | accuracy | against selection, same seeds | Brier | orders disagree | groups without spread | tokens |",
             "|---|---:|---:|---:|---:|---:|---:|"]
    some = next(iter(next(iter(runs.values())).values()))["before"]
    lines.append(f"| before training | {100 * some['eval/accuracy']:.1f} % | | {some['eval/brier']:.4f} | "
                 f"{100 * some['eval/flip_rate']:.1f} % | | {some['eval/mean_length']:.1f} |")
    for method in METHODS:
        if method not in runs:
            continue
        of = runs[method]
        after = [run["after"] for run in of.values()]
        common = sorted(set(of) & set(runs.get("selection", {})))
        gain = [of[s]["after"]["eval/accuracy"] - runs["selection"][s]["after"]["eval/accuracy"] for s in common]
        against = "" if method == "selection" or not gain else cell(gain, 100, 1, " points")
        flat = [mean([step["frac_reward_zero_std"] for step in run["steps"]]) for run in of.values()]
        lines.append(f"| {method} (n = {len(of)}) | {cell([a['eval/accuracy'] for a in after], 100, 1, ' %')} | {against} | "
                     f"{cell([a['eval/brier'] for a in after], 1, 4)} | {cell([a['eval/flip_rate'] for a in after], 100, 1, ' %')} | "
                     f"{cell(flat, 100, 1, ' %')} | {cell([a['eval/mean_length'] for a in after], 1, 1)} |")
    return "\n".join(lines)


def plot(runs):
    """Accuracy and Brier score of every run, a column a reward; bars are means."""
    width, height, left, top, gap = 900, 330, 60, 40, 60
    panel = (width - left - gap - 20) / 2
    methods = [m for m in MAIN if m in runs]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" role="img" '
             'aria-label="Accuracy and Brier score by reward, one dot a seed">',
             f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for index, (key, title, scale) in enumerate([("eval/accuracy", "held-out accuracy, %", 100), ("eval/brier", "Brier score (lower is better)", 1)]):
        values = [scale * run["after"][key] for m in methods for run in runs[m].values()]
        before = scale * next(iter(runs[methods[0]].values()))["before"][key]
        low, high = min(values + [before]), max(values + [before])
        pad = 0.1 * (high - low or 1)
        low, high = low - pad, high + pad
        x0, bottom = left + index * (panel + gap), height - 60

        def y(value):
            return bottom - (value - low) / (high - low) * (bottom - top)

        parts.append(f'<text x="{x0}" y="{top - 16}" font-weight="bold">{html.escape(title)}</text>')
        for tick in range(5):
            value = low + tick * (high - low) / 4
            parts.append(f'<line x1="{x0}" x2="{x0 + panel}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#e3e3e3"/>'
                         f'<text x="{x0 - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#555">{value:.{1 if scale == 100 else 3}f}</text>')
        parts.append(f'<line x1="{x0}" x2="{x0 + panel}" y1="{y(before):.1f}" y2="{y(before):.1f}" stroke="#999" stroke-dasharray="4 3"/>'
                     f'<text x="{x0 + panel}" y="{y(before) - 5:.1f}" text-anchor="end" fill="#777">before training</text>')
        for column, method in enumerate(methods):
            x = x0 + panel * (column + 0.5) / len(methods)
            found = [scale * run["after"][key] for run in runs[method].values()]
            parts += [f'<circle cx="{x + 4 * (i - (len(found) - 1) / 2):.1f}" cy="{y(v):.1f}" r="4" fill="#3b6fb6" fill-opacity="0.75"/>' for i, v in enumerate(found)]
            parts.append(f'<line x1="{x - 18:.1f}" x2="{x + 18:.1f}" y1="{y(mean(found)):.1f}" y2="{y(mean(found)):.1f}" stroke="#c0392b" stroke-width="2.5"/>')
            parts.append(f'<text x="{x:.1f}" y="{bottom + 18 + 14 * (column % 2)}" text-anchor="middle">{html.escape(method)}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    runs = read_runs(sys.argv[1])
    if not runs:
        sys.exit(f"{sys.argv[1]} holds no whole run; scripts/study-soft-rewards makes them.")
    print(table(runs))
    pathlib.Path(sys.argv[2]).write_text(plot(runs))


if __name__ == "__main__":
    main()
