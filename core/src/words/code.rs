//! Requests for codes.

crate::words! {
    error page_slash(page, rest): "the page {page} must not begin with /", hint: "write {rest}";
    error page_query(page): "the page {page} must not have a query", hint: "pass the data in the scene";
    error page_reserved(page, name): "the page {page} must not contain {name}", hint: "WeChat reserves this name";
    error page_character(page): "the page {page} must not contain spaces",
        hint: "write it as in app.json, such as \"pages/index/index\"";
    error path_empty(): "the path is empty", hint: "write it with its query: \"pages/detail/detail?id=1\"";
    error path_too_long(length, maximum): "the path has {length} characters, at most {maximum} are allowed",
        hint: "pass a short id, and let the page look up the rest";
    error path_reserved(path, name): "the path {path} must not contain {name}", hint: "WeChat reserves this name";
    error path_character(path): "the path {path} must not contain spaces",
        hint: "encode the values of the query with encodeURIComponent";
    error field_missing as code_scene_missing(): "`scene` is missing",
        hint: "set the data that the page needs, such as \"id=123\"";
    error field_missing as code_text_missing(): "`text` is missing", hint: "set the content of the code, such as a URL";
    error width_invalid(width, minimum, maximum): "the width is {width} px, {minimum} to {maximum} are allowed";
    error color_invalid as line_color_transparent(color): "the colour {color} must be opaque",
        hint: "write it as #rgb or #rrggbb";
    error qr_too_long as qr_capacity(bytes, maximum): "{bytes} bytes do not fit into a QR code, which has at most {maximum}",
        hint: "shorten the link, or ask for a greater width (at most 1280 px)";
    error qr_too_long as qr_needs_width(bytes, width): "{bytes} bytes need a QR code of at least {width} px",
        hint: "shorten the link, or ask for a greater width (at most 1280 px)";
    error field_unused(kind, field): "a code of the kind {kind} has no `{field}`";
    message fields_of_unlimited(): "it takes `page` and `scene`; limited and square codes take a `path`";
    message fields_of_limited(): "it takes a `path` with its query; unlimited codes take `page` and `scene`";
    message fields_of_square(): "it takes a `path` with its query; its only style is the width";
    message fields_of_qr(): "it takes a `text`; it does not open a mini-program";
    message code_undecodable(format, reason): "answered a {format} that cannot be decoded: {reason}";
    message code_damaged(): "its data is damaged";
    message code_large(maximum): "it has more than {maximum} px per side";
    message code_is_json(): "answered JSON without an errcode where a picture was asked for";
    message code_no_picture(bytes): "answered {bytes} bytes that are no picture";
    message code_cut_off(format, bytes): "answered a {format} that is cut off after {bytes} bytes";
    message code_not_square(width, height): "answered a picture of {width} x {height} px, which is no code";
    message code_too_small(width, asked): "answered a picture that is {width} px wide instead of {asked}";
    message code_blank(): "answered a blank picture";
    message code_without_eyes(): "answered a picture that is no code: it lacks the three large marks in the corners";
    message code_other_kind(kind): "answered a code of another kind than {kind}";
}
