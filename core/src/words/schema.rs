//! Violations of a JSON Schema, in parameters and in layout.json. Their codes depend on which of the two it is.

crate::words! {
    message param_named(title, reason): "{title}: {reason}";
    message param_in_fen(title, reason): "{title} (in fen): {reason}";
    message type_string(): "string";
    message type_integer(): "integer";
    message type_number(): "number";
    message type_boolean(): "boolean";
    message type_array(): "array";
    message type_object(): "object";
    message schema_unknown(name): "`{name}` is not known here";
    message schema_unknown_element(): "no further element is allowed";
    message schema_missing(name): "`{name}` is missing";
    message schema_maximum(value, maximum): "{value} is greater than the maximum of {maximum}";
    message schema_minimum(value, minimum): "{value} is less than the minimum of {minimum}";
    message schema_exclusive_maximum(value, bound): "{value} is not less than {bound}";
    message schema_exclusive_minimum(value, bound): "{value} is not greater than {bound}";
    message schema_multiple(value, step): "{value} is not a multiple of {step}";
    message schema_max_length(length, maximum): "{length} characters, at most {maximum} are allowed";
    message schema_min_length(length, minimum): "{length} characters, at least {minimum} are needed";
    message schema_max_items(count, maximum): "{count} elements, at most {maximum} are allowed";
    message schema_min_items(count, minimum): "{count} elements, at least {minimum} are needed";
    message schema_max_members(count, maximum): "{count} members, at most {maximum} are allowed";
    message schema_min_members(count, minimum): "{count} members, at least {minimum} are needed";
    message schema_equal_elements(first, second): "elements {first} and {second} are equal";
    message schema_custom(requirement, value): "{requirement}, got {value}";
    message schema_pattern(value, pattern): "{value} does not match the pattern {pattern}";
    message schema_regex(value, reason): "{value} is not a valid pattern: {reason}",
        hint: "the syntax is described at https://docs.rs/regex/latest/regex/#syntax";
    message schema_name(name): "`{name}` is not an allowed name";
    message schema_several_forms(value): "{value} matches more than one of the allowed forms";
    message schema_no_form(value): "{value} matches none of the allowed forms";
    message schema_not(value): "{value} is excluded by the schema's `not`";
    message schema_compile(reason): "{reason}";
    message schema_other(reason): "{reason}";
    message schema_money_type(): "an amount of money must have the type integer",
        hint: "the value is in fen; strings such as \"¥12.50\" are converted";
}
