"""Juror from Python, in one file and with the standard library alone.

    import juror_client
    juror_client.score("a red bicycle", ["a.png", "b.png"])     # [0.31, 0.69], one a picture
    juror_client.rank("a red bicycle", ["a.png", "b.png"])      # the whole answer of /v1/rank

A picture is a path, the bytes of a JPEG, PNG or WebP, a PIL image, or an array of [height, width, 3] (or
[3, height, width]) with 8-bit values or floats from 0 to 1. The server is `juror serve`; its address is the
argument `url`, or $JUROR_URL, or http://127.0.0.1:8080, and its key `api_key` or $JUROR_API_KEY.

A reward for flow_grpo: `reward_fn = juror_client.flow_grpo_reward()`, called as fn(images, prompts, metadata) and
returning (scores, {}): the win probability of each picture among those of its prompt, so a prompt needs two or more.
"""

import base64
import json
import os
import random
import struct
import time
import urllib.error
import urllib.request
import zlib

__all__ = ["JurorError", "flow_grpo_reward", "rank", "score"]

DEFAULT_URL = "http://127.0.0.1:8080"
_RETRIED = (429, 502, 503)  # the server is busy, starting or stopping: everything else is final


class JurorError(Exception):
    """The server's refusal: `status` (0 where nobody answered), `code`, and the sentence."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.code = code


def score(prompt, images, **options):
    """Win probabilities of the pictures against each other, in the order given. Raises JurorError if one is not read."""
    answer = rank(prompt, images, explain=False, **options)
    if answer["errors"]:
        error = answer["errors"][0]
        raise JurorError(422, error["code"], f"images[{error['index']}]: {error['message']}")
    return answer["rewards"]


def rank(prompt, images, *, url=None, api_key=None, timeout=300.0, retries=8, progress=None, **options):
    """The answer of POST /v1/rank: `results` best first, `rewards` in the order given, `comparisons` and more.

    options: keys of /v1/rank (votes, seed, mode, both_orders, budget, top_n, explain, temperature, model).
    progress: called as progress(done, total) while it goes on.
    """
    body = {"prompt": prompt, "images": [base64.b64encode(image_bytes(one)).decode() for one in images], **options}
    return _Connection(url, api_key, timeout, retries).post("/v1/rank", body, progress)


def flow_grpo_reward(*, url=None, api_key=None, timeout=600.0, retries=100, **options):
    """A reward function in flow_grpo's shape: fn(images, prompts, metadata) -> (scores, {})."""

    def fn(images, prompts, metadata=None):
        del metadata
        images, prompts = list(images), [str(prompt) for prompt in prompts]
        if len(images) != len(prompts):
            raise ValueError(f"{len(images)} images and {len(prompts)} prompts; as many of both are expected.")
        groups = {}
        for index, prompt in enumerate(prompts):
            groups.setdefault(prompt, []).append(index)
        scores = [0.0] * len(images)
        for prompt, members in groups.items():
            found = score(prompt, [images[i] for i in members], url=url, api_key=api_key, timeout=timeout,
                          retries=retries, **options)
            for index, value in zip(members, found):
                scores[index] = value
        return scores, {}

    return fn


def image_bytes(image):
    """The bytes of a file that the server reads, for any picture described above."""
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as file:
            return file.read()
    if hasattr(image, "convert"):  # PIL
        image = image.convert("RGB")
        return _png(image.width, image.height, image.tobytes())
    return _array_png(image)


def _array_png(array):
    """A PNG of a numpy array or torch tensor; neither is imported here."""
    if hasattr(array, "detach"):
        array = array.detach().cpu().float() if array.is_floating_point() else array.detach().cpu()
        array = array.numpy()
    if not hasattr(array, "shape") or len(array.shape) != 3:
        raise TypeError(f"A picture is a path, bytes, a PIL image or an array of three dimensions, not {type(array)}.")
    if array.shape[2] != 3 and array.shape[0] == 3:
        array = array.transpose(1, 2, 0)
    if array.shape[2] != 3:
        raise TypeError(f"An array of a picture has three channels, and this one's shape is {tuple(array.shape)}.")
    if array.dtype.kind == "f":
        array = (array * 255).round().clip(0, 255)
    height, width, _ = array.shape
    return _png(width, height, array.astype("uint8").tobytes())


def _png(width, height, rgb):
    """An 8-bit RGB PNG, compressed lightly: it goes to the next process, not to a disk."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + rgb[row * width * 3:(row + 1) * width * 3] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


class _Connection:
    def __init__(self, url, api_key, timeout, retries):
        self.url = (url or os.environ.get("JUROR_URL") or DEFAULT_URL).rstrip("/")
        self.key = api_key or os.environ.get("JUROR_API_KEY")
        self.timeout = timeout
        self.retries = retries

    def post(self, path, body, progress=None):
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if progress is not None:
            headers["Accept"] = "text/event-stream"
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST")
        for attempt in range(self.retries + 1):
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as response:
                    return _read_events(response, progress) if progress is not None else json.load(response)
            except urllib.error.HTTPError as error:
                refusal, wait = _refusal(error), error.headers.get("Retry-After")
                if error.code not in _RETRIED or attempt == self.retries:
                    raise refusal from None
            except (urllib.error.URLError, ConnectionError) as error:
                refusal, wait = JurorError(0, "unreachable", f"{self.url} does not answer: {error}"), None
                if attempt == self.retries:
                    raise refusal from None
            _wait(attempt, wait)
        raise AssertionError("unreachable")


def _wait(attempt, retry_after):
    try:
        seconds = float(retry_after)
    except (TypeError, ValueError):
        seconds = 0.0
    time.sleep(max(seconds, min(30.0, 0.2 * 2 ** attempt)) * random.uniform(0.8, 1.2))


def _refusal(error):
    try:
        said = json.loads(error.read())["error"]
        return JurorError(error.code, said["code"], said["message"])
    except (ValueError, KeyError, TypeError):
        return JurorError(error.code, "unknown", f"The server answered {error.code}.")


def _read_events(response, progress):
    name = None
    for line in response:
        line = line.decode().rstrip("\r\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = json.loads(line[6:])
            if name == "progress":
                progress(data["done"], data["total"])
            elif name == "result":
                return data
            elif name == "error":
                raise JurorError(500, data["error"]["code"], data["error"]["message"])
    raise JurorError(0, "cut_short", "The server ended the answer before its result.")
