"""The Dockerfile: its steps in a clean folder, and the program alone in the files of its last stage, without privileges.

Uses the given binary. HAIBAO_TEST_BUILD=1 runs the step that compiles as well; HAIBAO_TEST_TARGET names a target folder that
it may use."""

import contextlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

import dockerfile
from support import BINARY, ROOT, WeChat, free_port, request, wait_for


def can_overlay(folder):
    script = 'mkdir u w m && mount -t overlay overlay -o "lowerdir=/,upperdir=u,workdir=w" m && chroot m true'
    return subprocess.run(["unshare", "--mount", "sh", "-c", script], cwd=folder, capture_output=True).returncode == 0


class Container(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.getuid() != 0:
            raise unittest.SkipTest("needs root, to run the steps in an overlay and the program in another root")
        with tempfile.TemporaryDirectory() as probe:
            if not can_overlay(probe):
                raise unittest.SkipTest("this system allows no overlay or chroot")
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        # The program's user must be able to enter its root.
        cls.folder.chmod(0o755)
        cls.stages, cls.final = dockerfile.build(ROOT, cls.folder, {"PROFILE": "dev"}, cls.compile)
        cls.root = cls.final.upper

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(getattr(cls, "folder", ""), ignore_errors=True)

    @staticmethod
    def compile(stage, command):
        """Replaces the compiler's work by the given binary, after checking that the manifests are complete."""
        if not command.startswith("cargo build"):
            return False
        assert "--features cluster" in command, command
        if os.environ.get("HAIBAO_TEST_BUILD"):
            return False
        rustc = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
        host = next(line.split()[1] for line in rustc.splitlines() if line.startswith("host:"))
        # Crates of other platforms are not downloaded.
        subprocess.run(["cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--filter-platform", host],
                       cwd=stage.path("."), check=True, stdout=subprocess.DEVNULL)
        target = stage.path("target/debug/haibao")
        target.parent.mkdir(parents=True)
        shutil.copy2(BINARY, target)
        return True

    def setUp(self):
        self.port = free_port()
        self.env = {"HAIBAO_ADDR": f"127.0.0.1:{self.port}"}

    def test_the_build_sees_only_what_it_needs(self):
        sent = self.folder / "context"
        self.assertEqual({p.name for p in sent.iterdir()}, {"Cargo.toml", "Cargo.lock", "allocator", "core", "fonts", "sheet", "src", "templates", "deploy"})
        self.assertEqual([p.name for p in (sent / "deploy").iterdir()], ["rootfs"])

    def test_the_image_has_no_shell_no_secret_and_no_other_program(self):
        files = [p for p in self.root.rglob("*") if p.is_file() and not p.is_symlink()]
        names = {str(p.relative_to(self.root)) for p in files}
        programs = {n for n in names if "/bin/" in f"/{n}"}
        self.assertEqual(programs, {"usr/bin/haibao"})
        others = {n for n in names - programs if not n.startswith("lib")}
        self.assertEqual(others, {"etc/passwd", "etc/group", "etc/nsswitch.conf", "etc/ssl/certs/ca-certificates.crt"})
        for file in files:
            mode = file.stat().st_mode
            self.assertFalse(mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWGRP | stat.S_IWOTH), file)
        self.assertNotIn(0, self.final.user)
        for name in {**self.final.env, **self.final.args}:
            self.assertNotRegex(name, "(?i)secret|password|token|key")
        data = (self.root / "data").stat()
        self.assertEqual((data.st_uid, stat.S_IMODE(data.st_mode)), (10001, 0o700))
        self.assertEqual(stat.S_IMODE((self.root / "tmp").stat().st_mode), 0o1777)

    def run_in_container(self, arguments, env):
        process = dockerfile.launch(self.final, arguments, env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output = process.communicate(timeout=120)[0]
        return process.returncode, output

    @contextlib.contextmanager
    def serving(self, env, *arguments):
        """The container's program, healthy; SIGTERM must end it in order."""
        with tempfile.TemporaryFile() as log:
            command = [*self.final.entrypoint, *self.final.cmd, *arguments]
            process = dockerfile.launch(self.final, command, env, stdout=log, stderr=log)

            def healthy():
                self.assertIsNone(process.poll(), "it ended")
                return self.run_in_container(self.final.healthcheck, env)[0] == 0

            try:
                wait_for("the health check", healthy)
                yield process
            except AssertionError as error:
                log.seek(0)
                raise AssertionError(f"{error}\n{log.read().decode()}") from None
            finally:
                process.terminate()
                ended = process.wait(60)
        self.assertEqual(ended, 0, "SIGTERM ends it in order")

    def test_the_program_serves_posters_as_an_unprivileged_user(self):
        with self.serving(self.env, "--demo") as process:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            fields = dict(line.split(":", 1) for line in status.splitlines())
            self.assertEqual(fields["Uid"].split(), ["10001"] * 4)
            self.assertEqual(int(fields["CapEff"], 16), 0)
            self.assertEqual(fields["NoNewPrivs"].strip(), "1")
            code, headers, png = request(f"http://127.0.0.1:{self.port}/v1/templates/product-share/samples/usual.png")
            self.assertEqual((code, headers["Content-Type"], png[:4]), (200, "image/png", b"\x89PNG"))
            status, _, _ = request(f"http://127.0.0.1:{self.port}/v1/scenes", {"params": {"id": "x" * 60}})
            self.assertIn(status, (200, 201), "a short link is stored in the demo's folder")

    def test_the_image_serves_other_machines_with_a_key(self):
        with WeChat() as wechat:
            env = {**wechat.settings, "HAIBAO_ADDR": f"0.0.0.0:{self.port}"}
            code, key = self.run_in_container(["/usr/bin/haibao", "keys", "add", "shop"], env)
            if "unrecognized subcommand" in key:
                self.skipTest("this binary has no keys")
            self.assertEqual(code, 0, key)
            key = re.search(r"^hb_\S+$", key, re.MULTILINE).group()
            with self.serving(env):
                path = f"http://127.0.0.1:{self.port}/v1/scenes"
                body = {"params": {"id": "x" * 60}}
                self.assertEqual(request(path, body)[0], 401)
                status, _, answer = request(path, body, headers={"Authorization": f"Bearer {key}"})
                self.assertIn(status, (200, 201), answer)
            self.assertTrue(any((self.root / "data").iterdir()), "the link is stored in /data")

    @unittest.skipUnless(os.environ.get("HAIBAO_TEST_POSTGRES"), "needs Postgres and a bucket: tests/servers")
    def test_the_program_uses_postgres_and_a_bucket(self):
        # The image has root certificates only, not that of the test's server.
        store = re.sub(r"sslmode=verify-full&sslrootcert=[^&]*", "sslmode=require", os.environ["HAIBAO_TEST_POSTGRES"])
        bucket = os.environ["HAIBAO_TEST_S3"].replace("/?", "/container?")
        with WeChat() as wechat:
            env = {**self.env, **wechat.settings, "HAIBAO_STORE": store, "HAIBAO_BLOBS": bucket}
            code, output = self.run_in_container(["/usr/bin/haibao", "scene", "encode", "--link", "id=" + "x" * 60], env)
            if "feature `cluster`" in output:
                self.skipTest("the given binary was built without the feature cluster")
            self.assertEqual(code, 0, output)
            scene = output.split()[0]
            self.assertTrue(scene.startswith("s="), output)
            picture = ["/usr/bin/haibao", "code", "--scene", scene, "--page", "pages/a/a", "-o", "/tmp/code.png"]
            self.assertEqual(self.run_in_container(picture, env)[0], 0)
            calls = wechat.code_calls()
            self.assertEqual(self.run_in_container(picture, env)[0], 0)
            self.assertEqual(wechat.code_calls(), calls, "the code is in the bucket")

    def test_the_health_check_fails_without_a_service(self):
        self.assertEqual(self.run_in_container(self.final.healthcheck, self.env)[0], 1)


if __name__ == "__main__":
    unittest.main()
