//! An e-mail address as it is asked for.

use bookpath_domain::people::email;

use crate::Problem;

/// The match key of an address that is asked for.
pub(crate) fn match_key(text: &str) -> Result<String, Problem> {
    email::normalize(text).ok_or_else(|| Problem::invalid("that is no e-mail address"))
}
