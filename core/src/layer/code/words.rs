//! Findings of code layers.

crate::words! {
    error repeat_code(): "a code cannot be repeated: a poster has one code",
        hint: "move it out of the repeated layer";
    error child_size as code_size(): "a code in a container needs a size", hint: "add `width`";
    error plate_padding(padding): "a padding of {padding} px leaves no space for the code";
    error code_differs(name, first): "all code layers show the same code, but `{name}` differs from layer {first}";
    error code_unused(): "the template does not draw a code that could be requested", hint: "remove `code`";
    error code_missing(): "the template draws a mini-program code, but its target is missing",
        hint: "add \"code\": {{\"page\": \"pages/...\", \"scene\": {{\"id\": \"{{{{id}}}}\"}}}} to layout.json, or \"code\" to the \
               request";
    error color_invalid as code_color_transparent(color): "the code's colour {color} must be opaque",
        hint: "write it as #rgb or #rrggbb";
    error qr_text_missing(): "the text of the QR code is missing", hint: "add \"text\": \"https://...\" to `code`";
    error scene_missing(): "the scene of the code is missing", hint: "add \"scene\": {{\"id\": \"...\"}} to `code`";
    error center_size(size, maximum):
        "a centre of {size} of the code's side covers more of a QR code than error correction repairs",
        hint: "set `size` to at most {maximum}";
    warning code_enlarged(drawn, width, maximum): "the code is drawn with {drawn} px, but its picture has {width} px",
        hint: "WeChat draws at most {maximum} px: reduce the layer or the scale";
}
