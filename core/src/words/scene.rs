//! Scenes of mini-program codes.

crate::words! {
    error scene_empty(): "the scene is empty", hint: "set the data that the page needs, such as \"id=123\"";
    error scene_character(character, position):
        "the scene contains {character} at character {position}, which is not allowed";
    error scene_character as scene_characters(characters, position):
        "the scene contains {characters} from character {position} on, which are not allowed";
    error scene_too_long(length, maximum): "the scene has {length} characters, at most {maximum} are allowed";
    error scene_too_large(bytes, maximum): "the scene's parameters have {bytes} bytes, at most {maximum} are allowed",
        hint: "pass an id, and let the page look up the rest";
    error param_invalid as scene_inexact(value): "{value} needs more than 64 bits, so its last digits are lost",
        hint: "send it as a string";
    message scene_rules(maximum):
        "a scene has at most {maximum} characters of 0-9 a-z A-Z !#$&'()*+,/:;=?@-._~: pass an object of parameters, \
         which is escaped or becomes a short link, or pass a short id";
}
