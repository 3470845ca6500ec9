//! Table of errcodes.

use std::time::Duration;

use super::{Category, ErrcodeEntry};
use haibao_core::error::{Retry, Wording};

/// `[English, Chinese]`.
type Texts = [&'static str; 2];

/// An entry with its row: `entry!(CODE, category, retry, meaning, fix)`.
macro_rules! entry {
    ($code:literal, $($rest:expr),+ $(,)?) => {
        entry(concat!("errcode_", $code), $code, $($rest),+)
    };
}

const fn entry(
    id: &'static str,
    code: i64,
    category: Category,
    retry: Retry,
    [meaning_en, meaning_zh]: Texts,
    [fix_en, fix_zh]: Texts,
) -> ErrcodeEntry {
    let row = Wording { id, finding: None, message: meaning_en, hint: Some(fix_en), arguments: &[] };
    ErrcodeEntry { code, category, retry, meaning_en, meaning_zh, fix_en, fix_zh, row }
}

/// Entry for codes that are not in [`TABLE`].
pub static UNKNOWN: ErrcodeEntry = entry!(
    0,
    Category::Unknown,
    Retry::No,
    ["an error code unknown to haibao", "haibao 未收录的错误"],
    ["look the number up in WeChat's list of global return codes", "请在微信官方的全局返回码文档中查询该错误码"],
);

const NO: Retry = Retry::No;
/// A new token may help; the client fetches one automatically, once.
const YES: Retry = Retry::Yes;
const SECOND: Retry = Retry::After(Duration::from_secs(1));
/// WeChat counts calls per minute.
const MINUTE: Retry = Retry::After(Duration::from_secs(60));

/// All known errcodes, in ascending order.
pub static TABLE: &[ErrcodeEntry] = &[
    entry!(
        -1,
        Category::Server,
        SECOND,
        ["WeChat is busy", "微信系统繁忙"],
        ["wait a moment and try again", "请稍后重试"],
    ),
    entry!(
        40001,
        Category::Token,
        YES,
        [
            "the access token is invalid or not the latest, or the AppSecret is wrong",
            "access_token 无效或不是最新的，或 AppSecret 错误",
        ],
        [
            "check the app's secret or token source; make sure that no other program refreshes the same kind of token",
            "请核对 AppSecret 或 access_token 的来源；不要让其他程序刷新同一种 access_token",
        ],
    ),
    entry!(
        40002,
        Category::Credential,
        NO,
        ["the grant_type is wrong", "grant_type 不正确"],
        ["check that wechat.base_url points to WeChat's own API", "请确认 wechat.base_url 指向微信官方接口"],
    ),
    entry!(
        40003,
        Category::Openid,
        NO,
        ["the openid is invalid", "openid 无效"],
        ["send the openid that the login of this mini-program returned", "请使用该小程序登录返回的 openid"],
    ),
    entry!(
        40013,
        Category::Credential,
        NO,
        ["the appid is wrong", "AppID 不正确"],
        [
            "copy the AppID from the mini-program's admin page: Development, Development settings",
            "请从小程序后台“开发管理-开发设置”复制 AppID",
        ],
    ),
    entry!(
        40014,
        Category::Token,
        YES,
        ["the access token is malformed", "access_token 不合法"],
        [
            "try again; if the problem persists, check the source of the token",
            "请重试；若仍出现，请检查 access_token 的来源",
        ],
    ),
    entry!(
        40097,
        Category::Request,
        NO,
        ["env_version is not release, trial or develop", "env_version 不是 release、trial、develop 之一"],
        ["use release, trial or develop", "请使用 release、trial 或 develop"],
    ),
    entry!(
        40125,
        Category::Credential,
        NO,
        ["the AppSecret is wrong", "AppSecret 不正确"],
        [
            "copy the AppSecret again; after a reset only the newest one works",
            "请重新复制 AppSecret；重置后只有最新的一个有效",
        ],
    ),
    entry!(
        40129,
        Category::Request,
        NO,
        ["the scene has a character that WeChat does not allow", "scene 含有微信不允许的字符"],
        [
            "use only 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~ (no % and no Chinese), or a short link",
            "只能使用 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~（不能有 % 和中文），或改用短链",
        ],
    ),
    entry!(
        40159,
        Category::Request,
        NO,
        ["the path is empty or too long", "path 为空或过长"],
        [
            "give a path of 1 to 1024 characters (1 to 128 for a square QR code)",
            "path 长度应为 1 到 1024 个字符（普通二维码为 1 到 128 个）",
        ],
    ),
    entry!(
        40164,
        Category::Ip,
        NO,
        ["this server's address is not on the app's IP whitelist", "本服务器的 IP 不在白名单中"],
        [
            "add the address to the IP whitelist on the admin page: Development, Development settings",
            "请在小程序后台“开发管理-开发设置”的 IP 白名单中加入该地址",
        ],
    ),
    entry!(
        40169,
        Category::Request,
        NO,
        [
            "the scene is empty or longer than 32 characters, or the body is not JSON",
            "scene 为空或超过 32 个字符，或请求体不是 JSON",
        ],
        ["give a scene of 1 to 32 characters, or a short link", "scene 长度应为 1 到 32 个字符，或改用短链"],
    ),
    entry!(
        40243,
        Category::Account,
        NO,
        ["the AppSecret is frozen", "AppSecret 已被冻结"],
        ["an administrator must unfreeze it on the admin page", "请管理员在小程序后台解冻 AppSecret"],
    ),
    entry!(
        41001,
        Category::Token,
        NO,
        ["the access token is missing", "缺少 access_token"],
        ["check that no proxy strips the query string", "请检查代理是否去掉了查询参数"],
    ),
    entry!(
        41002,
        Category::Credential,
        NO,
        ["the appid is missing", "缺少 appid"],
        ["set the app's appid", "请配置 appid"],
    ),
    entry!(
        41004,
        Category::Credential,
        NO,
        ["the secret is missing", "缺少 secret"],
        ["set the app's secret", "请配置 secret"],
    ),
    entry!(
        41030,
        Category::Request,
        NO,
        [
            "the page is not accepted: leading /, a query, or not in the released version",
            "page 不正确：以 / 开头、带有参数，或未在已发布版本中",
        ],
        [
            "use a page without a leading / and without a query; for an unreleased page set check_path to false",
            "page 前不要加 /，也不要带参数；未发布的页面请设 check_path 为 false",
        ],
    ),
    entry!(
        42001,
        Category::Token,
        YES,
        ["the access token has expired", "access_token 已过期"],
        ["try again; if the problem persists, check the clock of this machine", "请重试；若仍出现，请检查本机时钟"],
    ),
    entry!(
        43002,
        Category::Request,
        NO,
        ["the call must be a POST", "需要使用 POST 请求"],
        [
            "check that no proxy or redirect between here and WeChat turns POST into GET",
            "请检查中间的代理或跳转是否把 POST 变成了 GET",
        ],
    ),
    entry!(
        43104,
        Category::Openid,
        NO,
        ["the openid belongs to another app", "openid 与 AppID 不匹配"],
        ["send the openid of the app that the poster's code opens", "请使用海报所属小程序的 openid"],
    ),
    entry!(
        43302,
        Category::Request,
        NO,
        ["the call must be a POST", "需要使用 POST 请求"],
        [
            "check that no proxy or redirect between here and WeChat turns POST into GET",
            "请检查中间的代理或跳转是否把 POST 变成了 GET",
        ],
    ),
    entry!(
        44002,
        Category::Request,
        NO,
        ["the body is empty", "POST 数据为空"],
        ["check that no proxy between here and WeChat drops the body", "请检查中间的代理是否丢弃了请求体"],
    ),
    entry!(
        45009,
        Category::Quota,
        MINUTE,
        ["the call quota is used up", "接口调用次数超过限额"],
        [
            "wait a minute (5000 codes or 4000 text checks a minute) or until midnight (daily quota); generate codes in advance",
            "请等一分钟（每分钟 5000 个码或 4000 次文本检测）或等到次日（每日限额）；小程序码请提前生成",
        ],
    ),
    entry!(
        45011,
        Category::Quota,
        MINUTE,
        ["too many calls in this minute", "接口调用太频繁"],
        ["wait a minute and try again", "请等一分钟后重试"],
    ),
    entry!(
        45029,
        Category::Quota,
        NO,
        ["the total of 100000 limited and square codes is used up", "限量码和普通二维码共 10 万个，已用完"],
        ["use unlimited codes, which take a page and a scene", "请改用不限数量的小程序码（page 加 scene）"],
    ),
    entry!(
        47001,
        Category::Request,
        NO,
        ["the body is not JSON or a value has a wrong JSON type", "请求体不是 JSON，或参数的 JSON 类型有误"],
        ["check that no proxy between here and WeChat changes the body", "请检查中间的代理是否改动了请求体"],
    ),
    entry!(
        48001,
        Category::Account,
        NO,
        ["the app may not call this API", "该小程序没有调用此接口的权限"],
        [
            "check the app's permissions on the admin page; a third-party platform needs permission set 18",
            "请在小程序后台检查接口权限；第三方平台需要权限集 18",
        ],
    ),
    entry!(
        50004,
        Category::Account,
        NO,
        ["the account may not use this token", "该账号被禁止使用 token"],
        ["an administrator must check the notices on the admin page", "请管理员查看小程序后台的通知"],
    ),
    entry!(
        50007,
        Category::Account,
        NO,
        ["the account is frozen", "账号已冻结"],
        ["an administrator must check the notices on the admin page", "请管理员查看小程序后台的通知"],
    ),
    entry!(
        61010,
        Category::Openid,
        NO,
        ["the user has not used the mini-program within two hours", "用户近两小时内未访问小程序"],
        ["create the poster while the user is in the mini-program", "请在用户使用小程序期间生成海报"],
    ),
    entry!(
        61024,
        Category::Account,
        NO,
        ["the app needs the token of a third-party platform", "需要第三方平台的 access_token"],
        [
            "take the token from the platform that manages this app, not from its appid and secret",
            "请使用代管该小程序的第三方平台的 access_token，而不是 appid 和 secret",
        ],
    ),
    entry!(
        85096,
        Category::Request,
        NO,
        ["the page or path has the reserved name scancode_time", "page 或 path 中含有保留参数 scancode_time"],
        [
            "choose another name: WeChat adds scancode_time automatically",
            "请换一个参数名：scancode_time 由微信自动添加",
        ],
    ),
    entry!(
        89503,
        Category::Ip,
        NO,
        ["an administrator must confirm this server's address", "此 IP 需要管理员确认"],
        ["ask an administrator to confirm the request in WeChat", "请管理员在微信中确认该请求"],
    ),
    entry!(
        89506,
        Category::Ip,
        NO,
        ["an administrator refused this server's address more than once", "管理员已多次拒绝此 IP"],
        [
            "ask an administrator to put the address on the IP whitelist; WeChat blocks it for some hours",
            "请管理员将该 IP 加入白名单；微信会在数小时内禁止它调用",
        ],
    ),
    entry!(
        89507,
        Category::Ip,
        NO,
        ["an administrator refused this server's address", "管理员已拒绝此 IP"],
        [
            "ask an administrator to put the address on the IP whitelist, or to confirm it when WeChat asks again",
            "请管理员将该 IP 加入白名单，或在微信再次询问时确认",
        ],
    ),
];
