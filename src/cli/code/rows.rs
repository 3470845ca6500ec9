//! The rows of `haibao code --rows`: a CSV file becomes codes and the names of their files, checked before anything is
//! fetched.

use std::{collections::HashMap, fs, path::Path};

use crate::{
    code::{CodeFields, CodeNeed, Opens, SceneRequest},
    error::{Error, Finding, Kind, Result},
    scene::Scene,
    template::source::nearest,
};

/// Columns that a row may have. `scene.NAME` gives one parameter of the scene.
const COLUMNS: [&str; 13] = [
    "file_name",
    "kind",
    "app",
    "page",
    "scene",
    "path",
    "text",
    "env_version",
    "check_path",
    "width",
    "auto_color",
    "line_color",
    "is_hyaline",
];
/// Prefix of a column that is one parameter of the scene.
const PARAMETER: &str = "scene.";
/// Faults that are told; a column that is wrong in every row says nothing more.
const MAX_FAULTS: usize = 50;
/// Most bytes of a file's name, leaving room for its ending (most file systems take 255).
const MAX_NAME: usize = 200;

/// One code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is fetched.
    pub need: CodeNeed,
    /// The file's name, without its ending; no other row has it.
    pub name: String,
}

/// Reads all rows; a cell that is empty or a column that is absent leaves the command's own flag in effect.
///
/// # Errors
/// `rows_unreadable`; `rows_invalid` with every fault: `FILE:LINE: COLUMN: what`.
pub(super) fn read(file: &Path, flags: &CodeFields) -> Result<Vec<Row>> {
    let name = file.display();
    let text = fs::read(file).map_err(|e| unreadable(format!("cannot read {name}: {e}")))?;
    let text = String::from_utf8(text)
        .map_err(|_| unreadable(format!("{name} is not UTF-8")).hint("save it as \"CSV UTF-8\""))?;
    parse(text.trim_start_matches('\u{feff}'), flags).map_err(|findings| {
        let more = findings.len().saturating_sub(MAX_FAULTS);
        let place = |f: Finding| Finding { pointer: f.pointer.map(|p| format!("{name}:{p}")), ..f };
        let told = findings.into_iter().take(MAX_FAULTS).map(place).collect();
        let error = Error::findings(Kind::Invalid, "rows_invalid", told);
        if more > 0 { error.hint(format!("{more} more faults are not shown")) } else { error }
    })
}

fn parse(text: &str, flags: &CodeFields) -> Result<Vec<Row>, Vec<Finding>> {
    let at = |line: u64, column: &str| if column.is_empty() { line.to_string() } else { format!("{line}: {column}") };
    let mut reader = csv::ReaderBuilder::new().flexible(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        vec![Finding::error("row_broken", words(error)).pointer(at(line, ""))]
    };
    let header = reader.headers().map_err(|e| broken(&e))?.clone();
    let mut findings = unknown_columns(&header);
    if !findings.is_empty() {
        return Err(findings);
    }
    let (mut rows, mut names) = (Vec::new(), HashMap::<String, usize>::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.extend(broken(&error));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cells = header.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        let (fields, name) = match fields(cells, flags) {
            Ok(read) => read,
            Err(found) => {
                findings.extend(
                    found
                        .into_iter()
                        .map(|(column, said)| Finding::error("cell_invalid", said).pointer(at(line, &column))),
                );
                continue;
            }
        };
        let need = match fields.need() {
            Ok(need) => need,
            Err(found) => {
                findings.extend(found.into_iter().map(|f| {
                    let column = f.pointer.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
                    f.pointer(at(line, &column))
                }));
                continue;
            }
        };
        let name = safe(&name.unwrap_or_else(|| default_name(&need)));
        // On most desktops a file's name has no case.
        match names.get(&name.to_lowercase()).and_then(|&index| rows.get(index)) {
            None => {
                names.insert(name.to_lowercase(), rows.len());
                rows.push(Row { line, need, name });
            }
            Some(Row { need: same, .. }) if *same == need => {}
            Some(Row { line: other, .. }) => {
                let message = format!("line {other} writes the file {name:?}, too");
                let hint = "give each row a file_name of its own";
                findings.push(Finding::error("file_name_taken", message).pointer(at(line, "file_name")).hint(hint));
            }
        }
    }
    if findings.is_empty() { Ok(rows) } else { Err(findings) }
}

