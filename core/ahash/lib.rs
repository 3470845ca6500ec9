//! Replaces the crate `ahash`, on which boon depends (`[patch.crates-io]` in the workspace's manifest).
//!
//! boon enables ahash's default features, which seed every map from `getrandom`: an edge that haibao-core must not reach.
//! boon uses the two names below, for property names and for `uniqueItems`, where hashing speed does not matter.

/// The standard library's map, whose random seed needs no crate.
pub type AHashMap<K, V> = std::collections::HashMap<K, V>;
/// The standard library's hasher with fixed keys: equal values hash alike.
pub type AHasher = std::hash::DefaultHasher;
