//! `haibao new`: creates a small, working template.

use std::{fs, path::Path};

use super::{output, report, schema};
use crate::{causes, config::Settings, service::catalog, words};
use haibao_core::{
    error::{Domain, Error, ErrorKind, Result},
    template,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the template and its folder: a-z, 0-9 and -
    name: String,
    /// Copy this template, built-in or of the folder, with its pictures and samples [default: a small one to start from]
    #[arg(long, value_name = "TEMPLATE")]
    from: Option<String>,
    /// Folder of templates [default: templates]
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<String>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    let scaffold = template::scaffold(&args.name)?;
    let root = Path::new(&settings.templates);
    let files: Vec<_> = match &args.from {
        Some(id) => catalog::source_files(root, id)?.into_iter().collect(),
        None => scaffold,
    };
    let folder = root.join(&args.name);
    let failed = |e: std::io::Error| {
        Error::of(ErrorKind::Internal, words::folder_unwritable(folder.display(), causes::io(&e)))
            .domain(Domain::Output)
    };
    fs::create_dir_all(root).map_err(failed)?;
    // Write to a temporary folder, then rename: a template is complete or absent, and none is overwritten.
    let draft = tempfile::Builder::new().prefix(".haibao-").tempdir_in(root).map_err(failed)?;
    let staged = draft.path().join(&args.name);
    for (path, bytes) in &files {
        let path = staged.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes)).map_err(failed)?;
    }
    if folder.exists() {
        return Err(Error::of(ErrorKind::Invalid, words::template_exists(folder.display())));
    }
    fs::rename(&staged, &folder).map_err(failed)?;
    let schema_file = root.join("layout.schema.json");
    if !schema_file.exists() {
        output::replace(&schema_file, schema::text()?.as_bytes()).map_err(failed)?;
    }
    output::print(&format!("{}\n", folder.display()))?;
    report::say(&format!("\n{}", report::line(&words::new_next(&args.name))));
    Ok(())
}
