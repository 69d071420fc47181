//! What scenario types derive to describe themselves: schemars where their JSON Schema is made, nothing in a program.
//!
//! A program carries the schema as a file, so that neither schemars nor the code that it generates is compiled for one.
//! The tests of the scenario language make the schema anew under the feature `full` and compare. Crates of specs depend
//! on this one under the name `schemars`.

#[cfg(feature = "full")]
pub use full::*;
#[cfg(not(feature = "full"))]
pub use schema_stand_in::JsonSchema;

/// The schema of a type that is written as text of a `format`.
#[cfg(feature = "full")]
#[macro_export]
macro_rules! schema_of_text {
    ($kind:ident, $format:literal) => {
        impl $crate::JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut $crate::SchemaGenerator) -> $crate::Schema {
                $crate::json_schema!({ "type": "string", "format": $format })
            }
        }
    };
}

/// The schema of a type that is written as text of a `format`: nothing in a program.
#[cfg(not(feature = "full"))]
#[macro_export]
macro_rules! schema_of_text {
    ($kind:ident, $format:literal) => {};
}