fn unknown_columns(header: &csv::StringRecord) -> Vec<Finding> {
    let unknown = header.iter().filter(|name| !COLUMNS.contains(name) && !name.starts_with(PARAMETER));
    let finding = |name: &str| {
        let finding = Finding::error("column_unknown", format!("there is no column {name:?}")).pointer("1");
        match nearest(name, COLUMNS.iter().copied()) {
            Some(near) => finding.hint(format!("did you mean {near:?}?")),
            None => finding.hint(format!("known are: {}, scene.NAME", COLUMNS.join(", "))),
        }
    };
    unknown.map(finding).collect()
}

/// The fields of a row over those of the command, and the file's name; or `(column, what)` of each bad cell.
#[expect(clippy::type_complexity, reason = "one caller, which takes it apart at once")]
fn fields<'a>(
    cells: impl Iterator<Item = (&'a str, &'a str)>,
    flags: &CodeFields,
) -> Result<(CodeFields, Option<String>), Vec<(String, String)>> {
    let (mut fields, mut name, mut faults) = (flags.clone(), None, Vec::new());
    let mut parameters = serde_json::Map::new();
    for (column, cell) in cells {
        let own = cell.to_owned();
        let result: Result<(), String> = match column {
            "file_name" => put(&mut name, own),
            "kind" => set(&mut fields.kind, cell.parse()),
            "app" => put(&mut fields.app, own),
            "page" => put(&mut fields.page, own),
            "scene" => put(&mut fields.scene, SceneRequest::Text(own)),
            "path" => put(&mut fields.path, own),
            "text" => put(&mut fields.text, own),
            "env_version" => set(&mut fields.env_version, cell.parse()),
            "check_path" => set(&mut fields.check_path, truth(cell)),
            "width" => set(&mut fields.width, cell.parse().map_err(|_| format!("expected px, got {cell:?}"))),
            "auto_color" => set(&mut fields.auto_color, truth(cell)),
            "line_color" => set(&mut fields.line_color, cell.parse()),
            "is_hyaline" => set(&mut fields.is_hyaline, truth(cell)),
            parameter => {
                let key = parameter.trim_start_matches(PARAMETER).to_owned();
                parameters.insert(key, own.into());
                Ok(())
            }
        };
        faults.extend(result.err().map(|said| (column.to_owned(), said)));
    }
    if !parameters.is_empty() {
        if fields.scene.is_some() {
            faults.push(("scene".to_owned(), "a row has either `scene` or columns `scene.NAME`".to_owned()));
        }
        fields.scene = Some(SceneRequest::Map(parameters));
    }
    if faults.is_empty() { Ok((fields, name)) } else { Err(faults) }
}

fn put<T>(field: &mut Option<T>, value: T) -> Result<(), String> {
    *field = Some(value);
    Ok(())
}

fn set<T, E: ToString>(field: &mut Option<T>, value: Result<T, E>) -> Result<(), String> {
    *field = Some(value.map_err(|e| e.to_string())?);
    Ok(())
}

fn truth(cell: &str) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "是" => Ok(true),
        "false" | "0" | "no" | "否" => Ok(false),
        _ => Err(format!("expected true or false, got {cell:?}")),
    }
}

/// A name from what the code says.
fn default_name(need: &CodeNeed) -> String {
    match &need.opens {
        Opens::Unlimited { scene: Scene::Text(text) | Scene::Link(text), .. } => text.clone(),
        Opens::Limited { path: text } | Opens::Square { path: text } | Opens::Qr { text } => text.clone(),
    }
}

