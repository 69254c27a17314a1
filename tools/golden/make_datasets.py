"""Makes tests/data/fixtures: small data sets in the layouts as published, by other people's writers.

JSON and CSV by Python's modules, zip and tar by zipfile and tarfile, parquet by pyarrow and by Hugging Face's datasets,
pictures by Pillow. Picture number k is 10 + k pixels wide and 7 high, so that a test knows which one it holds.
"""

import csv
import datetime
import decimal
import gzip
import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

OUT = Path(__file__).resolve().parents[2] / "tests" / "data" / "fixtures"


def picture(k, kind="jpeg"):
    """The bytes of picture k: JPEG, PNG, or WebP (lossless, as ImageReward's are)."""
    image = Image.new("RGB", (10 + k, 7), ((40 * k) % 256, 90, 255 - (40 * k) % 256))
    file = io.BytesIO()
    image.save(file, kind, **({"lossless": True} if kind == "webp" else {}))
    return file.getvalue()


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data) if isinstance(data, bytes) else path.write_text(data, encoding="utf-8")


def write_json(path, rows):
    write(path, json.dumps(rows, ensure_ascii=False, indent=1))


def write_zip(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def write_tar(path, members):
    """A tar, or a tar.gz without the time of its making."""
    path.parent.mkdir(parents=True, exist_ok=True)
    open_file = (lambda name: gzip.GzipFile(name, "wb", mtime=0)) if path.suffix == ".gz" else (lambda name: open(name, "wb"))
    with open_file(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def imagereward(folder):
    """The repository's data/test.json with test_images.zip; train.json with its folder of images."""
    names = [f"part-005658/images/0040/{k}.webp" for k in range(4)]
    tied = [f"part-005695/images/0057/{k}.webp" for k in range(4, 7)]
    write_json(folder / "data" / "test.json", [
        {"id": "005658-0040", "prompt": "deathly portal", "generations": names, "ranking": [1, 2, 5, 3]},
        {"id": "005695-0057", "prompt": "a vehicle, “cyberpunk”", "generations": tied, "ranking": [1, 2, 1]}])
    write_zip(folder / "data" / "test_images.zip",
              {name: picture(k, "webp") for k, name in enumerate(names + tied)})
    write_json(folder / "data" / "train.json", [
        {"id": "1", "prompt": "a cat", "generations": ["images/a.webp", "images/b.webp"], "ranking": [2, 1]}])
    for k, name in enumerate(["a", "b"]):
        write(folder / "data" / "images" / f"{name}.webp", picture(k, "webp"))


def hub_record(split, part, k, prompt_id, prompt, rank):
    return {"image_path": f"images/{split}/{split}_{part}/{k}.webp", "prompt_id": prompt_id, "prompt": prompt,
            "classification": "Animals", "image_amount_in_total": 2, "rank": rank, "overall_rating": 5,
            "image_text_alignment_rating": 6, "fidelity_rating": 7}


def imagereward_hub(folder):
    """Zips of images; train_1 and validation_1 bring a list of their images, train_2 relies on the parquet."""
    parts = {
        ("train", 1): [hub_record("train", 1, 0, "000-1", "a dog", 2), hub_record("train", 1, 1, "000-2", "a fox", 1),
                       hub_record("train", 1, 2, "000-1", "a dog", 1), hub_record("train", 1, 3, "000-2", "a fox", 1)],
        ("train", 2): [hub_record("train", 2, 4, "000-3", "a hen", 1), hub_record("train", 2, 5, "000-3", "a hen", 2)],
        ("validation", 1): [hub_record("validation", 1, 6, "000-4", "a cow", 1),
                            hub_record("validation", 1, 7, "000-4", "a cow", 2)]}
    for (split, part), records in parts.items():
        members = {}
        for record in records:
            k = int(Path(record["image_path"]).stem)
            members[f"{split}_{part}/{k}.webp"] = picture(k, "webp")
        if part == 1:
            members[f"{split}_{part}/{split}_{part}.json"] = json.dumps(records)
        write_zip(folder / "images" / split / f"{split}_{part}.zip", members)
    for split in ("train", "validation"):
        rows = [record for (name, _), records in parts.items() if name == split for record in records]
        pq.write_table(pa.Table.from_pylist(rows), folder / f"metadata-{split}.parquet")


def hpdv2(folder):
    """train.json with train.tar.gz, test.json with test/."""
    write_json(folder / "train.json", [
        {"prompt": "a boat", "file_path": ["00001.jpg", "00002.jpg"], "human_preference": [0, 1]},
        {"prompt": "a kite", "file_path": ["00003.jpg", "00001.jpg"], "human_preference": [1, 0]}])
    write_tar(folder / "train.tar.gz", {f"train/{k:05}.jpg": picture(k) for k in (1, 2, 3)})
    raw = [[1, 2, 3], [1, 3, 2], [2, 1, 3]]
    write_json(folder / "test.json", [
        {"prompt": "an owl", "image_path": ["00000.jpg", "00001.jpg", "00002.jpg"], "rank": [1.3333, 2, 2.6667],
         "raw_annotations": [{"rank": rank, "user_hash": f"user-{i}"} for i, rank in enumerate(raw)]}])
    for k in range(3):
        write(folder / "test" / f"{k:05}.jpg", picture(k))


def hpdv1(folder):
    names = [f"preference_images/{k}.png" for k in range(3)]
    for split in ("train", "test"):
        write_json(folder / f"preference_{split}.json", [
            {"human_preference": 2, "prompt": f"best of three, {split}", "id": 17, "file_path": names}])
    for k, name in enumerate(names):
        write(folder / name, picture(k, "png"))


def hpdv3(folder):
    row = {"prompt": "a river", "path1": "images/0.jpg", "path2": "images/1.jpg"}
    write_json(folder / "train.json", [
        {**row, "confidence": 0.99, "choice_dist": [12, 4], "model1": "flux", "model2": "sd3"},
        {**row, "prompt": "a lake", "confidence": None, "choice_dist": None, "model1": "real_images", "model2": "sd3"}])
    for k in range(2):
        write(folder / "images" / f"{k}.jpg", picture(k))


PICKAPIC = pa.schema([
    ("are_different", pa.bool_()), ("best_image_uid", pa.string()), ("caption", pa.string()),
    ("created_at", pa.timestamp("ns")), ("has_label", pa.bool_()), ("image_0_uid", pa.string()),
    ("image_0_url", pa.string()), ("image_1_uid", pa.string()), ("image_1_url", pa.string()), ("jpg_0", pa.binary()),
    ("jpg_1", pa.binary()), ("label_0", pa.float64()), ("label_1", pa.float64()), ("model_0", pa.string()),
    ("model_1", pa.string()), ("ranking_id", pa.int64()), ("user_id", pa.int64()), ("num_example_per_prompt", pa.int64())])


def pickapic_row(k, caption, labels):
    uids = [f"uid-{2 * k}", f"uid-{2 * k + 1}"]
    return {"are_different": labels != [0.5, 0.5], "best_image_uid": uids[labels[1] > labels[0]], "caption": caption,
            "created_at": datetime.datetime(2023, 4, 1), "has_label": labels is not None, "image_0_uid": uids[0],
            "image_0_url": "", "image_1_uid": uids[1], "image_1_url": "", "jpg_0": picture(2 * k),
            "jpg_1": picture(2 * k + 1), "label_0": labels[0], "label_1": labels[1], "model_0": "dreamlike",
            "model_1": "sdxl", "ranking_id": k, "user_id": 5, "num_example_per_prompt": 4}


def pickapic(folder):
    """Two files of train with row groups of two rows, and validation_unique; one row has no label."""
    rows = [pickapic_row(0, "a hat", [1.0, 0.0]), pickapic_row(1, "a cup", [0.5, 0.5]), pickapic_row(2, "a pen", [0.0, 1.0]),
            pickapic_row(3, "a box", [1.0, 0.0])]
    rows[3].update(has_label=False, best_image_uid="", label_0=None, label_1=None)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, part in (("train-00000-of-00002-0123456789abcdef", rows[:3]), ("train-00001-of-00002-fedcba9876543210", rows[3:]),
                       ("validation_unique-00000-of-00001-00112233aabbccdd", rows[:1])):
        pq.write_table(pa.Table.from_pylist(part, PICKAPIC), folder / "data" / f"{name}.parquet", row_group_size=2)


def rapidata(folder):
    """Hugging Face's Image structs, written by datasets: votes in the one, weighted results in the other."""
    image = datasets.Image()
    rows = {"prompt": ["a bird", "a fish"], "image1": [{"bytes": picture(k), "path": f"{k}.jpg"} for k in (0, 2)],
            "image2": [{"bytes": picture(k), "path": f"{k}.jpg"} for k in (1, 3)]}
    votes = {"votes_image1": [20, 13], "votes_image2": [6, 13], "model1": ["flux", "flux"], "model2": ["sd3", "mj"],
             "image1_path": ["flux/0.jpg", "flux/2.jpg"], "image2_path": ["sd3/1.jpg", "mj/3.jpg"],
             "detailed_results": ["{}", "{}"]}
    weighted = {"weighted_results_image1_preference": [0.25, 0.75], "weighted_results_image2_preference": [0.75, 0.25],
                "model1": ["flux", "flux"], "model2": ["sd3", "mj"]}
    for name, more in (("votes", votes), ("weighted", weighted)):
        data = datasets.Dataset.from_dict({**rows, **more}).cast_column("image1", image).cast_column("image2", image)
        path = folder / name / "data" / "train-00000-of-00001.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_parquet(path)


def imagefolder(folder):
    rows = [{"jpg_0_file_name": "a.jpg", "jpg_1_file_name": "sub/b.png", "caption": "a tree", "label_0": 0.0, "label_1": 1.0},
            {"jpg_0_file_name": "sub/b.png", "jpg_1_file_name": "a.jpg", "caption": "a bush", "label_0": 0.5, "label_1": 0.5}]
    write(folder / "train" / "metadata.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    write(folder / "train" / "a.jpg", picture(0))
    write(folder / "train" / "sub" / "b.png", picture(1, "png"))


def pairs(folder):
    """A CSV with quotes, commas and a line break inside a field; the same as parquet with pictures by datasets."""
    rows = [["a \"red\" car, fast", "a.jpg", "b.jpg", "1"], ["two\nlines", "b.jpg", "a.jpg", "tie"], ["", "a.jpg", "b.jpg", ""]]
    text = io.StringIO()
    csv.writer(text).writerows([["prompt", "image_1", "image_2", "label"]] + rows)
    write(folder / "csv" / "pairs.csv", text.getvalue().encode())
    for k, name in enumerate("ab"):
        write(folder / "csv" / f"{name}.jpg", picture(k))
    struct = datasets.Dataset.from_dict({
        "prompt": ["a wall"], "image_1": [{"bytes": picture(4, "png"), "path": None}],
        "image_2": [{"bytes": picture(5, "webp"), "path": None}], "label": [2]})
    (folder / "parquet").mkdir(parents=True, exist_ok=True)
    struct.cast_column("image_1", datasets.Image()).cast_column("image_2", datasets.Image()).to_parquet(folder / "parquet" / "pairs.parquet")


def arrow_types(folder):
    """Lists of a fixed length; decimals where they are needed, and where nobody asks for them."""
    pictures = [{"bytes": picture(k), "path": None} for k in range(2)]
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    price = pa.array([decimal.Decimal("1.50")], pa.decimal128(5, 2))
    rows = {"prompt": pa.array(["a gate"]), "image_1": pa.array(pictures[:1], image), "image_2": pa.array(pictures[1:], image)}
    tables = {
        "fixed_lists": {"id": pa.array(["x"]), "prompt": pa.array(["a gate"]),
                        "generations": pa.array([["a.jpg", "b.jpg"]], pa.list_(pa.string(), 2)),
                        "ranking": pa.array([[2, 1]], pa.list_(pa.int32(), 2)), "price": price},
        "decimal_label": {**rows, "label": pa.array([decimal.Decimal("1")], pa.decimal128(3, 0))},
        "decimal_price": {**rows, "label": pa.array([1]), "price": price,
                          "prices": pa.array([[decimal.Decimal("1.50")]], pa.list_(pa.decimal128(5, 2)))},
        "decimal_ranks": {"id": pa.array(["x"]), "prompt": pa.array(["a gate"]), "generations": pa.array([["a.jpg", "b.jpg"]]),
                          "ranking": pa.array([[decimal.Decimal("2"), decimal.Decimal("1")]], pa.list_(pa.decimal128(3, 0)))}}
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def archives(folder):
    """The same three members as zip, tar, tar.gz; one name is too long for a plain tar header."""
    members = {"a.png": picture(0, "png"), "sub/b.png": picture(1, "png"), "sub/" + 130 * "c" + ".png": picture(2, "png")}
    write_zip(folder / "pictures.zip", members)
    write_tar(folder / "pictures.tar", members)
    write_tar(folder / "pictures.tar.gz", members)


def bad(folder):
    """A zip of ImageReward's hub in which one prompt_id has two prompts."""
    records = [hub_record("train", 1, 0, "000-1", "a dog", 1), hub_record("train", 1, 1, "000-1", "a cat", 2)]
    write_zip(folder / "two_prompts_1.zip", {"two_prompts_1.json": json.dumps(records)})


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for make in (imagereward, imagereward_hub, hpdv2, hpdv1, hpdv3, pickapic, rapidata, imagefolder, pairs, arrow_types, archives, bad):
        make(OUT / make.__name__)
    print(f"{sum(1 for path in OUT.rglob('*') if path.is_file())} files, "
          f"{sum(path.stat().st_size for path in OUT.rglob('*') if path.is_file())} bytes in {OUT}")


if __name__ == "__main__":
    main()
