//! What an erasure looks for.

/// Whether what is looked for is in these bytes.
pub type ByteSearch<'a> = dyn Fn(&[u8]) -> bool + Sync + 'a;
