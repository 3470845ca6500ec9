"""nginx with our configuration in front of a service: TLS, posters, limits, uploads, server-sent events."""

import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import time
import tomllib
import unittest

from support import BINARY, DEPLOY, ROOT, Process, Service, WeChat, free_port, request, wait_for

# nginx is unpacked here if it is not installed: installing the package would start a server on port 80.
UNPACKED = ROOT / "target/tools/nginx"


def find_nginx():
    for path in ("/usr/sbin/nginx", UNPACKED / "usr/sbin/nginx"):
        if pathlib.Path(path).exists():
            return str(path)
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        UNPACKED.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=UNPACKED, capture_output=True)
        for package in UNPACKED.glob("nginx_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, UNPACKED], check=True)
            return find_nginx()
    return None


class Nginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        nginx = find_nginx()
        if not nginx or not shutil.which("openssl"):
            raise unittest.SkipTest("nginx or openssl is missing: apt-get install nginx openssl")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        folder = pathlib.Path(cls.folder.name)
        # Workers of nginx run as another user if this one is root.
        folder.chmod(0o755)
        (folder / "service").mkdir()
        wechat = WeChat()
        cls.addClassCleanup(wechat.stop)
        cls.service = Service(folder / "service", wechat.settings)
        cls.addClassCleanup(cls.service.stop)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"], check=True, capture_output=True)
        cls.port = free_port()
        cls.url = f"https://127.0.0.1:{cls.port}"
        site = (DEPLOY / "nginx.conf").read_text()
        for pattern, value in [
            (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{cls.service.port};"),
            (r"listen 443 ssl;", f"listen 127.0.0.1:{cls.port} ssl;"),
            (r"ssl_certificate +\S+;", f"ssl_certificate {folder}/certificate.pem;"),
            (r"ssl_certificate_key +\S+;", f"ssl_certificate_key {folder}/key.pem;"),
        ]:
            site, count = re.subn(pattern, value, site)
            assert count == 1, pattern
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 2;\npid {folder}/pid;\nerror_log stderr warn;\nevents {{ }}\n"
            f"http {{\naccess_log off;\n{temporary}{site}}}\n")
        command = [nginx, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        assert "warn" not in checked.stderr, checked.stderr
        cls.nginx = Process(command)
        cls.addClassCleanup(cls.nginx.stop)
        wait_for("nginx", lambda: request(f"{cls.url}/healthz")[0] == 200)

    def ask(self, path, body=None, **options):
        """Repeats requests that the limit for one address refuses, since all tests have the same address."""
        for _ in range(50):
            answer = self.service.ask(path, body, base=self.url, **options)
            if answer[0] != 429:
                return answer
            time.sleep(0.1)
        return answer

    def test_a_poster_arrives_unchanged(self):
        path = "/v1/templates/product-share/samples/usual.png"
        direct, proxied = self.service.ask(path), self.ask(path)
        self.assertEqual((direct[0], proxied[0]), (200, 200))
        self.assertEqual(direct[2], proxied[2])
        for name in ("Content-Type", "ETag", "Cache-Control", "X-Haibao-Findings"):
            self.assertEqual(direct[1][name], proxied[1][name], name)
        body = {"template": "product-share", "params": {"product": "assets/vase.jpg", "title": "花瓶", "price": 1, "goods_id": "1"}}
        status, headers, png = self.ask("/v1/posters", body)
        self.assertEqual((status, png[:4]), (200, b"\x89PNG"), png[:300])
        etag = {"If-None-Match": proxied[1]["ETag"]}
        self.assertEqual(self.ask(path, headers=etag)[0], 304)

    def test_errors_keep_their_reason(self):
        status, headers, body = self.ask("/v1/posters", {"template": "none"})
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertEqual(json.loads(body)["code"], "template_unknown")

    def test_a_body_over_the_limit_is_refused_by_haibao_with_the_reason(self):
        limit = tomllib.loads(subprocess.run([BINARY, "config", "--default"], capture_output=True, text=True).stdout)["http"]["max_body_bytes"]
        status, headers, body = self.ask("/v1/posters", b'{"x": "' + b"a" * limit + b'"}')
        self.assertEqual((status, headers["Content-Type"]), (413, "application/problem+json"), body[:200])
        self.assertEqual(json.loads(body)["code"], "body_too_large")

    def test_long_addresses_and_private_paths(self):
        status, _, body = self.ask("/v1/scenes/" + "x" * 6000)
        self.assertEqual((status, json.loads(body)["code"]), (404, "scene_unknown"), "6 KB of address reach haibao")
        self.assertEqual(self.ask("/metrics")[0], 404)

    def test_floods_from_one_address_are_limited(self):
        statuses = [request(f"{self.url}/healthz")[0] for _ in range(160)]
        self.assertIn(429, statuses)
        self.assertIn(200, statuses[:20])
        time.sleep(1)
        self.assertEqual(self.ask("/healthz")[0], 200)

    def test_events_of_an_export_are_passed_on_at_once(self):
        rows = "product,title,price,goods_id\n" + "".join(f"assets/vase.jpg,花瓶 {i},1,{i}\n" for i in range(3000))
        boundary = "b0undary"
        parts = [('name="options"', '{"template": "product-share"}'), ('name="file"; filename="rows.csv"', rows)]
        form = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        status, _, body = self.ask("/v1/exports", f"{form}--{boundary}--\r\n".encode(), headers=headers)
        self.assertEqual(status, 202, body)
        export = json.loads(body)["id"]
        # A paused export sends its state once, which a buffering proxy would hold back.
        wait_for("the pause", lambda: self.ask(f"/v1/exports/{export}/pause", b"", method="POST")[0] < 300)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=ssl._create_unverified_context())
        self.addCleanup(connection.close)
        key = {"Authorization": f"Bearer {self.service.key}"} if self.service.key else {}
        connection.request("GET", f"/v1/exports/{export}/events", headers=key)
        response = connection.getresponse()
        self.assertEqual((response.status, response.getheader("Content-Type")), (200, "text/event-stream"))
        line = response.readline()
        self.assertRegex(line, rb"^(event|data|id|retry|:)")
        self.ask(f"/v1/exports/{export}", method="DELETE")


if __name__ == "__main__":
    unittest.main()
