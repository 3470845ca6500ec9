//! Notes of blank sheets.

haibao_core::words! {
    message blank_posters(): "Posters";
    message blank_help(): "Instructions";
    message blank_intro(title):
        "{title}: each row of the first sheet becomes a poster; leave the names of the columns in its first row as they are";
    message blank_rules():
        "Columns whose names start with _ or # are notes for yourself; red columns are required; the sample row may be deleted";
    message blank_column(): "Column";
    message blank_parameter(): "Parameter";
    message blank_required(): "Required";
    message blank_how(): "How to fill it in";
    message blank_sample(): "Sample";
    message blank_yes(): "yes";
    message blank_no(): "no";
    message blank_title_required(title): "{title} (required)";
    message blank_choice_title(): "not in the list";
    message blank_choice(): "choose one of the list, or leave the cell empty";
    message blank_file_title(): "File name";
    message blank_file_name(): "name of the poster's file without an extension; empty: the number of the row";
    message blank_picture():
        "picture: the name of a file that is given beside the sheet, an address (https://...), or the picture itself in the cell";
    message blank_money(): "amount in yuan, such as 128 or ¥12.50";
    message blank_text(): "text";
    message blank_integer(): "integer";
    message blank_number(): "number";
    message blank_boolean(): "yes or no";
    message blank_list(): "several values, separated by | or 、";
    message blank_object(): "a JSON object";
    message blank_one_of(): "one of these";
    message blank_between(what, low, high): "{what}, {low} to {high}";
    message blank_from(what, low): "{what}, at least {low}";
    message blank_to(what, high): "{what}, at most {high}";
    message blank_characters(count): "{count} [character|characters]";
    message blank_elements(count): "{count} [value|values]";
    message blank_choices(what, choices): "{what}: {choices}";
    message blank_default(what, value): "{what}; default: {value}";
    message blank_scene_title(): "data for the mini-program's page (scene)";
    message blank_scene(): "at most 32 characters, such as id=123; empty: as the template says";
    message blank_page_title(): "page of the mini-program (page)";
    message blank_page(): "such as pages/index/index, without a leading /; empty: as the template says";
    message blank_path_title(): "path in the mini-program (path)";
    message blank_path(): "such as pages/index/index?id=123; empty: as the template says";
    message blank_qr_title(): "content of the QR code (text)";
    message blank_qr(): "such as a URL; empty: as the template says";
}
