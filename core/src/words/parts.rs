//! Parts of sentences, and hints that several findings share.

crate::words! {
    message did_you_mean(name): "did you mean `{name}`?";
    message known_here(names): "known here: {names}";
    message value_number(number): "number {number}";
    message value_string(text): "string {text}";
    message value_array(): "an array";
    message value_object(): "an object";
    message expected_got(expected, value): "expected {expected}, got {value}";
    message something_else(): "something else";
    message comma(first, second): "{first}, {second}";
    message or(first, last): "{first} or {last}";
}
