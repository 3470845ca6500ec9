//! WeChat's error numbers, explained: what each means, whether trying again helps, what to do.
//!
//! One row per number in [`TABLE`]. Only the number decides: the `errmsg` beside it changes without notice.
//! Meanings follow WeChat's pages on access tokens and on mini-program codes
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/>).

use std::time::Duration;

use crate::error::Retry;

/// What an errcode is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The access token: wrong, outdated or missing.
    Token,
    /// The credentials of the app: appid, secret, grant type.
    Credential,
    /// The request: a value or the form of the body.
    Request,
    /// A limit of calls or codes.
    Quota,
    /// WeChat's own servers.
    Server,
    /// The state of the account or of its permissions.
    Account,
    /// The address of this server.
    Ip,
    /// Not in the table.
    Unknown,
}

impl Kind {
    /// The stable code of haibao's error for errcodes of this kind.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Token => "wechat_token",
            Self::Credential => "wechat_credential",
            Self::Request => "wechat_request",
            Self::Quota => "wechat_quota",
            Self::Server => "wechat_busy",
            Self::Account => "wechat_account",
            Self::Ip => "wechat_ip",
            Self::Unknown => "wechat_errcode",
        }
    }
}

/// One errcode, explained. Texts are single sentences without a full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// WeChat's number; 0 in the entry for unknown numbers, as WeChat uses 0 for success.
    pub code: i64,
    /// What it is about.
    pub kind: Kind,
    /// Whether the same request may succeed later.
    pub retry: Retry,
    /// Meaning, in English.
    pub meaning_en: &'static str,
    /// Meaning, in Chinese.
    pub meaning_zh: &'static str,
    /// What to do, in English.
    pub fix_en: &'static str,
    /// What to do, in Chinese.
    pub fix_zh: &'static str,
}

/// Explains an errcode. Numbers outside [`TABLE`] get [`UNKNOWN`].
pub fn explain(code: i64) -> &'static Entry {
    TABLE.iter().find(|entry| entry.code == code).unwrap_or(&UNKNOWN)
}

/// Whether a call that was answered with this errcode should be made once more with a new token.
pub const fn is_stale_token(code: i64) -> bool {
    matches!(code, 40001 | 40014 | 42001)
}

