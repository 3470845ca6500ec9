//! Planning of a poster, and sizes of what is drawn.

crate::words! {
    error scale_invalid(scale): "the scale is {scale}, 1 to 3 are allowed";
    error scale_too_large(pixels, maximum): "the poster would have {pixels} pixels, at most {maximum} are allowed",
        hint: "use a smaller scale";
    warning canvas_overflow(needed, maximum): "the layers need a canvas of {needed} px, but `max_height` is {maximum}",
        hint: "increase `max_height`, or allow fewer or shorter texts";
    error slot_unmeasured(id): "the box of `{id}` is unknown, because the artwork uses parameters and there is no sample",
        hint: "add samples/usual.json to the template";
    error repeat_too_many(count, maximum): "{count} elements, at most {maximum} can be drawn",
        hint: "set \"maxItems\" of the parameter to at most {maximum}";
    error value_invalid as repeat_value(path): "`{path}` is not a list";
    error layers_too_many(maximum): "more than {maximum} layers in containers",
        hint: "set a smaller \"maxItems\" for lists";
    error layers_too_many as conditions_too_many(maximum):
        "more than {maximum} copies of layers in containers, including hidden ones",
        hint: "set a smaller \"maxItems\" for lists";
    warning layer_empty(): "the container has no space left for the layer, which is not drawn",
        hint: "set its size, or `shrink` of its neighbours";
    warning flow_overflow as flow_too_wide(needed, width):
        "the container's content is {needed} px wide, the container {width} px",
        hint: "enlarge it, set `wrap`, or set `shrink` or fewer `max_lines` for a text";
    warning flow_overflow as flow_too_high(needed, height):
        "the container's content is {needed} px high, the container {height} px",
        hint: "enlarge it, set `wrap`, or set `shrink` or fewer `max_lines` for a text";
    error canvas_size(width, height): "no canvas has {width}x{height} px";
    message part_box(): "box";
    message part_shadow(): "shadow";
    error box_size(part, width, height): "a layer's {part} has {width}x{height} px, far more than the canvas",
        hint: "make the {part} smaller than four canvases a side";
}
