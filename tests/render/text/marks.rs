//! Marks in lines that are shorter than a number or word together with its marks.

use haibao_core::style::TextOverflow;

use super::{chinese::broken, lay, style};

/// Length of a line with this text of 24 px.
fn length(text: &str) -> f32 {
    lay(&style(text, 24.0, None, TextOverflow::Ellipsis), 1000.0, 100.0).lines[0].width
}

/// Checks the lines of texts of 24 px, which are given with `|` between them, in boxes that just hold another text.
#[track_caller]
fn check(texts: &[(&str, &str)]) {
    for (fits, expected) in texts {
        let lines = broken(&expected.replace('|', ""), 24.0, length(fits) + 1.0);
        assert_eq!(lines.join("|"), *expected, "as long as {fits}");
    }
}

#[test]
fn units_go_to_the_next_line_with_their_marks() {
    check(&[
        ("折！！！？？", "全场|5|折！！！？？"),
        ("元！！！", "满|100|元！！！"),
        ("公里……", "约|5|公里……"),
        ("折)))", "仅|3|折)))"),
        ("件。」", "买|2|件。」"),
        ("折？！", "低至|8.5|折？！"),
        ("（¥50.00", "（¥50.00|元）"),
        ("kg！！", "1280|kg！！"),
    ]);
}

#[test]
fn a_number_alone_stays_whole_beside_its_marks() {
    check(&[("¥50.00", "到手|¥50.00|！"), ("50%", "省|50%|!!!"), ("¥50.00", "（|¥50.00|）")]);
}

#[test]
fn letters_go_to_the_next_line_with_their_marks() {
    check(&[("Beautiful", "Beautifu|l……"), ("Beautiful", "Beautifu|l！！"), ("Beautiful", "Beautifu|l》")]);
}

/// No line can begin without one of its marks.
#[test]
fn runs_of_marks_longer_than_a_line_fill_it() {
    check(&[
        ("！！！？", "全场|5|折！！！|？？"),
        ("——！！", "好|——！！|！"),
        // Dashes and ellipses are not torn, where they fit into a line.
        ("……", "好|……|！"),
        ("一", "好|…|…"),
    ]);
}

#[test]
fn marks_begin_no_line_that_has_room_for_the_character_before_them() {
    for (number, unit) in [("5", "折"), ("100", "元"), ("12.5", "公里"), ("3500", "元/月")] {
        for marks in ["！！！", "？！", "……", "。」", ")))", "!!!", "～", "）》！"] {
            let moved = length(&format!("{}{marks}", unit.chars().next_back().unwrap_or_default()));
            for before in ["全场", "（", "Pro"] {
                let text = format!("{before}{number}{unit}{marks}好");
                for more in [1.0, 9.0, 20.0, 34.0, 50.0, 80.0] {
                    let lines = broken(&text, 24.0, moved + more);
                    let begins = lines.iter().any(|line| line.starts_with(|c| marks.contains(c)));
                    assert!(!begins, "{lines:?} in {} px", moved + more);
                }
            }
        }
    }
}
