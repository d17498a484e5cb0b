//! Whose figures a caller may see (S3-104, S3-105).

use bookpath_domain::access::Role;
use bookpath_domain::numbers::kpi::FiguresOf;
use bookpath_domain::people::resolved::Resolved;
use bookpath_domain::people::sources::Directory;

use crate::access::Caller;

/// What `user=` says for facts that have no user.
pub const UNASSIGNED: &str = "unassigned";

/// Whose figures are answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureScope {
    pub who: FiguresOf,
    /// What the answer and its links name: `all`, `unassigned`, or a user's key.
    pub user: String,
    /// The caller sees nothing but their own: `self`.
    pub own: bool,
}

impl FigureScope {
    /// `self` or `all`.
    #[must_use]
    pub const fn scope(&self) -> &'static str {
        if self.own { "self" } else { "all" }
    }
}

/// Why somebody's figures are not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("a sales user sees only their own figures")]
    NotOwn,
    #[error("no user or team member has this id or e-mail address")]
    Unknown,
}

/// Whose figures `user` names: `all`, `unassigned`, the id of an app user, or an e-mail address of the team. Sales
/// users are answered for themselves, whatever they leave open.
///
/// # Errors
/// [`Refused`].
pub fn scope(
    caller: &Caller,
    user: Option<&str>,
    resolved: &Resolved,
    directory: &Directory,
) -> Result<FigureScope, Refused> {
    let wanted = user.map(str::trim).filter(|user| !user.is_empty());
    if caller.role == Role::Sales {
        let own = key_of(&caller.email, resolved, directory);
        let own = own.unwrap_or_else(|| caller.user_id.clone());
        let named = wanted.filter(|user| *user != "all" && *user != caller.user_id);
        return match named {
            Some(user) if key_of(user, resolved, directory).as_ref() != Some(&own) => {
                Err(Refused::NotOwn)
            }
            _ => Ok(FigureScope {
                who: FiguresOf::User(own.clone()),
                user: own,
                own: true,
            }),
        };
    }
    let (who, user) = match wanted {
        None | Some("all") => (FiguresOf::Everybody, "all".to_owned()),
        Some(UNASSIGNED) => (FiguresOf::Unassigned, UNASSIGNED.to_owned()),
        Some(user) => {
            let key = key_of(user, resolved, directory).ok_or(Refused::Unknown)?;
            (FiguresOf::User(key.clone()), key)
        }
    };
    Ok(FigureScope {
        who,
        user,
        own: false,
    })
}

/// The key of a team member or app user by either name.
fn key_of(name: &str, resolved: &Resolved, directory: &Directory) -> Option<String> {
    if let Some(member) = resolved.team.find(name) {
        return Some(member.key.clone());
    }
    let user = |(email, id): &&(String, String)| id == name || email.eq_ignore_ascii_case(name);
    directory.users.iter().find(user).map(|(_, id)| id.clone())
}

#[cfg(test)]
mod tests {
    use bookpath_domain::BusinessConfig;
    use bookpath_domain::people::resolved::resolve;
    use bookpath_domain::people::sources::Sources;
    use jiff::Timestamp;

    use super::*;

    const TEAM: &str = "
[[team]]
email = \"ann@co.test\"
name = \"Ann\"
role = \"closer\"
[[team]]
email = \"bob@co.test\"
name = \"Bob\"
role = \"closer\"
";

    #[test]
    fn everybody_sees_what_their_role_sees() {
        let rules = BusinessConfig::from_toml(TEAM).unwrap();
        let user = |email: &str, id: &str| (email.to_owned(), id.to_owned());
        let directory = Directory {
            decisions: Vec::new(),
            users: vec![user("ann@co.test", "u-ann"), user("eve@co.test", "u-eve")],
        };
        let at = Timestamp::UNIX_EPOCH;
        let resolved = resolve(&Sources::default(), &directory, &rules, at);
        let ask = |role, email: &str, id: &str, user: Option<&str>| {
            let caller = Caller {
                user_id: id.to_owned(),
                email: email.to_owned(),
                name: None,
                role,
                session_id: String::new(),
                expires_at: at,
            };
            let asked = scope(&caller, user, &resolved, &directory);
            asked.map(|asked| (asked.user.clone(), asked.scope()))
        };
        let said = |user: &str, scope| Ok((user.to_owned(), scope));
        let ann = |user| ask(Role::Sales, "ann@co.test", "u-ann", user);
        for user in [
            None,
            Some("all"),
            Some("u-ann"),
            Some("Ann@co.test"),
            Some(""),
        ] {
            assert_eq!(ann(user), said("u-ann", "self"), "{user:?}");
        }
        for user in ["bob@co.test", "u-eve", "nobody", "unassigned"] {
            assert_eq!(ann(Some(user)), Err(Refused::NotOwn), "{user}");
        }
        let eve = |user| ask(Role::Sales, "eve@co.test", "u-eve", user);
        assert_eq!(eve(None), said("u-eve", "self"));
        assert_eq!(eve(Some("u-ann")), Err(Refused::NotOwn));
        for role in [Role::Admin, Role::Viewer] {
            let other = |user| ask(role, "eve@co.test", "u-eve", user);
            assert_eq!(other(None), said("all", "all"));
            assert_eq!(other(Some("ANN@co.test")), said("u-ann", "all"));
            assert_eq!(other(Some("bob@co.test")), said("bob@co.test", "all"));
            assert_eq!(other(Some("u-eve")), said("u-eve", "all"));
            assert_eq!(other(Some("unassigned")), said("unassigned", "all"));
            assert_eq!(other(Some("nobody")), Err(Refused::Unknown));
        }
    }
}
