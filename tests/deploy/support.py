"""Shared helpers: the binary under test, running services, HTTP."""

import contextlib
import json
import os
import pathlib
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The same as the integration tests use; `cluster` is needed for the container only.
BINARY = pathlib.Path(os.environ.get("HAIBAO_BINARY", ROOT / "target/debug/haibao")).resolve()
DEPLOY = ROOT / "deploy"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(url, body=None, method=None, headers=None, timeout=30):
    """Returns (status, headers, bytes) of any status. Does not verify certificates: the tests sign their own."""
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    headers = {**({"Content-Type": "application/json"} if data is not None else {}), **(headers or {})}
    call = urllib.request.Request(url, data, headers, method=method)
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(call, timeout=timeout, context=context) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def wait_for(what, check, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if result := check():
                return result
        time.sleep(0.1)
    raise AssertionError(f"{what}: nothing in {seconds} s")


class Process:
    """A process that is stopped at the end of a `with` block, with its output in a file."""

    def __init__(self, command, **options):
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.last = self.log()
        self.output.close()
        return self.process.returncode

    def log(self):
        if self.output.closed:
            return self.last
        self.output.seek(0)
        return self.output.read().decode(errors="replace")


class WeChat(Process):
    """An emulated WeChat. `settings` are the variables that connect a service to it."""

    def __init__(self):
        port = free_port()
        super().__init__([BINARY, "emulator", "--addr", f"127.0.0.1:{port}"])
        self.url = f"http://127.0.0.1:{port}/_emulator/counters"
        wait_for("the emulator", lambda: request(self.url)[0] == 200)
        lines = [line.strip() for line in self.log().splitlines()]
        self.settings = dict(line.split("=", 1) for line in lines if line.startswith("HAIBAO_"))

    def code_calls(self):
        return json.loads(request(self.url)[2])["code_calls"]


class Service(Process):
    """`haibao serve` in a folder, with `key` if the service has keys. Requests of `ask` have it."""

    def __init__(self, folder, env, prefix=()):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        options = {"cwd": folder, "env": {"PATH": os.environ["PATH"], **env}}
        key = subprocess.run([BINARY, "keys", "add", f"test-{self.port}"], capture_output=True, text=True, **options)
        self.key = key.stdout.strip() if key.returncode == 0 else None
        super().__init__([*prefix, BINARY, "serve", "--addr", f"127.0.0.1:{self.port}"], **options)
        try:
            wait_for("the service", self.answers)
        except AssertionError:
            self.stop()
            raise AssertionError(self.log()) from None

    def ask(self, path, body=None, headers=None, base=None, **options):
        key = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return request((base or self.url) + path, body, headers={**key, **(headers or {})}, **options)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(self.log())
        return request(f"{self.url}/healthz")[0] == 200
