//! Fields of request bodies: one declaration gives the struct, its reader and its JSON Schema, so that the service and the
//! API document cannot differ.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

use super::body::Members;

/// The fields of an object in a request.
pub(in crate::http) trait BodyFields: Sized {
    /// Reads the fields of an object and records findings about them.
    fn read(members: &mut Members) -> Self;
}

/// A duration in whole seconds. Those out of range are read as the nearest possible one, so that the check of the field's range
/// reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(transparent, inline)]
pub(in crate::http) struct Seconds(pub(in crate::http) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        if let Some(seconds) = number.as_u64() {
            return Ok(Self(seconds));
        }
        match number.as_f64() {
            Some(number) if number.fract() == 0.0 => Ok(Self(if number < 0.0 { 0 } else { u64::MAX })),
            _ => Err(D::Error::custom("not an integer")),
        }
    }
}

/// Declares a JSON object of a request: `name: Type, expected;` for each field, where `expected` is the row of the catalogue
/// that says what it must be. `name(required)` marks a field that must be given. `@flat name: Type;` adds the fields of
/// another type, `@object name: Type;` a nested object; both come first. Doc comments become descriptions.
macro_rules! fields {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(@flat $flat:ident: $flat_type:ty;)*
            $(@object $object:ident: $object_type:ty;)*
            $($(#[$field_meta:meta])* $field:ident $(($required:ident))?: $type:ty, $expected:ident;)*
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

        impl $crate::http::fields::BodyFields for $name {
            fn read(members: &mut $crate::http::body::Members) -> Self {
                Self {
                    $($flat: <$flat_type as $crate::http::fields::BodyFields>::read(members),)*
                    $($object: members.object(
                        stringify!($object),
                        <$object_type as $crate::http::fields::BodyFields>::read,
                    ),)*
                    $($field: {
                        let value = members.read(stringify!($field), $crate::words::$expected());
                        $(members.$required(stringify!($field), value.is_none());)?
                        value
                    },)*
                }
            }
        }
    };
}

pub(in crate::http) use fields;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_out_of_range_are_the_nearest_possible_ones() {
        let read = |text: &str| serde_json::from_str::<Seconds>(text).map(|seconds| seconds.0).ok();
        for (text, seconds) in
            [("0", 0), ("60", 60), ("-1", 0), ("-1e30", 0), ("1e30", u64::MAX), ("18446744073709551615", u64::MAX)]
        {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        for wrong in ["1.5", "\"60\"", "true", "null", "[]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
