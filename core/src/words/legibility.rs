//! Legibility of codes in a finished poster. The severities are set by limits.

crate::words! {
    error code_contrast as code_invisible(): "the code has no visible dark modules",
        hint: "set another line_color, or add a plate";
    error code_small(side, minimum): "the code is {side} px wide, at least {minimum} are needed to tell its rays apart",
        hint: "enlarge its box, or increase the scale";
    error code_small as code_modules_small(side, minimum):
        "the code's modules are {side} px wide, at least {minimum} are needed",
        hint: "enlarge its box, increase the scale, or shorten its content";
    error code_inverted(): "the code is lighter than its background; scanners expect dark on light",
        hint: "set a dark line_color, or add a light plate";
    error code_contrast(contrast, minimum): "the code's contrast is {contrast}:1, at least {minimum}:1 is needed",
        hint: "choose a darker line_color, or add a light plate";
    message code_drawn_over(): "something is drawn over the code: move it, or draw the code above it";
    error code_covered(percent): "{percent} % of the code is covered",
        hint: "move what covers it, or draw the code above it";
    error code_covered as code_dark_covered(part, percent):
        "the code is covered in its {part}: {percent} % of the dark modules there",
        hint: "move what covers it, or draw the code above it";
    error code_covered as code_light_covered(part, percent):
        "the code is covered in its {part}: {percent} % of the light modules there",
        hint: "move what covers it, or draw the code above it";
    error code_quiet_zone(percent): "{percent} % of the quiet zone around the code is disturbed",
        hint: "keep a light margin around it, or add a plate with padding";
    error code_unreadable as qr_unreadable(): "the QR code in the finished poster cannot be decoded",
        hint: "enlarge its box, or increase the scale";
    error code_unreadable as qr_other_content(): "the QR code in the finished poster has other content",
        hint: "enlarge its box, or increase the scale";
    message code_other_findings(): "see the code's other findings; a plate with padding helps most";
    error code_small as barcode_low(height, minimum):
        "the barcode's bars are {height} px high, at least {minimum} are needed",
        hint: "make its box higher or narrower";
    error code_contrast as barcode_invisible(): "the barcode has no visible bars",
        hint: "set a dark, opaque `color`, and keep its box on the canvas";
    message barcode_colors(): "set a dark, opaque `color` on a light background";
    error code_contrast as barcode_red_contrast(contrast):
        "the barcode's contrast is {contrast}:1 in the red light of many scanners",
        hint: "choose black, dark blue or dark green bars on a white, red or yellow background";
    message barcode_quiet_zone(): "keep its box free at the left and right of the bars, or set a light background";
    error code_unreadable as barcode_other_content(found, found_format, expected, format):
        "the barcode in the finished poster encodes {found} in {found_format}, expected {expected} in {format}",
        hint: "enlarge its box, or increase the scale";
    error code_unreadable as barcode_partly_readable(format, value, percent):
        "the {format} barcode {value} in the finished poster can be read on {percent} % of its height only",
        hint: "enlarge its box, or increase the scale";
    error code_unreadable as barcode_unreadable(format, value):
        "the {format} barcode {value} in the finished poster cannot be read",
        hint: "enlarge its box, or increase the scale";
    warning text_small(size, minimum): "the text is {size} px large; below {minimum} px it is hard to read on a phone",
        hint: "set a larger `font_size`";
    warning text_small as text_shrunk(from, size): "the text is shrunk from {from} to {size} px, and is hard to read",
        hint: "give it a wider box or more lines; a larger `min_font_size`, or `ellipsis` as `text_overflow`, cuts it instead";
    message barcode_other_findings(): "see the code's other findings";

    message part_upper_left(): "upper left part";
    message part_upper(): "upper part";
    message part_upper_right(): "upper right part";
    message part_left(): "left part";
    message part_middle(): "middle";
    message part_right(): "right part";
    message part_lower_left(): "lower left part";
    message part_lower(): "lower part";
    message part_lower_right(): "lower right part";
}
