//! Sheets: limits hold, rows are in order, rows that pass the checks can be planned, and failures.csv is a sheet again.
#![no_main]

use std::sync::{Arc, LazyLock};

use haibao::export::{
    CHUNK, Failure, SheetRow, failures,
    rows::{Checker, RowCheck, RowOptions, Sorter},
};
use haibao_core::{
    plan::{self, Request},
    render,
    template::Template,
};
use haibao_fuzz::{error_code, fonts, templates, workbook};
use haibao_sheet::{Limits, Sheet, SheetFormat};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static TEMPLATES: LazyLock<Vec<Arc<Template>>> = LazyLock::new(|| {
    let compiled = templates().iter().map(|(id, files)| render::compile(id, files.clone(), &fonts()).expect("valid"));
    compiled.map(Arc::new).collect()
});

/// Small limits, so that small inputs reach them.
fn limits() -> Limits {
    Limits { rows: 200, columns: 40, cell: 300, text: 4000, unpacked: 1 << 20, strings: 400 }
}

fn read(bytes: &[u8], format: SheetFormat, limits: &Limits) -> Option<Sheet> {
    match Sheet::read(bytes, format, limits) {
        Ok(sheet) => {
            check(&sheet, limits);
            Some(sheet)
        }
        Err(error) => {
            let code = error_code(&error);
            let known = ["sheet_empty", "sheet_encoding", "sheet_broken", "sheet_too_large", "sheet_columns"];
            assert!(known.contains(&code), "{code}: {error}");
            None
        }
    }
}

fn check(sheet: &Sheet, limits: &Limits) {
    assert!(sheet.columns.len() <= limits.columns && sheet.rows.len() <= limits.rows);
    assert!(sheet.rows.windows(2).all(|pair| pair[0].number < pair[1].number), "rows are in order");
    let mut size = 0;
    for row in &sheet.rows {
        for text in row.texts(sheet.columns.len()) {
            // One character over the limit is kept of a cell that is too long, which is a fault.
            let is_bad = sheet.faults.contains_key(&row.number);
            assert!(text.len() <= limits.cell + if is_bad { 4 } else { 0 }, "{text:?}");
            size += text.len();
        }
    }
    assert!(size <= limits.text);
    for (number, faults) in &sheet.faults {
        assert!(sheet.rows.iter().any(|row| row.number == *number), "row {number} has faults, but is not there");
        assert!(faults.iter().all(|fault| !fault.code.is_empty() && !fault.words.text().is_empty()));
    }
}

/// Checks the rows with a template.
fn rows(sheet: &Sheet, template: &Arc<Template>) {
    let (fonts, options) = (fonts(), RowOptions { file_name: Some("{{row}}".to_owned()), ..RowOptions::default() });
    let checker = match Checker::new(sheet, Arc::clone(template), &*fonts, options.clone()) {
        Ok(checker) => checker,
        Err(error) => return assert_eq!(error_code(&error), "sheet_columns"),
    };
    let (mut sorter, mut files, mut bad) = (Sorter::new(&options), Vec::new(), Vec::new());
    for (outcome, cells) in checker.check(0..CHUNK).into_iter().zip(&sheet.rows) {
        match sorter.sort(outcome) {
            RowCheck::Good(row, code) => {
                assert_eq!((row.number, row.cells.len()), (cells.number, sheet.columns.len()));
                assert!(!sheet.faults.contains_key(&row.number), "a row with faults passes");
                let json = serde_json::to_vec(&row).expect("JSON");
                assert_eq!(serde_json::from_slice::<SheetRow>(&json).expect("a row"), row);
                files.push(row.file.to_lowercase());
                let request = Request { params: Value::Object(row.params), code: row.code, scale: 1.0 };
                let plan = plan::plan(template.clone(), &request, &fonts).expect("a row that passes is planned");
                assert_eq!(plan.code, code);
            }
            RowCheck::Bad(failure) => {
                assert!(!failure.reasons.is_empty());
                bad.push(failure);
            }
        }
    }
    let count = files.len();
    files.sort();
    files.dedup();
    assert_eq!(files.len(), count, "file names are unique");
    again(sheet, &bad);
}

/// failures.csv contains the cells of the rows.
fn again(sheet: &Sheet, bad: &[Failure]) {
    if bad.is_empty() || sheet.columns.iter().any(|name| [failures::ROW, failures::REASON].contains(&name.as_str())) {
        return;
    }
    let mut list = failures::Writer::new(Vec::new(), &sheet.columns).expect("memory");
    bad.iter().try_for_each(|failure| list.add(failure)).expect("memory");
    let file = list.into_inner();
    let read = Sheet::read(&file, SheetFormat::Csv, &Limits::default()).expect("failures.csv is a sheet");
    assert_eq!(read.rows.len(), bad.len());
    let width = sheet.columns.len();
    assert_eq!(read.columns[..width], sheet.columns);
    for (failure, cells) in bad.iter().zip(&read.rows) {
        let texts = cells.texts(read.columns.len());
        assert_eq!((&texts[..width], &texts[width]), (&failure.cells[..], &failure.number.to_string()));
    }
}

// A letter that selects the template, a letter for the format, and the file: `x` a workbook's parts, `z` an archive.
fuzz_target!(|data: &[u8]| {
    let &[template, kind, ref bytes @ ..] = data else { return };
    let template = &TEMPLATES[usize::from(template.wrapping_sub(b'a')) % TEMPLATES.len()];
    let sheet = match kind {
        b'x' => {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            read(&workbook(text), SheetFormat::Xlsx, &limits())
        }
        b'z' => read(bytes, SheetFormat::Xlsx, &limits()),
        b'j' => read(bytes, SheetFormat::Jsonl, &limits()),
        b'c' => read(bytes, SheetFormat::Csv, &limits()),
        _ => match SheetFormat::of("rows", bytes) {
            Ok(format) => read(bytes, format, &Limits::service()),
            Err(error) => return assert_eq!(error_code(&error), "sheet_format"),
        },
    };
    if let Some(sheet) = sheet {
        rows(&sheet, template);
    }
});
