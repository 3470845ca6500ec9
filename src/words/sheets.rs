//! Sheets, their rows and pictures, and exports.

haibao_core::words! {
    error archive_member as member_name_long(name): "{name} is too long for a name in a ZIP file";
    error archive_member as member_large(name): "{name} is 4 GiB or larger";
    error blank_failed(reason): "the sheet cannot be written: {reason}",
        hint: "shorten the titles and descriptions of the parameters";
    error column_unnamed(): "cells are in columns without a name in the header";
    error file_name_invalid(reason): "file name pattern: {reason}";
    error cell_invalid(reason): "{reason}";
    error scene_twice(): "use either `scene` or columns `scene.NAME`, not both";
    message more_in_row(more): "and {more} more in this row";
    message the_archive(): "the archive";
    message picture_cell_gone(): "the picture of this cell is not in this file", hint: "insert it into the cell again";
    message pictures_not_given(): "no pictures were given beside the sheet",
        hint: "give the folder or the ZIP of the pictures with the sheet, or write URLs that begin with https://";
    message picture_none(): "no picture has this name";
    message picture_several(first, second): "several pictures have this name: {first} and {second}";
    message picture_file_format(name, what): "{name} is {what}", hint: "save it as JPEG or PNG";
    message picture_cell_format(what): "the picture in this cell is {what}", hint: "save it as JPEG or PNG, and insert it again";
    message picture_cell_uncropped(): "the picture in this cell cannot be cropped as in the sheet",
        hint: "crop the picture itself, and insert it again";
    message picture_other_kind(name): "{name} is no picture in a format that can be drawn", hint: "save it as JPEG or PNG";
    message picture_gone(): "the picture is missing";
    message picture_unread(reason): "the picture cannot be read: {reason}";
    message picture_unread_archive(reason): "the picture cannot be read from the archive: {reason}";
    message picture_bytes(maximum): "the picture has more than {maximum} bytes";
    message picture_cell_missing(): "the workbook lacks the picture of this cell";
    error pictures_too_many(count, maximum): "there are {count} files beside the sheet, at most {maximum} are allowed",
        hint: "give only the pictures that the sheet names";
    error pictures_unreadable(name, reason): "the pictures cannot be read: {name}: {reason}",
        hint: "give a folder or a ZIP archive of pictures";
    error pictures_too_large(): "the pictures of the sheet exceed the room for uploads",
        hint: "use smaller pictures, split the sheet, or raise `uploads.max_bytes`";
    error picture_format as data_not_picture(): "the data: URI is no picture of a supported format",
        hint: "use JPEG, PNG, WebP or GIF";
    error chunk_stuck(): "rendering some rows never finishes",
        hint: "see the log for details; resume the export to try again";
    error chunk_deadline(): "rendering the rows takes too long";
    error row_crashed(times): "rendering this row crashed the process {times} times";
    error file_missing as export_part_missing(name): "the export's file {name} is missing";
    error file_missing as export_pictures_missing(): "the export's pictures are missing";
    error file_missing as chunks_missing(found, expected): "{found} of {expected} chunks have a record";
    error file_damaged as export_part_damaged(name): "the export's file {name} is damaged";
    error file_damaged as chunk_size(chunk): "the size of the posters of chunk {chunk} does not match their record";
    error archive_crashed(): "assembling the archive crashes the process";
    error disk_failed as archive_unwritten(reason): "cannot write the temporary archive: {reason}",
        hint: "free disk space in the temporary folder (TMPDIR)";
    error disk_failed as rows_unkept(reason): "the rows cannot be kept in a temporary file: {reason}",
        hint: "free disk space in the temporary folder (TMPDIR)";
    error disk_failed as temporary_unwritten(reason): "a temporary file cannot be written: {reason}",
        hint: "free disk space in the temporary folder (TMPDIR)";
    error exports_full(maximum): "{maximum} exports are already active",
        hint: "wait for one of them to finish, cancel one, or raise `exports.max_concurrent`";
    error exports_full as exports_share(own, maximum):
        "{own} exports of this key are already active; a part of all {maximum} is left to other keys",
        hint: "wait for one of them to finish, cancel one, or raise `exports.max_concurrent`";
    error export_lost(): "the upload took too long", hint: "upload it again";
    error sheet_crashed(): "reading the sheet crashes the process";
    error rows_invalid as rows_all_invalid(count): "{count} of {count} [row is|rows are] invalid",
        hint: "correct the rows listed in failures.xlsx and upload that file";
    error rows_invalid as rows_invalid_strict(count): "{count} [row is|rows are] invalid, and `strict` is set",
        hint: "correct the rows listed in failures.xlsx and upload that file";
    error watchers_full(maximum):
        "too many clients watch exports or templates already: {maximum} in all, of which one key may have at most three quarters",
        hint: "query the state at intervals instead";
    // Rows that may look bad.
    message risk_long(name, characters, width): "long {name}: {characters} [character|characters], {width} em";
    message risk_widest(name, characters, width): "{name} is among the longest: {characters} [character|characters], {width} em";
    message risk_word(name, width): "long word in {name}: {width} em";
    message risk_glyphs(characters, count): "no font has {characters} ({count} in total)";
    message risk_no_pictures(names): "no pictures: {names}";
    message risk_no_values(names): "no values: {names}";
    message risky_row(row, reason): "row {row}: {reason}";
    message drawn_row(row): "row {row}";
    // Cases of a check.
    message case_fine(): "ok";
    message case_more(count): "{count} more";
    message case_sample(name): "sample {name}";
    message case_titles(): "titles";
    message case_values(): "values of the schema";
    message case_empty(): "empty";
    message case_longest(): "longest";
    message case_unbroken(): "unbroken";
    message case_emoji(): "emoji";
    message case_rare(): "rare";
    message case_high_price(): "high price";
    message case_no_pictures(): "no pictures";
    message case_wide_pictures(): "wide pictures";
    message case_tall_pictures(): "tall pictures";
    message case_dark_pictures(): "dark pictures";
    message case_light_pictures(): "light pictures";
    message case_hostile(): "hostile";
    message case_about_sample(): "parameters of a sample";
    message case_about_titles(): "names of columns in sheets";
    message case_about_values(): "values that the schema lists, in the artwork";
    message case_about_empty(): "required parameters only, with the shortest texts";
    message case_about_longest(): "the longest texts and the largest numbers";
    message case_about_unbroken(): "texts without a place to break a line";
    message case_about_emoji(): "emoji of several code points";
    message case_about_rare(): "ideographs that many fonts lack";
    message case_about_high_price(): "the largest amounts and numbers";
    message case_about_no_pictures(): "without the optional pictures";
    message case_about_wide_pictures(): "pictures of 8:1";
    message case_about_tall_pictures(): "pictures of 1:8";
    message case_about_dark_pictures(): "nearly black pictures";
    message case_about_light_pictures(): "nearly white pictures";
    message case_about_hostile(): "texts that look like markup";
}
