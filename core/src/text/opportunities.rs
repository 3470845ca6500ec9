//! Line break opportunities: UAX #14 as of Unicode 17 (its rules for numbers and quotation marks are those of 16.0),
//! tailored for Chinese.
//!
//! The tailoring has two steps. Before the algorithm runs, characters that Chinese uses differently are replaced by ones of
//! the right line breaking class ([`chinese`]). Afterwards, quantities are joined ([`quantities`]).

use std::{
    borrow::Cow,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

use icu_segmenter::{
    LineSegmenter, LineSegmenterBorrowed,
    options::{LineBreakOptions, LineBreakStrictness},
};
use parley::LineBreakContext;

use super::{
    punctuation::{ends_clause, is_ideograph},
    quantity::{is_currency, is_digit, quantities},
};
use crate::style::LineBreak;

/// How negative amounts begin.
const SIGNED: [&str; 5] = ["-¥", "-￥", "-$", "-€", "-£"];

/// Where the lines of a text may break.
#[derive(Debug, Default)]
pub(super) struct Opportunities {
    /// By byte offset: whether a line may begin here.
    before: Vec<bool>,
    /// By byte offset: whether a quantity extends over it. Empty without quantities.
    within: Vec<bool>,
}

const fn segmenter(strictness: LineBreakStrictness) -> LineSegmenterBorrowed<'static> {
    let mut options = LineBreakOptions::default();
    options.strictness = Some(strictness);
    LineSegmenter::new_17_for_non_complex_scripts(options)
}

impl Opportunities {
    /// The opportunities of a text without line ends other than `\n`.
    pub fn new(text: &str, line_break: LineBreak) -> Self {
        let mut before = vec![false; text.len() + 1];
        let segmenter = match line_break {
            LineBreak::Strict => const { segmenter(LineBreakStrictness::Strict) },
            LineBreak::Normal => const { segmenter(LineBreakStrictness::Normal) },
        };
        for at in segmenter.segment_str(&chinese(text, line_break)) {
            before[at] = true;
        }
        let (mut earlier, mut last) = ('\n', '\n');
        for (at, next) in text.char_indices() {
            // Names such as `C++`, `A+` and `100%+`.
            let is_name = next == '+' && last.is_ascii_graphic() && !matches!(last, ')' | ']' | '}');
            if is_name || line_break == LineBreak::Strict && next == '·' && !last.is_whitespace() {
                before[at] = false;
            }
            // UAX #14 (AI, LB1) takes it for an ideograph among ideographs, otherwise for a letter. GB/T 15834-2011, 5.1, lets a line
            // end with it.
            if last == '·' && is_ideograph(earlier) && begins_word(next) {
                before[at] = true;
            }
            (earlier, last) = (last, next);
        }
        let mut within = Vec::new();
        let mut end = 0;
        for quantity in quantities(text) {
            within.resize(text.len() + 1, false);
            within[quantity.start + 1..quantity.end].fill(true);
            before[quantity.start + 1..quantity.end].fill(false);
            // UAX #14 takes the sign of an amount for a hyphen of what precedes it (LB21), and the hyphen of a range for the
            // sign of the number after it (LB25).
            let (preceding, amount) = text.split_at(quantity.start);
            let follows_range = end > 0 && quantity.start == end + 1 && preceding.ends_with('-');
            if follows_range || begins_line(preceding, amount) {
                before[quantity.start] = true;
            }
            end = quantity.end;
        }
        Self { before, within }
    }

    /// Whether a line may begin at a byte offset.
    pub fn at(&self, offset: usize) -> bool {
        self.before.get(offset).copied().unwrap_or_default()
    }

    /// Whether a byte offset is between a number and its sign, separator or unit, or within one of them.
    pub fn is_within_quantity(&self, offset: usize) -> bool {
        self.within.get(offset).copied().unwrap_or_default()
    }

