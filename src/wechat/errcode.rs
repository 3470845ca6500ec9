//! WeChat error codes: meaning, whether a retry can help, and remedy.
//!
//! [`TABLE`] has one row per code. Lookup uses the number only: WeChat changes the accompanying `errmsg` without
//! notice. Meanings follow WeChat's documentation of access tokens and mini-program codes
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/>).

mod table;

pub use table::{TABLE, UNKNOWN};

use haibao_core::error::{Error, Pattern, Retry, Wording};

/// Category of an errcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The access token is invalid, expired or missing.
    Token,
    /// The app's credentials: appid, secret or grant type.
    Credential,
    /// The request: a parameter or the format of the body.
    Request,
    /// A limit on calls or codes.
    Quota,
    /// A failure of WeChat's servers.
    Server,
    /// State or permissions of the account.
    Account,
    /// The IP address of this server is not allowed.
    Ip,
    /// The user's openid.
    Openid,
    /// Not in [`TABLE`].
    Unknown,
}

impl Category {
    /// Whether an error is of this category.
    pub fn is(self, error: &Error) -> bool {
        error.code() == self.code()
    }

    /// Stable code of haibao's error for errcodes of this category.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Token => "wechat_token",
            Self::Credential => "wechat_credential",
            Self::Request => "wechat_request",
            Self::Quota => "wechat_quota",
            Self::Server => "wechat_busy",
            Self::Account => "wechat_account",
            Self::Ip => "wechat_ip",
            Self::Openid => "wechat_openid",
            Self::Unknown => "wechat_errcode",
        }
    }
}

/// Description of one errcode. Texts are single sentences without a final full stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrcodeEntry {
    /// WeChat's number; 0 in [`UNKNOWN`], since WeChat uses 0 for success.
    pub code: i64,
    /// Cause, from which the error's stable code follows.
    pub category: Category,
    /// Whether the same request may succeed later.
    pub retry: Retry,
    /// Meaning, in English.
    pub meaning_en: &'static str,
    /// Meaning, in Chinese.
    pub meaning_zh: &'static str,
    /// Remedy, in English.
    pub fix_en: &'static str,
    /// Remedy, in Chinese.
    pub fix_zh: &'static str,
    /// The English meaning and remedy as a row of words.
    pub row: Wording,
}

/// Looks up an errcode; [`UNKNOWN`] if it is not in [`TABLE`].
pub fn explain(code: i64) -> &'static ErrcodeEntry {
    TABLE.iter().find(|entry| entry.code == code).unwrap_or(&UNKNOWN)
}

/// The Chinese texts of the row with an id.
pub fn chinese(id: &str) -> Option<Pattern<'static>> {
    let code = id.strip_prefix("errcode_")?.parse().ok()?;
    let entry = explain(code);
    Some(Pattern { message: entry.meaning_zh, hint: Some(entry.fix_zh) })
}

/// Whether the token is stale, so that the call should be retried once with a new one.
pub const fn is_stale_token(code: i64) -> bool {
    matches!(code, 40001 | 40014 | 42001)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_entries_have_english_and_chinese_texts() {
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
    fn the_table_is_sorted_and_lookup_finds_every_row() {
        assert!(TABLE.windows(2).all(|w| w[0].code < w[1].code), "rows must be in strictly ascending order");
        for entry in TABLE {
            assert_eq!(explain(entry.code), entry);
            assert_ne!(entry.category, Category::Unknown, "{}", entry.code);
        }
    }

    #[test]
    fn every_documented_code_is_in_the_table() {
        let tokens = [
            -1, 40001, 40002, 40013, 40014, 40125, 40164, 40243, 41001, 41002, 41004, 42001, 43002, 44002, 45009,
            45011, 47001, 50004, 50007, 61024, 89503, 89506, 89507,
        ];
        let codes = [40097, 40129, 40159, 40169, 41030, 45029, 85096];
        let texts = [40003, 43104, 43302, 48001, 61010];
        for number in tokens.into_iter().chain(codes).chain(texts) {
            assert_eq!(explain(number).code, number, "{number} is not in the table");
        }
    }

    #[test]
    fn the_settings_documentation_has_every_row() {
        let document = include_str!("../../docs/settings.md").replace('`', "");
        for ErrcodeEntry { code, category, meaning_en, meaning_zh, fix_en, fix_zh, .. } in TABLE {
            let category = category.code();
            let row = format!("| {code} | {category} | {meaning_en}<br>{meaning_zh} | {fix_en}<br>{fix_zh} |");
            assert!(document.contains(&row), "docs/settings.md does not have this row:\n{row}");
        }
    }

    #[test]
    fn unknown_codes_have_an_entry() {
        assert_eq!(explain(99_999).category, Category::Unknown);
        assert_eq!(explain(0).category, Category::Unknown, "0 means success");
    }

    #[test]
    fn retryable_codes_and_stale_token_codes() {
        let expected = [-1, 40001, 40014, 42001, 45009, 45011];
        let retryable: Vec<_> = TABLE.iter().filter(|e| e.retry != Retry::No).map(|e| e.code).collect();
        assert_eq!(retryable, expected, "no other code is retryable");
        let stale: Vec<_> = TABLE.iter().filter(|e| is_stale_token(e.code)).map(|e| e.code).collect();
        assert_eq!(stale, [40001, 40014, 42001]);
    }
}
