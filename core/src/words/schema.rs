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
    message schema_inexact(value): "{value} needs more than 64 bits, so its last digits are lost",
        hint: "send it as a string, and give the parameter the type string";
    message schema_multiple(value, step): "{value} is not a multiple of {step}";
    message schema_max_length(length, maximum): "{length} [character|characters], at most {maximum} [is|are] allowed";
    message schema_min_length(length, minimum): "{length} [character|characters], at least {minimum} [is|are] needed";
    message schema_max_items(count, maximum): "{count} [element|elements], at most {maximum} [is|are] allowed";
    message schema_min_items(count, minimum): "{count} [element|elements], at least {minimum} [is|are] needed";
    message schema_max_members(count, maximum): "{count} [member|members], at most {maximum} [is|are] allowed";
    message schema_min_members(count, minimum): "{count} [member|members], at least {minimum} [is|are] needed";
    message schema_equal_elements(first, second): "elements {first} and {second} are equal";
    message schema_custom(requirement, value): "{requirement}, got {value}";
    message schema_form(value): "{value} does not have the expected form";
    message form_example(example): "write it like {example}";
    message form_pattern(pattern): "the form as a regular expression: {pattern}";
    message form_half_width(text): "write it without full-width characters: {text}";
    message form_one(kinds): "one character ({kinds})";
    message form_exactly(count, kinds): "{count} [character|characters] ({kinds})";
    message form_up_to(most, kinds): "at most {most} [character|characters] ({kinds})";
    message form_between(least, most, kinds): "{least} to {most} characters ({kinds})";
    message form_from(least, kinds): "at least {least} [character|characters] ({kinds})";
    message form_of(kinds): "characters of these kinds: {kinds}";
    message kind_letters(): "letters";
    message kind_upper(): "capital letters";
    message kind_lower(): "small letters";
    message kind_digits(): "digits";
    message kind_space(): "spaces";
    message kind_range(first, last): "{first} to {last}";
    message value_labelled(value, label): "{value} ({label})";
    message value_not_given(): "no value is given";
    message schema_regex(value, reason): "{value} is not a valid pattern: {reason}",
        hint: "the syntax is described at https://docs.rs/regex/latest/regex/#syntax";
    message schema_name(name): "`{name}` is not an allowed name";
    message schema_several_forms(value): "{value} matches more than one of the allowed forms";
    message schema_no_form(value): "{value} matches none of the allowed forms";
    message schema_not(value): "{value} is excluded by the schema's `not`";
    message schema_compile(reason): "{reason}";
    message schema_labels_form(): "`x-labels` must be an object of texts, or of lists of texts",
        hint: "write \"x-labels\": {{ \"spring\": \"春节\" }}";
    message schema_label_unknown(value): "{value} in `x-labels` is none of the allowed values",
        hint: "name the values of `enum`";
    message schema_unit_form(): "`x-unit` must name a parameter beside the amount, or list the units that the template draws",
        hint: "write \"x-unit\": \"unit\" or \"x-unit\": [\"/人\"]";
    message schema_other(reason): "{reason}";
    message schema_money_type(): "an amount of money must have the type integer",
        hint: "the value is in fen; strings such as \"¥12.50\" are converted";
}
