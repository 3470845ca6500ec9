//! New templates: of a starter, or of an artwork whose shapes become slots. The studio and the command line share them.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{
    drafts::reading,
    layout,
    proposals::SlotKind,
    slots::{self, Proposal, Slot},
};
use crate::{
    service::{
        App, CodeFrom, ComposeRequest, Composed,
        catalog::{Catalog, blocking, source_files},
        compose::compose_template,
        pool::{CancelToken, Need},
    },
    words,
};
use haibao_core::{
    artwork::shapes::Shape,
    error::{Error, ErrorKind, Finding, Result},
    render::{Shapes, canvas_of, inspect},
    template::{engine::MAX_ARTWORK, scaffold},
};

/// A name whose page is that of new templates.
const RESERVED: &str = "new";

/// Where the files of a new template come from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The small template of `haibao new`.
    Blank,
    /// A copy of this template.
    Starter(String),
    /// An SVG file.
    Artwork {
        /// Its bytes.
        svg: Bytes,
        /// The slots. `None`: those that it proposes.
        slots: Option<Vec<Slot>>,
        /// The title. `None`: the template's name.
        title: Option<String>,
    },
}

/// An artwork for those who choose its slots.
#[derive(Debug)]
pub struct ListedArtwork {
    /// Width of its canvas, px.
    pub width: u32,
    /// Height of its canvas, px.
    pub height: u32,
    /// Elements that may become slots.
    pub shapes: Vec<Shape>,
    /// Slots that they propose, which work together.
    pub proposals: Vec<Proposal>,
    /// What is not drawn as it was designed, with the box on the canvas, px.
    pub findings: Vec<(Finding, Option<[f32; 4]>)>,
}

/// A template that was created.
#[derive(Debug)]
pub struct Created {
    /// The slots that were made of an artwork.
    pub slots: Vec<Slot>,
    /// What is noteworthy about the template.
    pub findings: Vec<Finding>,
}

/// Takes an artwork apart, on the CPU pool.
///
/// # Errors
/// As [`inspect`]; `busy`.
pub async fn list_artwork(app: &App, svg: Bytes) -> Result<ListedArtwork> {
    let catalog = Arc::clone(&app.catalog);
    app.pool.run(need(&svg), move |_| listed(&catalog, &svg)).await
}

/// Draws an artwork by itself.
///
/// # Errors
/// As [`list_artwork`] and [`compose`](crate::service::compose()).
pub async fn draw_artwork(app: &App, svg: Bytes) -> Result<Composed> {
    let (need, catalog) = (need(&svg), Arc::clone(&app.catalog));
    let load = move |_: &CancelToken<'_>| {
        check_size(&svg)?;
        // Its elements are not needed, and those of a large one take a while.
        let canvas = canvas_of(&svg, catalog.fonts());
        catalog.compile(RESERVED, layout::of_artwork(&svg, canvas, RESERVED))
    };
    let template = Arc::new(app.pool.run(need, load).await?);
    let request = ComposeRequest::new(RESERVED, Value::Object(Map::new()));
    // Only names of templates that exist become labels of metrics.
    compose_template(app, template, ComposeRequest { code_from: CodeFrom::Sample, ..request }).await
}

/// Creates a template.
///
/// # Errors
/// `studio_read_only`; `template_name`; `template_exists`, also for a built-in template; `request_invalid` for slots; as [`create`].
pub async fn create_template(app: &App, name: &str, origin: Origin) -> Result<Created> {
    if !app.studio.edit {
        return Err(Error::of(ErrorKind::Forbidden, words::studio_read_only()));
    }
    check_name(name)?;
    let is_free = |catalog: &Catalog, id: &str| match catalog.has_folder(id) {
        Ok(_) => Err(Error::of(ErrorKind::Conflict, words::template_taken(words::quote(id)))),
        Err(_) => Ok(()),
    };
    blocking(&app.catalog, name, is_free).await?;
    let (slots, files) = match origin {
        Origin::Artwork { ref svg, .. } => {
            let (need, id, catalog) = (need(svg), name.to_owned(), Arc::clone(&app.catalog));
            app.pool.run(need, move |_| files(&catalog, &id, origin)).await?
        }
        _ => blocking(&app.catalog, name, move |catalog, id| files(catalog, id, origin)).await?,
    };
    let findings = blocking(&app.catalog, name, move |catalog, id| catalog.create_folder(id, &files)).await?;
    Ok(Created { slots, findings })
}

/// Creates a template of this process's own: as [`create_template`], but whatever the settings of the studio, and also in the place
/// of a built-in one.
///
/// # Errors
/// `template_name`; `template_unknown` for a starter; those of an artwork, also with its slots; `template_exists`, `disk_failed`.
pub fn create(catalog: &Catalog, name: &str, origin: Origin) -> Result<Created> {
    check_name(name)?;
    let (slots, files) = files(catalog, name, origin)?;
    let findings = catalog.create_folder(name, &files)?;
    Ok(Created { slots, findings })
}