    /// The same decisions as a function for parley, which calls it for each pair of characters in text order, except for
    /// pairs with a line end.
    pub fn decide(&self, text: &str) -> impl Fn(LineBreakContext) -> Option<bool> + Send + Sync + 'static {
        let decisions = self.decisions(text);
        let next = AtomicUsize::new(0);
        move |_| decisions.get(next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    fn decisions(&self, text: &str) -> Vec<bool> {
        let mut decisions = Vec::with_capacity(text.len() / 2);
        let mut last = '\n';
        for (at, next) in text.char_indices() {
            if last != '\n' && next != '\n' {
                decisions.push(self.at(at));
            }
            last = next;
        }
        decisions
    }

    /// The word or number around a byte offset. Empty when none extends over it.
    pub fn word(&self, text: &str, offset: usize) -> Range<usize> {
        let (left, right) = text.split_at(offset);
        let (mut start, mut end) = (offset, offset);
        let mut after = right.chars().next();
        for c in left.chars().rev() {
            match after {
                Some(next) if self.is_inside(start, c, next) => (start, after) = (start - c.len_utf8(), Some(c)),
                _ => break,
            }
        }
        if start == offset {
            return offset..offset;
        }
        let mut before = left.chars().next_back();
        for c in right.chars() {
            match before {
                Some(last) if self.is_inside(end, last, c) => (end, before) = (end + c.len_utf8(), Some(c)),
                _ => break,
            }
        }
        start..end
    }

    /// Whether a byte offset, which is between these characters, is inside a word or a number.
    fn is_inside(&self, offset: usize, one: char, next: char) -> bool {
        !self.at(offset) && (is_word(one) && is_word(next) || self.is_within_quantity(offset))
    }
}

/// Whether a line may begin with a quantity that UAX #14 takes for the rest of what precedes it: after an ASCII mark of
/// Chinese text (`优惠,100元`), and before the sign of an amount (`立减-¥50`, `，-5折`).
fn begins_line(preceding: &str, amount: &str) -> bool {
    if preceding.ends_with(is_ideograph) {
        return SIGNED.iter().any(|sign| amount.starts_with(sign));
    }
    let phrase = preceding.trim_end_matches([',', ':', ';', '!', '?', ')']);
    let ends_phrase = phrase.len() < preceding.len() && phrase.ends_with(is_ideograph);
    ends_phrase || amount.starts_with('-') && preceding.ends_with(ends_clause)
}

/// The text for the algorithm: of the same length, with other characters where Chinese differs from UAX #14.
///
/// - Curly quotation marks are brackets (CLREQ, 3.1.2). UAX #14 treats them as ambiguous.
/// - `～`, `／` and a single `—` do not begin a line (GB/T 15834-2011, 4.13.5 and 4.16.4), when `strict`. `——` may.
fn chinese(text: &str, line_break: LineBreak) -> Cow<'_, str> {
    let differs = |c: char| matches!(c, '“' | '”' | '‘' | '’' | '～' | '／' | '—');
    if !text.contains(differs) || !text.contains(is_ideograph) {
        return Cow::Borrowed(text);
    }
    /// A character that does not begin a line (class NS).
    const NONSTARTER: char = '\u{301c}';
    let strict = line_break == LineBreak::Strict;
    let mut out = String::with_capacity(text.len());
    let (mut single, mut last) = (false, '\n');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            '“' => '「',
            '”' => '」',
            '‘' => {
                single = true;
                '「'
            }
            // Otherwise an apostrophe.
            '’' if std::mem::take(&mut single) => '」',
            '～' | '／' if strict => NONSTARTER,
            '—' if strict && last != '—' && chars.peek() != Some(&'—') => NONSTARTER,
            c => c,
        });
        last = c;
    }
    Cow::Owned(out)
}

/// Whether a word or number in other characters than ideographs may begin with this one.
fn begins_word(c: char) -> bool {
    is_currency(c) || c.is_alphanumeric() && !is_ideograph(c)
}

