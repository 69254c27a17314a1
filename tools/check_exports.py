#!/usr/bin/env python3
"""Reads what `juror export` writes as its consumers do: pyarrow, datasets, pandas, TRL's collators, exiftool, exiv2,
Label Studio's SDK, or the standard library where a consumer is too heavy.

Usage: tools/check_exports.py JUROR-PROGRAM [CHECK ...]
Checked against a ranking of four pictures, two of them copies of one, that this script writes. A check whose packages are
missing is skipped by name; exit code 77 when all were skipped, 1 when one failed.
"""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
PICTURES = ROOT / "tests/data/fixtures/hpdv2/test"
NAMES = ["00000.jpg", "00001.jpg", "a copy,\nof it.jpg", "00002.jpg"]
PROMPT = "a “red” bicycle, <1> & more"
SCORES = [0.8, 0.6, 0.6, 0.1]
PAIRS = {(0, 1): 0.75, (0, 2): 0.7, (0, 3): 0.97, (1, 2): 0.5, (1, 3): 0.9, (2, 3): None}  # P(first better)


class Skip(Exception):
    """What a check needs is not here."""


def package(name):
    try:
        return __import__(name, fromlist=["_"])
    except ImportError as error:
        raise Skip(f"needs the package {name}") from error


def need(program):
    if not shutil.which(program):
        raise Skip(f"needs the program {program}")


def write_ranking(folder):
    shutil.copy(PICTURES / "00000.jpg", folder)
    shutil.copy(PICTURES / "00001.jpg", folder)
    shutil.copy(PICTURES / "00001.jpg", folder / NAMES[2])
    shutil.copy(PICTURES / "00002.jpg", folder)
    results = [{"index": i, "image": name, "position": i + 1, "rank": i + 1, "tied_with": [], "score": SCORES[i],
                "ci": [SCORES[i] - 0.15, SCORES[i] + 0.15], "reason": f"reason, {i}"} for i, name in enumerate(NAMES)]
    comparisons = []
    for (i, j), p in PAIRS.items():
        votes = [{"order": order, "thinking": f"Image 1: one. Image 2: two ({order}).", "answer": "1",
                  "p": None if p is None else p if order == "ij" else 1 - p, "status": "no_answer" if p is None else "ok"}
                 for order in ("ij", "ji")]
        comparisons.append({"pair": [i, j], "p": p, "status": "ok", "tie": p == 0.5, "votes": votes})
    (folder / "ranking.json").write_text(json.dumps({"schema": 1, "prompt": PROMPT, "model": "mini", "seed": 0,
                                                     "results": results, "comparisons": comparisons}, indent=2))


class Export:
    """One export in a folder that is gone afterwards."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def __call__(self, name, *options):
        out = self.folder / f"out.{name}"
        subprocess.run([self.program, "export", name, self.folder / "ranking.json", "-o", out, "-q", *options], check=True,
                       stdout=subprocess.DEVNULL)
        return out


def same(met, expected):
    assert met == expected, f"met {met!r}, expected {expected!r}"


def check_pickapic(export):
    arrow, parquet = package("pyarrow"), package("pyarrow.parquet")
    path = export("pickapic", "--keep-ties")
    file = parquet.ParquetFile(path)
    same([(field.name, str(field.type)) for field in file.schema_arrow],
         [("are_different", "bool"), ("best_image_uid", "string"), ("caption", "string"), ("created_at", "timestamp[ns]"),
          ("has_label", "bool"), ("image_0_uid", "string"), ("image_0_url", "string"), ("image_1_uid", "string"),
          ("image_1_url", "string"), ("jpg_0", "binary"), ("jpg_1", "binary"), ("label_0", "double"), ("label_1", "double"),
          ("model_0", "string"), ("model_1", "string"), ("ranking_id", "int64"), ("user_id", "int64"),
          ("num_example_per_prompt", "int64")])
    rows = file.read().to_pylist()
    same([row["label_0"] for row in rows], [1, 1, 1, 0.5, 1])
    same([row["are_different"] for row in rows], [True, True, True, False, True])
    same(rows[0]["best_image_uid"], rows[0]["image_0_uid"])
    same(rows[0]["jpg_0"], (export.folder / NAMES[0]).read_bytes())
    same({row["num_example_per_prompt"] for row in rows}, {5})
    same(arrow.parquet.ParquetFile(export("rapidata")).schema_arrow.field("image1").type.field("bytes").type, arrow.binary())


def check_pickapic_as_diffusers(export):
    """What diffusers' train_diffusion_dpo.py does with the rows: labels, then both pictures."""
    load, image = package("datasets").load_dataset, package("PIL.Image")
    import io
    data = load("parquet", data_files=str(export("pickapic")), split="train", cache_dir=str(export.folder / "cache"))
    data = data.filter(lambda row: row["label_0"] in (0.0, 1.0))
    same(len(data), 4)
    same([image.open(io.BytesIO(data[0][key])).convert("RGB").size for key in ("jpg_0", "jpg_1")], [(10, 7), (11, 7)])


