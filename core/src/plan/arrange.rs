//! Flexbox layout of containers with taffy. Texts are measured by shaping them.

use taffy::{
    AvailableSpace, Baselines, Dimension, Display, FlexDirection, FlexWrap, LengthPercentage, LengthPercentageAuto,
    NodeId, Rect, Size, Style, TaffyResult, TaffyTree,
};

use super::measure::Measure;
use crate::{
    error::Finding,
    layer::{
        Layer, Planned, Sizing, Written,
        code::fields::Code,
        flow::{
            fields::Flow,
            item::{FlexItem, Length},
            sides::{AlignItems, JustifyContent, Sides},
        },
    },
    style::WritingMode,
    text::{FontSet, Shaper, StyledText},
    words,
};

/// Tolerance for children beyond their container's edge, px. Absorbs rounding.
const SLACK: f32 = 0.5;
/// Minimum side of a drawn layer, px.
const MIN_SIDE: f32 = 0.01;

/// A resolved layer with its children.
#[derive(Debug)]
pub(super) struct Node {
    pub pointer: String,
    pub kind: Planned,
    pub code: Option<Code>,
    pub style: Style,
    pub is_flow: bool,
    pub children: Vec<Node>,
}

/// Available size of the outermost container, px.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    pub width: f32,
    /// Height; none for that of the children.
    pub height: Option<f32>,
    /// Maximum width and height that a text is measured in, px: what lies beyond the canvas is not visible.
    pub max: [f32; 2],
}

/// Layout of a container.
#[derive(Debug, Default)]
pub(super) struct Arranged {
    /// Height of the container.
    pub height: f32,
    /// The drawn layers, in order.
    pub placed: Vec<Placed>,
    /// Warnings: `flow_overflow`, `layer_empty`.
    pub warnings: Vec<Finding>,
}

/// A layer with its box, relative to the top left corner of the outermost container.
#[derive(Debug)]
pub(super) struct Placed {
    pub pointer: String,
    pub kind: Planned,
    pub code: Option<Code>,
    pub rect: [f32; 4],
}

/// The style of a layer; `column` is whether the container around it is a column, none for the outermost one.
pub(super) fn style(item: &FlexItem, fields: &Written, kind: &Planned, column: Option<bool>) -> Style {
    let (flow, text) = (fields.flow(), kind.text());
    let shrinks = (text.is_some() || flow.is_some()) && column == Some(false);
    let aspect_ratio = match fields.sizing() {
        Sizing::Given { aspect_ratio, .. } => aspect_ratio,
        Sizing::Content => None,
    };
    let mut style = Style {
        display: Display::Flex,
        size: Size { width: dimension(item.width), height: dimension(item.height) },
        aspect_ratio: item.aspect_ratio.or(aspect_ratio),
        margin: sides(item.margin.0, LengthPercentageAuto::length),
        flex_grow: item.grow,
        flex_shrink: item.shrink.unwrap_or(if shrinks { 1.0 } else { 0.0 }),
        align_self: item.align_self.map(align),
        ..Style::default()
    };
    if let Some(text) = text {
        // Texts end with an ellipsis rather than overflow, so they may become smaller than their words. A vertical text
        // keeps at least one column: narrower, it would overlap its neighbours.
        let keeps_column = text.writing_mode == WritingMode::VerticalRl && item.width == Length::Auto;
        style.min_size = Size {
            width: LengthPercentageAuto::length(if keeps_column { text.line_height } else { 0.0 }),
            height: LengthPercentageAuto::length(0.0),
        };
    }
    if let Some(flow) = flow {
        container(&mut style, flow);
    }
    style
}

/// Adds the properties of a container to its style.
fn container(style: &mut Style, flow: &Flow<Layer>) {
    style.flex_direction = if flow.is_column { FlexDirection::Column } else { FlexDirection::Row };
    style.flex_wrap = if flow.wrap { FlexWrap::Wrap } else { FlexWrap::NoWrap };
    style.gap = Size { width: LengthPercentage::length(flow.gap), height: LengthPercentage::length(flow.gap) };
    style.padding = sides(flow.padding.0, LengthPercentage::length);
    style.align_items = align(flow.align_items);
    // As in CSS: the only line of a wrapping row is as high as the row, several lines share the remaining height.
    style.align_content = taffy::AlignContent::STRETCH;
    style.justify_content = match flow.justify_content {
        JustifyContent::Start => taffy::JustifyContent::START,
        JustifyContent::Center => taffy::JustifyContent::CENTER,
        JustifyContent::End => taffy::JustifyContent::END,
        JustifyContent::SpaceBetween => taffy::JustifyContent::SPACE_BETWEEN,
        JustifyContent::SpaceAround => taffy::JustifyContent::SPACE_AROUND,
    };
}

fn align(align: AlignItems) -> taffy::AlignItems {
    match align {
        AlignItems::Stretch => taffy::AlignItems::STRETCH,
        AlignItems::Start => taffy::AlignItems::START,
        AlignItems::Center => taffy::AlignItems::CENTER,
        AlignItems::End => taffy::AlignItems::END,
        AlignItems::Baseline => taffy::AlignItems::BASELINE,
    }
}

