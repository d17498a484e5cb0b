//! Fresh identifiers.

/// Makes identifiers.
pub trait Ids: Send + Sync {
    /// A new identifier, unique for ever, of at most 36 ASCII characters.
    fn fresh(&self) -> String;
}

/// Random UUIDs.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn fresh(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }
}
