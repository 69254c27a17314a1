#!/usr/bin/env python3
"""Does a judge say of large photos what it says of their small copies? Damages large photos at their own size, as cameras and
messengers do, and asks for every pair of a photo's frames at 24, 12 and 1 megapixels. Needs Pillow and numpy.

    tools/photo_sizes.py FOLDER… --out OUT [--model MODEL] [WORD…]    photos of 8 megapixels or more are used;
                                                                      WORD: options of `juror rank`, say --no-think

Prints how often the verdict at 24 and 12 megapixels is that at 1, and how often the undamaged frame is preferred.
"""
import argparse
import json
import os
import pathlib
import subprocess

import numpy as np
from PIL import Image, ImageFilter

JUROR = os.environ.get("JUROR", "build/juror")
LEAST = 8e6  # pixels of a photo that is used
SIZES = {"24": 24e6, "12": 12e6, "1": 1e6}


def shaken(frame, length):
    """Motion along a diagonal of `length` pixels."""
    total = np.zeros((frame.height, frame.width, 3), np.float32)
    for k in range(length):
        total += np.asarray(frame.transform(frame.size, Image.Transform.AFFINE, (1, 0, k, 0, 1, k // 2)), np.float32)
    return Image.fromarray((total / length).clip(0, 255).astype(np.uint8))


def noisy(frame, sigma):
    grain = np.random.default_rng(0).normal(0, sigma, (frame.height, frame.width, 3))
    return Image.fromarray((np.asarray(frame, np.float32) + grain).clip(0, 255).astype(np.uint8))


# Name, damage at 12 megapixels, and the quality of the JPEG in which the frame is kept.
FRAMES = [
    ("plain", lambda photo: photo, 95),
    ("defocus", lambda photo: photo.filter(ImageFilter.GaussianBlur(6)), 95),
    ("shake", lambda photo: shaken(photo, 20), 95),
    ("noise", lambda photo: noisy(photo, 60), 95),
    ("dark", lambda photo: photo.point(lambda v: int(255 * (v / 255) ** 2.2)), 95),
    ("messenger", lambda photo: photo, 8),
]


def resized(frame, pixels):
    scale = (pixels / (frame.width * frame.height)) ** 0.5
    return frame.resize((round(frame.width * scale), round(frame.height * scale)), Image.Resampling.LANCZOS)


def make(photos, out):
    """OUT/SIZE.jsonl: a group for each photo, its frames at that size."""
    groups = {size: [] for size in SIZES}
    for path in photos:
        photo = resized(Image.open(path).convert("RGB"), SIZES["12"])
        images = {size: [] for size in SIZES}
        for name, damage, quality in FRAMES:
            sent = out / "sent.jpg"
            damage(photo).save(sent, quality=quality)
            for size, pixels in SIZES.items():
                file = out / size / f"{path.stem}-{name}.jpg"
                file.parent.mkdir(parents=True, exist_ok=True)
                resized(Image.open(sent), pixels).save(file, quality=95)
                images[size].append(str(file.resolve()))
        for size in SIZES:
            groups[size].append({"id": path.stem, "prompt": "", "images": images[size]})
    for size in SIZES:
        (out / f"{size}.jsonl").write_text("".join(json.dumps(group) + "\n" for group in groups[size]), encoding="utf-8")


def judge(out, size, model, words):
    """P(first better) of each pair of each group."""
    run = out / f"judged-{size}"
    command = [JUROR, "rank", "--from", str(out / f"{size}.jsonl"), "--model", model, "--output-dir", str(run), "--quiet", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    lines = [json.loads(line) for line in open(run / "journal.jsonl", encoding="utf-8")]
    return {(line["group"], *line["pair"]): line["p"] for line in lines if "pair" in line}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a new folder")
    parser.add_argument("--model", default="mini")
    arguments, words = parser.parse_known_args()
    arguments.out.mkdir(parents=True)
    files = sorted(file for folder in arguments.folders for file in folder.iterdir())
    photos = [file for file in files if np.prod(Image.open(file).size) >= LEAST]
    make(photos, arguments.out)
    p = {size: judge(arguments.out, size, arguments.model, words) for size in SIZES}
    print(f"{len(photos)} photos, {len(p['1'])} pairs of frames: {', '.join(name for name, *_ in FRAMES)}")
    for size in SIZES:
        plain = [p[size][key] > 0.5 for key in p[size] if key[1] == 0]
        same = [(p[size][key] > 0.5) == (p["1"][key] > 0.5) for key in p["1"]]
        print(f"{size:>3} megapixels: undamaged frame preferred in {100 * np.mean(plain):.1f} % of {len(plain)} pairs with it"
              + (f"; verdict as at 1 megapixel in {100 * np.mean(same):.1f} %" if size != "1" else ""))


if __name__ == "__main__":
    main()
