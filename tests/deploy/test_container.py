"""The Dockerfile: its steps in a clean folder, and the program alone in the files of its last stage, without privileges.

Uses the given binary. HAIBAO_TEST_BUILD=1 runs the step that compiles as well; HAIBAO_TEST_TARGET names a target folder that
it may use."""

import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

import dockerfile
from support import BINARY, ROOT, free_port, request, wait_for


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
        subprocess.run(["cargo", "metadata", "--locked", "--offline", "--format-version", "1"], cwd=stage.path("."),
                       check=True, stdout=subprocess.DEVNULL)
        target = stage.path("target/debug/haibao")
        target.parent.mkdir(parents=True)
        shutil.copy2(BINARY, target)
        return True

    def setUp(self):
        self.port = free_port()
        self.env = {"HAIBAO_ADDR": f"127.0.0.1:{self.port}"}

    def test_the_build_sees_only_what_it_needs(self):
        sent = self.folder / "context"
        self.assertEqual({p.name for p in sent.iterdir()}, {"Cargo.toml", "Cargo.lock", "core", "fonts", "src", "templates", "deploy"})
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

    @unittest.skipUnless(os.environ.get("HAIBAO_TEST_BUILD"), "the given binary may lack it; HAIBAO_TEST_BUILD=1 compiles")
    def test_the_program_has_the_feature_cluster(self):
        env = {**self.env, "HAIBAO_STORE": "postgres://127.0.0.1:1/none", "HAIBAO_APPS__DEFAULT__APPID": "wx1",
               "HAIBAO_APPS__DEFAULT__SECRET": "s"}
        checked = dockerfile.launch(self.final, ["/usr/bin/haibao", "scene", "encode", "--link", "a=" + "x" * 40], env,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = checked.communicate(timeout=60)[0].decode()
        self.assertNotIn("feature", output)

    def test_the_program_serves_posters_as_an_unprivileged_user(self):
        arguments = [*self.final.entrypoint, *self.final.cmd, "--demo"]
        with tempfile.TemporaryFile() as log:
            process = dockerfile.launch(self.final, arguments, self.env, stdout=log, stderr=log)
            try:
                def healthy():
                    self.assertIsNone(process.poll(), "it ended")
                    check = dockerfile.launch(self.final, self.final.healthcheck, self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    return check.wait(30) == 0
                try:
                    wait_for("the health check", healthy)
                except AssertionError as error:
                    log.seek(0)
                    raise AssertionError(f"{error}\n{log.read().decode()}") from None
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                fields = dict(line.split(":", 1) for line in status.splitlines())
                self.assertEqual(fields["Uid"].split(), ["10001"] * 4)
                self.assertEqual(int(fields["CapEff"], 16), 0)
                self.assertEqual(fields["NoNewPrivs"].strip(), "1")
                code, headers, png = request(f"http://127.0.0.1:{self.port}/v1/templates/product-share/samples/usual.png")
                self.assertEqual((code, headers["Content-Type"], png[:4]), (200, "image/png", b"\x89PNG"))
                status, _, _ = request(f"http://127.0.0.1:{self.port}/v1/scenes", {"params": {"id": "x" * 60}})
                self.assertIn(status, (200, 201), "a short link is stored in /data, or the demo's folder")
            finally:
                process.terminate()
                self.assertEqual(process.wait(60), 0, "SIGTERM ends it in order")

    def test_the_health_check_fails_without_a_service(self):
        check = dockerfile.launch(self.final, self.final.healthcheck, self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(check.wait(30), 1)


if __name__ == "__main__":
    unittest.main()
