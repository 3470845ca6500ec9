//! Values and boxes of barcodes.

crate::words! {
    error barcode_narrow(modules, width):
        "the barcode has {modules} modules with its quiet zones, but its box is {width} px wide: at least {modules} px are \
         needed, and 3 px per module to scan well",
        hint: "make its box wider, increase the scale, or encode a shorter value";
    error barcode_low as barcode_no_bars(height, text):
        "a box of {height} px leaves no space for bars above text of {text} px",
        hint: "make its box higher, or its font_size smaller";
    error barcode_empty(): "the barcode has no value", hint: "set at least one character, or hide the layer with `when`";
    error barcode_character as code128_character(position, character, code_point):
        "character {position} of the barcode, {character} ({code_point}), is not one of the 128 ASCII characters of Code 128",
        hint: "use unaccented letters, half-width digits and ASCII punctuation, or draw a QR code instead";
    error barcode_length as code128_length(length, maximum):
        "the barcode has {length} characters, at most {maximum} are allowed",
        hint: "encode a shorter number, or draw a QR code instead";
    error barcode_character as ean13_character(position, character):
        "character {position} of the EAN-13 number, {character}, is not a digit",
        hint: "write half-width digits only, without spaces and hyphens, or use the format code128";
    error barcode_check_digit(number, digit, expected): "the check digit of {number} is {digit}, expected {expected}",
        hint: "correct the number, or omit its last digit: the check digit of 12 digits is added";
    error barcode_length as ean13_length(number, length): "an EAN-13 number has 12 or 13 digits, {number} has {length}";
    message ean13_empty(): "set a number, or hide the layer with `when`";
    message ean13_eight(): "EAN-8 is not supported: use the format code128 for a number of your own";
    message ean13_fourteen(): "a GTIN-14 that begins with 0 is written without the 0; others need the format code128";
    message ean13_own_numbers(): "numbers of your own, such as those of members, need the format code128";
}
