"""Juror: judges images, in two lines.

    import juror
    juror.rank("a red bicycle", ["a.png", "b.png"])     # the whole answer; juror.score gives the probabilities alone

The first call starts the program of this package as a server of this process's own: at a port of this machine, with a key
that nobody else has, and it ends with the process. juror.start(model=…) chooses another judge than mini; a `url` (or
$JUROR_URL) asks a server that is there already. libtorch is that of the torch that is installed, so a CUDA torch computes
on the GPU. What client.py says of pictures and options holds here too.
"""

import atexit
import importlib.util
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading

from . import client
from .client import JurorError

__all__ = ["JurorError", "flow_grpo_reward", "main", "rank", "score", "start", "stop"]

# Runs "$@" until it ends, or until the other end of the standard input is closed: by stop(), or by the death of this process.
_UNTIL_CLOSED = """
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(read end <&3; kill "$server") 2>/dev/null &
wait "$server"
code=$?
kill $! 2>/dev/null
exit "$code"
"""
_PROGRAM = pathlib.Path(__file__).parent / "program" / "juror"
_lock = threading.Lock()
_server = None


def rank(prompt, images, **options):
    """The answer of POST /v1/rank; see client.rank."""
    return client.rank(prompt, images, **_addressed(options))


def score(prompt, images, **options):
    """Win probabilities of the pictures against each other, in the order given; see client.score."""
    return client.score(prompt, images, **_addressed(options))


def flow_grpo_reward(**options):
    """A reward function in flow_grpo's shape; see client.flow_grpo_reward."""
    return client.flow_grpo_reward(**_addressed(options))


def start(**flags):
    """Starts the server, or another one: start(model="DIR", votes=8) is `juror serve --model DIR --votes 8`."""
    global _server
    with _lock:
        if _server is not None:
            _server.stop()
        _server = _Server(flags)


def stop():
    """Ends the server, if one was started."""
    global _server
    with _lock:
        if _server is not None:
            _server.stop()
        _server = None


def main():
    """The command `juror`."""
    os.execve(_PROGRAM, ["juror", *sys.argv[1:]], _environment())


def _addressed(options):
    if options.get("url") or os.environ.get("JUROR_URL"):
        return options
    global _server
    with _lock:
        if _server is None or _server.process.poll() is not None:
            _server = _Server({})
        return {**options, "url": _server.url, "api_key": _server.key}


def _package_folder(name):
    spec = importlib.util.find_spec(name)  # finds it without importing it
    places = spec.submodule_search_locations if spec else None
    return pathlib.Path(next(iter(places))) if places else None


def _environment():
    torch = _package_folder("torch")
    if torch is None:
        raise JurorError(0, "no_torch", "Juror computes with PyTorch, which is not installed: pip install torch.")
    folders = [torch / "lib", *sorted(torch.parent.glob("nvidia/*/lib"))]
    arrow = _package_folder("pyarrow")  # reads parquet, where it is there
    folders += [arrow] if arrow else []
    known = os.environ.get("LD_LIBRARY_PATH")
    return {**os.environ, "LD_LIBRARY_PATH": ":".join([str(folder) for folder in folders] + ([known] if known else []))}


class _Server:
    def __init__(self, flags):
        self.folder = tempfile.TemporaryDirectory(prefix="juror-")
        self.key = secrets.token_urlsafe(32)
        keys = pathlib.Path(self.folder.name, "key")
        keys.touch(mode=0o600)
        keys.write_text(self.key + "\n")
        words = [str(_PROGRAM), "serve", "--port", "0", "--api-key-file", str(keys), "--votes-folder", self.folder.name,
                 "--learn-minutes", "0"]
        for name, value in flags.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        self.log = open(pathlib.Path(self.folder.name, "log"), "w+b")
        self.process = subprocess.Popen(["/bin/sh", "-c", _UNTIL_CLOSED, "juror", *words], env=_environment(),
                                        stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, start_new_session=True)
        atexit.register(self.stop)
        self.url = self._address()

    def _address(self):
        """Where it listens, which it says; the client waits until the model is loaded."""
        while True:
            ended = self.process.poll() is not None
            said = pathlib.Path(self.log.name).read_text(errors="replace")
            found = re.search(r"Listening at (http://\S+)", said)
            if found:
                return found.group(1)
            if ended:
                raise JurorError(0, "not_started", "juror serve did not start:\n" + said)
            threading.Event().wait(0.02)

    def stop(self):
        atexit.unregister(self.stop)
        self.process.stdin.close()
        try:
            self.process.wait(60)  # what is under way is finished first (--drain-timeout-s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()
        self.folder.cleanup()
