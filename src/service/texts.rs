//! Check of the texts of users by WeChat, before a poster is drawn.
//!
//! The schema of a template marks these texts with `"x-check": true`, and the setting `apps.NAME.text_check` turns the
//! check on for an app. Each text is checked on its own, so that the error names the parameter.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use unicode_segmentation::UnicodeSegmentation;

use super::{App, call::Call, pool::unless_refused};
use crate::{
    net::caller::on_behalf,
    wechat::{
        client::{MAX_TEXT, Risky, Suggestion, TextCheck, Verdict},
        errcode::Category,
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Finding, Result, invalid};

/// Maximum number of texts that are checked for one poster.
const MAX_TEXTS: usize = 16;
/// Maximum number of concurrent checks for one poster.
const CONCURRENT: usize = 4;

/// Who wrote the texts of a poster.
#[derive(Debug, Clone, Default)]
pub enum Author {
    /// The operator, or an author whose texts are already checked: command line, samples, exports, signed links.
    #[default]
    Trusted,
    /// A user, with the openid if the request has one.
    User(Option<String>),
}

/// Checks the texts of a user that a template marks, by the pointer within the parameters.
///
/// # Errors
/// `text_risky`, `openid_missing`, `text_uncheckable`, `texts_too_many`, and errors of
/// [`Client::check_text`](crate::wechat::client::Client::check_text).
pub(super) async fn check(
    app: &App,
    name: &str,
    check: TextCheck,
    openid: Option<String>,
    texts: &BTreeMap<String, String>,
) -> Result<Findings> {
    check_bounds(texts)?;
    let openid = openid.filter(|openid| is_given(openid));
    let openid = openid.ok_or_else(|| Error::of(ErrorKind::Invalid, words::openid_missing()).pointer("/openid"))?;
    let distinct: BTreeSet<String> = texts.values().cloned().collect();
    let wechat = app.codes.wechat();
    let verdicts: HashMap<String, Verdict> = stream::iter(distinct)
        .map(|text| async {
            let sharer = Call::current().sharer();
            let verdict = app.verdicts.of(wechat, name, check.scene, &openid, &text);
            let verdict = on_behalf(Arc::clone(&sharer), verdict);
            let verdict = unless_refused(verdict, || wechat.text_given_up(name, &sharer)).await?;
            Ok((text, verdict))
        })
        .buffer_unordered(CONCURRENT)
        .try_collect()
        .await
        .map_err(|error: Error| if Category::Openid.is(&error) { error.pointer("/openid") } else { error })?;
    let found = judge(texts, &verdicts, check.risky);
    if found.refused.is_empty() { Ok(found) } else { Err(invalid("text_risky", found.refused)) }
}

/// Whether [`check`] asks WeChat: not if all verdicts are known, or if it refuses the texts by itself.
pub(super) fn asks(
    app: &App,
    name: &str,
    check: TextCheck,
    openid: Option<&str>,
    texts: &BTreeMap<String, String>,
) -> bool {
    let Some(openid) = openid.filter(|openid| is_given(openid)) else { return false };
    let is_new = |text: &String| !app.verdicts.knows(name, check.scene, openid, text);
    check_bounds(texts).is_ok() && texts.values().any(is_new)
}

fn is_given(openid: &str) -> bool {
    !openid.trim().is_empty()
}

fn check_bounds(texts: &BTreeMap<String, String>) -> Result<()> {
    if texts.len() > MAX_TEXTS {
        let finding = words::texts_too_many(texts.len(), MAX_TEXTS);
        return Err(Error::of(ErrorKind::Invalid, finding).pointer("/params"));
    }
    let too_long = |(pointer, text): (&String, &String)| {
        let length = text.chars().count();
        (length > MAX_TEXT).then(|| words::text_uncheckable(length, MAX_TEXT).pointer(format!("/params{pointer}")))
    };
    let findings: Vec<Finding> = texts.iter().filter_map(too_long).collect();
    if findings.is_empty() { Ok(()) } else { Err(invalid("text_uncheckable", findings)) }
}

/// Result of a check.
#[derive(Default)]
pub(super) struct Findings {
    /// Errors of risky texts.
    refused: Vec<Finding>,
    /// Warnings of masked and questionable texts.
    pub(super) marked: Vec<Finding>,
    /// Masked texts by the pointer within the parameters.
    pub(super) masked: Vec<(String, String)>,
}

impl Findings {
    /// The error of masks that the schema rejects.
    pub(super) fn unmaskable(self) -> Error {
        let refused = |(pointer, _)| words::text_unmaskable().pointer(format!("/params{pointer}"));
        invalid("text_risky", self.masked.into_iter().map(refused).collect())
    }
}

fn judge(texts: &BTreeMap<String, String>, verdicts: &HashMap<String, Verdict>, risky: Risky) -> Findings {
    let mut found = Findings::default();
    for (pointer, text) in texts {
        let Some(verdict) = verdicts.get(text.as_str()) else { continue };
        let at = |finding: Finding| finding.pointer(format!("/params{pointer}"));
        match (verdict.suggestion, risky) {
            (Suggestion::Pass, _) => {}
            (Suggestion::Review, _) => found.marked.push(at(words::text_review(verdict.label_name()))),
            (Suggestion::Risky, Risky::Refuse) => found.refused.push(at(words::text_risky(verdict.label_name()))),
            (Suggestion::Risky, Risky::Mask) => {
                found.marked.push(at(words::text_masked(verdict.label_name())));
                found.masked.push((pointer.clone(), mask(text)));
            }
        }
    }
    found
}

/// The text with an asterisk for each character that is not white space.
fn mask(text: &str) -> String {
    text.graphemes(true).map(|one| if one.trim().is_empty() { one } else { "*" }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_number_of_characters_and_white_space() {
        for (text, masked) in [("小满 ab\n", "** **\n"), ("👩‍👩‍👧é", "**"), ("", "")] {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn texts_that_cannot_be_checked_are_refused() {
        let many: Vec<String> = (0..=MAX_TEXTS).map(|i| format!("/{i}")).collect();
        let error = check_bounds(&many.iter().map(|p| (p.clone(), "a".to_owned())).collect()).expect_err("too many");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Invalid, "texts_too_many"));
        let (long, good) = ("长".repeat(MAX_TEXT + 1), "长".repeat(MAX_TEXT));
        let error = check_bounds(&[("/a".to_owned(), long)].into()).expect_err("too long");
        assert_eq!(error.all_findings()[0].pointer.as_deref(), Some("/params/a"));
        check_bounds(&[("/a".to_owned(), good)].into()).expect("2500 characters are allowed");
    }

    #[test]
    fn verdicts_decide_by_the_setting() {
        let texts = [("/a", "good"), ("/b", "bad"), ("/c", "odd"), ("/d", "bad")];
        let texts = texts.map(|(pointer, text)| (pointer.to_owned(), text.to_owned())).into();
        let verdict = |suggestion, label| Verdict { suggestion, label };
        let verdicts = HashMap::from([
            ("good".to_owned(), verdict(Suggestion::Pass, 100)),
            ("bad".to_owned(), verdict(Suggestion::Risky, 20003)),
            ("odd".to_owned(), verdict(Suggestion::Review, 21000)),
        ]);
        let at = |findings: &[Finding]| {
            let one = |f: &Finding| format!("{} {}", f.code, f.pointer.as_deref().unwrap_or_default());
            findings.iter().map(one).collect::<Vec<_>>()
        };
        let refuse = judge(&texts, &verdicts, Risky::Refuse);
        assert_eq!(at(&refuse.refused), ["text_risky /params/b", "text_risky /params/d"]);
        assert!(refuse.refused[0].message.contains("abuse"), "{}", refuse.refused[0].message);
        assert!(refuse.masked.is_empty());
        let mask = judge(&texts, &verdicts, Risky::Mask);
        assert_eq!(at(&mask.marked), ["text_masked /params/b", "text_review /params/c", "text_masked /params/d"]);
        assert_eq!(mask.masked, [("/b".to_owned(), "***".to_owned()), ("/d".to_owned(), "***".to_owned())]);
        assert!(mask.refused.is_empty());
    }
}
