"""The systemd unit: valid, and exposed no more than documented."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support import BINARY, DEPLOY

UNIT = DEPLOY / "haibao.service"
# Of systemd's scale from 0 (safe) to 10.
MAX_EXPOSURE = 1.5


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


class Secrets(unittest.TestCase):
    def test_the_unit_has_no_secret(self):
        self.assertNotRegex(UNIT.read_text(), r"(?m)^Environment=.*(SECRET|TOKEN|KEY|PASSWORD)")


if __name__ == "__main__":
    unittest.main()
