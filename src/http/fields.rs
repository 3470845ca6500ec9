//! Fields of request bodies: one declaration gives the struct, its reader and its JSON Schema, so that the service and the
//! API document cannot differ.

/// Declares a JSON object of a request: `name: Type, "expected type in words";` for each field. `name(required)` marks a
/// field that must be given. `@flat name: Type;` adds the fields of another declaration, `@object name: Type;` a nested
/// object; both come first. Doc comments become descriptions.
macro_rules! fields {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(@flat $flat:ident: $flat_type:ty;)*
            $(@object $object:ident: $object_type:ty;)*
            $($(#[$field_meta:meta])* $field:ident $(($required:ident))?: $type:ty, $expected:literal;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Default, schemars::JsonSchema)]
        #[schemars(deny_unknown_fields)]
        $vis struct $name {
            $(#[schemars(flatten)] pub(in crate::http) $flat: $flat_type,)*
            $(pub(in crate::http) $object: Option<$object_type>,)*
            $($(#[$field_meta])* $(#[schemars($required)])? pub(in crate::http) $field: Option<$type>,)*
        }

        impl $name {
            /// Reads the fields of an object and records findings about them.
            pub(in crate::http) fn read(members: &mut $crate::http::body::Members) -> Self {
                Self {
                    $($flat: <$flat_type>::read(members),)*
                    $($object: members.object(stringify!($object), <$object_type>::read),)*
                    $($field: {
                        let value = members.read(stringify!($field), $expected);
                        $(members.$required(stringify!($field), value.is_none());)?
                        value
                    },)*
                }
            }
        }
    };
}

pub(in crate::http) use fields;
