//! `haibao new`: creates a small, working template, or one of an SVG.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{output, report};
use crate::{
    causes,
    config::Settings,
    service::{
        Catalog, fonts,
        studio::{self, Origin},
    },
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the template and its folder: a-z, 0-9 and -
    name: String,
    /// Copy this template, built-in or of the folder, with its pictures and samples [default: a small one to start from]
    #[arg(long, value_name = "TEMPLATE")]
    from: Option<String>,
    /// Make it of this SVG: elements named like `title`, `photo`, `price` or `qrcode` become slots
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    svg: Option<PathBuf>,
    /// Folder of templates [default: templates]
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<String>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> Result<()> {
    let origin = match (&args.from, &args.svg) {
        (_, Some(path)) => Origin::Artwork { svg: read(path)?.into(), slots: None, title: None },
        (Some(id), None) => Origin::Starter(id.clone()),
        (None, None) => Origin::Blank,
    };
    let catalog = Catalog::new(&settings.templates, fonts::load(&settings.fonts)?);
    let made = studio::create(&catalog, &args.name, origin)?;
    output::print(&format!("{}\n", Path::new(&settings.templates).join(&args.name).display()))?;
    report::findings(&made.findings);
    if args.svg.is_some() {
        let slots = made.slots.iter().map(|slot| format!("#{} {}", slot.id, slot.param)).collect::<Vec<_>>();
        report::tell(&match slots.is_empty() {
            true => words::new_without_slots(),
            false => words::new_slots(slots.join(", ")),
        });
    }
    report::say(&format!("\n{}", report::line(&words::new_next(&args.name))));
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        Error::of(ErrorKind::NotFound, words::file_unreadable(path.display(), causes::io(&error))).source(error)
    })
}
