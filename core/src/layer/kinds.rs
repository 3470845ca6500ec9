//! The list of layer kinds. Adding a kind is adding its folder and a line here.

/// Calls a macro with every layer kind, one a line: the `type` in layout.json, which is also the kind's module, and the
/// name of its fields' type, which is also its variant. The order is that of the JSON Schema.
macro_rules! kinds {
    ($then:ident) => {
        $then! {
            image: Image,
            text: Text,
            code: Code,
            shape: Shape,
            row: Row,
            column: Column,
        }
    };
}
