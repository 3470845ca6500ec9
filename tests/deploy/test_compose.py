"""The compose file: valid, without defaults for secrets, and published on loopback only."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from support import BINARY, DEPLOY

FILE = DEPLOY / "compose.yaml"
SECRETS = {"POSTGRES_PASSWORD": "pass0word", "S3_SECRET": "key0word", "WECHAT_APPID": "wx1", "WECHAT_SECRET": "hush0word",
           "PUBLIC_URL": "https://posters.example.com", "LINKS_KEYS": "a:0123456789abcdef0123456789abcdef"}


def compose_command():
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    docker = shutil.which("docker")
    found = docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0
    return [docker, "compose"] if found else None


COMPOSE = compose_command()


@unittest.skipUnless(COMPOSE, "docker-compose is missing: apt-get install docker-compose")
class Compose(unittest.TestCase):
    def config(self, env):
        command = [*COMPOSE, "-f", FILE, "config"]
        with tempfile.TemporaryDirectory() as home:
            return subprocess.run(command, env={"PATH": os.environ["PATH"], "HOME": home, **env}, capture_output=True, text=True)

    def test_the_file_is_valid_and_its_settings_are_ours(self):
        resolved = self.config(SECRETS)
        self.assertEqual(resolved.returncode, 0, resolved.stderr)
        variables = dict(re.findall(r"(?m)^ +(HAIBAO_\w+): (.+)$", resolved.stdout))
        self.assertEqual(len(variables), 6, variables)
        with tempfile.TemporaryDirectory() as folder:
            shown = subprocess.run([BINARY, "config"], cwd=folder, env=variables, capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn('store = "postgres://postgres:5432/haibao"', shown.stdout)
        self.assertIn('blobs = "s3://posters/haibao"', shown.stdout)
        for secret in ("pass0word", "hush0word", "0123456789abcdef"):
            self.assertNotIn(secret, shown.stdout)

    @unittest.skipIf((DEPLOY / ".env").exists(), "deploy/.env sets the secrets")
    def test_every_secret_is_required(self):
        for name in SECRETS:
            given = {k: v for k, v in SECRETS.items() if k != name}
            refused = self.config(given)
            self.assertNotEqual(refused.returncode, 0, name)
            self.assertIn("deploy/.env", refused.stderr)

    def test_only_haibao_is_published_and_on_loopback(self):
        ports = re.findall(r"ports: \[(.*)\]", FILE.read_text())
        self.assertEqual(ports, ['"127.0.0.1:8080-8083:8080"'])


if __name__ == "__main__":
    unittest.main()
