//! Parts of sentences, and hints that several findings share.

crate::words! {
    message did_you_mean(name): "did you mean `{name}`?";
    message known_here(names): "known here: {names}";
    message value_number(number): "number {number}";
    message value_string(text): "string {text}";
    message value_array(): "an array";
    message value_object(): "an object";
    message not_a_color(text): "{text} is not a colour; write #rgb, #rrggbb or #rrggbbaa";
    message not_a_position(text):
        "{text} is not a position; write, for example, \"top\", \"left center\", \"30% 70%\" or \"attention\"";
    message not_a_feature(text): "{text} is not an OpenType feature; write tnum, or liga=0 to turn one off";
    message not_an_env_version(text): "{text} is none of release, trial, develop";
    message expected_got(expected, value): "expected {expected}, got {value}";
    message something_else(): "something else";
    message comma(first, second): "{first}, {second}";
    message or(first, last): "{first} or {last}";
}
