//! WeChat's error numbers, explained: what each means, whether trying again helps, what to do.
//!
//! One row per number in [`TABLE`]. Only the number decides: the `errmsg` beside it changes without notice.
//! Meanings follow WeChat's pages on access tokens and on mini-program codes
//! (<https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/>).

mod table;

pub use table::{TABLE, UNKNOWN};

use haibao_core::error::Retry;

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
