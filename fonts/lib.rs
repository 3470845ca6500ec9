//! The bytes of the embedded fonts and nothing else; `README.md` says what is in them and how they are made.

/// File name and bytes of each font: Noto Sans SC in weight 400 and 700, Noto Color Emoji, Noto Sans Scripts.
// A constant would be copied into every crate that names it.
pub static FONTS: [(&str, &[u8]); 4] = [
    ("NotoSansSC-Regular.otf", include_bytes!("NotoSansSC-Regular.otf")),
    ("NotoSansSC-Bold.otf", include_bytes!("NotoSansSC-Bold.otf")),
    ("NotoColorEmoji.ttf", include_bytes!("NotoColorEmoji.ttf")),
    ("NotoSansScripts-Regular.ttf", include_bytes!("NotoSansScripts-Regular.ttf")),
];
