#!/usr/bin/env python3
"""Are a judge's words true of real photos, and does it say of large photos what it says of small copies? Adds one fault at a
time to real photos, as cameras and messengers do, asks for every pair of a photo's frames, and reads votes and thoughts.
Needs Pillow and numpy.

    tools/photo_faults.py FOLDER… --out OUT [--model MODEL] [--sizes 24 12 1] [--least MEGAPIXELS] [--most N] [WORD…]
                          SIZES: megapixels at which each frame is shown; `own`: the photo's own
                          WORD: options of `juror rank`, say --no-think, or --votes 1 --temperature 0

Prints for each size how often the undamaged frame is preferred and how often the verdict is that of the last size; where there
are thoughts, for each fault how often they name it in the frame that has it, in the undamaged one and in the others.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess

import numpy as np
from PIL import Image, ImageFilter

JUROR = os.environ.get("JUROR", "build/juror")
FULL = 12e6  # pixels of the photo in which the damage below is measured


def shaken(frame, length):
    """Motion along a shallow diagonal of `length` pixels."""
    pixels = np.pad(np.asarray(frame, np.float32), ((0, length), (0, length), (0, 0)), mode="edge")
    total = sum(pixels[k // 2 : k // 2 + frame.height, k : k + frame.width] for k in range(length))
    return Image.fromarray((total / length).clip(0, 255).astype(np.uint8))


def noisy(frame, sigma):
    grain = np.random.default_rng(0).normal(0, sigma, (frame.height, frame.width, 3))
    return Image.fromarray((np.asarray(frame, np.float32) + grain).clip(0, 255).astype(np.uint8))


def curved(frame, power):
    return frame.point(lambda value: int(255 * (value / 255) ** power))


# Name, damage (a picture, and its side relative to a FULL photo), the JPEG quality it is kept in, and the word for it.
FRAMES = [
    ("plain", lambda photo, side: photo, 95, None),
    ("defocus", lambda photo, side: photo.filter(ImageFilter.GaussianBlur(10 * side)), 95, "blur"),
    ("shake", lambda photo, side: shaken(photo, max(3, round(44 * side))), 95, "motion blur"),
    ("noise", lambda photo, side: noisy(photo, 25 + 45 * side), 95, "noise"),
    ("dark", lambda photo, side: curved(photo, 2.4), 95, "too dark"),
    ("bright", lambda photo, side: curved(photo, 0.4), 95, "too bright"),
    ("messenger", lambda photo, side: photo, 6, "compression"),
]


def resized(frame, pixels):
    scale = (pixels / (frame.width * frame.height)) ** 0.5
    return frame.resize((round(frame.width * scale), round(frame.height * scale)), Image.Resampling.BICUBIC)


def make(photos, out, sizes):
    """OUT/SIZE.jsonl: a group for each photo, its frames at that size."""
    groups = {size: [] for size in sizes}
    for path in photos:
        photo = Image.open(path).convert("RGB")
        if sizes != ["own"]:
            photo = resized(photo, FULL)
        side = (photo.width * photo.height / FULL) ** 0.5
        images = {size: [] for size in sizes}
        for name, damage, quality, _ in FRAMES:
            sent = out / "sent.jpg"  # JPEG's blocks belong to the size that is sent
            damage(photo, side).save(sent, quality=quality)
            for size in sizes:
                file = out / size / f"{path.stem}-{name}.jpg"
                file.parent.mkdir(parents=True, exist_ok=True)
                if size == "own":
                    file.write_bytes(sent.read_bytes())
                else:
                    resized(Image.open(sent), float(size) * 1e6).save(file, quality=95)
                images[size].append(str(file.resolve()))
        for size in sizes:
            groups[size].append({"id": path.stem, "prompt": "", "images": images[size]})
    for size in sizes:
        (out / f"{size}.jsonl").write_text("".join(json.dumps(group) + "\n" for group in groups[size]), encoding="utf-8")


def judge(out, size, model, words):
    """The comparisons of the journal, by group and pair."""
    run = out / f"judged-{size}"
    command = [JUROR, "rank", "--from", str(out / f"{size}.jsonl"), "--model", model, "--output-dir", str(run), "--quiet", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in open(run / "journal.jsonl", encoding="utf-8")]
    return {(line["group"], *line["pair"]): line for line in lines if "pair" in line}


def said_of(thought):
    """[faults named of the image shown first, of the second]"""
    said = [set(), set()]
    for number, text in re.findall(r"Image ([12]): ([^;.]*)", thought):
        said[int(number) - 1] |= {" ".join(claim.split()[1:]) for claim in text.split(", ")}
    return said


def tell_words(comparisons):
    counts = {word: np.zeros((3, 2)) for *_, word in FRAMES if word}  # frame with it, undamaged, others: named, asked
    for (_, *pair), comparison in comparisons.items():
        for vote in comparison["votes"]:
            said = said_of(vote["thinking"])
            for place, frame in enumerate(pair if vote["order"] == "ij" else pair[::-1]):
                for word, count in counts.items():
                    row = 0 if FRAMES[frame][3] == word else 1 if frame == 0 else 2
                    count[row] += [word in said[place], 1]
    print(f"{'fault':12} {'named where added':>18} {'in the undamaged frame':>23} {'in others':>10}")
    for word, count in counts.items():
        shares = [f"{100 * named / asked:.0f} %" for named, asked in count]
        print(f"{word:12} {shares[0]:>18} {shares[1]:>23} {shares[2]:>10}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a new folder")
    parser.add_argument("--model", default="mini")
    parser.add_argument("--sizes", nargs="+", default=["24", "12", "1"])
    parser.add_argument("--least", type=float, default=0, help="leave out photos of fewer megapixels")
    parser.add_argument("--most", type=int, default=10**9, help="use the first N photos")
    arguments, words = parser.parse_known_args()
    arguments.out.mkdir(parents=True)
    files = sorted(file for folder in arguments.folders for file in folder.iterdir())
    photos = [file for file in files if np.prod(Image.open(file).size) >= arguments.least * 1e6][: arguments.most]
    make(photos, arguments.out, arguments.sizes)
    judged = {size: judge(arguments.out, size, arguments.model, words) for size in arguments.sizes}
    last = judged[arguments.sizes[-1]]
    print(f"{len(photos)} photos, {len(last)} pairs of their frames: {', '.join(name for name, *_ in FRAMES)}")
    for size, comparisons in judged.items():
        plain = [line["p"] > 0.5 for key, line in comparisons.items() if key[1] == 0]
        same = [(line["p"] > 0.5) == (last[key]["p"] > 0.5) for key, line in comparisons.items()]
        print(f"{size:>3} megapixels: the undamaged frame preferred in {100 * np.mean(plain):.1f} % of {len(plain)} pairs with it"
              + (f"; verdict as at {arguments.sizes[-1]} in {100 * np.mean(same):.1f} %" if comparisons is not last else ""))
    if any(vote["thinking"] for line in last.values() for vote in line["votes"]):
        tell_words(last)


if __name__ == "__main__":
    main()
