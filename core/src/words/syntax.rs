//! Syntax errors of JSON and of regular expressions. The texts of the parsers are English.

crate::words! {
    error json_syntax as syntax_trailing_comma(): "trailing commas are not allowed", hint: "remove the comma";
    error json_syntax as syntax_comma(): "a comma is missing after this value", hint: "separate values with commas";
    error json_syntax as syntax_colon(): "a colon is missing after the name", hint: "write \"name\": value";
    error json_syntax as syntax_value(): "a value is missing after the colon", hint: "write \"name\": value";
    error json_syntax as syntax_key(): "the name of a member must be in double quotes", hint: "write \"name\": value";
    error json_syntax as syntax_single_quotes(): "single-quoted strings are not allowed", hint: "use double quotes";
    error json_syntax as syntax_number(): "the number is incomplete", hint: "write it as in 0.5, -3 or 1e6";
    error json_syntax as syntax_number_form(): "JSON has no numbers of this form", hint: "write it as in 0.5, -3 or 1e6";
    error json_syntax as syntax_several(): "the file has more than one value", hint: "put everything into one object";
    error json_syntax as syntax_unexpected(sign): "`{sign}` is not expected here",
        hint: "check the brackets, commas and quotation marks before it";
    error json_syntax as syntax_member(): "expected the name of a member in double quotes, or `}}`",
        hint: "check the brackets, commas and quotation marks before it";
    error json_syntax as syntax_word(): "this is not a JSON value",
        hint: "write text in double quotes; the only words without are true, false and null";
    error json_syntax as syntax_open(sign): "`{sign}` is not closed", hint: "add the closing bracket";
    error json_syntax as syntax_comment(): "the comment is not closed", hint: "end it with */";
    error json_syntax as syntax_string(): "the string is not closed",
        hint: "end it with a double quote on the same line; a line break in it is written \\n";
    error json_syntax as syntax_escape(): "the string has an invalid escape",
        hint: "escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits";
    error json_syntax as syntax_other(): "this is not JSON";

    // The parser of values whose objects have each member once.
    message json_eof(end): "it ends before `{end}`";
    message json_utf16(): "the text is UTF-16; save it as UTF-8";
    message json_eof_value(): "it ends where a value is expected";
    message json_expected(sign): "expected {sign}";
    message json_expected_or(one, other): "expected {one} or {other}";
    message json_expected_value(): "expected a value";
    message json_key(): "a name must be in double quotes";
    message json_trailing_comma(): "a comma has nothing after it";
    message json_trailing(): "something follows the value";
    message json_unicode(): "it is not UTF-8";
    message json_escape(): "a text has an invalid escape sequence";
    message json_number_invalid(): "the number is invalid or too large";
    message json_deep(): "it is nested too deeply";
    message json_control(): "a text has a line break or another control character";
    message full_width(line, column, character, ascii):
        "line {line}, column {column} has the full-width {character}: write {ascii}";

    message regex_group_open(): "a group is not closed: `)` is missing";
    message regex_group_closed(): "`)` closes no group; a literal one is written `\\)`";
    message regex_group_name(): "the name of a group is invalid or occurs twice";
    message regex_class(): "a character class is not closed: `]` is missing";
    message regex_class_range(): "a character class has an invalid range; its start must not be after its end";
    message regex_repetition(): "`*`, `+`, `?` or `{{` has nothing to repeat; a literal one is written with `\\` before it";
    message regex_count(): "a count of repetitions is invalid; write it as `{{2}}`, `{{2,}}` or `{{2,5}}`";
    message regex_escape(): "an escape sequence is invalid; a literal `\\` is written `\\\\`";
    message regex_flag(): "a flag is invalid; flags are `i`, `m`, `s`, `R`, `U`, `u` and `x`";
    message regex_property(): "a Unicode property is not known";
    message regex_around(): "look-ahead and look-behind are not supported";
    message regex_backreference(): "backreferences are not supported";
    message regex_large(): "it is too long or nested too deep";
    message regex_other(): "its syntax is wrong";
}