def check_rapidata(export):
    load = package("datasets").load_dataset
    package("PIL.Image")
    data = load("parquet", data_files=str(export("rapidata", "--keep-ties")), split="train",
                cache_dir=str(export.folder / "cache"))
    same((data[0]["image1"].size, data[0]["image2"].size), ((10, 7), (11, 7)))
    same([(row["votes_image1"], row["votes_image2"]) for row in data.select_columns(["votes_image1", "votes_image2"])],
         [(2, 0), (2, 0), (2, 0), (0, 0), (2, 0)])


def load_folder(export, name, *options):
    load = package("datasets").load_dataset
    package("PIL.Image")
    return load("imagefolder", data_dir=str(export(name, *options)), split="train", cache_dir=str(export.folder / "cache"))


def check_imagefolder(export):
    data = load_folder(export, "imagefolder")
    same([row["label_0"] for row in data], [1, 1, 1, 1])
    same((data[0]["jpg_0"].size, data[0]["jpg_1"].size, data[0]["caption"]), ((10, 7), (11, 7), PROMPT))


def check_scores(export):
    data = load_folder(export, "scores")
    same([row["score"] for row in data], SCORES)
    same([row["label"] for row in data], [True, True, True, False])


def collate(export, name, collator):
    """TRL's own collator on the rows, with the processor of a tiny Qwen2.5-VL."""
    trainer, transformers = package(f"trl.trainer.{name[4:]}_trainer"), package("transformers")
    data = load_folder(export, name)
    processor = transformers.AutoProcessor.from_pretrained(ROOT / "tests/golden/checkpoints/hub_layout_bf16")
    rows = [dict(data[i]) for i in range(len(data))]
    wide = [[image.resize((84, 56)) for image in row["images"]] for row in rows]  # below 28 pixels no patch is whole
    batch = getattr(trainer, collator)(processor)([{**row, "images": images} for row, images in zip(rows, wide)])
    return rows, batch, processor


def check_trl_dpo(export):
    rows, batch, processor = collate(export, "trl-dpo", "DataCollatorForVisionPreference")
    same(len(rows), 4)
    same(batch["input_ids"].shape[0], 8)
    text = processor.tokenizer.decode(batch["input_ids"][0])
    assert PROMPT in text and text.count("<|vision_start|>") == 2, text
    for row in rows:
        chosen, rejected = row["chosen"][0]["content"][0]["text"], row["rejected"][0]["content"][0]["text"]
        first_is_better = row["images"][0].size[0] < row["images"][1].size[0]  # the better ones are narrower here
        assert chosen.endswith(f"<answer>{1 if first_is_better else 2}</answer>"), chosen
        assert rejected.endswith(f"<answer>{2 if first_is_better else 1}</answer>"), rejected


def check_trl_kto(export):
    rows, batch, _ = collate(export, "trl-kto", "DataCollatorForVisionUnpairedPreference")
    same([row["label"] for row in rows], [True, False] * 4)
    same(batch["label"] if isinstance(batch["label"], list) else batch["label"].tolist(), [True, False] * 4)


