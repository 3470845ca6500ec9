//! Line breaks compared with Chromium, which needs the Debian package `chromium`:
//! `cargo test -p haibao-core --test render chromium -- --ignored --nocapture`.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use haibao_core::style::TextOverflow;

use super::{lay, lines, style};

/// Titles, prices and nicknames, one a line.
const TEXTS: &str = include_str!("../../vectors/lines.txt");
const WIDTHS: [u32; 3] = [190, 270, 350];
const SIZES: [u32; 2] = [24, 36];

/// Prints the lines that differ. Each must be a case in which the standard sides with haibao.
#[test]
#[ignore = "needs Chromium"]
fn lines_break_as_in_chromium() {
    let texts: Vec<&str> = TEXTS.lines().collect();
    let theirs = chromium(&texts);
    let (mut same, mut all) = (0, 0);
    for (text, theirs) in texts.iter().zip(theirs) {
        let boxes = WIDTHS.iter().flat_map(|width| SIZES.map(|size| (*width, size)));
        for ((width, size), theirs) in boxes.zip(theirs) {
            let paragraph = lay(&style(text, size as f32, None, TextOverflow::Ellipsis), width as f32, 10_000.0);
            let ours: Vec<&str> = lines(&paragraph).iter().map(|line| line.trim_end()).collect();
            let theirs: Vec<&str> = theirs.iter().map(|line| line.trim_end()).collect();
            all += 1;
            if ours == theirs {
                same += 1;
            } else {
                println!("{width} px, {size} px\n  haibao   {}\n  Chromium {}", ours.join("|"), theirs.join("|"));
            }
        }
    }
    println!("{same} of {all} break alike: {:.1} %", f64::from(same) * 100.0 / f64::from(all));
    assert!(same * 100 >= all * 94, "{same} of {all}");
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
