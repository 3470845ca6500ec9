//! The HTTP API: requests, access, downloads.

haibao_core::words! {
    error body_too_large(limit): "the body exceeds {limit} bytes",
        hint: "pass pictures by URL instead of data:, or raise `http.max_body_bytes`";
    error body_too_large as small_body_too_large(limit): "the body exceeds {limit} bytes",
        hint: "send a smaller body; no setting allows a larger one here, only bodies of posters and uploads may be larger";
    error body_too_large as body_is_too_large(): "the body is too large";
    error body_too_large as declared_length(): "the declared length of the body is too large",
        hint: "check the header `Content-Length`";
    error boundary_missing(): "the header Content-Type names no boundary between the parts of the form",
        hint: "let the HTTP library write the header: with `FormData` or `curl -F`, do not set Content-Type";
    error body_too_large as body_values(maximum): "the body has more than {maximum} values",
        hint: "send fewer values; a larger number is not possible with any setting";
    error body_too_large as options_too_large(maximum): "the options exceed {maximum} bytes",
        hint: "send smaller options; no setting allows larger ones";
    error key_missing(): "this request needs an API key",
        hint: "send `Authorization: Bearer KEY`; `haibao keys add NAME` makes a key";
    error key_unknown(): "the API key is malformed, unknown or revoked",
        hint: "send `Authorization: Bearer KEY`; `haibao keys add NAME` makes a key";
    error body_unreadable(): "the body could not be read completely";
    error body_unreadable as upload_unreadable(): "the upload could not be read completely",
        hint: "send the picture as the body, or as the part `file` of a form (RFC 7578)";
    error body_unreadable as form_unreadable(): "the form could not be read completely",
        hint: "send the parts as RFC 7578 defines them, for example with `curl -F`";
    error asset_too_large as upload_too_large(maximum): "the picture exceeds {maximum} bytes",
        hint: "use a smaller picture, or raise assets.max_bytes";
    error content_type(given): "the content type is {given}", hint: "send JSON with `Content-Type: application/json`";
    error content_type as content_type_missing(): "the content type is missing",
        hint: "send JSON with `Content-Type: application/json`";
    error content_type as content_type_unsupported(): "the content type is not supported";
    error content_type as not_a_form(): "the body is not a multipart form",
        hint: "send `Content-Type: multipart/form-data` with the parts `options` (JSON) and `file`";
    message the_body(): "body";
    message the_options(): "part `options`";
    error json_invalid(what, line, column, reason): "the {what} is not valid JSON: {line}:{column}: {reason}",
        hint: "look at line {line}, column {column} of the {what}";
    error json_invalid as body_empty(): "the body is empty", hint: "send one JSON object";
    error json_invalid as json_encoding(what, encoding): "the {what} is not JSON in UTF-8: it {encoding}",
        hint: "send UTF-8 without a byte order mark";
    error json_duplicate(name, what, line, column): "the member {name} occurs twice in the {what}: {line}:{column}",
        hint: "send each member once";
    message starts_with_mark(): "starts with a byte order mark";
    message is_encoded(encoding): "is {encoding}";
    message invalid_byte(position): "has an invalid character at byte {position}";
    error path_unknown(path): "no resource at {path}";
    error path_unknown as path_not_utf8(): "the path is not UTF-8";
    error path_unknown as resource_unknown(): "there is no such resource";
    error path_unknown as link_unknown(): "the file name is not that of a signed link",
        hint: "POST /v1/posters/links creates one";
    message list_of_templates(): "GET /v1/templates lists all names";
    message did_you_mean_path(path): "did you mean {path}?";
    message known_paths(paths): "known paths: {paths}";
    message use_extension(extensions): "use {extensions}";
    error method_not_allowed(method, path): "{method} is not allowed on {path}",
        hint: "the `Allow` header lists the supported methods";
    error method_not_allowed as method_connect(): "the method CONNECT is not supported",
        hint: "the service is no proxy: send requests for its own paths";
    error method_not_allowed as method_refused(): "the method is not allowed on this path";
    error host_forbidden(reason): "{reason}; without API keys, only this machine is served",
        hint: "make a key with `haibao keys add NAME` and send it, or use http://127.0.0.1 or http://localhost";
    message host_old_version(version): "the request has the version {version}, as proxies send it";
    message host_proxied(name): "the request came through a proxy: it has the header {name}";
    message host_missing(): "the request names no host";
    message host_foreign(host): "the host {host} is not a loopback address";
    error content_encoding(coding): "the body has the content coding {coding}",
        hint: "send it as it is, without the header `Content-Encoding`";
    error deadline(ms): "the request took longer than {ms} ms", hint: "try again, or raise `http.timeout_ms`";
    message request_failed(): "the request failed";
    message is_a_bug(): "this is a bug in haibao; see its log for details";
    message call_from_back_end(): "call the service from your own back end";
    error origin_forbidden(): "a page of another origin made the request";
    error origin_forbidden as origin_missing(): "the request has no header Origin, which browsers send with a session",
        hint: "programs send the key as `Authorization: Bearer KEY`; the login page and its cookie are for browsers";
    error request_malformed(): "the request cannot be read";
    error request_malformed as not_http(): "the request is not valid HTTP/1.1";
    message part_failed(): "a part of the service cannot be used now",
        hint: "try again later; the operator finds the reason in the log: check the disk space, the database and the bucket";
    error request_malformed as http_version(): "the service speaks HTTP/1.1, not HTTP/2",
        hint: "use HTTP/1.1: curl --http1.1, or proxy_http_version 1.1 in nginx; a proxy in front may speak HTTP/2 with its clients";
    error request_malformed as host_header_missing(): "the request has no header Host",
        hint: "send one header Host with the host and port of the URL";
    error request_malformed as host_header_twice(): "the request has several headers Host",
        hint: "send one header Host with the host and port of the URL";
    error request_malformed as host_header_invalid(): "the header Host is neither a host nor a host with a port",
        hint: "send one header Host with the host and port of the URL";
    error request_malformed as chunked_twice(): "the transfer coding chunked is applied twice";
    error transfer_coding(coding): "the transfer coding {coding} is not supported",
        hint: "send the body with `Content-Length`, or with `Transfer-Encoding: chunked` alone";
    error range_unsatisfiable(): "the range is outside of the file";
    error request_invalid(): "the request is invalid";
    error request_rejected(): "the request is not accepted";
    error internal as server_failed(): "the request failed";
    error body_timeout(): "the body arrives too slowly", hint: "send the whole body at once";
    error request_timeout(): "the headers did not arrive in time";
    error headers_too_large(): "the headers are too large or too many";
    error part_headers_too_large(maximum): "the headers of a part exceed {maximum} bytes";
    error busy as service_stopping(): "the service is stopping",
        hint: "try again after the time in Retry-After, on a new connection";
    error busy as service_stopped(): "the service stopped before the request was finished",
        hint: "try again after the time in Retry-After, on a new connection";
    error busy as connections_full(): "the maximum number of connections is open",
        hint: "try again after the time in Retry-After, on a new connection";
    error busy as memory_full(): "the memory for requests in progress is in use",
        hint: "try again after the time in Retry-After";
    error busy as posters_full(): "too many posters are waiting for pictures, codes or text checks of other hosts",
        hint: "try again after the time in Retry-After";
    error busy as overloaded(): "the service is overloaded: the request could not be completed in time",
        hint: "try again after the time in Retry-After";
    error export_unknown(): "there is no such export";
    error export_unknown as workbook_missing(): "there is no workbook of this export's failures",
        hint: "download failures.csv, which has any number of rows";
    error export_expired(): "the export has expired, its files are deleted", hint: "upload the sheet again";
    message action_paused(): "paused";
    message action_resumed(): "resumed";
    error export_state(state, action): "the export is {state} and cannot be {action}", hint: "check its state first";
    error export_state as export_unfinished_yet(state): "the export is {state}, there is nothing to download yet",
        hint: "check its state first";
    error store_failed as export_file_missing(): "a file of the export is missing";
    error webhook_refused as webhooks_disabled():
        "webhooks are disabled: the setting `exports.webhook_secret` is empty";
    error sheet_too_large as sheet_bytes(maximum): "the sheet exceeds {maximum} bytes",
        hint: "split it, save it as CSV, or raise `exports.max_bytes`";
    error sheet_too_large as form_too_large(): "the body is too large",
        hint: "split the sheet, save it as CSV, or raise `exports.max_bytes`";
    error pictures_too_large as pictures_bytes(maximum): "the archive of pictures exceeds {maximum} bytes",
        hint: "use smaller pictures, split the sheet, or raise `uploads.max_bytes`";
    error disk_failed as sheet_unwritten(reason): "the sheet cannot be written to a temporary file: {reason}",
        hint: "free disk space in the temporary folder (TMPDIR)";
    error rate_limited as key_rate(name, rate): "the key {name} may send {rate} requests a minute",
        hint: "wait as `Retry-After` says, or create a key with a higher --rate";
    error rate_limited as logins_failed(): "too many failed logins";
    error rate_limited as links_rate(rate): "the links of this key are limited to {rate} requests a minute",
        hint: "wait; a CDN in front of the service answers repeated requests; the limit is links.per_minute";
    error limited_quota(name): "the key {name} has requested all limited and square codes of its quota",
        hint: "use unlimited codes, or create a key with a larger --limited-codes";
    error key_scope(who, scope): "{who} does not have the scope \"{scope}\"",
        hint: "haibao keys add NAME --scopes {scope},... creates a key that has it";
    message without_key(): "a request without a key";
    message key_named(name): "the key {name}";
    error key_name(name, maximum): "{name} is not a name for a key",
        hint: "use 1 to {maximum} characters of a-z 0-9 . - _";
    error key_name as key_name_reserved(name): "the name {name} is reserved for callers without a key",
        hint: "choose another name, such as shop";
    error store_busy as keys_unreadable(): "the keys cannot be read: the database is unavailable",
        hint: "try again; check that the database in the setting `store` is running";
    error studio_read_only(): "this service does not write templates",
        hint: "set `studio.edit` to true, or edit the files on its machine with `haibao studio`";
    error studio_read_only as studio_files_refused(): "only keys with the scope admin may have unsaved texts drawn",
        hint: "leave out `files`, or send a key with the scope admin";
    error studio_path(path): "the studio does not write a file {path}",
        hint: "it writes layout.json, artwork.svg, samples/NAME.json and assets/NAME, where names have A-Z a-z 0-9 _ . -";
    error studio_path as studio_path_elsewhere(path): "{path} cannot be written within the template's folder",
        hint: "replace the symbolic link, or the file or folder in its place, with one of the template";
    error file_changed(path, hash): "{path} has changed since it was read: its hash is {hash} now",
        hint: "read it again, and decide between both contents";
    error file_changed as file_removed(path): "{path} has been removed since it was read",
        hint: "write it as a new file, with `If-None-Match: *`";
    error precondition_missing(path): "{path} exists, and the request does not say which content it replaces",
        hint: "send the hash of the content that was read as `If-Match`, in quotation marks";
    error body_too_large as template_file_too_large(maximum): "the file exceeds {maximum} bytes",
        hint: "use a smaller file; no setting allows larger ones";
    error body_too_large as template_full(maximum): "the files of the template would exceed {maximum} bytes in all",
        hint: "remove files that the template does not use; no setting allows more";
    error body_too_large as artwork_bytes(maximum): "the SVG exceeds {maximum} bytes",
        hint: "embed smaller pictures; no setting allows more";
    error template_exists as template_taken(name): "a template {name} exists already", hint: "choose another name";
    error template_name as template_name_reserved(name): "{name} is reserved: it is the address of new templates",
        hint: "choose another name";
    error field_unknown as draft_file_unknown(path, known): "{path} cannot be drawn without being saved",
        hint: "unsaved texts are those of {known}";
    error disk_failed as template_unwritten(path, reason): "{path} cannot be written: {reason}",
        hint: "check that this user may write the folder of the template, and that its disk has room";
    error sample_unknown as sample_picture_unknown(id): "template {id} has no sample picture of this name";
    error links_disabled(): "signed links are disabled: no key is configured",
        hint: "set links.keys, such as HAIBAO_LINKS__KEYS=2026a:SECRET with a secret of 32 characters or more";
    error signature_wrong(): "the signature does not match the link",
        hint: "use the URL exactly as it was created; its key may have been replaced";
    error signature_expired(): "the link has expired", hint: "request a new link";
    error payload_too_long(length, maximum): "the payload of the link has {length} characters, the limit is {maximum}",
        hint: "use POST /v1/posters with \"respond\": \"url\", or upload pictures with POST /v1/assets";
    error payload_invalid(reason): "the payload of the link {reason}",
        hint: "create the link with POST /v1/posters/links, or as docs/links.md describes";
    message payload_base64(): "is not base64url without padding";
    message payload_twice(): "has a member twice";
    message payload_json(): "is not JSON in UTF-8";
    message payload_object(): "is not a JSON object";
    message payload_version(): "does not have the member \"v\": 1";
    message payload_expiry(): "has no `expires_at`, an integer number of seconds";
    message payload_member(name): "has the unknown member {name}";
    message payload_beyond(seconds, maximum):
        "expires in {seconds} s; the setting links.max_seconds allows {maximum} s";
}
