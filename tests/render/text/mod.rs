//! Layout of paragraphs, without pictures.

mod balance;
mod chinese;
mod chromium;
mod generated;
mod glyphs;
mod lines;
mod marks;
mod ranges;

use haibao_core::{
    style::{Color, LineBreak, TextAlign, TextBox, TextDecoration, TextOverflow, TextWrap, VerticalAlign, WritingMode},
    text::{Fill, Paragraph, StyledSpan, StyledText, fit},
};

use crate::kit;

fn style(text: &str, size: f32, max_lines: Option<u16>, overflow: TextOverflow) -> StyledText {
    StyledText {
        spans: vec![span(text, size)],
        font_size: size,
        min_font_size: size / 2.0,
        stroke: None,
        text_shadow: None,
        writing_mode: WritingMode::HorizontalTb,
        text_align: TextAlign::Left,
        vertical_align: VerticalAlign::Top,
        text_box: TextBox::Line,
        line_height: size * 1.4,
        max_lines,
        line_break: LineBreak::Strict,
        text_wrap: TextWrap::Auto,
        text_overflow: overflow,
        opacity: 1.0,
    }
}

fn span(text: &str, size: f32) -> StyledSpan {
    StyledSpan {
        pointer: "/layers/0".to_owned(),
        text: text.to_owned(),
        font_families: Vec::new(),
        font_size: size,
        font_weight: 400,
        font_features: Vec::new(),
        fill: Fill::Color(Color::BLACK),
        letter_spacing: 0.0,
        text_decoration: TextDecoration::None,
    }
}

fn lay(style: &StyledText, width: f32, height: f32) -> Paragraph {
    let fonts = kit::fonts();
    fonts.with_shaper(|shaper| fit(&fonts, shaper, style, width, height))
}

fn lines(paragraph: &Paragraph) -> Vec<&str> {
    paragraph.lines.iter().map(|line| &paragraph.text[line.range.clone()]).collect()
}
