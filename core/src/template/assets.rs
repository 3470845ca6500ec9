//! Sources of pictures: a URL, a `data:` URI, an uploaded picture, or a file of the template's folder.

use std::collections::BTreeSet;

use super::suggest::nearest;
use crate::{
    asset::AssetSource,
    error::{Argument, Message},
    words::{self, quote},
};

/// Paths of the files in a template's folder.
pub type FilePaths = BTreeSet<String>;

/// Parses a picture's source. `None` when it is empty.
///
/// # Errors
/// When it is neither an http(s) URL, nor a `data:` URI, nor `asset:HASH`, nor a file of the folder.
pub fn source(text: &str, files: &FilePaths) -> Result<Option<AssetSource>, Message> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => match url::Url::parse(text) {
            Ok(url) if url.has_host() => Ok(Some(AssetSource::Url(text.to_owned()))),
            _ => Err(words::source_not_a_url(quote(text))),
        },
        Some("data") => Ok(Some(AssetSource::Data(text.to_owned()))),
        Some("asset") => match upload(&text["asset:".len()..]) {
            Some(hash) => Ok(Some(AssetSource::Upload(hash))),
            None => Err(words::source_not_an_upload(quote(text))),
        },
        Some(scheme) if is_scheme(scheme) && text[scheme.len()..].starts_with("://") => {
            Err(words::source_scheme(quote(text), scheme))
        }
        _ => file(text, files).map(|path| Some(AssetSource::File(path))),
    }
}

/// Whether a text may be the scheme of a URL (RFC 3986, 3.1). Messages have it as it is.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// Whether a sentence, or one in it, says that a source is no file of the folder. It may be one of another place.
pub fn is_no_file(said: &Message) -> bool {
    let is_inner = |argument: &Argument| matches!(argument, Argument::Message(inner) if is_no_file(inner));
    let ids = [words::source_not_a_file::ID, words::source_outside_folder::ID];
    ids.contains(&said.row().id) || said.arguments().iter().any(is_inner)
}

/// The hash of an uploaded picture in lower case. `None` unless it has 64 hexadecimal digits.
pub fn upload(hash: &str) -> Option<String> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hash.then(|| hash.to_ascii_lowercase())
}

/// Whether bytes are a document, such as an SVG, instead of a picture.
pub fn is_document(data: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&data[..data.len().min(256)]);
    data.starts_with(&[0x1f, 0x8b]) || start.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

/// The bytes of a `data:` URI, of which at most the first `limit` are decoded.
pub fn decoded(uri: &str, limit: usize) -> Vec<u8> {
    use base64::{
        Engine,
        alphabet::STANDARD,
        engine::{DecodePaddingMode::Indifferent, GeneralPurpose, GeneralPurposeConfig},
    };
    let (header, body) = uri.split_once(',').unwrap_or_default();
    let body = percent_encoding::percent_decode_str(body).take(limit.saturating_mul(4));
    let body: Vec<u8> = body.filter(|byte| !byte.is_ascii_whitespace()).take(limit).collect();
    if !header.to_ascii_lowercase().trim_end().ends_with("base64") {
        return body;
    }
    let whole = if body.len() < limit { &body[..] } else { &body[..body.len() / 4 * 4] };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent).with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config).decode(whole).unwrap_or_default()
}

/// Resolves the path of a file in the folder; it may begin with `./`.
///
/// # Errors
/// When the path leaves the folder, or the file does not exist; the hint then names the closest one.
pub fn file(path: &str, files: &FilePaths) -> Result<String, Message> {
    let plain = path.strip_prefix("./").unwrap_or(path);
    if files.contains(plain) {
        return Ok(plain.to_owned());
    }
    if plain.starts_with(['/', '\\']) || plain.split(['/', '\\']).any(|step| step == "..") {
        return Err(words::source_outside_folder(quote(path)));
    }
    let near = similar(plain, files);
    let hint = match near {
        Some(near) => Some(words::did_you_mean(near)),
        None if plain.contains(char::is_control) => None,
        None => plain.get(..4).filter(|start| start.eq_ignore_ascii_case("www.")).map(|_| words::write_scheme(plain)),
    };
    Err(words::source_not_a_file(quote(path)).with_hint(hint))
}

/// The file that a path probably means.
pub fn similar<'f>(path: &str, files: &'f FilePaths) -> Option<&'f str> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    nearest(path, files.iter().map(String::as_str))
        .or_else(|| files.iter().map(String::as_str).find(|file| name(file) == name(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_classified() {
        let files: FilePaths = ["assets/photo.jpg", "logo.png"].map(String::from).into();
        let ok = |text: &str| source(text, &files).unwrap();
        assert_eq!(ok(" "), None);
        assert_eq!(ok("https://a.cn/b?c"), Some(AssetSource::Url("https://a.cn/b?c".into())));
        assert_eq!(ok("HTTP://a.cn"), Some(AssetSource::Url("HTTP://a.cn".into())));
        assert_eq!(ok("data:image/png;base64,AA"), Some(AssetSource::Data("data:image/png;base64,AA".into())));
        assert_eq!(ok("./logo.png"), Some(AssetSource::File("logo.png".into())));
        let hash = "0123456789abcdef".repeat(4);
        assert_eq!(ok(&format!("asset:{hash}")), Some(AssetSource::Upload(hash.clone())));
        assert_eq!(ok(&format!("ASSET:{}", hash.to_uppercase())), Some(AssetSource::Upload(hash.clone())));
        for bad in
            ["asset:", "asset:abc", &format!("asset:{hash}0"), &format!("asset:{}g", &hash[1..]), "asset:../../x"]
        {
            let fault = source(bad, &files).unwrap_err();
            assert!(fault.text().contains("is not an uploaded picture"), "{bad}: {}", fault.text());
        }
        let hint = |text: &str| source(text, &files).unwrap_err().hint_text();
        assert_eq!(hint("assets/foto.jpg").as_deref(), Some("did you mean `assets/photo.jpg`?"));
        assert_eq!(hint("photo.jpg").as_deref(), Some("did you mean `assets/photo.jpg`?"));
        assert_eq!(hint("www.shop.cn/a.jpg").as_deref(), Some("write https://www.shop.cn/a.jpg"));
        assert!(hint("zzz.png").is_some_and(|hint| hint.contains("into the folder")));
        assert!(!hint("www.\na.cn").is_some_and(|hint| hint.contains('\n')));
        for bad in ["ht\ntp://a/b", "\u{1b}[31m://a", "1a://b"] {
            let fault = source(bad, &files).unwrap_err();
            assert!(!fault.text().contains(char::is_control), "{bad:?}: {:?}", fault.text());
            assert!(!fault.text().contains("scheme"), "{bad:?}: {:?}", fault.text());
        }
        for bad in ["../logo.png", "/etc/passwd", "a/../../b", "..\\x", "ftp://a/b", "file:///etc/passwd", "http://"] {
            let fault = source(bad, &files).unwrap_err();
            assert!(!fault.text().contains("is not a file"), "{bad}: {}", fault.text());
        }
    }
}
