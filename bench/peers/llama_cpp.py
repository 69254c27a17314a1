"""llama.cpp beside `juror bench --jobs thinking` on the same folder: two pictures, both orders, 8 thoughts of 64 tokens each
behind shared prefixes, one thread. In turn, round by round; a table of CPU seconds (medians) and of peak memory.

    pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36     (or a clone of llama.cpp)
    cmake -S LLAMA_CPP -B BUILD -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF && cmake --build BUILD -t mtmd
    build/juror bench --repeats 1                          (writes runs/bench-100m)
    python bench/peers/llama_cpp.py LLAMA_CPP BUILD runs/bench-100m

This Python needs torch and transformers, with which llama.cpp converts a folder. The tower computes in bf16 with flash attention
(in fp32 for fp32); the decoder with and without it, and the better of the two is told. A token of llama.cpp's is the one of the
greatest logit, which costs it least; Juror draws.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

# Juror's --dtype, then llama.cpp's weights of the decoder and of the tower.
ROWS = [("float32", "f32", "f32"), ("bfloat16", "bf16", "bf16"), ("int8", "q8_0", "bf16"), ("int4", "q4_0", "bf16"),
        ("int4", "q4_k", "bf16")]
FILES = {"image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}
CONVERT = """
import sys
source, *words = sys.argv[1:]
sys.path[:0] = [source, source + "/gguf-py"]
import convert_hf_to_gguf
from conversion.base import TextModel
def no_sentencepiece(self):
    raise FileNotFoundError
TextModel._set_vocab_sentencepiece = no_sentencepiece
TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen2"  # our small tokenizer is none that it knows
sys.argv = ["convert_hf_to_gguf.py", *words]
convert_hf_to_gguf.main()
"""


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--juror", default="build/juror")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("runs/llama"), help="folder of what is made")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=2, help="in a round; one run before them does not count")
    parser.add_argument("--thoughts", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rows", default="0,1,2,3,4", help="of the table, by number")
    return parser.parse_args()


def run(words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode != 0:
        sys.exit(f"{words[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def driver(o):
    binary = o.work / "llama_thinking"
    libraries = [o.build / path for path in ("tools/mtmd/libmtmd.a", "src/libllama.a", "ggml/src/libggml.a",
                                             "ggml/src/libggml-cpu.a", "ggml/src/libggml-base.a",
                                             "vendor/hash/libvendor-hash.a")]
    run(["g++", "-std=c++20", "-O3", "-march=native", *(f"-I{o.source / path}" for path in ("include", "ggml/include",
         "tools/mtmd")), pathlib.Path(__file__).with_name("llama_thinking.cpp"), "-o", binary, *libraries, "-fopenmp",
         "-lpthread", "-ldl", "-lm"])
    return binary


def folder_for_conversion(o):
    """The model's folder with what a preprocessor's file may leave out."""
    folder = o.work / "model"
    folder.mkdir(parents=True, exist_ok=True)
    for file in o.model.iterdir():
        if not (folder / file.name).exists() and file.name != "preprocessor_config.json":
            (folder / file.name).symlink_to(file.resolve())
    settings = json.loads((o.model / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps(FILES | settings))
    return folder


def gguf(o, binary, kind, is_tower):
    file = o.work / f"{'tower' if is_tower else 'text'}-{kind}.gguf"
    if file.exists():
        return file
    if kind.startswith("q"):
        run([binary, "quantize", gguf(o, binary, "bf16", is_tower), file, kind])
    else:
        run([sys.executable, "-c", CONVERT, o.source, folder_for_conversion(o), "--outtype", kind, "--outfile", file,
             *(["--mmproj"] if is_tower else [])])
    return file


def ask_llama(o, binary, text, tower, has_flash):
    """[(vision, prefill, decode)] in CPU seconds, and bytes at most."""
    lines = run([binary, gguf(o, binary, text, False), gguf(o, binary, tower, True), o.thoughts, o.tokens, o.repeats, 1,
                 int(has_flash), 1]).splitlines()
    return [tuple(map(float, line.split())) for line in lines[:-1]], int(lines[-1].split()[1])


def ask_juror(o, dtype):
    measured = json.loads(run([o.juror, "bench", "--model", o.model, "--dtype", dtype, "--threads", "1", "--jobs", "thinking",
                               "--repeats", o.repeats, "--warm-up", 1, "--thoughts", o.thoughts, "--tokens", o.tokens,
                               "--json"]))
    jobs = {job["name"].strip() + " " + job["unit"]: job["values"] for job in measured["jobs"]}
    rows = []
    for i, cpu in enumerate(jobs["of the CPU CPU s"]):  # parts are wall-clock times, of which the CPU had a share
        parts = [jobs[name + " s"][i] for name in ("vision", "prefill", "decode")]
        rows.append(tuple(cpu * part / sum(parts) for part in parts))
    return rows, measured["memory"]["peak_bytes"]


def median_line(name, runs, peak):
    totals = [sum(run) for run in runs]
    parts = " ".join(f"{statistics.median(part):.2f}" for part in zip(*runs))
    return f"| {name} | {statistics.median(totals):.2f} ({min(totals):.2f} – {max(totals):.2f}) | {parts} | {peak / 1e6:.0f} |"


def main(o):
    o.work.mkdir(parents=True, exist_ok=True)
    binary = driver(o)
    print(f"| | CPU s of {o.rounds * o.repeats} | vision, prefill, decode | peak, MB |\n|---|---:|---|---:|")
    for dtype, text, tower in (ROWS[int(i)] for i in o.rows.split(",")):
        ours, peers, peaks = [], {True: [], False: []}, {}
        for _ in range(o.rounds):
            runs, peaks["juror"] = ask_juror(o, dtype)
            ours += runs
            for has_flash in peers:
                runs, peaks[has_flash] = ask_llama(o, binary, text, tower, has_flash)
                peers[has_flash] += runs
        best = min(peers, key=lambda has_flash: statistics.median(map(sum, peers[has_flash])))
        print(median_line(f"Juror, {dtype}", ours, peaks["juror"]))
        name = f"llama.cpp, {text}" + (", flash attention" if best else "")
        print(median_line(name, peers[best], peaks[best]), flush=True)


if __name__ == "__main__":
    main(parse())