fn check_name(name: &str) -> Result<()> {
    scaffold(name)?;
    if name == RESERVED {
        return Err(Error::of(ErrorKind::Invalid, words::template_name_reserved(words::quote(name))));
    }
    Ok(())
}

/// The files of a new template, which works, and its slots.
fn files(catalog: &Catalog, name: &str, origin: Origin) -> Result<(Vec<Slot>, BTreeMap<String, Bytes>)> {
    match origin {
        Origin::Blank => Ok((Vec::new(), scaffold(name)?.into_iter().collect())),
        Origin::Starter(id) => Ok((Vec::new(), source_files(catalog.folder(), &id)?)),
        Origin::Artwork { svg, slots, title } => {
            let shapes = shapes_of(catalog, &svg)?;
            let slots = match slots {
                Some(slots) => {
                    slots::check(&shapes, &slots)?;
                    slots
                }
                None => settled(catalog, &shapes).into_iter().map(|proposal| proposal.slot).collect(),
            };
            let files = layout::files(&shapes, title.as_deref().unwrap_or(name), &slots);
            catalog.compile(name, files.clone())?;
            Ok((slots, files))
        }
    }
}

/// Takes an SVG apart.
fn shapes_of(catalog: &Catalog, svg: &Bytes) -> Result<Shapes> {
    check_size(svg)?;
    inspect(svg, catalog.fonts())
}

/// An SVG that is too large for a template is refused here: the error of the template would show a layout.json that does not exist yet.
fn check_size(svg: &Bytes) -> Result<()> {
    if svg.len() > MAX_ARTWORK {
        return Err(Error::of(ErrorKind::TooLarge, words::artwork_bytes(MAX_ARTWORK)));
    }
    Ok(())
}

fn listed(catalog: &Catalog, svg: &Bytes) -> Result<ListedArtwork> {
    let shapes = shapes_of(catalog, svg)?;
    let proposals = settled(catalog, &shapes);
    let Shapes { canvas, shapes, mut findings, .. } = shapes;
    for Proposal { shape, slot, .. } in &proposals {
        let shape = &shapes[*shape];
        if slot.kind == SlotKind::Text && shape.is_outlined {
            let name = if shape.name.is_empty() { &shape.id } else { &shape.name };
            findings.push((words::text_outlined(words::quote(name)), Some(shape.rect)));
        }
    }
    Ok(ListedArtwork { width: canvas.width, height: canvas.height, shapes, proposals, findings })
}

/// The slots that an artwork proposes, without those that cannot be slots, such as one in a group with an effect that layers cannot
/// have.
fn settled(catalog: &Catalog, shapes: &Shapes) -> Vec<Proposal> {
    let works = |proposals: &[Proposal]| {
        let slots: Vec<Slot> = proposals.iter().map(|proposal| proposal.slot.clone()).collect();
        catalog.compile(RESERVED, layout::files(shapes, RESERVED, &slots)).is_ok()
    };
    let all = slots::proposed(shapes);
    // Without slots, it is the template that was compiled to take it apart.
    if all.is_empty() || works(&all) {
        return all;
    }
    let mut kept = Vec::new();
    for proposal in all {
        kept.push(proposal);
        if !works(&kept) {
            kept.pop();
        }
    }
    kept
}

