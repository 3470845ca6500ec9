//! Causes that the system and libraries report. [`crate::causes`] chooses the rows.

haibao_core::words! {
    // The system.
    message cause_missing(): "there is no such file or folder";
    message cause_denied(): "permission denied";
    message cause_exists(): "it exists already";
    message cause_disk_full(): "no space is left on the disk";
    message cause_read_only(): "the file system is read-only";
    message cause_folder(): "it is a folder";
    message cause_no_folder(): "a part of the path is not a folder";
    message cause_not_empty(): "the folder is not empty";
    message cause_file_large(): "the file is too large";
    message cause_name(): "the name is invalid or too long";
    message cause_busy(): "another program is using it";
    message cause_memory(): "there is not enough memory";
    message cause_many_files(): "too many files are open";
    message cause_refused(): "connection refused";
    message cause_closed(): "the connection was closed";
    message cause_unreachable(): "the network or the host is unreachable";
    message cause_timeout(): "timed out";
    message cause_address_used(): "the address is in use";
    message cause_no_loopback(): "it is not a loopback address";
    message cause_address_foreign(): "the address is not one of this machine";
    message cause_interrupted(): "it was interrupted";
    message cause_unsupported(): "the system does not support it";
    message cause_code(code): "system error {code}";
    message cause_unknown(): "the cause is unknown";
    message cause_said(said): "{said}";

    // Archives and workbooks.
    message zip_directory_large(): "its list of files is too large";
    message workbook_text_long(): "a text has more than 32767 characters";

    // Networks and databases.
    message cause_certificate(kind): "the certificate of the host is not valid ({kind})";
    message host_unknown(): "the host name does not exist";
    message host_unresolved(): "the host name cannot be resolved at present";
    message request_unsent(): "the request could not be sent";
    message cause_rate(): "it limits the number of requests";
    message cause_configuration(): "its configuration is invalid";
    message database_said(said): "{said}";

    // URLs.
    message url_relative(): "it has no scheme such as https://";
    message url_host_empty(): "it has no host";
    message url_host_invalid(): "the host name is invalid";
    message url_ip_invalid(): "the IP address is invalid";
    message url_port_invalid(): "the port is invalid";
    message url_other(): "it is invalid";

    // Values of another type.
    message want_boolean(): "true or false";
    message want_integer(): "an integer";
    message want_natural(): "an integer from 0 up";
    message want_number(): "a number";
    message want_text(): "a string";
    message want_list(): "a list";
    message want_object(): "an object";
    message got_boolean(value): "boolean {value}";
    message got_number(value): "number {value}";
    message got_text(value): "string {value}";
    message got_long_number(): "a long number";
    message got_long_text(): "a long string";
    message got_list(): "a list";
    message got_array(): "an array";
    message got_object(): "an object";
    message got_null(): "null";
    message value_unlike(expected, given): "expected {expected}, got {given}";
    message value_length(given, expected): "it has {given} elements, expected {expected}";
    message field_not_known(name): "`{name}` is not known";
    message field_not_one_of(name, known): "`{name}` is not known here; known are {known}";
    message field_lacking(name): "`{name}` is missing";
    message field_repeated(name): "`{name}` occurs twice";
    message at_line(line, column, reason): "line {line}, column {column}: {reason}";
    message toml_open(sign): "`{sign}` is missing";
    message toml_value(): "a value is missing after `=`";
    message toml_quotes(): "text must be in quotation marks";
    message toml_string(): "the text is not closed, or has a character that must be escaped";
    message toml_escape(): "the text has an invalid escape sequence";
    message toml_comma(): "a comma is missing";
    message toml_comma_extra(): "a comma is superfluous";
    message toml_equals(): "`=` is missing between the name and its value";
    message toml_key(): "the name of the setting is invalid";
    message toml_twice(): "the setting occurs twice";
    message toml_number(): "the number is invalid";
    message toml_unexpected(): "unexpected characters";
    message toml_newline(): "a carriage return has no line feed after it";
    message toml_comment(): "the comment has a control character";
    message toml_said(said): "{said}";
    message number_too_large(): "the number is too large";

    // What fields of requests must be.
    message want_file_or_url(): "\"file\" or \"url\"";
    message want_url(): "a URL";
    message want_line_color(): "a colour such as \"#225588\"";
    message want_scale(): "a number from 1 to 3";
    message want_width(): "a number of px, 280 to 1280";
    message want_page(): "a page's path";
    message want_path(): "a path with its query";
    message want_pattern(): "a pattern such as \"{{{{row}}}}-{{{{title}}}}\"";
    message want_scene(): "a string or an object";
    message want_seconds(): "an integer number of seconds";
    message want_hidden(): "include or skip";
    message want_template_name(): "a name for the template";
    message want_origin(): "the name of a template, or an object with `svg`, `slots` and `title`";
    message want_texts(): "an object from path to text";
    message want_names(): "a list of names";
    message want_version(): "a version of a template";
    message want_map(): "an object from parameter to column";
    message want_env_version(): "release, trial or develop";
    message want_code_text(): "text, such as a URL";
    message want_format(): "the name of a format";
    message want_template(): "the name of a template";
    message want_app(): "the name of an app";
    message want_openid(): "the openid of a user";
    message want_code_kind(): "unlimited, limited, square or qr";
}
