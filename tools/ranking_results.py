#!/usr/bin/env python3
"""Tables and figure of docs/results/ranking.md from `juror bench ranking --json`.

Usage: tools/ranking_results.py BENCH.json FIGURE.svg      prints Markdown, writes the figure
"""

import html
import json
import math
import pathlib
import sys

from soft_rewards import T_975, mean

WAYS = [("session", "Juror"), ("random", "random"), ("swiss", "Swiss"), ("sort", "merge sort"), ("trueskill", "TrueSkill-style"),
        ("poe", "product of experts")]
COLOURS = {"session": "#c0392b", "random": "#8a8a8a", "swiss": "#3b6fb6", "sort": "#b68a3b", "trueskill": "#5a9e6f", "poe": "#8e5aa8"}
SHOWN = ["sure, soft", "soft", "tosses"]  # the judges of the figure


def half_width(values):
    if len(values) < 2:
        return None
    center = mean(values)
    deviation = math.sqrt(sum((v - center) ** 2 for v in values) / (len(values) - 1))
    return T_975.get(len(values), 2.093 if len(values) == 20 else 1.96) * deviation / math.sqrt(len(values))


def number(value):
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def share(case, way):
    """Percent of all pairs with a 95 % interval over worlds; where some came there, the mean over these; – where it was not played."""
    result = case["ways"].get(way)
    if result is None:
        return "–"
    if result["reached"] == 0:
        return f"> {number(100 * case['looked'] / case['pairs'])}"
    mean_share = number(100 * result["share_needed"])
    if result["reached"] < result["worlds"]:
        return f"{mean_share} ({result['reached']}/{result['worlds']})"
    width = half_width([100 * needed / case["pairs"] for needed in result["needed"]])
    return mean_share + (f" ± {number(width)}" if width is not None else "")


def needed_table(cases):
    first = cases[0]
    worlds = first["ways"]["session"]["worlds"]
    lines = [f"**{first['images']:,} images**, {first['pairs']:,} pairs, {worlds} {'world' if worlds == 1 else 'worlds'}\n",
             "| judge | tau of all pairs | " + " | ".join(name for _, name in WAYS) + " |", "|---|--:|" + "--:|" * len(WAYS)]
    lines += [f"| {case['judge']} | {case['tau_of_all']:.3f} | " + " | ".join(share(case, way) for way, _ in WAYS) + " |" for case in cases]
    return "\n".join(lines)


def target_table(cases):
    """Tau at the target share."""
    first = cases[0]
    lines = [f"**{first['images']:,} images**, {first['budget']:,} comparisons ({number(100 * first['budget'] / first['pairs'])} %)\n",
             "| judge | all pairs | " + " | ".join(name for _, name in WAYS) + " |", "|---|--:|" + "--:|" * len(WAYS)]
    for case in cases:
        taus = [f"{case['ways'][way]['tau_at_budget']:.3f}" if way in case["ways"] else "–" for way, _ in WAYS]
        lines.append(f"| {case['judge']} | {case['tau_of_all']:.3f} | " + " | ".join(taus) + " |")
    return "\n".join(lines)


