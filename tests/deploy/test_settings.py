"""The deployment files name settings that exist, and limits that agree with ours."""

import re
import subprocess
import tempfile
import tomllib
import unittest

from support import BINARY, DEPLOY, ROOT

FILES = [ROOT / "Dockerfile", *sorted(p for p in DEPLOY.iterdir() if p.is_file())]


def config(env=None, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([BINARY, "config", *arguments], cwd=folder, env=env or {}, capture_output=True, text=True)


def nginx_bytes(block):
    number, unit = re.search(r"client_max_body_size (\d+)([kmg])", block).groups()
    return int(number) << {"k": 10, "m": 20, "g": 30}[unit]


class Settings(unittest.TestCase):
    def test_every_variable_is_a_setting(self):
        text = "\n".join(path.read_text() for path in [*FILES, ROOT / "docs/deploy.md"])
        names = set(re.findall(r"\bHAIBAO_[A-Z][A-Z_]*", text)) - {"HAIBAO_CONFIG", "HAIBAO_KEY", "HAIBAO_URL"}
        self.assertIn("HAIBAO_STORE", names)
        for name in sorted(names):
            # A number is a valid value of most settings; the others name the expected one, but know the name.
            result = config({name: "1"})
            self.assertNotIn("unknown setting", result.stderr, name)

    def test_nginx_lets_through_what_haibao_accepts(self):
        # Also TOML by the rules of another parser.
        defaults = tomllib.loads(config(None, "--default").stdout)
        text = (DEPLOY / "nginx.conf").read_text()
        server, exports = text.split("location ~ ^/v1/exports(/preview)?$ {", 1)
        self.assertGreaterEqual(nginx_bytes(server), defaults["http"]["max_body_bytes"])
        # A sheet with its pictures.
        sheet = defaults["exports"]["max_bytes"] + defaults["uploads"]["max_bytes"] // 4
        self.assertGreaterEqual(nginx_bytes(exports), sheet)
        timeout = int(re.search(r"proxy_read_timeout (\d+)s", server)[1])
        self.assertGreater(timeout * 1000, defaults["http"]["timeout_ms"])


if __name__ == "__main__":
    unittest.main()
