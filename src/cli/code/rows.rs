//! Rows of `haibao code --rows`: turns a sheet into codes and their file names, and checks all of them before fetching.

use std::{collections::HashMap, path::Path};

use serde_json::Map;

use crate::{
    cli::{report, sheet},
    export::{
        Reason,
        code_column::{Field, SCENE_PREFIX},
        file_name::{MAX_BYTES, safe},
    },
    words,
};
use haibao_core::{
    code::{CodeFields, CodeNeed, Opens, SceneRequest},
    error::{Error, ErrorKind, Finding, Message, Result},
    scene::Scene,
    template::suggest::nearest,
};
use haibao_sheet::{Cell, Cells, Sheet};

/// Name of the width in findings, and its column.
pub(super) const WIDTH: &str = "width";
/// Column of the file name.
const FILE_NAME: &str = "file_name";
/// Maximum number of faults reported; a column that is wrong in every row would flood the terminal.
const MAX_FAULTS: usize = 50;
/// Bytes of a file name reserved for the extension.
const EXTENSION_BYTES: usize = 5;

/// One code to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeRow {
    /// Row number as spreadsheet programs show it.
    pub line: u64,
    /// What the code must open, from the columns of the row.
    pub need: CodeNeed,
    /// File name without extension, unique among the rows.
    pub name: String,
}

/// Reads all rows of a sheet. Empty cells and absent columns fall back to the command's flags.
///
/// # Errors
/// Errors of [`sheet::read`]; `rows_invalid` with all faults, located by `FILE:ROW: COLUMN`.
pub(super) fn read(file: &Path, flags: &CodeFields, width: Option<u32>) -> Result<Vec<CodeRow>> {
    let name = file.display();
    parse(&sheet::read(file)?, flags, width).map_err(|findings| {
        let more = findings.len().saturating_sub(MAX_FAULTS);
        let place = |finding: Finding| finding.map_pointer(|pointer| format!("{name}:{pointer}"));
        let reported = findings.into_iter().take(MAX_FAULTS).map(place).collect();
        let error = Error::findings(ErrorKind::Invalid, "rows_invalid", reported);
        if more > 0 { error.hint(words::more_faults(more)) } else { error }
    })
}

fn parse(sheet: &Sheet, flags: &CodeFields, width: Option<u32>) -> Result<Vec<CodeRow>, Vec<Finding>> {
    let at = |line: u64, column: &str| if column.is_empty() { line.to_string() } else { format!("{line}: {column}") };
    let targets = targets(&sheet.columns)?;
    let mut findings = Vec::new();
    for (line, faults) in &sheet.faults {
        findings.extend(faults.iter().map(|fault| {
            let said = Reason::from(fault);
            words::row_broken(said.in_language(report::language())).pointer(at(*line, &fault.column))
        }));
    }
    let (mut rows, mut names) = (Vec::new(), HashMap::<String, usize>::new());
    for cells in sheet.rows.iter().filter(|cells| !sheet.faults.contains_key(&cells.number)) {
        let line = cells.number;
        let RowFields { code, width, name } = match RowFields::read(cells, &targets, flags, width) {
            Ok(read) => read,
            Err(found) => {
                let invalid = |(column, message): (&str, Message)| {
                    Finding::error("cell_invalid", message).pointer(at(line, column))
                };
                findings.extend(found.into_iter().map(invalid));
                continue;
            }
        };
        let need = match code.need(width) {
            Ok(need) => need,
            Err(found) => {
                findings.extend(found.into_iter().map(|f| {
                    let column = f.pointer.as_deref().unwrap_or_default().trim_start_matches('/').to_owned();
                    f.pointer(at(line, &column))
                }));
                continue;
            }
        };
        let name = safe(&name.unwrap_or_else(|| default_name(&need)), MAX_BYTES - EXTENSION_BYTES);
        // File names are case-insensitive on most desktop systems.
        match names.get(&name.to_lowercase()).and_then(|&index| rows.get(index)) {
            None => {
                names.insert(name.to_lowercase(), rows.len());
                rows.push(CodeRow { line, need, name });
            }
            Some(CodeRow { need: same, .. }) if *same == need => {}
            Some(CodeRow { line: other, .. }) => {
                findings.push(words::file_name_taken(other, words::quote(&name)).pointer(at(line, FILE_NAME)));
            }
        }
    }
    if findings.is_empty() { Ok(rows) } else { Err(findings) }
}

/// What a column supplies.
enum Target {
    Ignored,
    FileName,
    Field(Field),
    Width,
    /// A parameter of the scene.
    Parameter(String),
}

fn targets(columns: &[String]) -> Result<Vec<Target>, Vec<Finding>> {
    let known = || Field::ALL.iter().map(|(_, name)| *name).chain([WIDTH, FILE_NAME]);
    let mut findings = Vec::new();
    let mut target = |column: &String| {
        let name = column.to_lowercase();
        match Field::ALL.iter().find(|(_, own)| *own == name) {
            Some((field, _)) => Target::Field(*field),
            None if name == WIDTH => Target::Width,
            None if name == FILE_NAME => Target::FileName,
            None if name.is_empty() || name.starts_with(['_', '#']) => Target::Ignored,
            None => match column.strip_prefix(SCENE_PREFIX) {
                Some(key) => Target::Parameter(key.to_owned()),
                None => {
                    let all: Vec<&str> = known().collect();
                    let near = nearest(&name, known()).map(words::did_you_mean);
                    let finding = words::code_column_unknown(words::quote(column), all.join(", ")).with_hint(near);
                    findings.push(finding.pointer("1"));
                    Target::Ignored
                }
            },
        }
    };
    let targets = columns.iter().map(&mut target).collect();
    if findings.is_empty() { Ok(targets) } else { Err(findings) }
}

