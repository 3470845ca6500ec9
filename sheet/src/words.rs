//! The sentences of findings and errors about sheets, in English.

haibao_core::words! {
    error sheet_too_large as column_name_long(column, maximum):
        "the name of column {column} has more than {maximum} bytes",
        hint: "the header must contain the names of the columns";
    error sheet_too_large as sheet_rows(maximum): "the sheet has more than {maximum} rows",
        hint: "split it into several sheets";
    error sheet_too_large as sheet_cells(maximum): "the sheet has more than {maximum} cells",
        hint: "delete the empty rows and columns";
    error sheet_too_large as sheet_text(maximum): "the sheet has more than {maximum} bytes of text",
        hint: "split it into several sheets";
    error sheet_too_large as sheet_columns_many(maximum): "the sheet has more than {maximum} columns",
        hint: "remove the columns that the template does not need";
    error sheet_too_large as row_text(row, maximum): "row {row} has more than {maximum} bytes of text",
        hint: "split it into several sheets";
    error sheet_too_large as lines_empty(): "the sheet has too many empty lines",
        hint: "delete the empty lines";
    error sheet_too_large as sheet_merged(): "the sheet has too many merged cells",
        hint: "unmerge the cells, and fill in each row";
    error sheet_too_large as sheet_expands(): "the sheet repeats its cells and texts too many times",
        hint: "delete repeated, merged and hidden cells that the template does not need";
    error sheet_tables(first, second):
        "the rows {first} and {second} name different columns: the sheet has several tables below each other",
        hint: "keep one table in a sheet, and export them one by one";
    error sheet_tables as header_deep(row, maximum):
        "row {row} has the names of the columns, but only the first {maximum} rows that are not empty are searched for them",
        hint: "delete the rows above the header that are no part of the table";
    error sheet_too_large as excel_parts(maximum): "the workbook has more than {maximum} parts",
        hint: "split it into several sheets";
    error sheet_too_large as excel_unpacked(maximum): "the workbook has more than {maximum} bytes uncompressed",
        hint: "split it into several sheets";
    error sheet_too_large as excel_picture(maximum): "the workbook contains a picture of more than {maximum} bytes",
        hint: "split it into several sheets";
    error sheet_too_large as excel_item(maximum): "the workbook has a cell or string of more than {maximum} bytes",
        hint: "split it into several sheets";
    error sheet_too_large as excel_styles(): "the workbook has too many styles, sheets or names",
        hint: "copy the cells to a new workbook, or save it as \"CSV UTF-8\"";
    error sheet_too_large as excel_tags(maximum):
        "the workbook has a part with more than {maximum} tags beside those of its cells",
        hint: "copy the cells to a new workbook, or save it as \"CSV UTF-8\"";
    error sheet_too_large as excel_strings(maximum): "the workbook has more than {maximum} different strings",
        hint: "split it into several sheets";
    error sheet_too_large as excel_texts(maximum): "the different strings of the workbook have more than {maximum} bytes",
        hint: "save the sheet alone, without the other sheets of the workbook";
    error cell_too_long(bytes, maximum): "{bytes} bytes, at most {maximum} are allowed";
    error sheet_empty(): "the sheet is empty",
        hint: "the header has the names of the columns, each row below becomes a poster";
    error sheet_empty as sheet_without_rows(): "the sheet has a header but no rows",
        hint: "the header has the names of the columns, each row below becomes a poster";
    error sheet_empty as sheet_rows_hidden(count): "all rows below the header are hidden: {count}",
        hint: "show the rows in the sheet, or export hidden rows, too";
    error sheet_empty as sheets_without_rows(name, others):
        "no sheet has a header with names of columns and rows below it: {name} has no rows; also read: {others}",
        hint: "the header has the names of the columns, each row below becomes a poster";
    error sheet_encoding(reason): "{reason}", hint: "save it as .xlsx, or as text in UTF-8 (\"CSV UTF-8\" in Excel) or GBK";
    message encoding_big5(): "the text is in Big5, which is not read";
    message encoding_mark(encoding): "the byte order mark says {encoding}, but the text is invalid";
    message encoding_line(line): "line {line} contains bytes that are not UTF-8";
    message encoding_unknown(): "the text is neither UTF-8 nor GB18030 (GBK)";
    message encoding_utf16(): "the text is UTF-16 without a byte order mark";
    message encoding_nul(): "the file contains NUL characters: it is not text in UTF-8 or GB18030";
    error sheet_broken(reason): "{reason}", hint: "open it in Excel or WPS and save it again as .xlsx";
    message unreadable_html(reason): "the HTML cannot be read: {reason}";
    message unreadable_json(reason): "the JSON cannot be read: {reason}",
        hint: "write a list with one object for each poster, such as [{{\"title\": \"...\"}}]";
    message json_wrapped(name): "the list of posters is in the member {name}", hint: "keep the list alone: [{{...}}]";
    message csv_full_width(character, ascii): "the cells are separated by the full-width {character}",
        hint: "write {ascii} between cells";
    message unreadable_csv(reason): "the CSV cannot be read: {reason}";
    message unreadable_xml(reason): "the XML cannot be read: {reason}";
    message unreadable_excel(reason): "the workbook cannot be read: {reason}";
    message damaged_excel(reason): "the workbook is damaged: {reason}";
    message row_order(row, last): "row {row} comes after row {last}";
    message row_cells(row, maximum): "row {row} has more than {maximum} cells";
    message excel_strings_start(): "the workbook is damaged: the shared string table has no valid start";
    message xls_cut_off(): "it is cut off";
    message xls_version(): "it is older than Excel 95";
    message xls_password(): "the workbook has a password";
    message xlsb_part(): "a part is missing";
    message excel_no_sheet(): "the workbook has no sheet with rows";
    error sheet_unknown(name): "the workbook has no sheet {name}";
    error quote_open(): "the quotation mark that opens this cell is never closed: the cell contains all further lines";
    error quote_open as quote_followed():
        "text follows the quotation mark that closes this cell: the cell may contain other cells and rows",
        hint: "write quotation marks of a text twice, or save the sheet as .xlsx";
    error row_ragged(width, columns): "the row has {width} [cell|cells], the header names {columns} [column|columns]";
    message row_not_object(value): "expected an object such as {{\"title\": \"...\"}}, got {value}";
    message row_values(maximum): "the object has more than {maximum} values";
    message row_member_twice(name): "the member {name} occurs twice";
    message row_json(column, reason): "invalid JSON at character {column}: {reason}";
    message row_json_line(line, column, reason): "invalid JSON in its line {line}, character {column}: {reason}";
    error formula_unknown(): "the formula has no stored value: open the file in Excel or WPS and save it";
    error number_digits(): "Excel keeps only the first 15 digits of a number: format the column as text";
    error cell_error(shown): "the cell shows {shown}";
    error date_invalid():
        "a date cannot be negative or after the year 9999: correct the date, or format the cell as a number";
    message ods_no_content(): "the OpenDocument sheet has no content";
    error sheet_format(name, what): "{name} is {what}";
    error sheet_format as sheet_format_unnamed(what): "the file is {what}";
    message save_as_xlsx(): "open it in Excel or WPS and save it as .xlsx without a password, or as \"CSV UTF-8\"";
    message copy_the_table(): "copy the table to Excel or WPS and save it as .xlsx";
    message export_as_xlsx(): "export it as .xlsx or CSV";
    message choose_in_zip(): "choose the sheet itself; pictures are given beside it";
    message choose_a_sheet(): "choose a sheet: .xlsx, .ods, CSV or JSON";
    message sheet_ods_password(): "an OpenDocument sheet with a password";
    message sheet_opendocument(): "an OpenDocument file that is no sheet";
    message sheet_word(): "a Word or PowerPoint file";
    message sheet_numbers(): "a Numbers sheet";
    message sheet_zip(): "a ZIP archive, not a sheet";
    message sheet_password(): "an Excel file with a password";
    message sheet_old_word(): "an old Word or PowerPoint file";
    message sheet_compound(): "a file of an old Office program that is no workbook";
    message sheet_pdf(): "a PDF";
    message sheet_picture(): "a picture";
    message sheet_rtf(): "an RTF document";
    message sheet_svg(): "an SVG picture";
    message sheet_xml(): "an XML file that is no sheet";
    message sheet_yaml(): "a YAML file";
    message save_yaml_as_json(): "save it as JSON, a list with one object for each poster, or as CSV";
    message sheet_web_page(): "a web page without a table";
    message sheet_rar(): "a RAR archive";
    message sheet_7z(): "a 7z archive";
    message sheet_gzip(): "a gzip archive";
    error row_broken as json_row_broken(reason): "{reason}";
    error cancelled as reading_over(): "the result is no longer needed";

    // What is compressed or damaged.
    message cause_ended(): "the data ends too early";
    message cause_data(): "the data is damaged";
    message zip_damaged(): "it is not a ZIP archive, or a damaged one";
    message zip_unsupported(): "the ZIP archive has a feature that is not supported";
    message zip_password(): "the ZIP archive has a password";
    message zip_method(method): "the ZIP archive has the compression method {method}, which is not supported";
    message workbook_part(): "a part is missing";
    message workbook_xml(): "a part is not valid XML";
    message workbook_content(): "a part has unexpected content";
    message compound_damaged(): "its structure is damaged";
}