fn dimension(length: Length) -> Dimension {
    match length {
        Length::Auto => Dimension::auto(),
        Length::Px(px) => Dimension::length(px),
        Length::Part(part) => Dimension::percent(part),
    }
}

fn sides<T>(sides: Sides, make: impl Fn(f32) -> T) -> Rect<T> {
    Rect { left: make(sides.left), right: make(sides.right), top: make(sides.top), bottom: make(sides.bottom) }
}

/// Lays out a container.
pub(super) fn arrange(mut root: Node, space: Space, fonts: &FontSet, shaper: &mut Shaper) -> Arranged {
    root.style.size = Size {
        width: Dimension::length(space.width),
        height: space.height.map_or(Dimension::auto(), Dimension::length),
    };
    let mut tree = TaffyTree::new();
    // Line breaks must be the same at every scale, so only the renderer rounds to whole px.
    tree.disable_rounding();
    let mut measure = Measure::new(fonts, shaper, space.max);
    let computed = add(&mut tree, &root).and_then(|root_id| {
        let room = Size {
            width: AvailableSpace::Definite(space.width),
            height: space.height.map_or(AvailableSpace::MaxContent, AvailableSpace::Definite),
        };
        tree.compute_layout_with_measure(root_id, room, |inputs, id, text, style| {
            let run = inputs.run_mode;
            let mut output = taffy::compute_leaf_layout(
                inputs,
                style,
                |_, _| 0.0,
                |known, room| match text.as_deref() {
                    Some(text) => measure.size(id, text, known, room),
                    None => Size::ZERO,
                },
            );
            if let (Some(text), taffy::RunMode::PerformLayout) = (text, run) {
                let Size { width, height } = output.size;
                output.baselines = Baselines::from_first(Some(measure.baseline(id, text, width, height)));
            }
            output
        })?;
        let mut arranged = Arranged { height: tree.layout(root_id)?.size.height, ..Arranged::default() };
        // A padding can be larger than the box.
        let given = [space.width, space.height.unwrap_or(arranged.height)];
        place(&tree, root_id, root, [0.0, 0.0], Some(given), &mut arranged)?;
        Ok(arranged)
    });
    // taffy fails only for nodes that are not in the tree.
    computed.unwrap_or_default()
}

/// Adds a node with its children to the tree.
fn add(tree: &mut TaffyTree<StyledText>, node: &Node) -> TaffyResult<NodeId> {
    match node.kind.text() {
        Some(text) => tree.new_leaf_with_context(node.style.clone(), text.clone()),
        None => {
            let children = node.children.iter().map(|child| add(tree, child)).collect::<TaffyResult<Vec<_>>>()?;
            tree.new_with_children(node.style.clone(), &children)
        }
    }
}

/// Collects the boxes of a node and its children. `given` is the size of the outermost container in layout.json.
fn place(
    tree: &TaffyTree<StyledText>,
    id: NodeId,
    node: Node,
    origin: [f32; 2],
    given: Option<[f32; 2]>,
    arranged: &mut Arranged,
) -> TaffyResult<()> {
    let layout = tree.layout(id)?;
    let [x, y] = [origin[0] + layout.location.x, origin[1] + layout.location.y];
    let (width, height) = (layout.size.width, layout.size.height);
    let children = tree.children(id)?;
    if node.is_flow {
        let size = [width, height];
        arranged.warnings.extend(overflow(tree, &node.pointer, &children, size, given.unwrap_or(size))?);
    }
    let has_room = width >= MIN_SIDE && height >= MIN_SIDE;
    if !has_room && !node.kind.is_box() {
        arranged.warnings.push(words::layer_empty().pointer(&node.pointer));
    }
    if has_room && node.kind.has_ink() {
        let rect = [x, y, width, height];
        arranged.placed.push(Placed { pointer: node.pointer, kind: node.kind, code: node.code, rect });
    }
    for (id, child) in children.into_iter().zip(node.children) {
        place(tree, id, child, [x, y], None, arranged)?;
    }
    Ok(())
}

/// Warns if the children of a container, or its padding (included in `laid_out`), exceed its size.
fn overflow(
    tree: &TaffyTree<StyledText>,
    pointer: &str,
    children: &[NodeId],
    laid_out: [f32; 2],
    [width, height]: [f32; 2],
) -> TaffyResult<Option<Finding>> {
    let [mut right, mut bottom] = laid_out;
    let (mut left, mut top) = (0.0_f32, 0.0_f32);
    for id in children {
        let taffy::Layout { location, size, margin, .. } = tree.layout(*id)?;
        // Negative margins move a child out of the container on purpose.
        left = left.min(location.x - margin.left.min(0.0));
        top = top.min(location.y - margin.top.min(0.0));
        right = right.max(location.x + size.width + margin.right.min(0.0));
        bottom = bottom.max(location.y + size.height + margin.bottom.min(0.0));
    }
    let needed = [right - left, bottom - top];
    let px = |length: f32| format!("{length:.0}");
    let finding = match (needed[0] > width + SLACK, needed[1] > height + SLACK) {
        (true, _) => words::flow_too_wide(px(needed[0]), px(width)),
        (_, true) => words::flow_too_high(px(needed[1]), px(height)),
        _ => return Ok(None),
    };
    Ok(Some(finding.pointer(pointer)))
}
