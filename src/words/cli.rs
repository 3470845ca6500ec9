//! The command line: errors and output.

haibao_core::words! {
    message progress(done, total, failed, rate): "{done} of {total}, {failed} failed, {rate}/s";
    message progress_left(done, total, failed, rate, time): "{done} of {total}, {failed} failed, {rate}/s, {time} left";
    message progress_failed(count): "{count} failed";
    message progress_eta(): "{{eta}} left";
    message emulating(url): "emulating WeChat at {url} until Ctrl-C; to use it, set:";
    message demo_serving(url): "serving {url} until Ctrl-C; open it, or try:";
    message stage_start(): "fonts, template, the emulated WeChat";
    message stage_plan(): "parameters checked, layout resolved";
    message stage_code(): "token and code, from the emulated WeChat over HTTP";
    message stage_pictures(): "fetched in parallel with the code";
    message stage_place(): "artwork, text layout, pictures decoded";
    message stage_draw(): "bands drawn";
    message stage_encode(): "bands compressed, file assembled";
    message stage_total(): "since the process started";
    message fonts_family(): "family";
    message fonts_weights(): "weights";
    message fonts_characters(): "characters";
    message fonts_from(): "from";
    message fonts_scripts(): "scripts";
    message fonts_built_in(): "built in";
    message fonts_in_folder(path): "folder {path}";
    message fonts_in_template(name): "template {name}";
    message fonts_ideographs(count): "{count} ideographs";
    message keys_id(): "id";
    message keys_name(): "name";
    message keys_rate(): "rate";
    message keys_limited(): "limited codes";
    message keys_created(): "created";
    message keys_revoked(): "revoked";
    message keys_scopes(): "scopes";
    message fonts_folder(folder):
        "Add fonts for all templates: put .ttf, .otf or .ttc files into the folder {folder} (setting `fonts`, or --fonts DIR)";
    message fonts_no_folder():
        "Add fonts for all templates: name a folder of .ttf, .otf or .ttc files in the setting `fonts`, which is empty, or use --fonts DIR";
    message fonts_own(family):
        "Add fonts for one template: put them into its own folder, TEMPLATE/fonts/.\nLayers name them by family: \"font_family\": \"{family}\". Artwork uses font-family";
    message fonts_serif(family, url):
        "{family} (weights 200 to 900, SIL Open Font License 1.1) is optional, because each weight takes 14 MB. Download it from\n{url}, or with npm:";
    // Local exports.
    error export_running(folder): "another process is writing to {folder}", hint: "wait for it to finish, or stop it";
    error export_differs(): "the unfinished run to be resumed had different inputs",
        hint: "use the same inputs as that run, or remove its work folder to start over";
    error export_unfinished(folder): "{folder} contains an unfinished export",
        hint: "continue with --resume, or remove that folder to start over";
    error output_failed as output_of_list(list, output):
        "{list} has rows that {output} lacks: the posters there would be replaced", hint: "name another output with -o";
    error output_failed as work_left(folder, reason):
        "the export is complete, but {folder} cannot be removed: {reason}", hint: "remove it manually";
    message folder_has_posters(folder):
        "{folder} has the posters of an earlier export: those of the same names are replaced, the others stay";
    message free_and_resume(): "free disk space, then run the same command with --resume: completed rows are kept";
    message fix_and_resume(): "fix the cause, then run the same command with --resume: completed rows are kept";
    error output_failed(name, reason): "cannot write {name}: {reason}";
    // Hints of sheets.
    message flag_map_like(column, name): "if it is, add --map {column}={name}";
    message flag_map_one(first, second, name):
        "add --map {first}={name} or --map {second}={name}, or remove one of both";
    message flag_map_missing(name): "add this column, or name an existing one for it: --map COLUMN={name}";
    message flag_map_ambiguous(column): "name the column as one of these parameters, or add --map {column}=PARAM";
    message flag_map(): "for a column that is needed, add --map COLUMN=PARAM";
    message flag_hidden(): "to leave them out, add --hidden skip";
    message flag_pictures(): "add --pictures with the folder or the ZIP of the pictures, or write URLs that begin with https://";
    message flag_set_file(name, path): "for the file of this machine, write --set {name}=@{path}";
    // Errors of arguments, in other languages than English.
    message usage_help(command): "`{command} --help` lists the arguments";
    message usage_value_missing(argument): "{argument} lacks a value";
    message usage_value(value, argument): "{value} is no value for {argument}";
    message usage_values(argument): "{argument} has the wrong number of values";
    message serving(url): "serving {url}";
    message studio_at(url): "studio: {url}";
    message access_open(): "open: there is no API key, so every program on this machine may use it";
    message access_keys(count): "API keys: {count}";
    message access_unknown(reason): "the API keys cannot be read yet: {reason}";
    message usage_unknown(argument): "there is no argument {argument}";
    message usage_command(name): "there is no command {name}";
    message usage_command_missing(): "the command is missing";
    message usage_conflict(argument, other): "{argument} cannot be used with {other}";
    message usage_missing(arguments): "{arguments} is missing";
    message usage_encoding(): "an argument is not UTF-8";
    error check_failed(count, templates): "{count} finding(s) in {templates} template(s)";
    message sheet_shows_cases(): "--sheet FILE.png shows every case";
    message cases_written(name, path): "{name}: wrote all cases to {path}";
    error sample_unknown(name): "there is no sample {name}";
    error address_unusable(addr, reason): "cannot listen on {addr}: {reason}",
        hint: "choose another one with --addr HOST:PORT; port 0 selects a free port";
    error address_unusable as emulator_address(addr, reason): "cannot listen on {addr}: {reason}",
        hint: "use a loopback address whose port is free, such as --addr 127.0.0.1:0";
    error service_unhealthy(url, reason): "{url}: {reason}",
        hint: "check that `haibao serve` runs with the same `addr`, and its log";
    message status(status): "status {status}";
    error key_unknown as no_such_key(key): "there is no valid key {key}",
        hint: "haibao keys list --all shows all keys";
    error key_rate as burst_without_rate(): "--burst needs a rate, but --rate is none",
        hint: "omit --burst, or set a rate such as 600/min";
    error key_scope as limited_scope(): "--limited-codes needs the scope limited-codes", hint: "add it to --scopes";
    error key_exists(name): "there is a valid key with the name {name}",
        hint: "choose another name, or revoke that key first with `haibao keys revoke NAME`";
    error backup_exists(path): "{path} exists already", hint: "choose a new folder";
    error backup_empty(path): "there is no database {path}",
        hint: "check the setting `data`, and that this user may read its folder; `haibao config` shows the settings";
    error backup_server(): "the records are in Postgres, which this command does not copy",
        hint: "use pg_dump, and back up the bucket: docs/deploy.md, \"Backups\"";
    message path_undecodable(): "its path is not UTF-8";
    message backup_bucket(): "the files are in a bucket, which this command does not copy";
    message backup_done(files): "copied the database and {files} [file|files]";
    message key_revoked(key): "revoked {key}; services notice within two seconds";
    message key_shown(name, scopes, rate):
        "the key is shown only once; send it as `Authorization: Bearer KEY`\nname {name}, scopes {scopes}, rate {rate}";
    error setting_invalid as log_filter(text, reason): "{text} is not a valid log filter: {reason}",
        hint: "use error, warn, info, debug or trace";
    error setting_invalid as log_level(level): "{level} is not a level of the log",
        hint: "use error, warn, info, debug, trace or off";
    error setting_invalid as log_target(name): "{name} is neither a level of the log nor a part that logs",
        hint: "use error, warn, info, debug, trace or off, or a part with its level, such as haibao::wechat=debug";
    error setting_invalid as log_span(name): "there is no span {name} in the log", hint: "the only one is request";
    error templates_missing(folder): "the template folder {folder} does not exist",
        hint: "check --templates, or create the folder with `haibao new NAME --templates DIR`";
    error output_failed as folder_unwritable(folder, reason): "cannot write into {folder}: {reason}";
    error template_exists(folder): "{folder} already exists",
        hint: "choose another name, or remove that folder first";
    error feature_missing(setting, feature):
        "`{setting}` needs the feature `{feature}`, which this binary was built without",
        hint: "build it with cargo build --profile dist --features {feature}, or leave `{setting}` empty";
    error setting_invalid as otlp_url(): "not an HTTP URL",
        hint: "write the collector's OTLP/HTTP endpoint, such as http://127.0.0.1:4318/v1/traces";
    error output_terminal(): "refusing to write a picture to a terminal",
        hint: "write it to a file with -o FILE, or pipe it to another program";
    error output_format(path, format, other): "{path} names another format: this command writes {format}",
        hint: "write to {other}; convert the file afterwards if you need another format";
    error output_folder(folder): "the folder {folder} does not exist", hint: "create it or choose another";
    error output_folder as output_is_folder(path): "{path} is a folder", hint: "specify a file in it";
    error output_folder as folder_uncreated(folder, reason): "cannot create the folder {folder}: {reason}";
    message standard_output(): "standard output";
    message standard_input(): "standard input";
    error file_unreadable(name, reason): "cannot read {name}: {reason}";
    error file_too_large(name, maximum): "{name} exceeds {maximum} bytes";
    error json_invalid as params_json(path, line, column, reason): "{path}:{line}:{column}: {reason}",
        hint: "expected one JSON object of parameters";
    error json_duplicate as params_duplicate(path, line, column, name):
        "{path}:{line}:{column}: the member {name} occurs twice", hint: "write each member once";
    error emulator_failed(reason): "cannot start the emulated WeChat: {reason}";
    error emulator_failed as emulator_folder(reason): "cannot create a folder for the emulated WeChat: {reason}";
    error field_type as not_an_object(path): "{path} is not a JSON object", hint: "write {{\"id\": \"123\"}}";
    error scene_too_long as scene_needs_link(scene, length, maximum):
        "{scene} has {length} characters, a scene may have at most {maximum}",
        hint: "create a short link with --link, or pass fewer parameters";
    error scene_too_long as scene_nested(): "a scene cannot hold a list or an object",
        hint: "create a short link with --link, or pass fewer parameters";
    message looked_up_in_folder(folder): "it was looked up in the data folder {folder}";
    message looked_up_in_store(): "it was looked up in the database of the setting `store`";
    message scene_length(length, maximum): "{length} of {maximum} characters";
    message launch_parameter(text): "launch parameter for WeChat DevTools: {text}";
    message limited_used(used): "{used} of the app's 100000 limited codes are used";
    message codes_done(done, total, folder, fetched, known):
        "{done} of {total} [code|codes] in {folder} ({fetched} fetched, {known} known)";
    message wait(): "wait";
    message run_again_to_resume(hint):
        "{hint}; run the same command again to resume: fetched codes are not requested again";
    message row_said(row, message, code): "row {row}: {message} ({code})";
    message cell_said(column, value, message): "{column} {value}: {message}";
    error codes_failed(failed, total): "{failed} of {total} [code|codes] failed",
        hint: "run the same command again to retry the failed rows";
    message check_the_disk(): "check that the disk has room";
    message more_faults(more): "{more} more [fault is|faults are] not shown";
    message of_file(path, message): "{path}: {message}";
    warning no_apps(): "no mini-program is set up in `apps`: no code can be fetched from WeChat, so posters with a mini-program code, /v1/codes and /api/qrcode respond with `app_unknown`; short links, plain QR codes and posters without a code work",
        hint: "set HAIBAO_APPS__DEFAULT__APPID and HAIBAO_APPS__DEFAULT__SECRET, or try the service with `haibao serve --demo`";
    warning no_apps as no_default_app(names): "no mini-program is named `default`: requests and templates that name none respond with `app_unknown`",
        hint: "name one with \"app\": {names}; or set it up as `apps.default`";
    warning data_folder_open(folder, mode): "other users may read the data folder {folder} (mode {mode})",
        hint: "chmod 700 {folder}";
    error demo_loopback(addr): "{addr} is not a loopback address; a demo is for this machine only",
        hint: "listen on 127.0.0.1, or configure an app and serve without the demo";
    error key_required(addr): "{addr} is not a loopback address, and there is no API key",
        hint: "make a key with `haibao keys add NAME`, or listen on 127.0.0.1";
    error rows_invalid(invalid, total): "{invalid} of {total} [row is|rows are] invalid";
    message rows_listed(path): "{path} lists them all; nothing was drawn";
    message fix_rows(): "fix them, or omit --strict and --dry-run to draw the other rows";
    message rows_drawable(total): "{total} [row|rows] can be drawn";
    message posters_written(posters, total, path): "{posters} of {total} [poster|posters] in {path}";
    error rows_failed(failed, total): "{failed} of {total} [row has|rows have] no poster";
    message failures_lack_pictures(count):
        "{count} [picture of a cell is|pictures of cells are] not in the list of failures: insert [it|them] again before you export it";
    message failures_listed(path): "{path} lists them with the reasons; fix the rows and export that file";
    message and_then(first, second): "{first}; {second}";
    message resume(): "run the same command with --resume; finished rows are not drawn again";
    error export_stopped(done, total): "stopped after {done} of {total} [row|rows]",
        hint: "run the same command with --resume; finished rows are not drawn again";
    message drawn(posters, seconds, percent, threads):
        "{posters} [poster|posters] in {seconds} s; {percent} % of the time of {threads} [thread|threads] spent drawing";
    message nothing_done(): "no row is done yet, starting with the first one";
    message resuming(done, total): "{done} of {total} [row is|rows are] done, resuming";
    message stopping(): "stopping after the rows in progress; repeat to stop immediately";
    message rows_valid(total): "{total} [row, valid|rows, all valid]";
    message rows_some_invalid(total, invalid): "{total} [row|rows], {invalid} of them invalid";
    message more_reasons(more): "and {more} more [reason|reasons]";
    message about(number): "about {number}";
    message codes_cached(): "all codes are cached";
    message codes_sample(count): "{count} sample [code|codes] from an emulated WeChat";
    message codes_new(count): "{count} new [code|codes] from WeChat";
    message codes_new_time(count, time, rate):
        "{count} new [code|codes] from WeChat: at least {time} at {rate} per minute and app";
    message label_error(): "error";
    message label_warning(): "warning";
    message label_hint(): "hint";
    message cases_found(name, cases, found): "{name}: {cases} [case|cases], {found}";
    message found_none(): "no finding";
    message found_one(): "1 finding";
    message found_many(count): "{count} findings";
    message found_in(cases): "in: {cases}";
    message new_slots(slots): "slots: {slots}";
    message new_without_slots():
        "no element is named like a slot: name the placeholders `title`, `photo`, `price` and so on, or choose them in `haibao studio`";
    message new_next(name): "next: haibao render {name} --sample usual --demo -o poster.png";
    message hinted(hint): "hint: {hint}";
    message code_not_converted(): "the code's picture cannot be converted";
    message pair_incomplete(name, value, given): "expected {name}={value}: write {given}={value}";
    message pair_unnamed(name, value): "expected {name}={value}: the name before = is missing";
    message set_by_title(title, name): "{title} sets `{name}`";
    message left_empty(names): "left empty: {names}";
}