/// What taking an artwork apart occupies: it is read with and without ids.
fn need(svg: &Bytes) -> Need {
    let need = reading(std::iter::once(svg));
    Need { memory: 2 * need.memory, ..need }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::service::fonts;

    /// An export of a design tool, by the name of its folder.
    fn export(tool: &str) -> Bytes {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(tool).join("artwork.svg");
        fs::read(path).expect("an export").into()
    }

    fn catalog() -> Catalog {
        Catalog::new("", fonts::embedded())
    }

    fn origin(svg: Bytes, slots: Option<Vec<Slot>>) -> Origin {
        Origin::Artwork { svg, slots, title: None }
    }

    #[test]
    fn exports_of_all_tools_propose_their_placeholders() {
        for tool in ["canva", "figma", "illustrator", "inkscape", "jsdesign", "mastergo", "sketch"] {
            let found = listed(&catalog(), &export(tool)).unwrap_or_else(|error| panic!("{tool}: {error:?}"));
            assert_eq!((found.width, found.height), (750, 1200), "{tool}");
            let slot = |proposal: &Proposal| (proposal.slot.param.clone(), proposal.slot.kind);
            let found: BTreeMap<String, SlotKind> = found.proposals.iter().map(slot).collect();
            for (param, kind) in [
                ("photo", SlotKind::Image),
                ("title", SlotKind::Text),
                ("price", SlotKind::Text),
                ("nickname", SlotKind::Text),
                ("id", SlotKind::Code),
            ] {
                assert_eq!(found.get(param), Some(&kind), "{tool}: {param} in {found:?}");
            }
        }
    }

    #[test]
    fn exports_of_all_tools_become_templates() {
        for tool in ["canva", "figma", "illustrator", "inkscape", "jsdesign", "mastergo", "sketch"] {
            let (slots, files) = files(&catalog(), tool, origin(export(tool), None)).expect(tool);
            assert!(slots.len() >= 5, "{tool}: {slots:?}");
            let shown = layout::of_artwork(&export(tool), canvas_of(&export(tool), catalog().fonts()), tool);
            let shown = catalog().compile(tool, shown).expect(tool);
            assert_eq!(shown.layout.canvas.width, 750, "{tool}");
            let template = catalog().compile(tool, files).expect(tool);
            // Its background blur is drawn, and stops without colour are not seen.
            assert!(tool != "figma" || template.warnings().is_empty(), "{:?}", template.warnings());
            let sample = &template.samples()["usual"];
            assert!(
                template.check(sample).is_ok() && template.files.contains_key("assets/photo.jpg"),
                "{tool}: {sample}"
            );
        }
    }

    #[test]
    fn slots_are_those_that_were_chosen() {
        let svg = Bytes::from_static(
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"600\"><rect width=\"400\" height=\"600\" fill=\"#203040\"/>\
              <rect x=\"20\" y=\"400\" width=\"360\" height=\"60\" fill=\"none\"/><rect x=\"20\" y=\"20\" width=\"90\" height=\"90\"/></svg>",
        );
        let shapes = inspect(&svg, &fonts::embedded()).expect("SVG");
        let id = |at: usize| shapes.shapes[at].id.clone();
        let slot = |at: usize, kind, param: &str| Slot { id: id(at), kind, param: param.to_owned(), required: None };
        let chosen = vec![slot(0, SlotKind::Text, "title"), slot(1, SlotKind::Image, "date")];
        let (_, files) = super::files(&catalog(), "mine", origin(svg.clone(), Some(chosen))).expect("a template");
        let text = |path: &str| std::str::from_utf8(&files[path]).expect("UTF-8");
        assert!(text("artwork.svg").contains("<rect id=\"title\" x=\"20\" y=\"400\""), "{}", text("artwork.svg"));
        let layout = text("layout.json");
        for part in [
            "\"at\": \"#title\"",
            "\"color\": \"#ffffff\"",
            "\"src\": \"{{this.date}}\"",
            "\"width\": 400, \"height\": 600",
        ] {
            assert!(layout.contains(part), "{part}: {layout}");
        }
        for (slots, pointer) in [
            (vec![slot(0, SlotKind::Text, "a b")], "/from/slots/0/param"),
            (vec![slot(0, SlotKind::Text, "a"), slot(1, SlotKind::Text, "a")], "/from/slots/1/param"),
            (vec![slot(0, SlotKind::Code, "a"), slot(1, SlotKind::Code, "b")], "/from/slots/1/kind"),
            (vec![slot(0, SlotKind::Text, "a"), slot(0, SlotKind::Text, "b")], "/from/slots/1/id"),
            (vec![Slot { id: "none".to_owned(), ..slot(0, SlotKind::Text, "a") }], "/from/slots/0/id"),
        ] {
            let error = super::files(&catalog(), "mine", origin(svg.clone(), Some(slots))).expect_err(pointer);
            assert_eq!(error.all_findings()[0].pointer.as_deref(), Some(pointer), "{error:?}");
        }
    }

    #[test]
    fn a_template_is_created_once_and_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("templates");
        let catalog = Catalog::new(&root, fonts::embedded());
        create(&catalog, "mine", Origin::Blank).expect("a template");
        assert!(root.join("layout.schema.json").is_file() && catalog.get("mine").is_ok());
        for (name, origin, code) in [
            ("mine", Origin::Blank, "template_exists"),
            ("My", Origin::Blank, "template_name"),
            ("../x", Origin::Blank, "template_name"),
            ("new", Origin::Blank, "template_name"),
            ("other", Origin::Starter("../mine".to_owned()), "template_unknown"),
            ("other", origin(Bytes::from_static(b"<svg"), None), "artwork_syntax"),
            ("other", origin(vec![b' '; MAX_ARTWORK + 1].into(), None), "body_too_large"),
        ] {
            let error = create(&catalog, name, origin).expect_err(name);
            let found = error.all_findings().first().map_or(error.code(), |finding| finding.code);
            assert_eq!(found, code, "{error:?}");
        }
        let names = fs::read_dir(&root).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        assert_eq!(names, ["layout.schema.json", "mine"], "nothing else is left");
    }
}