/// Whether a character is part of words or numbers, except ideographs.
fn is_word(c: char) -> bool {
    let digits = is_digit(c);
    let sign = matches!(c, '¥' | '￥' | '€' | '£' | '％' | '‰' | '℃' | '°' | '±' | '–' | '−');
    let ascii = c.is_ascii_graphic() && !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"');
    digits || sign || ascii || !c.is_ascii() && u32::from(c) < 0x2e80 && c.is_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `|` at each opportunity.
    fn broken(text: &str, line_break: LineBreak) -> String {
        let opportunities = Opportunities::new(text, line_break);
        let mut out = String::new();
        for (at, c) in text.char_indices() {
            if at > 0 && opportunities.at(at) {
                out.push('|');
            }
            out.push(c);
        }
        out
    }

    fn check(lines: &[&str]) {
        for line in lines {
            assert_eq!(&broken(&line.replace('|', ""), LineBreak::Strict), line);
        }
    }

    #[test]
    fn prefixes_and_postfixes_join_only_numbers() {
        // LB25.
        check(&[
            "价，|¥12,800.00",
            "（价）|￥12800.00|起",
            "【会|员】|¥199.90/件",
            "今|日，|+86 |13800138000",
            "价。|$5",
        ]);
        check(&["满|100|减|20", "省|50%|起", "$(12.00)", "价|¥|（税|前）", "约-5℃", "No.1|热|卖", "第|№5|弹"]);
        check(&["高|±0.5%|内", "（含|税）|€12.50", "即|日|起|至|12/31|止", "价、|£9", "共|3.5kg|重"]);
    }

    #[test]
    fn numbers_stay_with_their_units_and_ranges() {
        check(&[
            "仅|需|89.9元|起",
            "满|3万元|减",
            "低|至|8.5折|起",
            "约|3–5天",
            "2026年|12月|19日|下|午|3时|30分|开|始",
            "第|12届|年|会",
            "日|期|待|定",
            "限|3～5人",
            "涨|50%–80%|了",
            "￥１２８|起",
            "每|箱|24瓶|装",
            "5天|7晚|游",
            "2大|2小|票",
            "约|3小时|30分钟|后",
            "3室|2厅|朝|南",
        ]);
        check(&["8:00–22:00", "2026-10-01|上|市", "满|300元|减|50元", "¥39/杯|起"]);
        check(&["满|300|立|减|-¥50元", "加|+¥9.9|换|购", "已|售|10万+件", "20：30|准|时", "租|金|3500元/月|起"]);
        check(&[
            "满|3千元|减",
            "净|重|500毫升|装",
            "10条|装",
            "只|要|9块9|包|邮",
            "约|100多元|起",
            "3人|团",
            "距|地|铁 |350 米",
        ]);
        check(&["3个|人", "2次|元|世|界", "12月|1日～|12月|31日", "8点30|开|始"]);
    }

    #[test]
    fn a_hyphen_after_punctuation_is_a_sign() {
        check(&["优|惠。|-¥50.00/人", "满|300-50|再|减，|-¥50.00", "品|牌，|-5折|起", "好|评。|-20℃|冷|冻"]);
        check(&["净|重）|-500g", "价|格。|−¥50.00/人", "温|度：|-5℃", "真|的？|-3件", "仅|需！|-¥9.9", "还|剩……|-5℃"]);
        check(&[
            "“好|评”|-5分",
            "减|免；|-$3.5",
            "全|场、|-20%",
            "优|惠!|-20%",
            "立|减,|-¥5",
            "会|员:|-8元",
            "满|减|-¥5",
        ]);
        check(&["会|员|日。|+86 |138", "优|惠,|100-200元|券", "电|话:|138-0013-8000", "(含|税)|99元"]);
        // Otherwise it is a hyphen, or not to be parted from a bracket.
        check(&["（-5℃）", "f(x)-5", "温|度-18℃", "第|1-3期、|第|4-6期", "A-5"]);
    }

    #[test]
    fn dates_break_after_the_hyphen_between_them() {
        check(&["2026年|11月|20日-|12月|31日", "3室|2厅-|4室|3厅", "12月|1日～|12月|31日"]);
        // Not numbers of one part.
        check(&["20日-25日", "3元-5元", "11-20至12-31|有|效", "2026/11/20至2026/12/31"]);
    }

    #[test]
    fn quotation_marks_are_brackets_among_ideographs() {
        // LB19a, CLREQ 3.1.2.
        check(&["他|们|在|说|“扫|码”|（限|时）|和”|《秋》", "说|“Pro”|款"]);
        check(&["“扫|码”|￥9", "🎁|“礼”", "好～|“秋”", "it’s |好", "‘一’|二"]);
        assert_eq!(broken("say “hello” now", LineBreak::Strict), "say |“hello” |now");
    }

    #[test]
    fn hyphens_follow_their_word() {
        // LB20a, LB21a, LB21.
        check(&["well-|known", "-abc |def", "3-5", "co\u{ad}|op", "a |– |b"]);
    }

    #[test]
    fn signs_stay_with_their_word() {
        check(&["学|C++和|C#、|F#", "会|用.NET|与|Node.js", "省|100%+", "C++17|新|特|性", "Disney+会|员", "a |+ |b"]);
    }

    #[test]
    fn strict_lines_do_not_begin_with_connectors() {
        check(&["达·|芬|奇", "北|京—|上|海", "好～|呀", "你|——|我", "红／|蓝"]);
        check(&["きゃ"]);
        assert_eq!(broken("达·芬", LineBreak::Normal), "达|·|芬");
        assert_eq!(broken("京—沪～", LineBreak::Normal), "京|—|沪|～");
        assert_eq!(broken("きゃー", LineBreak::Normal), "き|ゃ|ー");
    }

    #[test]
    fn lines_break_after_a_dot_among_ideographs_but_not_in_numbers() {
        // AI is ID in an East Asian context (LB1), otherwise AL (LB23, LB28).
        check(&["新|品·|2024", "华|为·|Mate", "会|员|价·|¥99", "3月·|15日", "Mate·|手|机"]);
        check(&["2024·05", "“3·15”|晚|会", "a·b", "x·2", "新|品·）"]);
        assert_eq!(broken("新品·2024", LineBreak::Normal), "新|品|·|2024");
    }

    #[test]
    fn brackets_and_stops_stay_with_their_text() {
        check(&["《红|楼|梦》|《西|游|记》：|（正|品），|「秋」。", "好！？", "时々々"]);
        check(&["👨‍👩‍👧|🇨🇳|👍🏽|1️⃣", "（促|销|价）|起", "a\u{a0}b |c", "一\u{2060}二"]);
    }

    #[test]
    fn parley_is_not_asked_about_line_ends() {
        let opportunities = Opportunities::new("一\n\n二三 a\n¥5", LineBreak::Strict);
        assert_eq!(opportunities.decisions("一\n\n二三 a\n¥5"), [true, false, true, false]);
    }

    #[test]
    fn words_and_numbers_are_found() {
        let text = "好（$12,800.00）Beautiful 3万元";
        let opportunities = Opportunities::new(text, LineBreak::Strict);
        let word = |inside: &str| {
            let at = text.find(inside).unwrap();
            &text[opportunities.word(text, at)]
        };
        assert_eq!(
            [word("800"), word("tiful"), word("元"), word("好"), word("Beau")],
            ["$12,800.00", "Beautiful", "3万元", "", ""]
        );
    }
}
