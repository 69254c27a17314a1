#!/usr/bin/env python3
"""Rated photos for a pupil with few of them: variants of real photos, each with the mean opinion and the spread that a teacher
expects. The teacher is ridge regression on what EfficientNet-Lite0 (scripts/teacher) sees at 500 pixels, fitted to the part `train`
of a folder of rated photos, its penalty chosen by cross-validation there. Needs torch, safetensors, NumPy and Pillow.

    tools/taught_opinions.py RATED OUT [--also RATED2] [PHOTOS...]    RATED, RATED2: folders with mos.csv (file,mos,split, of RATED
                                                                      std too) and images/; OUT: a new folder like RATED
                                                                      PHOTOS: folders of more photos, without ratings

OUT has every photo of RATED with its own rating, those of `train` COPIES times (4), since the others are many; VARIANTS (3) of each of
them and MORE (16) of each of PHOTOS, framed anew, brought to 500 pixels and mostly damaged; and the photos of RATED2's `train` as they
are, whose label is half their own mean, brought to the scale of RATED, half the teacher's. Of `validation` nothing is learnt.
"""
import csv
import io
import os
import pathlib
import random
import shutil
import sys

import numpy as np
import torch
from PIL import Image, ImageFilter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from views_study import PENALTIES, ROOT, described, load_file, measured, pil_to_tensor, predicted

SIDE = 500
VARIANTS, MORE, COPIES = (int(os.environ.get(*named)) for named in (("VARIANTS", 3), ("MORE", 16), ("COPIES", 4)))


def pixels(photo, change):
    values = change(np.asarray(photo, dtype=np.float32))
    return Image.fromarray(np.clip(values, 0, 255).round().astype(np.uint8))


def blur(photo, r):
    return photo.filter(ImageFilter.GaussianBlur(0.5 + 3 * r.random() ** 2))


def shake(photo, r):
    """A camera that moves along a curve while the shutter is open."""
    length, turn, bend = 2 + 22 * r.random() ** 1.5, r.uniform(0, 2 * np.pi), r.uniform(-1.5, 1.5)
    steps, at, seen = max(4, round(1.5 * length)), np.zeros(2), 0
    values = np.asarray(photo, dtype=np.float32)
    for i in range(steps):
        seen = seen + np.roll(values, np.round(at).astype(int), (0, 1))
        at = at + length / steps * np.array([np.sin(turn + bend * i / steps), np.cos(turn + bend * i / steps)])
    edge = round(length) + 1
    whole = Image.fromarray((seen / steps).round().astype(np.uint8))
    return whole.crop((edge, edge, photo.width - edge, photo.height - edge)).resize(photo.size, Image.BICUBIC)


