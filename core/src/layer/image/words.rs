//! Findings of picture layers.

crate::words! {
    error child_size as image_size(): "an image in a container needs a size",
        hint: "add `width` and `height`, or one of them and `aspect_ratio`";
    error fallback_missing(): "`on_error` is \"fallback\", but `fallback` is missing",
        hint: "add \"fallback\": \"assets/FILE\"";
    error mask_invalid(id): "`mask` must be `#` followed by the id of an SVG element", hint: "write \"#{id}\"";
    error mask_box(name): "`{name}` applies to the box, but `mask` replaces the box",
        hint: "keep one of the two; draw edges and shadows of the shape in the artwork";
    error asset_missing(name): "the template has no file {name}";
}
