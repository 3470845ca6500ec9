//! What values of layout.json must be. The `errorMessage` of its JSON Schema is the id of a row; [`crate::template::schema`]
//! writes the sentence.

use crate::error::Message;

crate::words! {
    message requirement_feature(): "expected an OpenType feature such as tnum or liga=0";
    message requirement_color(): "expected a colour as #rgb, #rgba, #rrggbb or #rrggbbaa";
    message requirement_radius():
        "expected px from 0 up, \"50%\", or four px (top left, top right, bottom right, bottom left)";
    message requirement_position(): "expected a position such as \"top\", \"left center\", \"30% 70%\" or \"attention\"";
    message requirement_list(): "expected the name of a list, such as items or item.tags";
    message requirement_name(): "expected a name of letters, digits and _";
    message requirement_length(): "expected px from 0 up, a part such as \"50%\", or \"auto\"";
    message requirement_height(): "expected px or \"auto\"";
    message requirement_sides():
        "expected a number, [vertical, horizontal], or [top, right, bottom, left], each 0 to 10000 px";
    message requirement_margins():
        "expected a number, [vertical, horizontal], or [top, right, bottom, left], each -10000 to 10000 px";
    message requirement_line_color(): "expected auto, or a colour as #rgb or #rrggbb";
}

const ALL: [fn() -> Message; 11] = [
    requirement_feature,
    requirement_color,
    requirement_radius,
    requirement_position,
    requirement_list,
    requirement_name,
    requirement_length,
    requirement_height,
    requirement_sides,
    requirement_margins,
    requirement_line_color,
];

/// The sentence of a row, by its id. What a template's own schema says is the same in every language.
pub(crate) fn requirement(text: &str) -> Message {
    let found = ALL.into_iter().map(|requirement| requirement()).find(|message| message.row().id == text);
    found.unwrap_or_else(|| Message::verbatim(text))
}