/// [English, Chinese].
type Words = [&'static str; 2];

const fn entry(code: i64, kind: Kind, retry: Retry, meaning: Words, fix: Words) -> Entry {
    let [meaning_en, meaning_zh] = meaning;
    let [fix_en, fix_zh] = fix;
    Entry { code, kind, retry, meaning_en, meaning_zh, fix_en, fix_zh }
}

/// The entry for numbers that are not in [`TABLE`].
pub static UNKNOWN: Entry = entry(
    0,
    Kind::Unknown,
    Retry::No,
    ["an error that haibao does not know", "haibao 未收录的错误"],
    ["look the number up in WeChat's list of global return codes", "请在微信官方的全局返回码文档中查询该错误码"],
);

const NO: Retry = Retry::No;
/// Helps with another token, which the client fetches by itself once.
const AGAIN: Retry = Retry::Yes;
const SECOND: Retry = Retry::After(Duration::from_secs(1));
/// The call limits are counted per minute.
const MINUTE: Retry = Retry::After(Duration::from_secs(60));

/// Every known errcode.
pub static TABLE: &[Entry] = &[
    entry(-1, Kind::Server, SECOND, ["WeChat is busy", "微信系统繁忙"], ["wait a moment and try again", "请稍候重试"]),
    entry(
        40001,
        Kind::Token,
        AGAIN,
        [
            "the access token is invalid or not the latest, or the AppSecret is wrong",
            "access_token 无效或不是最新的，或 AppSecret 错误",
        ],
        [
            "check the app's secret or the source of its token; let no other program refresh the same kind of token",
            "请核对 AppSecret 或 access_token 的来源；不要让其他程序刷新同一种 access_token",
        ],
    ),
    entry(
        40002,
        Kind::Credential,
        NO,
        ["the grant_type is wrong", "grant_type 不正确"],
        ["check that wechat.base_url leads to WeChat's own API", "请确认 wechat.base_url 指向微信官方接口"],
    ),
    entry(
        40013,
        Kind::Credential,
        NO,
        ["the appid is wrong", "AppID 不正确"],
        [
            "copy the AppID from the mini-program's admin page: Development, Development settings",
            "请从小程序后台“开发管理-开发设置”复制 AppID",
        ],
    ),
    entry(
        40014,
        Kind::Token,
        AGAIN,
        ["the access token is malformed", "access_token 不合法"],
        ["try again; if it stays, check the source of the token", "请重试；若仍出现，请检查 access_token 的来源"],
    ),
    entry(
        40097,
        Kind::Request,
        NO,
        ["env_version is none of release, trial, develop", "env_version 不是 release、trial、develop 之一"],
        ["use release, trial or develop", "请使用 release、trial 或 develop"],
    ),
    entry(
        40125,
        Kind::Credential,
        NO,
        ["the AppSecret is wrong", "AppSecret 不正确"],
        [
            "copy the AppSecret again; after a reset only the newest one works",
            "请重新复制 AppSecret；重置后只有最新的一个有效",
        ],
    ),
    entry(
        40129,
        Kind::Request,
        NO,
        ["the scene has a character that WeChat does not allow", "scene 含有微信不允许的字符"],
        [
            "use only 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~ (no % and no Chinese), or a short link",
            "只能使用 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~（不能有 % 和中文），或改用短链",
        ],
    ),
    entry(
        40159,
        Kind::Request,
        NO,
        ["the path is empty or too long", "path 为空或过长"],
        [
            "give a path of 1 to 1024 characters (1 to 128 for a square QR code)",
            "path 长度应为 1 到 1024 个字符（普通二维码为 1 到 128 个）",
        ],
    ),
    entry(
        40164,
        Kind::Ip,
        NO,
        ["this server's address is not on the app's IP whitelist", "本服务器的 IP 不在白名单中"],
        [
            "add the address to the IP whitelist on the admin page: Development, Development settings",
            "请在小程序后台“开发管理-开发设置”的 IP 白名单中加入该地址",
        ],
    ),
    entry(
        40169,
        Kind::Request,
        NO,
        [
            "the scene is empty or longer than 32 characters, or the body is not JSON",
            "scene 为空或超过 32 个字符，或请求体不是 JSON",
        ],
        ["give a scene of 1 to 32 characters, or a short link", "scene 长度应为 1 到 32 个字符，或改用短链"],
    ),
    entry(
        40243,
        Kind::Account,
        NO,
        ["the AppSecret is frozen", "AppSecret 已被冻结"],
        ["an administrator must unfreeze it on the admin page", "请管理员在小程序后台解冻 AppSecret"],
    ),
    entry(
        41001,
        Kind::Token,
        NO,
        ["the access token is missing", "缺少 access_token"],
        ["check that no proxy strips the query string", "请检查代理是否去掉了查询参数"],
    ),
    entry(41002, Kind::Credential, NO, ["the appid is missing", "缺少 appid"], ["set the app's appid", "请配置 appid"]),
    entry(
        41004,
        Kind::Credential,
        NO,
        ["the secret is missing", "缺少 secret"],
        ["set the app's secret", "请配置 secret"],
    ),
    entry(
        41030,
        Kind::Request,
        NO,
        [
            "the page is not accepted: leading /, a query, or not in the released version",
            "page 不正确：以 / 开头、带有参数，或未在已发布版本中",
        ],
        [
            "name a page without leading / and without ?; for an unreleased page set check_path to false",
            "page 前不要加 /，也不要带参数；未发布的页面请设 check_path 为 false",
        ],
    ),
    entry(
        42001,
        Kind::Token,
        AGAIN,
        ["the access token has expired", "access_token 已过期"],
        ["try again; check the clock of this machine if it stays", "请重试；若仍出现，请检查本机时钟"],
    ),
    entry(
        43002,
        Kind::Request,
        NO,
        ["the call must be a POST", "需要使用 POST 请求"],
        [
            "check that no proxy or redirect between here and WeChat turns POST into GET",
            "请检查中间的代理或跳转是否把 POST 变成了 GET",
        ],
    ),
    entry(
        44002,
        Kind::Request,
        NO,
        ["the body is empty", "POST 数据为空"],
        ["check that no proxy between here and WeChat drops the body", "请检查中间的代理是否丢弃了请求体"],
    ),
    entry(
        45009,
        Kind::Quota,
        MINUTE,
        ["the quota of calls is used up", "接口调用次数超过限额"],
        [
            "wait a minute (5000 codes a minute) or until midnight (daily quota), and make codes ahead of need",
            "请等一分钟（每分钟 5000 个码）或等到次日（每日限额），并提前生成小程序码",
        ],
    ),
    entry(
        45011,
        Kind::Quota,
        MINUTE,
        ["too many calls in this minute", "接口调用太频繁"],
        ["wait a minute and try again", "请等一分钟后重试"],
    ),
    entry(
        45029,
        Kind::Quota,
        NO,
        ["the total of 100000 limited and square codes is used up", "限量码和普通二维码共 10 万个，已用完"],
        ["use unlimited codes, which take a page and a scene", "请改用不限数量的小程序码（page 加 scene）"],
    ),
    entry(
        47001,
        Kind::Request,
        NO,
        ["the body is not JSON or a value has a wrong JSON type", "请求体不是 JSON，或参数的 JSON 类型有误"],
        ["check that no proxy between here and WeChat changes the body", "请检查中间的代理是否改动了请求体"],
    ),
    entry(
        50004,
        Kind::Account,
        NO,
        ["the account may not use this token", "该账号被禁止使用 token"],
        ["an administrator must look at the notices on the admin page", "请管理员查看小程序后台的通知"],
    ),
    entry(
        50007,
        Kind::Account,
        NO,
        ["the account is frozen", "账号已冻结"],
        ["an administrator must look at the notices on the admin page", "请管理员查看小程序后台的通知"],
    ),
    entry(
        61024,
        Kind::Account,
        NO,
        ["the app needs the token of a third-party platform", "需要第三方平台的 access_token"],
        [
            "take the token from the platform that manages this app, not from its appid and secret",
            "请使用代管该小程序的第三方平台的 access_token，而不是 appid 和 secret",
        ],
    ),
    entry(
        85096,
        Kind::Request,
        NO,
        ["the page or path has the reserved name scancode_time", "page 或 path 中含有保留参数 scancode_time"],
        ["choose another name: WeChat adds scancode_time by itself", "请换一个参数名：scancode_time 由微信自动添加"],
    ),
    entry(
        89503,
        Kind::Ip,
        NO,
        ["an administrator must confirm this server's address", "此 IP 需要管理员确认"],
        ["ask an administrator to confirm the request in WeChat", "请管理员在微信中确认该请求"],
    ),
    entry(
        89506,
        Kind::Ip,
        NO,
        ["an administrator refused this server's address more than once", "管理员已多次拒绝此 IP"],
        [
            "ask an administrator to put the address on the IP whitelist; WeChat blocks it for some hours",
            "请管理员将该 IP 加入白名单；微信会在数小时内禁止它调用",
        ],
    ),
    entry(
        89507,
        Kind::Ip,
        NO,
        ["an administrator refused this server's address", "管理员已拒绝此 IP"],
        [
            "ask an administrator to put the address on the IP whitelist, or to confirm it when WeChat asks again",
            "请管理员将该 IP 加入白名单，或在微信再次询问时确认",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_number_is_explained_in_both_languages() {
        for entry in TABLE.iter().chain([&UNKNOWN]) {
            for text in [entry.meaning_en, entry.fix_en] {
                assert!(text.is_ascii() && text.len() > 8, "{}: English is {text:?}", entry.code);
            }
            for text in [entry.meaning_zh, entry.fix_zh] {
                let chinese = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
                assert!(chinese >= 2, "{}: Chinese is {text:?}", entry.code);
                assert!(!text.ends_with('。'), "{}: ends with a full stop", entry.code);
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_finds_itself() {
        assert!(TABLE.windows(2).all(|w| w[0].code < w[1].code), "rows are in ascending order, each once");
        for entry in TABLE {
            assert_eq!(explain(entry.code), entry);
            assert_ne!(entry.kind, Kind::Unknown, "{}", entry.code);
        }
    }

    #[test]
    fn every_number_of_wechats_pages_on_tokens_and_codes_is_known() {
        let tokens = [
            -1, 40001, 40002, 40013, 40014, 40125, 40164, 40243, 41001, 41002, 41004, 42001, 43002, 44002, 45009,
            45011, 47001, 50004, 50007, 61024, 89503, 89506, 89507,
        ];
        let codes = [40097, 40129, 40159, 40169, 41030, 45029, 85096];
        for number in tokens.into_iter().chain(codes) {
            assert_eq!(explain(number).code, number, "{number} is not in the table");
        }
    }

    #[test]
    fn the_manual_has_the_same_table() {
        let manual = include_str!("../../docs/settings.md").replace('`', "");
        for Entry { code, kind, meaning_en, meaning_zh, fix_en, fix_zh, .. } in TABLE {
            let kind = kind.code();
            let row = format!("| {code} | {kind} | {meaning_en}<br>{meaning_zh} | {fix_en}<br>{fix_zh} |");
            assert!(manual.contains(&row), "docs/settings.md does not have this row:\n{row}");
        }
    }

    #[test]
    fn unknown_numbers_have_an_entry() {
        assert_eq!(explain(99_999).kind, Kind::Unknown);
        assert_eq!(explain(0).kind, Kind::Unknown, "0 is success and no error");
    }

    #[test]
    fn facts_that_callers_rely_on() {
        let numbers = [-1, 40001, 40014, 42001, 45009, 45011];
        let again: Vec<_> = TABLE.iter().filter(|e| e.retry != Retry::No).map(|e| e.code).collect();
        assert_eq!(again, numbers, "only these may succeed when tried again");
        let stale: Vec<_> = TABLE.iter().filter(|e| is_stale_token(e.code)).map(|e| e.code).collect();
        assert_eq!(stale, [40001, 40014, 42001]);
    }
}
