"""What fewer bits do to verdicts: one judge over the same pairs in several types, against the first of them.

    python tools/few_bits.py DATA --model mini --flags="--no-think --protocol hpdv2"

Runs `juror eval` once a type and compares the journals pair by pair: how often both prefer the same picture, and the mean and the
greatest difference of p, the chance that the first is preferred; and what people say of each (the headline of the evaluation).
"""

import argparse
import json
import pathlib
import shlex
import subprocess


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--juror", default="build/juror")
    parser.add_argument("--model", default="mini")
    parser.add_argument("--dtypes", default="float32,bfloat16,int8,int4", help="the first is what others are held against")
    parser.add_argument("--flags", default="--no-think", help="further flags of juror eval")
    parser.add_argument("--output", default="runs/few-bits", help="folder of the evaluations")
    return parser.parse_args()


def evaluate(options, dtype):
    folder = pathlib.Path(options.output) / dtype
    subprocess.run([options.juror, "eval", options.data, "--model", options.model, "--dtype", dtype, "--threads", "1",
                    "--output-dir", str(folder), *shlex.split(options.flags)], check=True, stdout=subprocess.DEVNULL)
    return folder


def probabilities(folder):
    """{(example, picture, other picture): p that the first is preferred}"""
    pairs = {}
    for line in (folder / "journal.jsonl").read_text().splitlines():
        row = json.loads(line)
        for comparison in row.get("comparisons", [row]):
            if comparison.get("p") is not None:
                pairs[row["id"], *comparison["pair"]] = comparison["p"]
    return pairs


def main(options):
    folders = {dtype: evaluate(options, dtype) for dtype in options.dtypes.split(",")}
    read = {dtype: probabilities(folder) for dtype, folder in folders.items()}
    first = next(iter(read.values()))
    print("| type | pairs | same picture preferred | mean Δp | greatest Δp |\n|---|---:|---:|---:|---:|")
    for dtype, pairs in read.items():
        common = [(p, first[key]) for key, p in pairs.items() if key in first]
        if not common:
            raise SystemExit(f"{folders[dtype]}: the journal shares no pair with the first one")
        same = sum((p > 0.5) == (q > 0.5) for p, q in common) / len(common)
        differences = [abs(p - q) for p, q in common]
        print(f"| {dtype} | {len(common)} | {100 * same:.1f} % | {sum(differences) / len(common):.4f} | "
              f"{max(differences):.3f} |")


if __name__ == "__main__":
    main(parse())
