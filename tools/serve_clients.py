#!/usr/bin/env python3
"""Real clients against juror serve: the packages openai and cohere, pickles as Python and numpy write them, UniRL's and
Flow-Factory's requests, and clients/python/juror_client.py.

Usage: tools/serve_clients.py PROGRAM
Starts the server, asks, and fails (exit 1) at the first answer that is not as the client needs it. A package that is not
installed is named as skipped; exit 77 when none was there.
"""

import argparse
import base64
import importlib
import importlib.util
import io
import json
import pathlib
import pickle
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
PHOTOS = sorted((ROOT / "examples" / "photos").glob("*.jpg"))[:3]
spec = importlib.util.spec_from_file_location("juror_client", ROOT / "clients/python/juror_client.py")
juror_client = importlib.util.module_from_spec(spec)
spec.loader.exec_module(juror_client)


def package(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"skipped: {name} is not installed")
        return None


def expect(condition, sentence):
    if not condition:
        raise AssertionError(sentence)
    print("ok  ", sentence, flush=True)


def data_uri(photo):
    return "data:image/jpeg;base64," + base64.b64encode(photo.read_bytes()).decode()


def post(url, body, kind="application/json"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": kind}, method="POST")
    with urllib.request.urlopen(request, timeout=300) as response:
        return response.read()


def try_openai(url):
    openai = package("openai")
    if not openai:
        return False
    client = openai.OpenAI(base_url=url + "/v1", api_key="none")
    models = [model.id for model in client.models.list()]
    expect(models == ["mini"], f"openai lists the models: {models}")
    content = [{"type": "image_url", "image_url": {"url": data_uri(photo)}} for photo in PHOTOS[:2]]
    messages = [{"role": "user", "content": content + [{"type": "text", "text": "Which is better?"}]}]
    answer = client.chat.completions.create(model="mini", messages=messages, max_tokens=24, logprobs=True, top_logprobs=3,
                                            n=2, seed=1)
    tokens = answer.choices[0].logprobs.content
    expect(len(answer.choices) == 2 and answer.usage.completion_tokens > 0, "openai reads two completions")
    expect(all(token.logprob <= 0 and token.top_logprobs for token in tokens), f"with the log-probs of {len(tokens)} tokens")
    again = client.chat.completions.create(model="mini", messages=messages, max_tokens=24, n=2, seed=1)
    expect(again.choices[0].message.content == answer.choices[0].message.content, "the same seed says the same")
    stream = client.chat.completions.create(model="mini", messages=messages, max_tokens=24, n=1, seed=1, stream=True,
                                            stream_options={"include_usage": True})
    text, usage = "", None
    for chunk in stream:
        usage = chunk.usage or usage
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
    expect(text == answer.choices[0].message.content, "a stream gives the same text")
    expect(usage and usage.total_tokens > 0, "and its usage")
    try:
        client.chat.completions.create(model="other", messages=messages)
        raise AssertionError("an unknown model was taken")
    except openai.NotFoundError as error:
        expect(error.code == "model_not_found", "openai knows the refusal of an unknown model")
    return True


def try_cohere(url):
    cohere = package("cohere")
    if not cohere:
        return False
    documents = [data_uri(photo) for photo in PHOTOS]
    answer = cohere.ClientV2(api_key="none", base_url=url).rerank(model="mini", query="", documents=documents, top_n=2)
    scores = [result.relevance_score for result in answer.results]
    expect(len(scores) == 2 and scores[0] >= scores[1], f"cohere's client of version 2 reads {scores}")
    answer = cohere.Client(api_key="none", base_url=url).rerank(model="mini", query="", documents=documents)
    expect(sorted(result.index for result in answer.results) == [0, 1, 2], "and that of version 1")
    return True


def try_pickle(url):
    images = [photo.read_bytes() for photo in PHOTOS]
    for protocol in (3, 4, 5):
        body = pickle.dumps({"images": images, "prompts": [""] * 3, "meta_datas": [{"tag": "x"}] * 3}, protocol=protocol)
        answer = pickle.loads(post(url + "/", body))
        expect(len(answer["outputs"]) == 3 and answer["outputs"] == answer["scores"] == answer["rewards"],
               f"pickles of protocol {protocol} get rewards: {[round(one, 3) for one in answer['outputs']]}")
    numpy = package("numpy")
    if numpy:
        for protocol in (4, 5):
            body = pickle.dumps({"images": images, "prompts": numpy.array(["a"] * 3)}, protocol=protocol)
            expect(len(pickle.loads(post(url + "/", body))["outputs"]) == 3, f"and of numpy's arrays, protocol {protocol}")
    try:
        post(url + "/", pickle.dumps({"images": io.BytesIO}))
        raise AssertionError("a pickle with a class was taken")
    except urllib.error.HTTPError as error:
        expect(error.code == 415, "a pickle that names a class is refused with 415")


def try_trainers(url):
    images = [base64.b64encode(photo.read_bytes()).decode() for photo in PHOTOS]
    rewards = json.loads(post(url + "/compute", {"prompt": ["", "", ""], "image": images}))["rewards"]
    expect(len(rewards) == 3, f"Flow-Factory gets rewards: {[round(one, 3) for one in rewards]}")
    requests = [{"history": [{"text": "", "image_b64": image}], "required_rewards": ["juror"], "request_id": str(i),
                 "idempotency_key": f"k{i}"} for i, image in enumerate(images)]
    answer = json.loads(post(url + "/score", {"protocol_version": "1", "requests": requests}))
    expect([row["juror"]["score"] for row in answer["results"]] == rewards, "UniRL the same ones, by name")
    expect([row["request_id"] for row in answer["identities"]] == ["0", "1", "2"], "with its identities")


def try_own(url):
    scores = juror_client.score("", PHOTOS, url=url)
    told = []
    ranking = juror_client.rank("", PHOTOS, url=url, seed=3, progress=lambda done, total: told.append((done, total)))
    expect(len(scores) == 3 and told and told[-1][1] == 3, f"juror_client scores and tells progress: {told}")
    expect(ranking["results"][0]["reasoning"] != "", "and gives reasons")
    fn = juror_client.flow_grpo_reward(url=url)
    expect(fn([photo.read_bytes() for photo in PHOTOS], [""] * 3, None)[0] == scores, "its reward for flow_grpo says the same")
    pil = package("PIL.Image")
    if pil:
        pixels = [pil.open(photo) for photo in PHOTOS[:2]]
        expect(len(juror_client.score("", pixels, url=url)) == 2, "PIL's images too")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.TemporaryDirectory()
    server = subprocess.Popen([options.program, "serve", "--port", str(port), "--pickle-compat", "--votes", "2", "--quiet",
                               "--votes-folder", folder.name])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(url + "/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        try_own(url)
        try_trainers(url)
        try_pickle(url)
        tried = [try_cohere(url), try_openai(url)]
    finally:
        server.terminate()
        server.wait(60)
    return 0 if any(tried) else 77


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as fault:
        print("FAILED", fault)
        sys.exit(1)
