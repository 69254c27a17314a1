#!/usr/bin/env python3
"""Writes tests/golden/heif/quarters.{heic,avif} by libheif and libavif (pip install pillow pillow-heif): 64 x 48, red at the
left, blue at the top, so magenta, blue, red and black quarters, taken on 2024-05-31 at 18:20:05.25 by their Exif."""
import pathlib

import pillow_heif
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "heif"

if __name__ == "__main__":
    pillow_heif.register_heif_opener()
    image = Image.new("RGB", (64, 48))
    image.putdata([(255 if x < 32 else 0, 0, 255 if y < 24 else 0) for y in range(48) for x in range(64)])
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2024:05:31 18:20:05", 0x9291: "25"})
    OUT.mkdir(parents=True, exist_ok=True)
    for ending in ("heic", "avif"):
        image.save(OUT / f"quarters.{ending}", quality=90, exif=exif.tobytes())
