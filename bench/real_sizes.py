"""A model of real size here: load it, judge a pair with thoughts in both orders, take one GRPO LoRA step, and the same with
transformers and TRL on the same folder; one process after another, one thread each.

    build/juror models random configs/models/Qwen2.5-VL-3B-Instruct/config.json 3b --dtype bfloat16
    python bench/real_sizes.py 3b --python python3        (one that has TRL)

Every stage is kept in --results (JSON) as soon as it is done: --stages runs some of them, and a table of all that is known is
printed at the end. CPU seconds and peak memory are those of the operating system for the whole process (wait4), apart from
what a program says of its own parts. A stage that is not done within --timeout seconds of wall-clock time, or that runs out of
memory, is a line of the table that says so.
"""

import argparse
import json
import os
import pathlib
import platform
import signal
import subprocess
import tempfile
import time

STAGES = ["juror load", "juror judge", "juror step", "transformers load", "transformers judge", "transformers reuse",
          "TRL step"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--juror", default="build/juror")
    parser.add_argument("--python", default="python3", help="with torch, transformers 5, trl and peft")
    parser.add_argument("--dtype", default="bfloat16", help="of Juror; the peers compute in bfloat16")
    parser.add_argument("--thoughts", type=int, default=8, help="of each order of the pair")
    parser.add_argument("--judge-tokens", type=int, default=64, help="of every thought")
    parser.add_argument("--generations", type=int, default=8, help="of the GRPO step")
    parser.add_argument("--step-tokens", type=int, default=64, help="of each of them")
    parser.add_argument("--checkpointing", action="store_true", help="recompute layers in the step, Juror and TRL")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--timeout", type=float, default=3600, help="seconds on the wall a stage may take")
    parser.add_argument("--results", default="real_sizes.json")
    return parser.parse_args()


def commands(o):
    bench = [o.juror, "bench", "--model", o.model, "--dtype", o.dtype, "--threads", "1", "--repeats", "1", "--warm-up", "0",
             "--thoughts", str(o.thoughts), "--tokens", str(o.judge_tokens), "--json", "--jobs"]
    peer = [o.python, "bench/peers/transformers_generate.py", o.model, "bfloat16", str(o.thoughts), str(o.judge_tokens)]
    rows = ["--generations", str(o.generations), "--tokens", str(o.step_tokens)]
    recompute = ["--gradient-checkpointing"] if o.checkpointing else []
    return {
        "juror load": bench + [""],
        "juror judge": bench + ["thinking"],
        "juror step": [o.juror, "bench", "train", "--model", o.model, "--lora", "--dtype", o.dtype, "--threads", "1",
                       "--repeats", "1", "--warm-up", "0", "--json", *rows, *recompute],
        "transformers load": peer + ["load"],
        "transformers judge": peer + ["plain"],
        "transformers reuse": peer + ["reuse"],
        "TRL step": [o.python, "bench/peers/trl_train.py", o.model, "--lora", "--dtype", "bfloat16", "--threads", "1", *rows,
                     *recompute],
    }


def run(words, timeout):
    """The process to its end, or to its time: what it printed, and what the system counted of it."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        child = subprocess.Popen(words, stdout=out, stderr=errors, env=environment)
        status, usage, is_late = None, None, False
        while status is None:
            pid, code, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                status, usage = os.waitstatus_to_exitcode(code), used
            elif time.monotonic() - began > timeout and not is_late:
                child.send_signal(signal.SIGKILL)
                is_late = True
            else:
                time.sleep(0.2)
        child.returncode = status
        out.seek(0)
        errors.seek(0)
        return {"command": words, "exit_code": status, "timed_out": is_late, "wall_s": round(time.monotonic() - began, 1),
                "cpu_s": round(usage.ru_utime + usage.ru_stime, 1), "peak_bytes": usage.ru_maxrss * 1024,
                "output": out.read(), "errors": errors.read()[-2000:]}


def last_json(text):
    return json.loads(text[text.index("{"):])


def peer_seconds(text):
    """{"load": CPU seconds, …} of transformers_generate.py."""
    lines = [line.split() for line in text.splitlines()]
    return {words[0]: float(words[2]) for words in lines if len(words) == 4 and words[3] == "s"}


def parts(stage, result):
    """CPU seconds of the job itself, without start-up and loading; and what else is known of it."""
    text = result["output"]
    if stage.startswith("transformers"):
        name = {"transformers load": "load", "transformers judge": "plain", "transformers reuse": "reuse"}[stage]
        return peer_seconds(text)[name], ""
    measured = last_json(text)
    if stage == "juror load":
        return measured["load"]["cpu_s"], f"{measured['load']['peak_bytes'] / 1e9:.2f} GB behind it"
    if stage == "juror judge":
        jobs = {job["name"].strip() + " " + job["unit"]: job["median"] for job in measured["jobs"]}
        seconds = {name: jobs[name + " s"] for name in ("vision", "prefill", "decode")}
        wall = sum(seconds.values())
        cpu = jobs["of the CPU CPU s"]
        return cpu, ", ".join(f"{name} {cpu * value / wall:.1f}" for name, value in seconds.items())
    if stage == "juror step":
        step = measured["median"]
        return step["step"]["cpu_s"], ", ".join(f"{name} {step[name]['cpu_s']:.1f}" for name in
                                                ("rollout", "loss", "optimizer"))
    seconds = {name: values[0] for name, values in measured["cpu_seconds"].items()}
    return seconds["step"], ", ".join(f"{name} {seconds[name]:.1f}" for name in
                                      ("rollout", "forward", "backward", "optimizer"))


def line(stage, result, options):
    peak = f"{result['peak_bytes'] / 2**30:.2f}"
    if result["timed_out"]:
        return f"| {stage} | not done within {options.timeout:.0f} s | {result['cpu_s']:.0f} | {peak} | killed |"
    if result["exit_code"] != 0:
        why = (result["errors"].strip().splitlines() or [f"signal {-result['exit_code']}"])[-1][:100]
        return f"| {stage} | failed | {result['cpu_s']:.0f} | {peak} | {why} |"
    cpu, detail = parts(stage, result)
    return f"| {stage} | {cpu:.1f} | {result['cpu_s']:.0f} | {peak} | {detail} |"


def weights_bytes(model):
    return sum(file.stat().st_size for file in pathlib.Path(model).glob("*.safetensors"))


def main(options):
    file = pathlib.Path(options.results)
    results = json.loads(file.read_text()) if file.exists() else {}
    for stage in filter(None, options.stages.split(",")):
        words = commands(options)[stage]
        print("…", " ".join(words), flush=True)
        results[stage] = run(words, options.timeout)
        file.write_text(json.dumps(results, indent=1))
    weights = weights_bytes(options.model)
    print(f"\n{options.model}: {weights / 2**30:.2f} GiB of weights; {platform.processor() or platform.machine()}, load "
          f"{os.getloadavg()[0]:.1f}\n\n| stage | CPU s | of the whole process | peak, GiB | parts |\n|---|---:|---:|---:|---|")
    for stage in STAGES:
        if stage in results:
            print(line(stage, results[stage], options))


if __name__ == "__main__":
    main(parse())
