#!/usr/bin/env python3
"""BIQ2021 as a folder of rated photos: mos.csv (file,mos,split) and images/, hard links where the disk allows. Standard library only.

    tools/biq2021.py REPOSITORY OUT     REPOSITORY: a clone of github.com/nisarahmedrana/BIQ2021 (12,000 photos, 400 MB)

Splits are its authors' own: train (10,000) and test (2,000). A photo that its tables name and its folder lacks is told and left out.
N. Ahmed and S. Asif, "BIQ2021: a large-scale blind image quality assessment database", Journal of Electronic Imaging 31(5), 2022.
"""
import csv
import os
import pathlib
import shutil
import sys


def place(source, target):
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    repository, out = map(pathlib.Path, sys.argv[1:])
    (out / "images").mkdir(parents=True, exist_ok=True)
    rows = []
    for split in ("train", "test"):
        with open(repository / f"{split.capitalize()} (Images and MOS).csv", newline="") as file:
            named = [row[:2] for row in list(csv.reader(file))[1:] if row and row[0]]
        for name, mos in named:
            source = repository / "Images" / name
            if not source.exists():
                print(f"{name}: named in the table of '{split}', not in Images; left out", file=sys.stderr)
                continue
            kept = name.replace(" (", "-").replace(")", "")
            place(source, out / "images" / kept)
            rows.append((kept, mos, split))
    with open(out / "mos.csv", "w", newline="") as file:
        csv.writer(file).writerows([("file", "mos", "split"), *rows])
    print(f"{len(rows)} photos in {out}")


if __name__ == "__main__":
    main()
