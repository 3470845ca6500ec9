//! Files of a template: JSON, handlebars, the schema of the parameters, sources of pictures.

use crate::error::Finding;

/// Whether a finding is about a list in the place of a text, whose hint is to iterate over it.
pub fn is_about_list(finding: &Finding) -> bool {
    finding.row().id == list_inserted::ID
}

crate::words! {
    error json_syntax as json_empty(): "the file is empty";
    error json_syntax as json_nested(maximum): "nested deeper than {maximum} levels";
    error json_syntax as json_full_width(character, ascii): "`{character}` is a full-width character",
        hint: "write `{ascii}`";
    error json_number(): "the number is out of range";
    error json_duplicate_key(name): "the key `{name}` occurs twice";

    message nested_too_deep(maximum): "nested deeper than {maximum} levels";
    message params_not_an_object(): "the schema of the parameters must have the type object",
        hint: "add \"type\": \"object\" next to \"properties\"";
    message schema_keyword_unknown(name): "JSON Schema has no keyword `{name}`";
    message schema_reference_outside(): "a reference must stay within the file",
        hint: "move the schema to \"$defs\" and refer to \"#/$defs/NAME\"";
    message schema_format_unknown(format): "unknown format {format}";
    message schema_format_color(): "for a colour, write \"pattern\": \"^#[0-9a-fA-F]{{6}}$\" in its place";
    message schema_mark_not_boolean(): "`x-check` must be true or false";
    message schema_mark_anchor(): "a schema with `x-check` can refer to other parts by JSON pointers only",
        hint: "refer to \"#/$defs/NAME\"";
    message schema_mark_not_text(): "only strings can be checked",
        hint: "set `x-check` on the strings within: in `items` or in `properties`";
    message layer_type_missing(types): "`type` is missing", hint: "one of {types}";
    message layer_type_unknown(value): "{value} is not a type of layer";
    message repeat_place(): "`repeat` and `as` belong to the children of a row or a column: put the layer into one";
    message write_number(number): "write {number}: lengths are numbers of px without a unit";
    message write_unquoted(number): "write {number}: numbers have no quotation marks";
    message write_weight(weight): "write {weight}: weights are numbers from 100 to 900";
    message write_value(value): "write {value}";
    message write_member(member, value): "write \"{member}\": {value}";
    message write_one_shadow(value): "a layer has one shadow: write {value}";
    message gradient_place(): "this is a single colour: draw the gradient in the artwork";
    message gradient_example(value): "a text has a linear gradient in this form: {value}";
    warning text_dollar as text_brace(shown, name): "`{shown}` is drawn as it is", hint: "write {{{{{name}}}}}";
    warning money_raw(name): "`{name}` is an amount in fen, and is drawn as such", hint: "write {{{{money {name}}}}}";
    warning text_dollar(name): "`${{{name}}}` is drawn as it is", hint: "write {{{{{name}}}}}";
    message child_place(): "the container places its children: set `width` and `height` if they need a size";

    error layout_missing as layout_file_missing(id, file): "the template `{id}` has no {file}",
        hint: "`haibao new NAME` creates a template to start from";
    error template_name(name): "{name} is not a valid name of a template",
        hint: "a name is 1 to 64 of a-z, 0-9 and -, and does not begin with -";
    error file_not_utf8(file): "{file} is not UTF-8", hint: "save it as UTF-8";
    error file_not_utf8 as file_utf16(file): "{file} is UTF-16", hint: "save it as UTF-8";
    error handlebars_refused as handlebars_literal(): "parameters cannot be used here";
    error canvas_too_large(pixels, maximum): "the canvas has {pixels} pixels, at most {maximum} are allowed";
    error canvas_height as canvas_fixed_height(name): "`{name}` requires an automatic height",
        hint: "set \"height\": \"auto\", or remove it";
    error canvas_height as canvas_min_height(): "`min_height` is greater than `max_height`";
    error canvas_transparent(): "the canvas must have an opaque background", hint: "write it as #rgb or #rrggbb";
    error layer_place as layer_without_place(): "the layer has neither `at` nor `box`",
        hint: "add \"at\": \"#id\" or \"box\": [x, y, width, height]";
    error layer_place as layer_slot_invalid(id): "`at` must be `#` followed by the id of an SVG element",
        hint: "write \"#{id}\"";
    error layer_place as layer_box_empty(): "the width and height of the box must be greater than 0",
        hint: "a box is [x, y, width, height]";
    error repeat_missing(): "`as` requires `repeat`", hint: "add \"repeat\": \"NAME OF A LIST\", or remove `as`";
    error repeat_name(name): "the name `{name}` is already in use", hint: "choose another one: \"as\": \"...\"";

    error asset_missing as source_empty(): "`src` is empty";
    message source_not_a_url(text): "{text} is not a URL";
    message source_scheme(text, scheme): "{text} has the unsupported scheme `{scheme}`",
        hint: "use http, https, data:, asset: or a file of the template's folder";
    message source_not_an_upload(text): "{text} is not an uploaded picture",
        hint: "write asset: and the 64 hexadecimal digits that the upload responded with";
    message source_outside_folder(path): "{path} leaves the template's folder",
        hint: "move the file into the folder and use its path from there";
    message source_not_a_file(path): "{path} is not a file of the template's folder",
        hint: "put the file into the folder, or use a URL that begins with https://";
    message write_scheme(text): "write https://{text}";

    error handlebars_refused as handlebars_nested(maximum): "handlebars nested deeper than {maximum} levels";
    error handlebars_refused as handlebars_tags(maximum): "more than {maximum} handlebars tags in one string";
    error handlebars_syntax(): "invalid handlebars";
    error handlebars_syntax as handlebars_mismatch(opened, closed): "{{{{#{opened}}}}} is closed by {{{{/{closed}}}}}";
    error handlebars_syntax as handlebars_value(text): "`{text}` is not a value";
    message handlebars_forms():
        "write {{{{name}}}}, {{{{helper name}}}} or {{{{#if name}}}}...{{{{else}}}}...{{{{/if}}}}; a literal {{{{ is written \\{{{{";
    error handlebars_refused as handlebars_unescaped(): "values must be escaped here",
        hint: "use two braces: {{{{name}}}}";
    error handlebars_refused as handlebars_decorator(): "decorators are not supported";
    error handlebars_refused as handlebars_partial(): "partials are not supported";
    error handlebars_refused as handlebars_form(): "this handlebars syntax is not supported";
    error handlebars_refused as list_inserted(name): "`{name}` is a list, not text",
        hint: "iterate over it with {{{{#each {name}}}}}...{{{{/each}}}}, or `repeat` the layer";
    error handlebars_refused as object_inserted(name): "`{name}` is an object, not text",
        hint: "use one of its members";
    error handlebars_refused as each_nested(maximum): "`each` blocks nested deeper than {maximum} levels";
    error helper_unknown(name): "unknown helper `{name}`";
    error helper_arguments as helper_without_arguments(name): "the helper `{name}` has no arguments",
        hint: "pass a value: {{{{{name} value}}}}; for a parameter of this name: {{{{this.{name}}}}}";
    error helper_arguments as helper_is_block(name): "`{name}` must be written as {{{{#{name} ...}}}}...{{{{/{name}}}}}";
    error helper_arguments as helper_is_inline(name): "`{name}` must be written as {{{{{name} ...}}}}";
    error helper_arguments as helper_argument_count(name, takes, given):
        "`{name}` takes {takes} argument(s), got {given}";
    error helper_arguments as helper_option(name, option): "`{name}` has no option `{option}`";
    error helper_arguments as date_pattern_invalid(reason): "date: {reason}",
        hint: "write other text outside of the tag: {{{{date day \"M月\"}}}} May";
    error name_unknown as repeat_not_a_list(path, type_name): "`{path}` has the type {type_name}, not array",
        hint: "`repeat` must name a parameter of the type array";
    error name_unknown as variable_unknown(name): "unknown variable `{name}`",
        hint: "@index, @key, @first and @last exist within {{{{#each}}}}";
    error name_unknown as name_above_root(name): "`{name}` leads above the parameters";
    error name_unknown as param_undeclared(name): "no parameter `{name}` is declared";
    error name_unknown as member_of_list(name): "a list has no member `{name}`",
        hint: "iterate over it with {{{{#each list}}}}";
    error name_unknown as member_of_scalar(name, type_name): "a value of the type {type_name} has no member `{name}`";

    message value_missing(path): "`{path}` has no value";
    message expansion_steps(maximum): "its lists take more than {maximum} steps";
    message expansion_too_long(maximum): "longer than {maximum} bytes";
    message expansion_other(said): "{said}";
    message helper_rejects(name, reason): "{name}: {reason}";
    message helper_arity(takes): "takes {takes} argument(s)";
    message expected_list_or_object(value): "expected a list or an object, got {value}";
    message expected_text(value): "expected text, got {value}";
    message expected_count(value): "expected a number of characters up to 1000, got {value}";
    message expected_fen(value): "expected an integer number of fen, got {value}";
    message expected_money_unit(value): "expected the unit 万 or 亿, got {value}";
    message expected_integer(value): "expected an integer, got {value}";
    message expected_date_pattern(value): "expected a pattern, got {value}";
    message expected_date(value): "expected a date such as 2026-11-21T18:30, got {value}";
    message date_pattern(letters): "`{letters}` is not a part of a date: supported are YYYY MM M DD D HH H mm ss ddd";
}