def coverage_table(cases):
    sizes = sorted({case["images"] for case in cases})
    lines = ["| judge | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---|" + ":-:|" * len(sizes)]
    for judge in dict.fromkeys(case["judge"] for case in cases):
        cells = []
        for size in sizes:
            case = next(c for c in cases if c["judge"] == judge and c["images"] == size)
            low, high = case["coverage_ci"]
            cells.append(f"{100 * case['coverage']:.1f} ({100 * low:.1f} – {100 * high:.1f})")
        lines.append(f"| {judge} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def lists_table(lists):
    sizes = lists[0]["list_sizes"]
    lines = ["| images | judge | pairs | tau of pairs | " + " | ".join(f"lists of {size}" for size in sizes) + " |",
             "|--:|---|--:|--:|" + "--:|" * len(sizes)]
    for case in lists:
        lines.append(f"| {case['images']} | {case['judge']} | {case['pairs']} | {case['tau_of_pairs']:.3f} | "
                     + " | ".join(f"{tau:.3f}" for tau in case["tau_of_lists"]) + " |")
    return "\n".join(lines)


def figure(cases):
    """Comparisons needed over images, both by the logarithm; one panel a judge. A way that did not come there in every world has no dot."""
    width, height, left, top, gap = 960, 360, 60, 46, 34
    panel = (width - left - 20 - gap * (len(SHOWN) - 1)) / len(SHOWN)
    bottom = height - 72
    sizes = sorted({case["images"] for case in cases})
    most = max(case["pairs"] for case in cases)
    x_of = lambda n, x0: x0 + 8 + (math.log(n) - math.log(sizes[0])) / max(1e-9, math.log(sizes[-1] / sizes[0])) * (panel - 16)
    y_of = lambda count: bottom - (math.log10(count) - 1) / (math.log10(most) - 1) * (bottom - top)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" role="img" '
             'aria-label="Comparisons needed by the number of images, for three simulated judges and six ways to choose pairs">',
             f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    for index, judge in enumerate(SHOWN):
        x0 = left + index * (panel + gap)
        parts.append(f'<text x="{x0}" y="{top - 18}" font-weight="bold">judge: {html.escape(judge)}</text>')
        for power in range(1, int(math.log10(most)) + 1):
            y = y_of(10 ** power)
            parts.append(f'<line x1="{x0}" x2="{x0 + panel:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e3e3"/>')
            if index == 0:
                parts.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{10 ** power:,}</text>')
        for size in sizes:
            parts.append(f'<text x="{x_of(size, x0):.1f}" y="{bottom + 16}" text-anchor="middle" fill="#555">{size:,}</text>')
        mine = {case["images"]: case for case in cases if case["judge"] == judge}
        every = " ".join(f"{x_of(n, x0):.1f},{y_of(case['pairs']):.1f}" for n, case in sorted(mine.items()))
        parts.append(f'<polyline points="{every}" fill="none" stroke="#222" stroke-dasharray="4 3"/>')
        for way, _ in WAYS:
            places = []
            for n, case in sorted(mine.items()):
                result = case["ways"].get(way)
                if result and result["reached"] == result["worlds"]:
                    places.append((x_of(n, x0), y_of(max(10, result["share_needed"] * case["pairs"]))))
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            stroke = 2.5 if way == "session" else 1.2
            parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[way]}" stroke-width="{stroke}"/>')
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{COLOURS[way]}"/>' for x, y in places]
    parts.append(f'<text x="{left + (width - left) / 2:.0f}" y="{bottom + 34}" text-anchor="middle" fill="#555">images</text>')
    x = left
    for way, name in WAYS + [(None, "all pairs")]:
        dash = ' stroke-dasharray="4 3"' if way is None else ""
        parts.append(f'<line x1="{x}" x2="{x + 22}" y1="{height - 14}" y2="{height - 14}" stroke="{COLOURS.get(way, "#222")}" stroke-width="2.5"{dash}/>'
                     f'<text x="{x + 28}" y="{height - 10}">{html.escape(name)}</text>')
        x += 44 + 7 * len(name)
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    bench = json.loads(pathlib.Path(sys.argv[1]).read_text())
    cases = bench["cases"]
    for size in sorted({case["images"] for case in cases}):
        print(needed_table([case for case in cases if case["images"] == size]) + "\n")
    for size in (100, 1000):
        if at_size := [case for case in cases if case["images"] == size]:
            print("At the target: " + target_table(at_size) + "\n")
    print("**Coverage**\n\n" + coverage_table(cases) + "\n")
    print("**Lists**\n\n" + lists_table(bench["lists"]))
    pathlib.Path(sys.argv[2]).write_text(figure(cases))


if __name__ == "__main__":
    main()
