//! The macro that declares a table of words.

/// Declares a table of words: a function for each row, and `ROWS`, the list of all rows.
///
/// - `error code(arguments): "message", hint: "hint";` creates a [`Finding`](crate::error::Finding) with this code. The
///   hint is optional.
/// - `warning code(arguments): "message";` creates a warning.
/// - `message id(arguments): "message";` creates a [`Message`](crate::error::Message): a part of another sentence, or a
///   sentence whose code is set by its user.
///
/// A row's id is its code; `error code as id(...)` sets another one, for codes with several sentences. `{argument}` in a
/// message or hint is replaced, `{{` and `}}` are braces. A placeholder that is not an argument, and an argument without a
/// placeholder, do not compile.
///
/// A row also has a module of its id with the constants `ID` and, if it creates findings, `CODE`. Code that tells findings apart
/// compares with these, so that it does not compile when a row is renamed.
///
/// ```
/// mod words {
///     haibao_core::words! {
///         error canvas_too_large(pixels, max): "the canvas has {pixels} pixels, at most {max} are allowed",
///             hint: "reduce its width or height";
///     }
/// }
///
/// let finding = words::canvas_too_large(500, 100).pointer("/canvas");
/// assert_eq!(finding.code, words::canvas_too_large::CODE);
/// assert_eq!(finding.message, "the canvas has 500 pixels, at most 100 are allowed");
/// assert_eq!(words::ROWS.len(), 1);
/// ```
#[macro_export]
macro_rules! words {
    ($($sort:ident $code:ident $(as $id:ident)? ($($argument:ident),*): $message:literal $(, hint: $hint:literal)?;)*) => {
        $($crate::words!(@function $sort $code [$($id)?] [$($argument)*] $message [$($hint)?]);)*
        $($crate::words!(@names $sort $code [$($id)?]);)*

        /// Every row of this table.
        pub(crate) static ROWS: &[&$crate::error::Wording] = &[$($crate::words!(@row $code [$($id)?])),*];

        #[allow(non_upper_case_globals, reason = "a row has the name of its function")]
        mod row {
            $($crate::words!(@static $sort $code [$($id)?] [$($argument)*] $message [$($hint)?]);)*
        }
    };

    (@function $sort:ident $code:ident [] $($rest:tt)*) => { $crate::words!(@function $sort $code [$code] $($rest)*); };
    (@function message $code:ident [$id:ident] [$($argument:ident)*] $message:literal [$($hint:literal)?]) => {
        #[doc = $message]
        pub(crate) fn $id($($argument: impl Into<$crate::error::Argument>),*) -> $crate::error::Message {
            // Checks the placeholders against the arguments.
            let _ = |$($argument: &str),*| {
                let _ = format_args!($message);
                $(let _ = format_args!($hint);)?
            };
            $crate::error::Message::new(&row::$id, vec![$($argument.into()),*])
        }
    };
    (@function $sort:ident $code:ident [$id:ident] [$($argument:ident)*] $message:literal [$($hint:literal)?]) => {
        #[doc = $message]
        pub(crate) fn $id($($argument: impl Into<$crate::error::Argument>),*) -> $crate::error::Finding {
            // Checks the placeholders against the arguments.
            let _ = |$($argument: &str),*| {
                let _ = format_args!($message);
                $(let _ = format_args!($hint);)?
            };
            let message = $crate::error::Message::new(&row::$id, vec![$($argument.into()),*]);
            $crate::error::Finding::new($crate::words!(@severity $sort), stringify!($code), message)
        }
    };

    (@names $sort:ident $code:ident []) => { $crate::words!(@names $sort $code [$code]); };
    (@names message $code:ident [$id:ident]) => {
        #[allow(dead_code, reason = "few rows are compared")]
        pub(crate) mod $id {
            pub(crate) const ID: &str = stringify!($id);
        }
    };
    (@names $sort:ident $code:ident [$id:ident]) => {
        #[allow(dead_code, reason = "few rows are compared")]
        pub(crate) mod $id {
            pub(crate) const ID: &str = stringify!($id);
            pub(crate) const CODE: &str = stringify!($code);
        }
    };

    (@row $code:ident []) => { &row::$code };
    (@row $code:ident [$id:ident]) => { &row::$id };

    (@static $sort:ident $code:ident [] $($rest:tt)*) => { $crate::words!(@static $sort $code [$code] $($rest)*); };
    (@static $sort:ident $code:ident [$id:ident] [$($argument:ident)*] $message:literal [$($hint:literal)?]) => {
        pub(crate) static $id: $crate::error::Wording = $crate::error::Wording {
            id: stringify!($id),
            finding: $crate::words!(@finding $sort $code),
            message: $message,
            hint: $crate::words!(@hint $($hint)?),
            arguments: &[$(stringify!($argument)),*],
        };
    };

    (@finding message $code:ident) => { None };
    (@finding $sort:ident $code:ident) => { Some((stringify!($code), $crate::words!(@severity $sort))) };
    (@severity error) => { $crate::error::Severity::Error };
    (@severity warning) => { $crate::error::Severity::Warning };
    (@hint) => { None };
    (@hint $hint:literal) => { Some($hint) };
}
