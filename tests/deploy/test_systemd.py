"""The systemd unit: valid, and exposed no more than documented."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import BINARY, DEPLOY, Service, WeChat, wait_for

UNIT = DEPLOY / "haibao.service"
# Of systemd's scale from 0 (safe) to 10.
MAX_EXPOSURE = 1.2


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing: apt-get install systemd")
class Unit(unittest.TestCase):
    def analyze(self, *arguments):
        return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=120)

    def test_the_unit_is_valid(self):
        with tempfile.TemporaryDirectory() as folder:
            # Verification requires that the program exists.
            copy = pathlib.Path(folder, UNIT.name)
            copy.write_text(UNIT.read_text().replace("/usr/local/bin/haibao", str(BINARY)))
            verified = self.analyze("verify", "--man=no", str(copy))
        about = [line for line in verified.stderr.splitlines() if UNIT.name in line]
        self.assertEqual((verified.returncode, about), (0, []), verified.stderr)

    def test_the_unit_is_hardened(self):
        checked = self.analyze("security", "--offline=yes", "--no-pager", str(UNIT))
        exposure = re.search(r"exposure level for \S+ ([\d.]+)", checked.stdout)
        self.assertIsNotNone(exposure, checked.stdout + checked.stderr)
        self.assertLessEqual(float(exposure[1]), MAX_EXPOSURE, checked.stdout)

    def filtered(self, names):
        """System calls of a set, and of the sets within it."""
        calls = set()
        for name in names:
            for line in self.analyze("syscall-filter", name).stdout.splitlines()[1:]:
                entry = line.strip()
                if entry.startswith("@"):
                    calls |= self.filtered([entry])
                elif entry and not entry.startswith("#"):
                    calls.add(entry)
        return calls

    @unittest.skipUnless(shutil.which("strace"), "strace is missing: apt-get install strace")
    def test_the_service_needs_only_the_allowed_system_calls(self):
        lines = re.findall(r"(?m)^SystemCallFilter=(.*)$", UNIT.read_text())
        allowed = self.filtered(lines[0].split()) - self.filtered(lines[1].removeprefix("~").split())
        with tempfile.TemporaryDirectory() as folder, WeChat() as wechat:
            trace = pathlib.Path(folder, "trace")
            with Service(folder, wechat.settings, prefix=["strace", "-D", "-f", "-qq", "-e", "trace=all", "-o", trace]) as service:
                body = {"template": "product-share", "params": {"product": "assets/vase.jpg", "title": "花瓶", "price": 1, "goods_id": "1"}}
                self.assertEqual(service.ask("/v1/posters", body)[0], 200)
                self.assertIn(service.ask("/v1/scenes", {"params": {"id": "x" * 60}})[0], (200, 201))
            ended = re.compile(rf"(?m)^{service.process.pid} +exit_group\(")
            wait_for("the end of the trace", lambda: ended.search(trace.read_text(errors="replace")))
            used = set(re.findall(r"(?m)^\d+ +(\w+)\(", trace.read_text(errors="replace")))
        self.assertGreater(len(used), 30)
        # systemd starts the program before the filter applies; SQLite changes the owner of its files for root only.
        self.assertEqual(used - allowed - {"execve", "fchown"}, set())


class Secrets(unittest.TestCase):
    def test_the_unit_has_no_secret(self):
        self.assertNotRegex(UNIT.read_text(), r"(?m)^Environment=.*(SECRET|TOKEN|KEY|PASSWORD)")


if __name__ == "__main__":
    unittest.main()
