"""`haibao backup` copies the data of a running service, and a service restored from it has every link and code."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from support import BINARY, Service, WeChat


class Backup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.wechat = WeChat()
        self.addCleanup(self.wechat.stop)

    def service(self, data):
        return Service(self.folder, {**self.wechat.settings, "HAIBAO_DATA": str(data)})

    def back_up(self, data, target):
        settings = {"HAIBAO_DATA": str(data), "LANG": "C", "PATH": os.environ["PATH"]}
        return subprocess.run([BINARY, "backup", target], capture_output=True, text=True, env=settings, cwd=self.folder)

    def link(self, service, n):
        status, _, body = service.ask("/v1/scenes", {"params": {"id": f"{n}-" + "x" * 60}})
        self.assertIn(status, (200, 201), body)
        return json.loads(body)["id"]

    def test_a_backup_of_a_running_service_can_be_restored(self):
        code = {"page": "pages/a/a", "scene": "id=1"}
        with self.service(self.folder / "data") as service:
            before = [self.link(service, n) for n in range(50)]
            picture = service.ask("/v1/codes", code)
            self.assertEqual(picture[0], 200, picture[2])
            # The service goes on writing during the backup.
            stop, during = threading.Event(), []
            writer = threading.Thread(target=lambda: [during.append(self.link(service, f"d{n}")) for n in range(10_000) if not stop.is_set()])
            writer.start()
            try:
                backup = self.back_up(self.folder / "data", self.folder / "backup")
            finally:
                stop.set()
                writer.join()
            self.assertEqual(backup.returncode, 0, backup.stderr)
            self.assertGreater(len(during), 0)
        for path in [self.folder / "backup", *(self.folder / "backup").rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, f"others may read {path}")
        # The machine is lost; the backup becomes the data folder.
        shutil.rmtree(self.folder / "data")
        shutil.copytree(self.folder / "backup", self.folder / "restored")
        fetched = self.wechat.code_calls()
        with self.service(self.folder / "restored") as service:
            for n, link in enumerate(before):
                status, _, body = service.ask(f"/v1/scenes/{link}")
                self.assertEqual((status, json.loads(body)["params"]["id"]), (200, f"{n}-" + "x" * 60))
            self.assertEqual(service.ask("/v1/codes", code)[2], picture[2])
            self.link(service, "after")
        self.assertEqual(self.wechat.code_calls(), fetched, "codes are not fetched again")

    def test_mistakes_are_explained(self):
        existing, empty = self.folder / "existing", self.folder / "empty"
        existing.mkdir()
        empty.mkdir()
        for data, target, words in [(empty, self.folder / "b", "there is no database"), (empty, existing, "exists already")]:
            result = self.back_up(data, target)
            self.assertEqual(result.returncode, 1)
            self.assertIn(words, result.stderr)
            self.assertIn("hint:", result.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["empty", "existing"], "nothing is left behind")


if __name__ == "__main__":
    unittest.main()
