"""Pictures of SVG files as Chromium draws them, with the fonts of this repository alone, through the DevTools protocol."""
import base64
import json
import os
import shutil
import subprocess
import tempfile

REPOSITORY = os.path.realpath(os.path.join(os.path.dirname(__file__), '../..'))
FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir>%s/fonts</dir>
  <cachedir>%s</cachedir>
  <alias><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
  <match target="font"><edit name="hinting"><bool>false</bool></edit></match>
</fontconfig>
"""


class Chromium:
    """One headless browser; `with Chromium() as browser`. CHROMIUM names another binary than `chromium`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='haibao-chromium-')
        fonts = os.path.join(self.folder, 'fonts.conf')
        with open(fonts, 'w') as file:
            file.write(FONTS % (REPOSITORY, os.path.join(self.folder, 'cache')))
        ours, theirs = os.pipe(), os.pipe()
        # The browser reads commands from descriptor 3 and writes answers to descriptor 4.
        command = '"$@" 3<&%d 4>&%d' % (ours[0], theirs[1])
        self.process = subprocess.Popen(
            ['bash', '-c', f'exec {command}', 'chromium', os.environ.get('CHROMIUM', 'chromium'),
             '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--no-proxy-server',
             '--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=zh-CN', '--hide-scrollbars',
             '--force-color-profile=srgb', '--font-render-hinting=none', '--disable-lcd-text', '--allow-file-access-from-files',
             '--remote-debugging-pipe', f'--user-data-dir={self.folder}/profile', 'about:blank'],
            pass_fds=(ours[0], theirs[1]), env={**os.environ, 'FONTCONFIG_FILE': fonts},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        self.input, self.output = os.fdopen(ours[1], 'wb', 0), os.fdopen(theirs[0], 'rb')
        self.last, self.rest = 0, b''
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = None
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        self.call('Page.enable')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def messages(self):
        while True:
            message, end, rest = self.rest.partition(b'\0')
            if end:
                self.rest = rest
                yield json.loads(message)
                continue
            more = self.output.read1(1 << 20)
            if not more:
                raise SystemExit('Chromium ended; is it installed?')
            self.rest += more

    def call(self, method, **params):
        self.last += 1
        command = {'id': self.last, 'method': method, 'params': params}
        if getattr(self, 'session', None):
            command['sessionId'] = self.session
        self.input.write(json.dumps(command).encode() + b'\0')
        for message in self.messages():
            if message.get('id') == self.last:
                if 'error' in message:
                    raise SystemExit(f"{method}: {message['error']['message']}")
                return message['result']

    def evaluate(self, expression):
        result = self.call('Runtime.evaluate', expression=expression, awaitPromise=True, returnByValue=True)
        if 'exceptionDetails' in result:
            raise SystemExit(result['exceptionDetails']['exception']['description'])
        return result['result'].get('value')

    def open(self, path, width, height, background='#ffffff'):
        """Opens an SVG file, scaled to this size in px, on an opaque background."""
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)
        red, green, blue = (int(background[at:at + 2], 16) for at in (1, 3, 5))
        self.call('Emulation.setDefaultBackgroundColorOverride', color={'r': red, 'g': green, 'b': blue, 'a': 255})
        # Another page in between: the same address again would keep the page.
        self.call('Page.navigate', url='about:blank')
        self.call('Page.navigate', url='file://' + os.path.realpath(path))
        self.wait('document.readyState === "complete" && location.protocol === "file:"')
        self.evaluate("""(() => {
            const error = document.querySelector('parsererror')
            if (error) throw new Error(error.textContent)
            document.documentElement.setAttribute('width', %d)
            document.documentElement.setAttribute('height', %d)
            // Otherwise every glyph advances by whole px.
            document.documentElement.style.textRendering = 'geometricPrecision'
        })()""" % (width, height))
        self.settle()

    def settle(self):
        """Waits until fonts and pictures are there and one more frame is drawn."""
        self.evaluate("""(async () => {
            await document.fonts.ready
            await Promise.all([...document.querySelectorAll('image')].map(image => image.decode?.().catch(() => {})))
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
        })()""")

    def wait(self, expression):
        self.evaluate(f"""(async () => {{
            for (let n = 0; n < 600 && !({expression}); n++) await new Promise(done => setTimeout(done, 10))
        }})()""")

    def screenshot(self):
        return base64.b64decode(self.call('Page.captureScreenshot', format='png')['data'])