def noise(photo, r):
    grain = np.random.default_rng(r.getrandbits(32))
    sigma, colour, coarse = 3 + 30 * r.random() ** 1.5, r.random(), r.random() < 0.5

    def change(values):
        size = [side // 2 + 1 for side in values.shape[:2]] if coarse else values.shape[:2]
        added = grain.normal(0, sigma, (*size, 1)) * (1 - colour) + grain.normal(0, sigma, (*size, 3)) * colour
        if coarse:
            added = added.repeat(2, 0).repeat(2, 1)[: values.shape[0], : values.shape[1]]
        return values + added * (1.3 - values / 255)

    noisy = pixels(photo, change)
    return noisy.filter(ImageFilter.MedianFilter(3)) if r.random() < 0.25 else noisy  # as a camera would hide it


def light(photo, r):
    gain = np.exp(r.uniform(-1.6, 0.9))
    return pixels(photo, lambda v: 255 * (gain * (v / 255) ** 2.2) ** (1 / 2.2))


def contrast(photo, r):
    scale, grey = r.uniform(0.35, 1.35), r.uniform(90, 220)
    return pixels(photo, lambda v: grey + scale * (v - grey))


def colour(photo, r):
    scale, cast = r.uniform(0.1, 1.6), np.exp(np.array([r.gauss(0, 0.12) for _ in range(3)], dtype=np.float32))
    return pixels(photo, lambda v: cast * (v.mean(2, keepdims=True) * (1 - scale) + v * scale))


def blocks(photo, r):
    kept = io.BytesIO()
    photo.save(kept, "JPEG", quality=r.randint(6, 50))
    return Image.open(kept).convert("RGB")


def fewer(photo, r):
    part = r.uniform(0.2, 0.7)
    small = photo.resize([max(8, round(part * side)) for side in photo.size], Image.BICUBIC)
    return small.resize(photo.size, r.choice([Image.BICUBIC, Image.BILINEAR]))


def sharpen(photo, r):
    return photo.filter(ImageFilter.UnsharpMask(r.uniform(0.8, 2.5), r.randint(50, 250), 2))


DAMAGES = (blur, shake, noise, light, contrast, colour, blocks, fewer, sharpen)


def framed(photo, r, least):
    side = max(1, round(min(photo.size) * r.uniform(least, 1)))
    x, y = r.randint(0, photo.width - side), r.randint(0, photo.height - side)
    return photo.resize((SIDE, SIDE), Image.LANCZOS, box=(x, y, x + side, y + side))


def variant(photo, r, least, damaged):
    shown = framed(photo, r, least)
    if r.random() < damaged:
        for damage in r.sample(DAMAGES, r.choice([1, 1, 2])):
            shown = damage(shown, r)
    return shown


class Teacher:
    """said(photos' features [N, F]) -> [N, 2]: mean opinion and spread."""

    def __init__(self, x, told):
        self.centre, self.scale = x.mean(0), x.std(0) + 1e-6
        self.known = self.units(x)
        kernel = self.known @ self.known.T / x.shape[1]
        folds = torch.randperm(len(x), generator=torch.Generator().manual_seed(0)).chunk(5)
        best = (-1, None)
        for penalty in PENALTIES:
            said = torch.zeros(len(x)).double()
            for fold in folds:
                others = torch.cat([other for other in folds if other is not fold])
                said[fold] = predicted(kernel, told[:, 0], others, fold, penalty)
            result = measured(said, told[:, 0])
            best = max(best, (float(result[2]), penalty))
        print(f"teacher: penalty {best[1]}, cross-validated SROCC {best[0]:.3f}", flush=True)
        self.mean = told.mean(0)
        ridge = kernel + 0.01 * best[1] * torch.eye(len(x)).double()
        self.weights = torch.linalg.solve(ridge, told - self.mean)

    def units(self, x):
        return ((x - self.centre) / self.scale).clamp(-8, 8).double()  # the clamp is for photos unlike RATED

    def said(self, x):
        return self.units(x) @ self.known.T / x.shape[1] @ self.weights + self.mean


def table(folder):
    with open(folder / "mos.csv", newline="") as file:
        return list(csv.DictReader(file))


def seen(path_or_photo, weights):
    photo = path_or_photo
    if isinstance(photo, pathlib.Path):
        photo = Image.open(photo).convert("RGB")
    with torch.no_grad():
        return described(weights, pil_to_tensor(photo).float(), str(SIDE))


def within(value, known):
    """The value, no lower and no higher than what people said of any photo."""
    return min(max(value, known.min().item()), known.max().item())


class Folder:
    """The folder that is written: images/ and the rows of mos.csv. told [N, 2]: means and spreads of RATED's train."""

    def __init__(self, out, told):
        self.out, self.told, self.rows = out, told, []
        (out / "images").mkdir(parents=True)

    def keep(self, name, mean, spread, split="train", source=None):
        if source:
            shutil.copyfile(source, self.out / "images" / name)
        self.rows.append((name, f"{mean:.4f}", f"{spread:.4f}", split))

    def keep_expected(self, name, mean, spread, source=None):
        self.keep(name, within(mean, self.told[:, 0]), within(spread, self.told[:, 1]), source=source)

    def close(self):
        with open(self.out / "mos.csv", "w", newline="") as file:
            csv.writer(file).writerows([("file", "mos", "std", "split"), *self.rows])
        print(f"{len(self.rows)} photos in {self.out}")


def add_own(folder, rated, rows):
    for row in rows:
        source = rated / "images" / row["file"]
        for i in range(COPIES if row["split"] == "train" else 1):
            name = f"again-{i}-{row['file']}" if i else row["file"]
            folder.keep(name, float(row["mos"]), float(row["std"]), row["split"], source)


def add_variants(folder, sources, teacher, weights):
    for number, (path, count, least, damaged) in enumerate(sources):
        photo = Image.open(path).convert("RGB")
        for i in range(count):
            shown = variant(photo, random.Random(f"{path.name} {i}"), least, damaged)
            name = f"taught-{number}-{i}.jpg"
            shown.save(folder.out / "images" / name, quality=95)
            folder.keep_expected(name, *teacher.said(seen(shown, weights)[None])[0].tolist())
        if number % 50 == 0:
            print(f"variants of {number} of {len(sources)} photos", flush=True)


def add_others(folder, others, teacher, weights):
    rows = [row for row in table(others) if row["split"] == "train"]
    said = []
    for number, row in enumerate(rows):
        said.append(teacher.said(seen(others / "images" / row["file"], weights)[None])[0])
        if number % 500 == 0:
            print(f"{number} of {len(rows)} photos of {others}", flush=True)
    said = torch.stack(said)
    own = torch.tensor([float(row["mos"]) for row in rows]).double()
    own = said[:, 0].mean() + (own - own.mean()) * said[:, 0].std() / own.std()
    for row, mean, spread in zip(rows, (own + said[:, 0]) / 2, said[:, 1]):
        folder.keep_expected(f"other-{row['file']}", float(mean), float(spread), others / "images" / row["file"])


def main():
    words, others = sys.argv[1:], None
    if "--also" in words:
        at = words.index("--also")
        others = pathlib.Path(words[at + 1])
        del words[at : at + 2]
    if len(words) < 2:
        sys.exit(__doc__)
    rated, out, *more = map(pathlib.Path, words)
    rows = table(rated)
    train = [row for row in rows if row["split"] == "train"]
    weights = load_file(ROOT / ".deps/teacher.safetensors")
    told = torch.tensor([[float(row["mos"]), float(row["std"])] for row in train]).double()
    teacher = Teacher(torch.stack([seen(rated / "images" / row["file"], weights) for row in train]), told)
    folder = Folder(out, told)
    add_own(folder, rated, rows)
    sources = [(rated / "images" / row["file"], VARIANTS, 0.6, 0.6) for row in train]
    for photos in more:
        sources += [(path, MORE, 0.3, 0.85) for path in sorted(photos.iterdir())]
    add_variants(folder, sources, teacher, weights)
    if others:
        add_others(folder, others, teacher, weights)
    folder.close()


if __name__ == "__main__":
    main()
