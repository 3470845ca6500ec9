//! Columns and rows of sheets: how they are read, and what is wrong with them. Hints do not name flags,
//! because the service uses them too; [`crate::cli`] adds the flags.

haibao_core::words! {
    error map_unknown as map_column_unknown(column): "the sheet has no column {column}";
    error map_unknown as map_param_unknown(name): "the template has no parameter {name}";
    error column_unknown(column): "the template has no parameter for the column {column}",
        hint: "to ignore a column, start its name with _ or #";
    error column_like(column, name): "is the column {column} the parameter `{name}`?",
        hint: "if it is, map {column} to {name}";
    error column_like as titled_column_like(column, name, title): "is the column {column} the parameter {title} (`{name}`)?",
        hint: "if it is, map {column} to {name}";
    error column_ambiguous(column, names): "the column {column} is the title of several parameters: {names}",
        hint: "name the column as one of these parameters, or map it to one";
    warning column_mapped(column, name): "the column {column} sets `{name}`, as it did in an earlier sheet";
    warning columns_ignored as column_not_mapped(column, name, other):
        "the column {column} does not set `{name}` as in an earlier sheet, because the column {other} has this name";
    warning columns_ignored as column_displaced(column, name):
        "the column {column} is ignored, because another column sets `{name}`";
    warning columns_ignored(columns): "columns without a parameter are ignored: {columns}",
        hint: "map a column that is needed";
    error column_unit(column, unit): "the amounts of the column {column} are in {unit}, which is neither yuan, 万元 nor fen",
        hint: "convert them to yuan, and name the unit 元 in the header";
    error column_unit as column_unit_unclear(column, unit):
        "the unit {unit} of the amounts in the column {column} is not clear: yuan or fen?",
        hint: "convert them to yuan, and name the unit 元 in the header";
    error column_unit as column_units_differ(column, unit, row, other):
        "the amounts of the column {column} are in {unit} by its name, but in {other} by row {row}",
        hint: "keep the right unit alone, behind the name of the column";
    error column_unit as column_unit_beside(row, text, column):
        "row {row} says {text}, but the name of the column {column} has no unit",
        hint: "write the unit after the name of the column: (元), (分) or (万元)";
    error column_unit as number_unit_multiple(column, unit): "the numbers of the column {column} are in {unit}",
        hint: "write the numbers in full, and remove the unit from the header";
    warning number_unit as number_unit_named(column, unit):
        "the numbers of the column {column} are in {unit}, and are not converted to another unit",
        hint: "convert them if posters show another unit";
    warning number_unit as number_units(column, count, texts):
        "units behind numbers in {column} are left out, and the numbers are not converted: {count}, such as {texts}",
        hint: "convert them if posters show another unit";
    warning rows_no_products(rows, text):
        "row {rows} looks like a total, a note, an example or a second header ({text}), and becomes a poster",
        hint: "remove it from the sheet if it is no product";
    warning number_shortened(column, text, row): "the column {column} has {text} in row {row}: Excel has shortened a long number",
        hint: "export the sheet as .xlsx, with the column formatted as text";
    warning number_shortened as numbers_shortened(column, text, row, more):
        "the column {column} has {text} in row {row}, and more like it in {more} other [row|rows]: Excel has shortened long numbers",
        hint: "export the sheet as .xlsx, with the column formatted as text";
    error number_shortened as cell_shortened(text): "{text} is a long number that Excel has shortened: its other digits are lost",
        hint: "format the column as text in Excel, enter the number again, and export the sheet as .xlsx";
    warning date_serial(column, text, date, row, count):
        "the column {column} has {text} in row {row} ({count} such [row|rows]), which is drawn as it is: is it the date {date} without its format?",
        hint: "give the cells a date format, or write the dates as text";
    warning date_serial as date_serial_read(column, text, date, row, count):
        "the column {column} has {text} in row {row} ({count} such [row|rows]), a date without its format, which is read as {date}",
        hint: "give the cells a date format, or write the dates as text";
    warning cells_hidden as cells_hidden_texts(count, cells):
        "{count} [cell has a value that its|cells have a value that their] number format hides; as in the sheet, [it counts|they count] as empty: {cells}",
        hint: "give them a format that shows the value if posters need it";
    warning cells_hidden as cells_hidden_values(count, cells):
        "{count} [cell has a value that its|cells have a value that their] number format hides; it is used: {cells}",
        hint: "clear these cells if they are meant to be empty";
    warning file_name_money(name): "the file name pattern writes `{name}` as a number in fen", hint: "write {{{{money {name}}}}}";
    warning file_name_extension(other, own): "posters are written as {own}: file names end with it instead of {other}";
    error param_type as cell_fen(value, below, yuan, above, more): "{value} has a fraction of a fen, and its column is in fen",
        hint: "write {below} ({yuan}) or {above} ({more}); if the amounts are in yuan, write (元) after the name of the column";
    error param_type as cell_boolean(value): "{value} is neither yes nor no", hint: "write 是 or 否, √ or ×, 有 or 无, TRUE or FALSE";
    warning rows_left_out(count, rows):
        "rows that are totals, notes, examples or repeated headers are left out: {count} (row {rows})",
        hint: "if one is a product, write its name in another way";
    warning rows_left_out as rows_without_values(count, rows):
        "rows that are empty in every column that is used are left out: {count} (row {rows})";
    warning cells_placeholder(count, text, columns): "{count} [cell|cells] such as {text} [is|are] read as empty: {columns}";
    warning cells_linked(column, count, text, address):
        "cells in {column} show a text, and the address that they link to is used as the picture: {count}, such as {text} with {address}";
    warning cells_merged(columns): "merged cells count for all of their rows: {columns}";
    warning pictures_tall(count, cells):
        "{count} [picture is higher than its row, and counts|pictures are higher than their rows, and count] for the row of [its|their] top edge: {cells}",
        hint: "check the photos of these rows; to be certain, make the pictures smaller than the rows";
    warning pictures_unused(count, cells): "{count} [picture is|pictures are] not used, because [its|their] column has no parameter of a picture, or [its|their] row is none of the table: {cells}",
        hint: "move them to the column and the row that they belong to";
    warning pictures_over_text(count, cells): "{count} [cell has|cells have] a picture and a text, and the picture is used: {cells}",
        hint: "remove one of both";
    warning pictures_uncropped(count, cells): "{count} [picture is|pictures are] drawn whole, because the way in which the sheet crops [it|them] is not read: {cells}",
        hint: "crop the picture itself, and insert it again";
    warning sheet_chosen(name, others): "the sheet {name} is read; the workbook also has {others}",
        hint: "put the sheet to be exported first, or hide the others";
    warning columns_hidden(columns): "hidden columns are read, too: {columns}",
        hint: "delete them in the sheet if posters must not show them";
    warning pictures_lost(count, cells): "{count} [picture is|pictures are] not used, because [its cell has|their cells have] another one: {cells}",
        hint: "place one picture in each cell";
    warning pictures_unread(): "the workbook has pictures, which are not read in this format",
        hint: "save it as .xlsx if cells hold the pictures of posters, or name the files of the pictures in the cells";
    warning columns_ignored as columns_unnamed(): "cells in columns without a name are ignored";
    warning header_found(row, count): "row {row} has the names of the columns; rows above it are ignored: {count}";
    warning header_found as header_rows(first, last): "the rows {first} to {last} are one header: each column has the name in its lowest cell, or that below its group";
    warning header_found as header_rows_found(first, last, count): "the rows {first} to {last} are one header: each column has the name in its lowest cell, or that below its group; rows above are ignored: {count}";
    warning rows_hidden(count, rows): "hidden rows are exported like the others: {count} (row {rows})",
        hint: "leave them out, or delete them in the sheet, if they are no posters";
    warning rows_hidden as rows_hidden_skipped(count, rows): "hidden rows are left out: {count} (row {rows})";
    warning rows_struck(count, rows): "rows that are struck out are exported like the others: {count} (row {rows})",
        hint: "delete them in the sheet if they are no posters";
    warning money_read(column, text, amount): "amounts in {column} are yuan: {text} is taken as {amount}",
        hint: "for amounts in fen, write (分) after the name of the column";
    warning money_read as money_read_fen(column, text, amount): "amounts in {column} are fen: {text} is taken as {amount}";
    warning money_read as money_read_ten_thousands(column, text, amount):
        "amounts in {column} are 万元 (10,000 yuan): {text} is taken as {amount}";
    warning money_read as money_scaled(column, count, text, amount):
        "amounts in {column} with 万 or 亿 are taken in full: {count}, such as {text} as {amount}";
    warning money_read as money_own_fen(column, count, text, amount):
        "amounts in {column} with 分 behind them are read as fen, and the others as yuan: {count}, such as {text} as {amount}",
        hint: "if all of them are in fen, write (分) after the name of the column";
    warning money_read as money_own_unit(column, count, text, amount):
        "amounts in {column} with a sign or unit of their own do not follow the unit in its name: {count}, such as {text} as {amount}",
        hint: "if they are in the unit of the column, remove the sign from these cells";
    warning money_read as money_unit_drawn(column, count, text, amount):
        "units behind amounts in {column} are left out, because the template has its own: {count}, such as {text} as {amount}";
    warning money_read as money_unit_sets(column, count, text, amount, unit, title):
        "units behind amounts in {column} set {title}: {count}, such as {text} as {amount} and {unit}";
    warning money_read as money_unit_named(column, unit, title, count):
        "the unit {unit} in the name of the column {column} sets {title}: {count} [row|rows]";
    error column_twice(first, second): "the columns {first} and {second} set the same value",
        hint: "remove one, or start its name with _";
    error column_twice as columns_twice(first, at, second, other):
        "the columns {first} ({at}) and {second} ({other}) set the same value",
        hint: "remove one, or start its name with _";
    error column_twice as columns_same(first, at, second, other, name):
        "the columns {first} ({at}) and {second} ({other}) both set `{name}`",
        hint: "map the right one to {name}, or remove the other";
    error column_missing(name): "the sheet has no column for the required parameter `{name}`",
        hint: "add this column, or map an existing one to it";
    error column_missing as columns_strange(columns, required):
        "the template knows none of the sheet's columns: {columns}",
        hint: "name the columns as in the template's blank sheet, or map them to the parameters that it requires: {required}";
    error column_missing as titled_column_missing(name, title):
        "the sheet has no column for the required parameter {title} (`{name}`)",
        hint: "add this column, or map an existing one to it";
    error column_missing as column_missing_in(row, name):
        "row {row}, which is read as the header, has no column for the required parameter `{name}`",
        hint: "add this column, or map an existing one to it";
    error column_missing as titled_column_missing_in(row, name, title):
        "row {row}, which is read as the header, has no column for the required parameter {title} (`{name}`)",
        hint: "add this column, or map an existing one to it";
    error file_name_invalid as file_name_each(column): "file name pattern, character {column}: `each` is not allowed",
        hint: "name files by single values, such as {{{{row}}}}-{{{{title}}}}";
    message file_name_pattern(column, reason): "file name pattern, character {column}: {reason}";
    error row_broken(reason): "{reason}";
    error file_name_taken(row, name): "row {row} writes the same file {name}", hint: "give each row a unique file_name";
    error column_unknown as code_column_unknown(column, known): "unknown column {column}",
        hint: "known columns: {known}, scene.NAME";
    message scene_columns(): "use either `scene` or columns `scene.NAME`, not both";
    message expected_boolean(value): "expected true or false, got {value}";
    message expected_px(value): "expected px, got {value}";
}