/// A name that every file system takes.
fn safe(name: &str) -> String {
    /// Names that Windows keeps for devices.
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let replace = |c: char| if c.is_control() || "<>:\"/\\|?*".contains(c) { '_' } else { c };
    let mut safe: String = name.chars().map(replace).collect();
    let end = (0..=safe.len().min(MAX_NAME)).rev().find(|&i| safe.is_char_boundary(i)).unwrap_or(0);
    safe.truncate(end);
    let trimmed = safe.trim_end_matches(['.', ' ']).trim_start_matches(['.', ' ']);
    let stem = trimmed.split('.').next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    if trimmed.is_empty() || DEVICES.contains(&stem.to_ascii_lowercase().as_str()) {
        return format!("_{trimmed}");
    }
    trimmed.to_owned()
}

fn unreadable(message: String) -> Error {
    Error::new(Kind::Invalid, "rows_unreadable", message)
}

/// What is wrong with a line, without its place.
fn words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, the first line has {expected_len}")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let found = parse(text, &CodeFields::default()).expect_err("faults");
        found.into_iter().map(|f| format!("{} {}", f.pointer.unwrap_or_default(), f.message)).collect()
    }

    #[test]
    fn cells_go_over_flags_and_empty_cells_do_not() {
        let flags = CodeFields { page: Some("pages/a".into()), width: Some(300), ..CodeFields::default() };
        let text = "scene,page,width,file_name\nid=1,,,\nid=2,pages/b,400,\"二/号\"\n";
        let rows = parse(text, &flags).expect("rows");
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.name.as_str(), row.need.width, row.need.page_and_scene().map(|(p, _)| p)))
            .collect();
        assert_eq!(seen, [(2, "id=1", 300, Some("pages/a")), (3, "二_号", 400, Some("pages/b"))]);
    }

    #[test]
    fn parameters_have_columns_of_their_own() {
        let rows = parse("scene.id,scene.u\n7,x\n8,\n", &CodeFields::default()).expect("rows");
        let scenes: Vec<_> = rows.iter().filter_map(|row| row.need.page_and_scene()).map(|(_, scene)| scene).collect();
        assert_eq!(scenes, [&Scene::Text("id=7&u=x".into()), &Scene::Text("id=8".into())]);
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        let text = "scene,page,width,is_hyaline\n商,pages/a,,\nid=1,/a,abc,\nid=2,,,maybe\nid=3,,2000,\n,,,\n";
        assert_eq!(
            faults(text),
            [
                "2: scene the scene holds `商` at character 1, which is not allowed",
                "3: width expected px, got \"abc\"",
                "4: is_hyaline expected true or false, got \"maybe\"",
                "5: width the width is 2000 px, 280 to 1280 are allowed",
                "6: scene `scene` is missing",
            ]
        );
        assert_eq!(faults("scene,pgae\na,b\n"), ["1 there is no column \"pgae\""]);
        assert_eq!(faults("scene,page\na,b,c\n"), ["2 3 cells, the first line has 2"]);
        assert_eq!(
            faults("scene,page\nID=1,a\nid=1,a\n"),
            ["3: file_name line 2 writes the file \"id=1\", too"],
            "two files that differ in case only are one on many desktops"
        );
    }

    #[test]
    fn a_row_that_comes_twice_is_fetched_once() {
        assert_eq!(parse("scene\nid=1\nid=1\n", &CodeFields::default()).map(|rows| rows.len()), Ok(1));
        assert_eq!(parse("scene\n", &CodeFields::default()).map(|rows| rows.len()), Ok(0));
    }

    #[test]
    fn names_are_safe_everywhere() {
        for (name, expected) in [
            ("a/b\\c:d", "a_b_c_d"),
            ("../../etc", "_.._etc"),
            ("CON", "_CON"),
            ("com1.png", "_com1.png"),
            ("...", "_"),
            ("a.", "a"),
            ("好?", "好_"),
        ] {
            assert_eq!(safe(name), expected);
        }
        assert_eq!(safe(&"长".repeat(100)).len(), 198);
    }
}
