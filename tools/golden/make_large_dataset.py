"""make_large_dataset.py FOLDER [PAIRS]: a Pick-a-Pic-like parquet with small noisy JPEGs, to measure memory on. Not a fixture.

Every prompt has four pairs; the pictures (64 x 64 noise, about 4 kB each) make up nearly all of the file, uncompressed, in row groups of 100.
"""

import io
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

SCHEMA = pa.schema([("caption", pa.string()), ("image_0_uid", pa.string()), ("image_1_uid", pa.string()),
                    ("jpg_0", pa.binary()), ("jpg_1", pa.binary()), ("label_0", pa.float64()), ("label_1", pa.float64()),
                    ("model_0", pa.string()), ("model_1", pa.string()), ("num_example_per_prompt", pa.int64())])


def noise(random):
    file = io.BytesIO()
    Image.fromarray(random.integers(0, 256, (64, 64, 3), np.uint8)).save(file, "jpeg", quality=90)
    return file.getvalue()


def main():
    folder, pairs = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    jpegs = [noise(random) for _ in range(200)]
    with pq.ParquetWriter(folder / "train.parquet", SCHEMA, compression="none", use_dictionary=False) as writer:
        for start in range(0, pairs, 1000):
            k = np.arange(start, min(start + 1000, pairs))
            wins = (random.random(len(k)) < 0.55).astype(float)
            writer.write_table(pa.table([
                [f"prompt {i // 4}" for i in k], [f"a{i}" for i in k], [f"b{i}" for i in k],
                [jpegs[i % 200] for i in k], [jpegs[(7 * i + 1) % 200] for i in k], wins, 1 - wins,
                ["new" if w else "old" for w in wins], ["old" if w else "new" for w in wins], [4] * len(k)], SCHEMA), row_group_size=100)
    print(f"{pairs} pairs, {(folder / 'train.parquet').stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
