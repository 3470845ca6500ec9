//! What artwork contains that is not drawn as a browser draws it.

crate::words! {
    warning css_syntax as css_rule_unread(text): "{text} is not CSS, and is skipped",
        hint: "write `property: value;` in braces, after a selector";
    warning css_selector(selector): "the selector {selector} is not supported: its rule is skipped",
        hint: "use classes, ids, element names, attributes, and :nth-child(), :not(), :is() and their like";
    warning css_unsupported as css_import(): "@import is not followed",
        hint: "copy the style sheet into the artwork's <style>; fonts are bundled or configured, never loaded";
    warning css_unsupported as css_file(): "the style sheet in another file is not read",
        hint: "copy it into the artwork's <style>";
    warning css_unsupported as css_media(query): "the media query {query} is not evaluated: its rules are skipped",
        hint: "a poster has one size; move the rules that hold for it out of @media";
    warning css_unsupported as css_at_rule(name): "{name} is not supported: its rules are skipped",
        hint: "move the rules out of it";
    warning css_unsupported as css_layers(): "there are too many cascade layers, or they nest too deep: their rules are skipped",
        hint: "use fewer layers";
    warning css_property(name): "{name} is not a property that is drawn";
    warning css_value(value, property): "{value} is not a value of {property}, and is ignored";
    warning css_variable(value): "{value} refers to a variable without a value",
        hint: "declare the custom property on this element or around it, or write a fallback: var(--name, red)";
    warning css_variable as css_variable_use(): "custom properties do not pass into what <use> draws",
        hint: "copy the element instead of using it, or declare the properties around the element";
    warning css_undrawn(property): "{property} is not drawn",
        hint: "convert what it changes to outlines, or export this part as a picture";
    warning css_undrawn as css_mask_linear(): "color-interpolation: linearRGB of a <mask> is not drawn",
        hint: "remove it and adapt the colours of the mask, or export this part as a picture";
    warning css_undrawn as css_mask_picture(mask):
        "{mask} as a mask is not drawn: posters mask with <mask> elements of the artwork only",
        hint: "draw it in a <mask>, a gradient as the fill of a shape and a picture as an <image>, and refer to it: mask: url(#id)";
    message mask_list(): "a list of masks";
    warning css_property as css_geometry(name, element): "{name} in CSS has no effect on <{element}>, as in browsers",
        hint: "write it as an attribute";
    warning artwork_value as artwork_primitive(name, element): "{name} of <{element}> is not drawn as in a browser",
        hint: "use another primitive, or export this part as a picture";
    warning artwork_value as artwork_noise(): "the noise of <feTurbulence> lies up to 1.5 px elsewhere than in Chromium, or is softer",
        hint: "use this filter alone, on an element that is drawn where it stands and is not rotated";
    warning artwork_animation(name): "{name} is not drawn: a poster shows the artwork without animation",
        hint: "give the element the values that the poster should show";
    warning artwork_element(name): "<{name}> is not drawn";
    warning artwork_element as artwork_html(name): "<{name}> is not drawn: posters draw SVG only",
        hint: "use SVG elements, a text layer, or export this part as a picture";
    warning artwork_element as artwork_backdrop(radius):
        "a background blur of {radius} px is left out: Figma exports it as HTML",
        hint: "put a blurred copy of what lies beneath into the artwork, or export this part as a picture";
    warning artwork_element as artwork_conic(): "an angular gradient is left out: Figma exports it as HTML",
        hint: "use a linear or radial gradient, or export this part as a picture";
    warning artwork_element as artwork_nested_link(): "<a> directly within <a> is not drawn, as in browsers",
        hint: "remove the inner link, and keep its content";
    warning artwork_element as artwork_script(): "<script> is not run: a poster is a still picture",
        hint: "remove it";
    warning artwork_attribute(name): "the attribute {name} has no effect";
    warning artwork_attribute as artwork_default(name): "the default value of {name} in the DOCTYPE contains an entity, and has no effect",
        hint: "write the attribute on the elements, or the text of the entity in its place";
    warning artwork_attribute as artwork_event(name): "the event handler {name} is not run: a poster is a still picture",
        hint: "remove it";
    warning artwork_value(value, name): "{value} is not a valid {name}";
    warning artwork_value as artwork_background(value):
        "an effect on what lies beneath, such as a background blur, is left out: filters cannot read {value}, as in browsers",
        hint: "remove the effect in the design tool, put a blurred copy of what lies beneath into the artwork, or export this part as a picture";
    warning artwork_value as artwork_side(): "side=\"right\" of <textPath> is not drawn, as in most browsers",
        hint: "reverse the path";
    warning artwork_value as artwork_nested_length(): "a textLength within another one is not drawn as in a browser",
        hint: "set it on one of the two elements";
    warning artwork_value as artwork_marker(name): "{name} is not drawn as in a browser where a path is closed",
        hint: "end the path with a line to its start, or export this part as a picture";
    warning artwork_value as artwork_marker_handle(name):
        "{name} may point elsewhere than in a browser where a curve has no handle",
        hint: "move the control point away from the vertex, or set a number as orient of the marker";
    warning artwork_value as artwork_marker_move():
        "markers are not drawn as in a browser where a path moves without a line",
        hint: "remove the move from the path";
    warning artwork_value as artwork_marker_arcs(): "marker-mid is also drawn within arcs, where a browser draws no marker",
        hint: "draw these markers as shapes, or export this part as a picture";
    warning artwork_value as artwork_marker_turn():
        "marker-mid may point the other way than in a browser where a path turns back",
        hint: "set a number as orient of the marker, or export this part as a picture";
    message write_as_text(): "in Inkscape: Text, Convert to Text; or export as plain SVG";
    message leave_out(): "remove it, draw it with other elements, or export this part as a picture";
    message write_px(value): "write {value}px: lengths in CSS have a unit";
    message write_as_style(name): "it is no attribute: write style=\"{name}: ...\"";
    warning font_unknown as artwork_font(family, used):
        "the artwork's font {family} is not available: its text is drawn with {used}",
        hint: "convert the text to outlines, use a text layer, or add the font to the fonts folder";
    warning glyph_missing as artwork_glyph(clusters): "no font has a glyph for {clusters} in a text of the artwork",
        hint: "add a suitable font to the fonts folder";
    warning glyph_missing as artwork_glyphs(clusters, more):
        "no font has a glyph for {clusters} and {more} more in a text of the artwork",
        hint: "add a suitable font to the fonts folder";
    warning artwork_text(reason): "this text is not set as text layers are: {reason}",
        hint: "convert it to outlines, or use a text layer";
    warning artwork_text as artwork_text_path(): "this text is left out: the paths of the artwork's texts are too long",
        hint: "draw the paths with fewer curves, or convert the text to outlines";
    warning artwork_text as artwork_text_clip(): "emoji, underlines and other lines of a text do not clip",
        hint: "draw their shapes in the clip path";
    warning artwork_text as artwork_text_weight(family, weight, used):
        "{family} has no bold face: text of weight {weight} is drawn with weight {used}",
        hint: "add the bold face to the fonts, or convert the text to outlines";
    message text_of_use(property): "a <use> gives it another {property} than it has where it stands";
    message text_reordered(): "`unicode-bidi` overrides the order of its letters";
    message text_down_path(): "it runs along a path in a vertical writing mode";
    warning artwork_id(id): "the id {id} occurs more than once; references use the first",
        hint: "an id must be unique";
    warning artwork_id as artwork_id_reserved(id): "the id {id} is one that haibao gives itself, and is ignored",
        hint: "choose another id";
    warning artwork_link(id, name): "{name} refers to {id}, which does not exist, and is ignored",
        hint: "correct the id, or remove the reference";
    warning artwork_link as artwork_link_empty(element): "the href of <{element}> is empty, and is ignored",
        hint: "write the id of an element, \"#id\", or remove the attribute";
    warning artwork_link as artwork_link_kind(id, name, element): "{name} refers to {id}, which is a <{element}>, and is ignored",
        hint: "refer to an element of the kind that the property needs";
    warning artwork_link as artwork_track_shape(element):
        "text along a <{element}> is drawn as in Firefox; Chromium and Safari draw text along a <path> only",
        hint: "refer to a <path> of the same shape";
    warning artwork_link as artwork_track_data():
        "text along the path of <textPath> itself is drawn as in Firefox; Chromium and Safari do not draw it",
        hint: "write the data into a <path>, and refer to it with href";
    warning artwork_link as artwork_link_circle(id):
        "the href of {id} leads back to it; as in browsers, it is followed up to there",
        hint: "remove the reference that closes the circle";
    warning artwork_link as artwork_link_root(id):
        "the mask of the root refers to {id}, which is no <mask>, and is ignored; a browser draws nothing",
        hint: "correct the id, or remove the reference";
}
