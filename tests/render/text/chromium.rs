//! Line breaks compared with Chromium, which needs the Debian package `chromium`. Ignored tests: see CONTRIBUTING.md.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, process::Command};

use haibao_core::style::TextOverflow;

use super::{lay, lines, style};

/// Titles, prices and nicknames, one a line.
const TEXTS: &str = include_str!("../../vectors/lines.txt");
const WIDTHS: [u32; 3] = [190, 270, 350];
const SIZES: [u32; 2] = [24, 36];

/// Prints the lines that differ for another reason than those of [`reason`].
#[test]
#[ignore = "needs Chromium"]
fn lines_break_as_in_chromium() {
    let texts: Vec<&str> = TEXTS.lines().collect();
    let theirs = chromium(&texts);
    let (mut same, mut all, mut unexplained) = (0, 0, 0);
    let mut reasons = BTreeMap::new();
    for (text, theirs) in texts.iter().zip(theirs) {
        let boxes = WIDTHS.iter().flat_map(|width| SIZES.map(|size| (*width, size)));
        for ((width, size), theirs) in boxes.zip(theirs) {
            let paragraph = lay(&style(text, size as f32, None, TextOverflow::Ellipsis), width as f32, 10_000.0);
            let ours: Vec<&str> = lines(&paragraph).iter().map(|line| line.trim_end()).collect();
            let theirs: Vec<&str> = theirs.iter().map(|line| line.trim_end()).collect();
            all += 1;
            if ours == theirs {
                same += 1;
            } else if let Some(reason) = reason(&ours, &theirs) {
                *reasons.entry(reason).or_insert(0) += 1;
            } else {
                unexplained += 1;
                println!("{width} px, {size} px\n  haibao   {}\n  Chromium {}", ours.join("|"), theirs.join("|"));
            }
        }
    }
    println!("{same} of {all} break alike: {:.1} %. Others: {reasons:?}", f64::from(same) * 100.0 / f64::from(all));
    assert!(unexplained * 100 <= all, "{unexplained} of {all} differ without a reason");
}

/// The rule by which haibao breaks the first differing line in another way than Chromium.
fn reason(ours: &[&str], theirs: &[&str]) -> Option<&'static str> {
    let at = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs)?;
    let (line, other) = (ours[at], theirs[at]);
    let last = other.chars().next_back()?;
    let next = theirs.get(at + 1).and_then(|line| line.chars().next()).unwrap_or(' ');
    let number = |c: char| c.is_ascii_digit() || "-+%℃.,:～–—~/×元折万亿倍".contains(c);
    Some(
        if line.len() > other.len() && line.ends_with(['，', '。', '、', '：', '；', '）', '》', '」', '』', '”', '’'])
        {
            "CLREQ 3.1.6: punctuation trimmed at the end of a line"
        } else if "·～—／".contains(next) {
            "GB/T 15834: not at the start of a line"
        } else if line.len() > other.len() && line.ends_with('·') {
            "UAX #14 LB1: `·` is an ideograph among ideographs"
        } else if line.contains("//") || other.contains("//") {
            "UAX #14 SY: a URL breaks after `/`"
        } else if number(last) && (number(next) || last.is_ascii_digit() || last == '/') || number(next) && last == '～'
        {
            "UAX #14 LB25: a number is whole"
        } else if line.contains(|c: char| u32::from(c) > 0x1_f000) {
            "UTS #51: an emoji has the advance of the emoji font"
        } else if last.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() {
            "a word or number moves to a line of its own"
        } else {
            return None;
        },
    )
}

/// The lines of each text in each box.
fn chromium(texts: &[&str]) -> Vec<Vec<Vec<String>>> {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fonts").canonicalize().expect("a folder");
    let mut page = format!(
        "<!doctype html><meta charset=utf-8><style>\
        @font-face{{font-family:C;src:url('file://{0}/NotoSansSC-Regular.otf')}}\
        @font-face{{font-family:E;src:url('file://{0}/NotoColorEmoji.ttf')}}\
        div{{font-family:C,E;overflow-wrap:anywhere;line-break:strict;text-spacing-trim:trim-start;line-height:2}}</style>\
        <body lang=zh-Hans>",
        fonts.display()
    );
    for text in texts {
        for width in WIDTHS {
            for size in SIZES {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                let _ = write!(page, "<div style='width:{width}px;font-size:{size}px'>{text}</div>");
            }
        }
    }
    page.push_str(
        "<pre id=out></pre><script>
        const lines = div => {
            const node = div.firstChild, all = [];
            let top, at = 0;
            for (const c of node.data) {
                const range = document.createRange();
                range.setStart(node, at), range.setEnd(node, at += c.length);
                const box = range.getClientRects()[0];
                if (box && box.width && (top === undefined || box.top > top + parseFloat(div.style.fontSize))) all.push(''), top = box.top;
                all.length ? all[all.length - 1] += c : all.push(c);
            }
            return all;
        };
        Promise.all(['C', 'E'].map(family => document.fonts.load(`24px ${family}`, '中😀'))).then(() =>
            out.textContent = encodeURIComponent(JSON.stringify([...document.querySelectorAll('div')].map(lines))));
        </script>",
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("page.html");
    fs::write(&file, page).expect("written");
    let run = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--virtual-time-budget=60000",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("chromium runs");
    let page = String::from_utf8(run.stdout).expect("UTF-8");
    let found = page.split("<pre id=\"out\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a result");
    let json = percent_encoding::percent_decode_str(found).decode_utf8().expect("UTF-8");
    let all: Vec<Vec<String>> = serde_json::from_str(&json).expect("JSON");
    all.chunks(WIDTHS.len() * SIZES.len()).map(<[_]>::to_vec).collect()
}
