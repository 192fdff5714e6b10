//! One dialect for what is encoded and shown: records and events are declared, never derived by hand.

/// Declares records: types that are hashed or stored by their canonical encoding and that people read and write as
/// JSON, such as messages, parameters and parts of them. A field that the type does not have is refused.
///
/// The crate that calls it depends on `borsh`, `schemars` and `serde`.
///
/// ```
/// chortle_kernel::record! {
///     /// A place to sit.
///     #[derive(Copy)]
///     pub struct Seat {
///         /// Its row.
///         pub row: u64,
///     }
/// }
/// assert_eq!(chortle_kernel::codec::encode(&Seat { row: 7 }), 7u64.to_le_bytes());
/// assert!(serde_json::from_str::<Seat>(r#"{ "row": 7, "colour": "red" }"#).is_err());
/// ```
#[macro_export]
macro_rules! record {
    ($($item:item)*) => {
        $(
            #[derive(Clone, Debug, PartialEq, Eq)]
            #[derive(borsh::BorshSerialize, borsh::BorshDeserialize)]
            #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            #[serde(deny_unknown_fields)]
            $item
        )*
    };
}

/// Declares all events of a module, each with its kind, and their list `EVENTS`, which cannot miss one.
///
/// ```
/// chortle_kernel::events! {
///     /// Someone sat down.
///     Seated = "demo.seated" {
///         /// In which row.
///         row: u64,
///     }
/// }
/// assert_eq!(EVENTS.len(), 1);
/// let record = chortle_kernel::EventRecord::of(&Seated { row: 7 });
/// assert_eq!(((EVENTS[0].to_json)(&record.body), record.kind.as_str()), (Some(serde_json::json!({ "row": 7 })), "demo.seated"));
/// ```
#[macro_export]
macro_rules! events {
    ($($(#[$meta:meta])* $name:ident = $kind:literal {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            #[derive(borsh::BorshSerialize, borsh::BorshDeserialize, serde::Serialize, schemars::JsonSchema)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            impl $crate::Event for $name {
                const KIND: &'static str = $kind;
            }
        )*

        /// Every kind of event.
        pub const EVENTS: &[$crate::EventKind] = &[$($crate::EventKind::of::<$name>()),*];
    };
}
