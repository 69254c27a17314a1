#!/usr/bin/env python3
"""A judge's words about real photos, to be looked at by eye: one sheet of photos, each with what the judge says of it and what
people gave it. Photos are drawn by seed, half of them from the quarter that people like least. Needs Pillow.

    tools/photo_words.py RATED OUT.webp [--split test] [--only PREFIX] [--count 40] [--seed 7] [--model MODEL]
                         RATED: a folder with mos.csv (file,mos,split) and images/

Two photos that were drawn one after the other are shown together, one greedy thought; a photo's words are those of that thought.
Prints the number, file, people's mean and words of each photo, a line each.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from PIL import Image, ImageDraw

JUROR = os.environ.get("JUROR", "build/juror")
COLUMNS, SIDE, LINES = 8, 150, 30  # thumbnails in a row; pixels; pixels below for words


def drawn(rated, split, prefix, count, seed):
    with open(rated / "mos.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split and row["file"].startswith(prefix)]
    rows.sort(key=lambda row: float(row["mos"]))
    least = len(rows) // 4
    if count % 2 or count // 2 > least:
        sys.exit(f"--count is {count}, and an even number up to {2 * least} is expected of {len(rows)} photos of '{split}'.")
    source = random.Random(seed)
    chosen = source.sample(rows[:least], count // 2) + source.sample(rows[least:], count - count // 2)
    source.shuffle(chosen)
    return chosen


def words_of(rated, chosen, model):
    """What one greedy thought says of each: "slight blur; quality 5"."""
    with tempfile.TemporaryDirectory() as folder:
        groups = pathlib.Path(folder) / "pairs.jsonl"
        pairs = [chosen[i : i + 2] for i in range(0, len(chosen), 2)]
        lines = [
            {"id": str(i), "prompt": "", "images": [str((rated / "images" / row["file"]).resolve()) for row in pair]}
            for i, pair in enumerate(pairs)
        ]
        groups.write_text("".join(json.dumps(line) + "\n" for line in lines))
        how = ["--votes", "1", "--temperature", "0", "--orders", "given", "--quiet"]
        command = [JUROR, "rank", "--from", str(groups), "--model", model, "--output-dir", folder + "/out", *how]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        judged = [json.loads(line) for line in open(folder + "/out/journal.jsonl")]
    said = {}
    for line in judged:
        if "pair" not in line:
            continue
        vote = line["votes"][0]
        place = int(line["group"]) * 2
        for number, text in re.findall(r"Image ([12]): ([^.]*)", vote["thinking"]):
            shown = int(number) - 1 if vote["order"] == "ij" else 2 - int(number)
            said[place + shown] = text
    return [said.get(i, "(nothing that can be read)") for i in range(len(chosen))]


def sheet(rated, chosen, said, out):
    rows = -(-len(chosen) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * SIDE, rows * (SIDE + LINES)), "white")
    pen = ImageDraw.Draw(page)
    for i, (row, words) in enumerate(zip(chosen, said)):
        x, y = i % COLUMNS * SIDE, i // COLUMNS * (SIDE + LINES)
        photo = Image.open(rated / "images" / row["file"]).convert("RGB")
        photo.thumbnail((SIDE - 4, SIDE - 4))
        page.paste(photo, (x, y))
        faults, _, quality = words.partition("; quality ")
        pen.text((x, y + SIDE - 4), f"{i + 1}. says {quality}; people {float(row['mos']):.2f}", fill="black")
        pen.text((x, y + SIDE + 9), faults.replace("nothing stands out", "-")[:28], fill="darkred")
    page.save(out, quality=70)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rated", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--only", default="")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", default="mini")
    options = parser.parse_args()
    chosen = drawn(options.rated, options.split, options.only, options.count, options.seed)
    said = words_of(options.rated, chosen, options.model)
    for i, (row, words) in enumerate(zip(chosen, said)):
        print(f"{i + 1:3}  {row['file']:16} {float(row['mos']):.2f}  {words}")
    sheet(options.rated, chosen, said, options.out)


if __name__ == "__main__":
    main()
