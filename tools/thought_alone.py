#!/usr/bin/env python3
"""What do thoughts carry? From journals of `juror eval DATA --listener-check`: pairs right and Brier score of the answers, of the answers
that were read again with blank pictures (the thought alone), and pairs right by the qualities that the thoughts say.

Usage: tools/thought_alone.py JOURNAL.jsonl ...
"""

import json
import re
import statistics
import sys


def of_first(vote, p):
    """A vote's p that the pair's first image is better: votes say it of the one shown first."""
    return 1 - p if vote["order"] == "ji" else p


def said_gap(vote):
    """How much better the pair's first image is by the thought's qualities, or None."""
    said = [float(quality) for quality in re.findall(r"quality (\d(?:\.\d)?)", vote["thinking"])]
    if len(said) != 2:
        return None
    return said[1] - said[0] if vote["order"] == "ji" else said[0] - said[1]


def right(values, middle, pairs):
    """Share of pairs where a value lies on the people's side of `middle`; on it counts half."""
    points = [0.5 if value == middle else float((value > middle) == (pair["share"] > 0.5)) for value, pair in zip(values, pairs)]
    return f"{100 * statistics.mean(points):.1f} %"


def row(name, values, pairs):
    brier = statistics.mean((value - pair["share"]) ** 2 for value, pair in zip(values, pairs))
    return f"{name:36}{right(values, 0.5, pairs):>9}{brier:9.4f}"


def report(file):
    with open(file) as lines:
        pairs = [line for line in map(json.loads, lines) if "pair" in line and line["p"] is not None]
    pairs = [pair for pair in pairs if pair["share"] not in (None, 0.5)]
    print(f"{file}: {len(pairs)} pairs, {len(pairs[0]['votes'])} votes each\n{'':36}{'right':>9}{'Brier':>9}")
    print(row("answers", [pair["p"] for pair in pairs], pairs))
    heard = [[of_first(v, v["listener_p"]) for v in pair["votes"] if v.get("listener_p") is not None] for pair in pairs]
    if all(heard):
        print(row("thoughts alone, blank pictures", [statistics.mean(each) for each in heard], pairs))
    gaps = [[gap for gap in map(said_gap, pair["votes"]) if gap is not None] for pair in pairs]
    if all(gaps):
        print(f"{'qualities that the thoughts say':36}{right([statistics.mean(each) for each in gaps], 0, pairs):>9}")
    spread = statistics.mean(statistics.pstdev([of_first(v, v["p"]) for v in pair["votes"] if v["p"] is not None]) for pair in pairs)
    print(f"standard deviation of p among the votes of a pair: {spread:.3f}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for file in sys.argv[1:]:
        report(file)


if __name__ == "__main__":
    main()