def check_llama_factory(export):
    """As LLaMA-Factory's SharegptDatasetConverter: dataset_info names the columns."""
    folder = export("llama-factory")
    info = json.loads((folder / "dataset_info.json").read_text())["juror"]
    same((info["formatting"], info["ranking"]), ("sharegpt", True))
    rows = json.loads((folder / info["file_name"]).read_text())
    same(len(rows), 4)
    columns = info["columns"]
    for row in rows:
        turns = row[columns["messages"]]
        same([turn["from"] for turn in turns], ["human"])
        same(turns[0]["value"].count("<image>"), len(row[columns["images"]]))
        same((row[columns["chosen"]]["from"], row[columns["rejected"]]["from"]), ("gpt", "gpt"))
        assert all((folder / image).is_file() for image in row[columns["images"]])


def check_simpletuner(export):
    folder = export("simpletuner")
    names = sorted(path.name for path in (folder / "win").iterdir())
    same(names, sorted(path.name for path in (folder / "lose").iterdir()))
    same(len(names), 8)
    same((folder / "win" / "000000-0-1.txt").read_text(), PROMPT + "\n")
    same((folder / "win" / "000000-0-3.jpg").read_bytes(), (export.folder / NAMES[0]).read_bytes())


def check_imagereward(export):
    """As ImageReward's make_dataset: a list whose generations are files and whose ranking has one rank each."""
    folder = export("imagereward")
    (row,) = json.loads((folder / "train.json").read_text())
    same((row["id"], row["prompt"], row["ranking"]), ("ranking", PROMPT, [1, 2, 2, 4]))
    same([(folder / name).read_bytes() for name in row["generations"]], [(export.folder / n).read_bytes() for n in NAMES])


def check_hpd(export):
    folder = export("hpdv2")
    rows = json.loads((folder / "train.json").read_text())
    same([row["human_preference"] for row in rows], [[1, 0]] * 4)
    assert all((folder / "train" / name).is_file() for row in rows for name in row["file_path"])
    folder = export("hpdv3")
    rows = json.loads((folder / "train.json").read_text())
    same([(row["confidence"], row["choice_dist"]) for row in rows], [(0.75, [2, 0]), (0.7, [2, 0]), (0.97, [2, 0]), (0.9, [2, 0])])
    assert all((folder / row[key]).is_file() for row in rows for key in ("path1", "path2"))


def check_arena(export):
    """As FastChat's elo_analysis: a data frame, then online Elo."""
    pandas = package("pandas")
    battles = pandas.read_json(export("arena", "--keep-ties"), lines=True).sort_values(ascending=True, by=["tstamp"])
    rating = dict.fromkeys(NAMES, 1000.0)
    for _, _, a, b, winner in battles[["question_id", "judge", "model_a", "model_b", "winner"]].itertuples(index=False):
        expected = 1 / (1 + 10 ** ((rating[b] - rating[a]) / 400))
        change = 4 * ({"model_a": 1, "model_b": 0, "tie": 0.5}[winner] - expected)
        rating[a], rating[b] = rating[a] + change, rating[b] - change
    assert max(rating, key=rating.get) == NAMES[0] and min(rating, key=rating.get) == NAMES[3], rating


def check_label_studio(export):
    interface = package("label_studio_sdk.label_interface").LabelInterface
    folder = export("label-studio")
    label = interface((folder / "interface.xml").read_text())
    label.validate()
    tasks = json.loads((folder / "tasks.json").read_text())
    same(len(tasks), 4)
    for task in tasks:
        assert label.validate_task({"data": task["data"]}), task
        same([label.validate_prediction(prediction, return_errors=True) for prediction in task["predictions"]], [[]])
        assert (folder / task["data"]["image_1"].split("?d=")[1]).is_file()
        same(task["predictions"][0]["result"][0]["value"]["choices"], ["Image 1"])


