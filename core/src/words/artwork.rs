//! The artwork of a template, and its slots.

crate::words! {
    error artwork_syntax(reason): "{reason}";
    message xml_close(expected, found): "expected </{expected}>, got </{found}>";
    message xml_namespace(prefix): "the namespace prefix `{prefix}` is not declared";
    message xml_entity(name): "the entity `{name}` is not declared",
        hint: "write the character itself; a literal & is written &amp;";
    message xml_ampersand(): "`&` must be followed by the name of an entity and `;`", hint: "write &amp; for a literal &";
    message xml_attribute_twice(name): "the attribute `{name}` occurs twice";
    message xml_no_root(): "there is no element";
    message xml_unclosed(): "the root element is not closed";
    message xml_ended(): "it ends too early";
    message xml_name(): "a name is invalid", hint: "in text and in values, write &lt; for a literal <";
    message xml_value(): "the value of an attribute is invalid", hint: "write &lt; for a literal <";
    message xml_character(character): "the character {character} is not allowed";
    message xml_quote(found): "the value of an attribute must be in quotes, got `{found}`";
    message xml_space(found): "a space is missing before `{found}`";
    message xml_expected(expected, found): "expected `{expected}`, got `{found}`";
    message xml_limit(): "there are too many elements, attributes or namespaces";
    message xml_other(): "it is not well-formed XML";
    message svg_size(): "its width, height or viewBox is invalid";
    error artwork_syntax as artwork_nested(maximum): "nested deeper than {maximum} levels";
    error artwork_dtd(): "a DOCTYPE must not refer to other files",
        hint: "remove the DOCTYPE, or declare each entity with its text: <!ENTITY name \"text\">";
    error artwork_dtd as artwork_dtd_handlebars(): "a DOCTYPE must not use parameters",
        hint: "use them in elements and attributes";
    error handlebars_refused as parameter_in_tag(): "a parameter cannot name an element or an attribute",
        hint: "write it into the value of an attribute, in quotes: fill=\"{{{{name}}}}\"; choose between tags with {{{{#if}}}}";
    error handlebars_refused as parameter_in_namespace(): "a parameter cannot set a namespace",
        hint: "write the namespace itself";
    error handlebars_refused as parameter_in_reference(): "a parameter cannot name an entity",
        hint: "insert the text itself: {{{{name}}}}, without & and ;";
    error handlebars_refused as parameter_in_instruction(): "a processing instruction must not use parameters",
        hint: "use them in elements and attributes";
    error handlebars_refused as parameter_in_style():
        "in a <style>, a parameter must be the value of a declaration, or a part of it",
        hint: "write it after the colon: .a {{ fill: {{{{name}}}} }}, or choose between rules with {{{{#if}}}}";
    error handlebars_refused as parameter_block():
        "the branches of this block end in different places: between tags, in a tag, in a value or in a comment",
        hint: "begin and end each tag, value and comment within the block";
    message value_leaves_declaration(value, sign): "{value} has {sign}, and would be more than the value of a declaration in a style",
        hint: "pass a single CSS value, such as a colour or a length";
    message value_of_parameter(reason, name): "{reason}; the value is that of the parameter {name}";
    message value_of_parameters(reason, names): "{reason}; the value has the parameters {names}";
    message pass_another_value(): "pass another value, or let the schema refuse such values with \"enum\" or \"pattern\"";
    message value_of_sample(reason, file): "{reason} (with {file})";
    message value_of_schema(reason): "{reason} (a value that its schema allows)";
    error artwork_dtd as artwork_dtd_expands(maximum): "the entities of the DOCTYPE expand to more than {maximum} bytes",
        hint: "remove the DOCTYPE, and write the text of the entities where they are used";
    error artwork_not_svg as artwork_root(name): "expected <svg>, got <{name}>";
    error artwork_not_svg as artwork_namespace(namespace): "<svg> is not in the SVG namespace",
        hint: "add xmlns=\"{namespace}\"";
    error artwork_reference as use_circular(target): "<use> draws `{target}`, which contains this <use>",
        hint: "refer to an element that does not contain the <use>, directly or through other <use> elements";
    error artwork_reference as href_outside(target): "{target} is outside of the artwork",
        hint: "a reference must stay within the file: \"#id\"";
    error artwork_reference as url_outside(target): "{target} is outside of the artwork",
        hint: "a reference must stay within the file: url(#id)";
    error artwork_reference as picture_by_parameter(): "a parameter cannot set a picture of the artwork",
        hint: "use an image layer with this element as its slot";
    error artwork_reference as picture_is_svg(): "an SVG as a picture of the artwork is not supported",
        hint: "copy its elements into the artwork, or use JPEG, PNG, WebP or GIF";
    error artwork_reference as picture_is_page(): "this is a web page, not a picture",
        hint: "save the picture itself: JPEG, PNG, WebP or GIF";
    warning artwork_picture as picture_unreadable(): "the picture is not drawn: it is not JPEG, PNG, WebP or GIF",
        hint: "convert it to one of them";
    warning artwork_picture as picture_without_bytes(): "the picture is not drawn: it is empty",
        hint: "export it again";
    error artwork_reference as picture_outside(source): "{source} is outside of the template",
        hint: "move the picture into the template's folder";
    message picture_into_folder(): "put the picture into the template's folder, and write its path from there";
    warning artwork_picture as picture_empty(): "the picture is not drawn: its href is empty",
        hint: "write the path of a file of the template, or use an image layer with this element as its slot";
    message artwork_picture(name, reason): "{name} cannot be drawn: {reason}";
    message artwork_picture_fault(name, reason): "{name}: {reason}";
    message picture_of_file(path): "the artwork's picture {path}";
    message picture_of_data(): "a picture of the artwork in a data: URI";
    error artwork_too_large(path, bytes, maximum): "{path} has {bytes} bytes, at most {maximum} are allowed",
        hint: "embed smaller pictures, or refer to them in the template's folder";
    error artwork_invalid as artwork_not_drawable(reason): "the artwork cannot be drawn: {reason}",
        hint: "open it in a browser: it must be one well-formed <svg> with a size";
    error artwork_invalid as artwork_unreadable(): "the artwork cannot be drawn: one of its numbers or elements is not understood",
        hint: "remove parts of it until it loads, correct the last one that you removed, and report the file to haibao";
    error artwork_invalid as artwork_slow_styles():
        "the artwork's style sheets take too long to compare with its elements",
        hint: "use fewer rules, and selectors with a class or an id";
    error artwork_invalid as artwork_deep_references(maximum):
        "the artwork's elements and references nest deeper than {maximum} levels",
        hint: "let patterns, masks and clips refer to each other less, or flatten groups";
    error artwork_invalid as artwork_circular(id):
        "the artwork's element with id {id} draws itself again, through what it refers to",
        hint: "a pattern, mask, clip, marker or filter must not lead back to itself";
    error artwork_invalid as artwork_long_text(count, maximum):
        "the artwork has {count} characters of text, at most {maximum} are allowed",
        hint: "shorten it, limit the parameter's maxLength, or use a text layer";
    error artwork_invalid as artwork_far(maximum): "an element of the artwork reaches farther than {maximum} px",
        hint: "look for a wrong number in a size or a transform";
    error artwork_invalid as artwork_slow(): "the artwork takes too long to draw",
        hint: "use fewer elements, filters, masks, patterns and dashes, or export this part as a picture";
    error artwork_invalid as artwork_slow_element(id):
        "the artwork takes too long to draw; most of it goes into the element with id {id}",
        hint: "use fewer elements, filters, masks, patterns and dashes, or export this part as a picture";
    error artwork_invalid as artwork_slow_filters(size, steps, maximum):
        "the artwork's filters take {steps} million steps at a width of {size} px, at most {maximum} million are allowed",
        hint: "request a smaller scale, or give the filter at this place a smaller radius, fewer octaves or a smaller region";
    message artwork_needs_sample(): "add a sample, with which the expanded artwork is checked";

    error slot_missing as slot_without_artwork(id): "no element has the id `{id}`, because the layout has no artwork",
        hint: "add \"artwork\": \"artwork.svg\", or give the layer a `box`";
    error slot_missing as slot_not_in_file(file, id): "{file} has no element with the id `{id}`";
    error slot_twice(id, file, first, second): "the id `{id}` occurs twice: {file}:{first} and {file}:{second}",
        hint: "an id must be unique";
    error slot_inside as slot_is_root(id): "`{id}` is the root of the artwork",
        hint: "use an element within it";
    error slot_inside as slot_not_drawn(id, name, file, line): "`{id}` is inside a <{name}> ({file}:{line})",
        hint: "a slot must be an element that is drawn by itself";
    error slot_inside as slot_removed(id, name, file, line): "`{id}` is in a part of the artwork that is not drawn: <{name}> ({file}:{line})",
        hint: "a slot must be an element that is drawn by itself";
    error slot_hidden(id, file, line): "`{id}` is hidden by display=\"none\" ({file}:{line})";
    error slot_hidden as slot_in_hidden(id, name, file, line): "`{id}` is inside a hidden <{name}> ({file}:{line})";
    error slot_hidden as slot_invisible(id, file, line): "`{id}` is hidden by its visibility ({file}:{line})",
        hint: "show it, or remove the layer";
    error slot_hidden as slot_transparent(id, name, file, line): "`{id}` is hidden: <{name}> has the opacity 0 ({file}:{line})",
        hint: "remove the opacity: a slot's element is not drawn itself, and fill=\"none\" is allowed";
    error slot_hidden as slot_without_ink(id, name, effect, file, line):
        "`{id}` is hidden: the {effect} of <{name}> is empty, so that it draws nothing ({file}:{line})",
        hint: "remove the {effect}, or give it a shape";
    error slot_missing(id): "the artwork draws no element with the id {id}",
        hint: "an element that is never drawn has no box: give it a size and remove display=\"none\"";
    error slot_empty(id): "the element {id} of the artwork has an empty box",
        hint: "a slot is a shape with a width and a height";
    error slot_grouped as slot_nested(id, maximum):
        "the element {id} of the artwork is inside more than {maximum} groups with effects",
        hint: "ungroup some of them, or move it out of them";
    error slot_grouped as slot_filtered(id, primitive):
        "the element {id} of the artwork is inside a group whose filter has {primitive}, which cannot be applied to layers",
        hint: "move it out of the group, or use another filter, such as a blur or a drop shadow";
    error artwork_invalid as artwork_groups(maximum):
        "the groups with effects around slots have more than {maximum} times the pixels of the canvas",
        hint: "move large shapes out of nested groups with opacity, clip, mask, filter or blend mode";
    error artwork_invalid as artwork_layers(size, mebibytes):
        "the nested groups and filters of the artwork take more than {mebibytes} MiB at {size} px",
        hint: "request a smaller scale, or use fewer nested groups with opacity, clip, mask, filter or blend mode";
    error artwork_invalid as artwork_filters(size, mebibytes):
        "the filters of groups around slots take more than {mebibytes} MiB at {size} px",
        hint: "request a smaller scale, or give the filters smaller regions or fewer groups";
    error artwork_size(width, height, canvas_width, canvas_height):
        "the artwork has {width} x {height} px, the canvas {canvas_width} x {canvas_height} px: it would be distorted",
        hint: "give both the same aspect ratio";
    error mask_missing as mask_not_drawn(id): "the artwork draws no element with the id {id}, used as a mask",
        hint: "a mask is a shape, a group of shapes or a text with a width and a height";
    error mask_missing as mask_empty(id): "the element {id} of the artwork has no shape, but is used as a mask",
        hint: "a mask is a shape, a group of shapes or a text with a width and a height";
}
