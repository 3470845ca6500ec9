"""wechatpy against the emulator: its own calls, with only the host replaced."""
import struct
import sys

from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

URL, APPID, SECRET = sys.argv[1:4]
WECHAT = "https://api.weixin.qq.com"


class Emulator(HTTPAdapter):
    """Sends requests for WeChat to the emulator."""

    def send(self, request, **kwargs):
        request.url = request.url.replace(WECHAT, URL, 1)
        return super().send(request, **kwargs)


def client():
    made = WeChatClient(APPID, SECRET)
    made._http.mount(WECHAT, Emulator())
    return made


def jpeg_width(data):
    """Width of a JPEG, px, from its frame header."""
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    return struct.unpack(">H", data[at + 7:at + 9])[0]


def refused(errcode, call):
    try:
        call()
    except WeChatClientException as error:
        assert error.errcode == errcode, error
    else:
        raise AssertionError("no errcode %d" % errcode)


wxa = client().wxa
# The default of line_color has strings: {"r": "0", "g": "0", "b": "0"}.
code = wxa.get_wxa_code_unlimited("id=123&type=product", page="pages/detail/detail")
assert code.content.startswith(b"\xff\xd8\xff") and jpeg_width(code.content) == 430
code = wxa.get_wxa_code_unlimited("id=1", width=600, line_color={"r": "18", "g": "183", "b": "245"}, is_hyaline=True)
assert code.content.startswith(b"\x89PNG") and struct.unpack(">I", code.content[16:20])[0] == 600
assert jpeg_width(wxa.get_wxa_code("pages/index/index?id=1").content) == 430
assert jpeg_width(wxa.create_qrcode("pages/index/index?id=1", width=280).content) == 280
refused(41030, lambda: wxa.get_wxa_code_unlimited("id=1", page="pages/other/other"))
refused(41030, lambda: wxa.get_wxa_code_unlimited("id=1", page="/pages/detail/detail"))
refused(40129, lambda: wxa.get_wxa_code_unlimited("id=商品"))
refused(40169, lambda: wxa.get_wxa_code_unlimited("x" * 33))
wrong = WeChatClient(APPID, "wrong")
wrong._http.mount(WECHAT, Emulator())
refused(40125, lambda: wrong.wxa.get_wxa_code("pages/index/index"))
print("wechatpy: ok")