def check_label_studio_files(export):
    folder = export("label-studio")
    view = xml.etree.ElementTree.parse(folder / "interface.xml").getroot()
    choices = [choice.get("value") for choice in view.find("Choices")]
    prediction = json.loads((folder / "tasks.json").read_text())[0]["predictions"][0]
    same(prediction["score"], 0.75)
    assert prediction["result"][0]["value"]["choices"][0] in choices


def check_csv(export):
    with open(export("csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    same(rows[0], ["path", "rank", "score", "ci_low", "ci_high", "reason"])
    same([row[0] for row in rows[1:]], NAMES)
    same(rows[1][1:3] + rows[1][5:], ["1", "0.8", "reason, 0"])


STARS = {NAMES[0]: 5, NAMES[1]: 3, NAMES[2]: 3, NAMES[3]: 1}


def sidecars(export):
    """The best one begins at 0.65; 0.75 reaches it (ok), 0.25 does not (rest)."""
    folder = export("xmp")
    return {name: folder / f"{name}.xmp" for name in NAMES}


def check_xmp_with_exiftool(export):
    need("exiftool")
    for name, path in sidecars(export).items():
        read = subprocess.run(["exiftool", "-j", "-XMP-xmp:Rating", path], check=True, capture_output=True).stdout
        same(json.loads(read)[0]["Rating"], STARS[name])


def check_xmp_with_exiv2(export):
    need("exiv2")
    for name, path in sidecars(export).items():
        read = subprocess.run(["exiv2", "-PXkv", path], check=True, capture_output=True, text=True).stdout
        same(read.split(), ["Xmp.xmp.Rating", str(STARS[name])])


def check_juror(export):
    folder = export("juror")
    (row,) = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    same((row["prompt"], row["ranking"]), (PROMPT, [1, 2, 2, 4]))
    same([(folder / name).read_bytes() for name in row["images"]], [(export.folder / n).read_bytes() for n in NAMES])


def check_relabel(export):
    """What juror relabel leaves: another table's labels, and every other column, the types and the row groups as they were."""
    parquet = package("pyarrow.parquet")
    table = export("pickapic", "--keep-ties").rename(export.folder / "table.parquet")
    out = export.folder / "relabelled.parquet"
    subprocess.run([export.program, "relabel", table, "-o", out, "--no-think", "--votes", "1", "-q"], check=True,
                   stdout=subprocess.DEVNULL)
    before, after = parquet.ParquetFile(table), parquet.ParquetFile(out)
    same(after.schema_arrow, before.schema_arrow)
    same(after.num_row_groups, before.num_row_groups)
    old, new = before.read(), after.read()
    labels = {"label_0", "label_1", "best_image_uid", "has_label"}
    same([name for name in old.column_names if name not in labels and old[name] != new[name]], [])
    for row in new.to_pylist():
        best = {1: row["image_0_uid"], 0: row["image_1_uid"], 0.5: ""}
        same((row["label_0"] + row["label_1"], row["best_image_uid"], row["has_label"]), (1, best[row["label_0"]], True))


def check_links(export):
    folder = export("links")
    found = {path.name: (path.parent.name, path.resolve()) for path in folder.glob("*/*")}
    same(found, {name: ({5: "best", 3: "ok", 1: "rest"}[STARS[name]], (export.folder / name).resolve()) for name in NAMES})


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    program = pathlib.Path(arguments[0]).resolve()
    checks = {name[6:]: check for name, check in globals().items() if name.startswith("check_")}
    wanted = arguments[1:] or list(checks)
    failed = passed = 0
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            write_ranking(pathlib.Path(folder))
            try:
                checks[name](Export(program, pathlib.Path(folder)))
                passed += 1
                print(f"ok       {name}")
            except Skip as reason:
                print(f"skipped  {name}: {reason}")
            except (AssertionError, subprocess.CalledProcessError) as error:
                failed += 1
                print(f"FAILED   {name}: {error}")
    return 1 if failed else 0 if passed else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