/// Fields of a row, merged over the command's.
struct RowFields {
    code: CodeFields,
    width: Option<u32>,
    /// File name.
    name: Option<String>,
}

impl RowFields {
    /// Reads the cells; fails with `(column, message)` of each invalid one.
    fn read(
        cells: &Cells,
        targets: &[Target],
        flags: &CodeFields,
        width: Option<u32>,
    ) -> Result<Self, Vec<(&'static str, Message)>> {
        let (mut row, mut faults) = (Self { code: flags.clone(), width, name: None }, Vec::new());
        let mut parameters = Map::new();
        for (column, target) in targets.iter().enumerate() {
            let cell = match cells.get(column) {
                Cell::Empty => continue,
                cell => cell.shown().trim(),
            };
            match target {
                Target::Ignored => {}
                Target::FileName => row.name = Some(cell.to_owned()),
                Target::Width => match cell.parse() {
                    Ok(px) => row.width = Some(px),
                    Err(_) => faults.push((WIDTH, words::expected_px(words::quote(cell)))),
                },
                Target::Field(field) => {
                    faults.extend(field.set(&mut row.code, cell).err().map(|message| (field.name(), message)));
                }
                Target::Parameter(key) => drop(parameters.insert(key.clone(), cell.into())),
            }
        }
        if !parameters.is_empty() {
            if row.code.scene.is_some() {
                faults.push(("scene", words::scene_columns()));
            }
            row.code.scene = Some(SceneRequest::Map(parameters));
        }
        if faults.is_empty() { Ok(row) } else { Err(faults) }
    }
}

/// Default file name: the code's scene, path or text.
fn default_name(need: &CodeNeed) -> String {
    match &need.opens {
        Opens::Unlimited { scene: Scene::Text(text) | Scene::Long(text), .. } => text.clone(),
        Opens::Limited { path: text } | Opens::Square { path: text } | Opens::Qr { text } => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use haibao_sheet::{Limits, SheetFormat};

    fn parse(text: &str, flags: &CodeFields, width: Option<u32>) -> Result<Vec<CodeRow>, Vec<Finding>> {
        let sheet = Sheet::read(text.as_bytes(), SheetFormat::Csv, &Limits::default()).expect("a sheet");
        super::parse(&sheet, flags, width)
    }

    fn faults(text: &str) -> Vec<String> {
        let found = parse(text, &CodeFields::default(), None).expect_err("faults");
        found.into_iter().map(|f| format!("{} {}", f.pointer.unwrap_or_default(), f.message)).collect()
    }

    #[test]
    fn cells_override_flags_and_empty_cells_do_not() {
        let flags = CodeFields { page: Some("pages/a".into()), ..CodeFields::default() };
        let text = "scene,page,width,file_name\nid=1,,,\nid=2,pages/b,400,\"二/号\"\n";
        let rows = parse(text, &flags, Some(300)).expect("rows");
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.name.as_str(), row.need.width, row.need.page_and_scene().map(|(p, _)| p)))
            .collect();
        assert_eq!(seen, [(2, "id=1", 300, Some("pages/a")), (3, "二_号", 400, Some("pages/b"))]);
    }

    #[test]
    fn scene_parameters_have_their_own_columns() {
        let rows = parse("scene.id,scene.u\n7,x\n8,\n", &CodeFields::default(), None).expect("rows");
        let scenes: Vec<_> = rows.iter().filter_map(|row| row.need.page_and_scene()).map(|(_, scene)| scene).collect();
        assert_eq!(scenes, [&Scene::Text("id=7&u=x".into()), &Scene::Text("id=8".into())]);
    }

    #[test]
    fn all_faults_are_reported_with_row_and_column() {
        let text = "scene,page,width,is_hyaline\n商,pages/a,,\nid=1,/a,abc,\nid=2,,,maybe\nid=3,,2000,\n,pages/a,,\n";
        assert_eq!(
            faults(text),
            [
                "2: scene the scene contains `商` at character 1, which is not allowed",
                "3: width expected px, got \"abc\"",
                "4: is_hyaline expected true or false, got \"maybe\"",
                "5: width the width is 2000 px, 280 to 1280 are allowed",
                "6: scene `scene` is missing",
            ]
        );
        assert_eq!(faults("scene,pgae\na,b\n"), ["1 unknown column \"pgae\""]);
        assert_eq!(faults("scene,page\na,b,c\n"), ["2: C the row has 3 cells, the header names 2 columns"]);
        assert_eq!(
            faults("scene,page\nID=1,a\nid=1,a\n"),
            ["3: file_name row 2 writes the same file \"id=1\""],
            "file names that differ only in case collide on many desktop systems"
        );
    }

    #[test]
    fn duplicate_rows_are_fetched_once() {
        assert_eq!(parse("scene\nid=1\nid=1\n", &CodeFields::default(), None).map(|rows| rows.len()), Ok(1));
    }
}
