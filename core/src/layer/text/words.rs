//! Findings of text layers.

crate::words! {
    error text_missing(): "the layer has neither `text` nor `spans`",
        hint: "add \"text\": \"...\" or \"spans\": [{{ \"text\": \"...\" }}]";
    error text_twice(): "the layer has both `text` and `spans`", hint: "keep one of them";
    error font_size_range(minimum): "`min_font_size` is {minimum} px, greater than `font_size`";
    error gradient_order(): "the positions of a gradient's stops must ascend";
    error text_too_long(maximum): "more than {maximum} characters of text",
        hint: "set a smaller \"maxLength\" for texts or \"maxItems\" for lists";
    warning font_unknown(family, known): "unknown font family {family}",
        hint: "use one of {known}, or add its file to the fonts folder";
}
