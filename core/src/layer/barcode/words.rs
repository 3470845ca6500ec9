//! Findings of barcode layers.

crate::words! {
    error child_size as barcode_size(): "a barcode in a container needs a size", hint: "add `width` and `height`";
}
