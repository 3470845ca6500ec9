//! The service: pictures by URL, stored pictures and posters, templates, the store.

haibao_core::words! {
    error data_uri_invalid as data_none(): "this is not a data: URI",
        hint: "it begins with `data:image/png;base64,` or `data:image/jpeg;base64,`";
    error data_uri_invalid as data_comma(): "the data: URI has no comma before its data",
        hint: "it begins with `data:image/png;base64,` or `data:image/jpeg;base64,`";
    error data_uri_invalid as data_empty(): "the data: URI has no data",
        hint: "it begins with `data:image/png;base64,` or `data:image/jpeg;base64,`";
    error data_uri_invalid as data_space(position): "the base64 has a space at position {position}",
        hint: "encode + as %2B in query strings and forms";
    error data_uri_invalid as data_alphabet(position):
        "the base64 uses the URL-safe alphabet (at position {position})",
        hint: "use the standard alphabet with + and /";
    error data_uri_invalid as data_character(character, position):
        "the base64 has the character '{character}' at position {position}",
        hint: "base64 has A-Z a-z 0-9 + / and = at its end: encode the file again";
    error data_uri_invalid as data_truncated(): "the base64 is truncated",
        hint: "check that the URI was transmitted completely";
    error asset_too_large as data_too_large(bytes, maximum):
        "the data: URI decodes to {bytes} bytes, the limit is {maximum}",
        hint: "use a smaller picture, or pass its URL";
    error asset_refused as url_too_long(bytes, maximum): "the URL has {bytes} bytes, the limit is {maximum}";
    error asset_refused as url_unreadable(url, reason): "{url} is not a URL: {reason}",
        hint: "use an absolute URL that starts with https://";
    error asset_refused as url_not_http(url): "{url} is neither http nor https";
    error asset_refused as url_has_credentials(url): "{url} contains credentials",
        hint: "use a URL without credentials, such as a signed one";
    error asset_refused as url_without_host(url): "{url} has no host";
    error asset_refused as host_not_allowed(url, host): "{url} is on a host that the settings do not allow",
        hint: "add \"{host}\" to assets.allow_hosts";
    error asset_refused as port_not_allowed(url, port): "{url} uses port {port}, which the settings do not allow",
        hint: "use port 80 or 443, or add the port to assets.allow_ports";
    error asset_refused as host_name_invalid(url): "{url} has an invalid host name", hint: "check the host name";
    error asset_refused as ip_form(url, ip): "{url} has an IP address in an unusual form", hint: "write {ip}";
    error asset_refused as host_not_public(url): "the host name of {url} has no public address",
        hint: "check the host name; internal hosts must be listed in assets.allow_private";
    message address_is(ip, what): "{ip} is {what}";
    message net_this(): "reserved (this network)";
    message net_private(): "private";
    message net_carrier(): "used for carrier-grade NAT (CGNAT)";
    message net_loopback(): "loopback";
    message net_cloud(): "a cloud platform endpoint";
    message net_link_local(): "link-local";
    message net_reserved(): "reserved";
    message net_documentation(): "for documentation";
    message net_relay(): "a 6to4 relay";
    message net_benchmarking(): "reserved for benchmarking";
    message net_multicast(): "multicast";
    message net_teredo(): "a Teredo tunnel";
    message net_tunnel(): "a 6to4 tunnel";
    message net_unspecified(): "unspecified";
    message net_embedded(): "an IPv4 address in IPv6 form";
    message net_nat64(): "a NAT64 translation";
    error asset_refused as address_private(url, reason, endpoint): "{url} does not lead to a public address: {reason}",
        hint: "to allow it, add \"{endpoint}\" to assets.allow_private";
    error cancelled(): "the result is no longer needed";
    error cancelled as callers_gone(): "every caller of the code has gone";
    error asset_timeout(url, ms): "{url} was not received completely within {ms} ms",
        hint: "use a smaller picture or a faster host, or raise assets.timeout_ms";
    error busy as asset_waits(url):
        "{url} was not requested in time, because too many other pictures of its host were being received",
        hint: "try again after the time in Retry-After, use a faster host, or raise assets.max_per_host";
    error asset_timeout as layer_timeout(ms):
        "the picture was not received within {ms} ms, the `timeout_ms` of its layer",
        hint: "use a smaller picture or a faster host, or raise `timeout_ms` in the template";
    error asset_redirects(url, maximum): "{url} redirects more than {maximum} times",
        hint: "give the URL at which the picture itself lies";
    error asset_redirects as asset_redirect_lost(url, status):
        "{url} redirects without a valid location (status {status})",
        hint: "give the URL at which the picture itself lies";
    error asset_not_a_picture(what, url): "the URL returned {what} instead of a picture: {url}",
        hint: "open the URL in a private window: it must show a JPEG, PNG, WebP or GIF without a login";
    message got_nothing(): "nothing (an empty body)";
    message got_svg(): "an SVG drawing";
    message got_web_page(): "a web page";
    error asset_status(url, status): "{url} responded with status {status}";
    message status_login(): "the host requires a login or a signature: check that a signed URL has not expired";
    message status_missing(): "the file does not exist: check the URL";
    message status_busy(): "the host is busy or limits requests: try again later";
    message status_internal(): "the host has an internal error: try again later";
    message status_other(): "the URL must respond to a plain GET request with status 200 and the picture";
    error asset_placeholder(url): "{url} is an expired avatar: the host responds with a grey placeholder",
        hint: "the user has changed the avatar: ask for it again, and keep a copy of the picture instead of its URL";
    error asset_unreachable(url, reason): "{url} cannot be read: {reason}",
        hint: "check the URL, and that its host is reachable from this machine";
    error asset_too_large(url, bytes, maximum): "{url} has {bytes} bytes, the limit is {maximum}",
        hint: "use a smaller picture, or raise assets.max_bytes";
    error asset_too_large as asset_larger(url, maximum): "{url} has more than {maximum} bytes, the limit",
        hint: "use a smaller picture, or raise assets.max_bytes";
    error findings(first): "`strict` does not allow the poster: {first}",
        hint: "fix the findings, or omit `strict`";
    error fonts_unreadable(folder, reason): "the font folder {folder} cannot be read: {reason}",
        hint: "create the folder, or set `fonts` to another one";
    error template_unreadable(id, reason): "the files of template {id} cannot be read: {reason}";
    error template_unknown(id): "there is no template {id}";
    message did_you_mean_quoted(name): "did you mean {name}?";
    message available(names): "available: {names}";
    error template_invalid(id, reason): "template {id} is broken: {reason}";
    error template_invalid as template_broken(id, reason, more): "template {id} is broken: {reason} (and {more} more)";
    message samples_unfit(): "if layout.json has other parameters now, rewrite or delete the samples in samples/";
    error template_version_unknown(id, version, current):
        "the template {id} has no version {version}, or it has been removed",
        hint: "the current version is {current}; `catalog.keep_seconds` sets how long replaced ones are kept";
    error store_failed as template_files_damaged(id): "the stored files of the template {id} are damaged";
    error store_failed as template_damaged(): "a stored template is damaged";
    error picture_unsupported(what): "the upload is {what}; JPEG, PNG, WebP and GIF are supported";
    message upload_empty(): "empty", hint: "send the picture as the body, or as the part `file` of a form";
    message upload_avif(): "an AVIF picture", hint: "convert it to JPEG, PNG or WebP";
    message upload_heic(): "a HEIC picture",
        hint: "convert it to JPEG: wx.chooseMedia with sizeType [\"compressed\"] and wx.compressImage return JPEG";
    message upload_mp4(): "a video or a picture in an MP4 container",
        hint: "upload a picture as JPEG, PNG, WebP or GIF";
    message upload_svg(): "an SVG drawing", hint: "export it as PNG, or use it as the artwork of a template";
    message upload_web_page(): "a web page", hint: "upload the picture itself";
    message upload_bmp(): "a BMP picture", hint: "convert it to PNG";
    message upload_tiff(): "a TIFF picture", hint: "convert it to JPEG or PNG";
    message upload_jpeg_xl(): "a JPEG XL picture", hint: "convert it to JPEG, PNG or WebP";
    message upload_pdf(): "a PDF", hint: "export the page as PNG";
    message upload_other(): "not a picture of a supported format", hint: "use JPEG, PNG, WebP or GIF";
    error asset_expired(name): "the uploaded picture {name} has expired",
        hint: "upload it again with POST /v1/assets; uploads.expires_seconds sets its lifetime";
    error asset_unknown(hash): "no uploaded picture has the hash {hash}",
        hint: "upload it with POST /v1/assets; expired pictures are removed";
    error poster_unknown(): "no poster is kept under this name",
        hint: "create it again with POST /v1/posters; expired posters are removed";
    error poster_expired(): "the poster has expired", hint: "create it again with POST /v1/posters";
    error pool_failed(): "cannot start a drawing thread";
    message drawing_failed(): "drawing the poster failed";
    error http_client(reason): "the HTTP client cannot be created: {reason}";
    message blob_read(): "read";
    message blob_written(): "written";
    message blob_cleared(): "cleared";
    error store_failed as folder_failed(folder, what, reason): "the folder {folder} cannot be {what}: {reason}",
        hint: "check that the disk has free space and that this user owns the folder; `data` sets another folder";
    error store_busy as bucket_busy(bucket, what, reason): "{bucket} cannot be {what} now: {reason}",
        hint: "try again; check that the bucket is reachable";
    error store_failed as bucket_failed(bucket, what, reason): "{bucket} cannot be {what}: {reason}",
        hint: "check that the bucket in the setting `blobs` exists and that its access key has the permissions";
    error file_unreadable as blob_file_unreadable(key, reason): "the file for {key} cannot be read: {reason}";
    error store_busy as bucket_stuck(): "the bucket accepted no data for two minutes";
    error file_unwritable(path, reason): "{path} cannot be written: {reason}",
        hint: "check that the disk has free space";
    error store_busy as read_interrupted(reason): "reading a stored file was interrupted: {reason}";
    error store_busy as no_answer(): "no answer in time";
    message no_response(): "no response in time";
    message migration_locked(): "another process holds the migration lock";
    error store_busy as database_locked(): "the database file in the data folder is locked by another process",
        hint: "try again; make sure that no other program locks it for long";
    error store_conflict(): "the store already has a row with this unique value";
    error store_failed(reason): "the store cannot be used: {reason}",
        hint: "check that its disk has free space; see the log for details";
    error store_failed as export_state_unknown(): "an export has an unknown state";
    error store_failed as queue_rejected(reason): "the job queue rejected a task: {reason}";
    error store_busy as database_unavailable(reason): "the database is unavailable: {reason}",
        hint: "try again; check that the database in the setting `store` is running and accepts connections";
    error store_failed as store_replaced(path): "{path} was removed or replaced while it is in use: what is written now is lost",
        hint: "stop the service; put the file back, or restore a backup, and start it again";
    error store_unusable as queue_unusable(reason): "cannot open the job queue: {reason}",
        hint: "`data` must be a folder that this process can write to; a Postgres user must be allowed to create the schema apalis and the extension hstore, unless an administrator has created them";
    error store_busy as queue_unavailable(reason): "the job queue is unavailable: {reason}",
        hint: "try again; check that there is room on the disk, or that the database is running";
    error scene_too_large as link_too_large(bytes, maximum):
        "the parameters have {bytes} bytes, the limit for a short link is {maximum}";
    message link_id_form(length): "an id has {length} characters of 0-9 A-Z a-z";
    error scene_expired(): "this short link has expired",
        hint: "create the link again with the same parameters: its id stays the same, so the code works again";
    error scene_unknown(): "this short link does not exist";
    error setting_invalid as postgres_file(name, path, reason, variable):
        "{name} of `store` names {path}, which cannot be read: {reason}",
        hint: "create the file {path}, or set another path with {name}= or {variable}";
    error store_unusable as sqlite_unusable(path, reason): "cannot open {path}: {reason}",
        hint: "the setting `data` must name a folder that this process may write to, on a disk with free space";
    error store_unusable as postgres_unusable(server, reason): "cannot use the database at {server}: {reason}",
        hint: "the setting `store` must name a Postgres database and a user that may create tables in it";
    error store_busy as postgres_busy(server, reason): "cannot use the database at {server}: {reason}",
        hint: "try again; check that the server is running and reachable";
    message store_stopped(): "the store has stopped";
    message restart(): "restart the process";
}
