//! Which team member a call or a deal belongs to (S3-124).

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::config::TeamMember;

/// A member of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Id of the app user with the same e-mail address, else the address.
    pub key: String,
    /// In lower case.
    pub email: String,
    pub name: String,
    /// Names them in links, which hold no address: the key, of an address the beginning of its hash.
    pub token: String,
}

fn token_of(key: &str) -> String {
    if key.contains('@') {
        format!("m{}", hex::encode(&Sha256::digest(key)[..6]))
    } else {
        key.to_owned()
    }
}

/// The team, by what vendors call its members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Team {
    members: Vec<Member>,
    by_email: HashMap<String, String>,
    by_close_user: HashMap<String, String>,
}

impl Team {
    /// A member's key is the id of the app user with the same e-mail address, else the address in lower
    /// case. `app_users` are pairs of address and id.
    #[must_use]
    pub fn new<'a>(
        members: &[TeamMember],
        app_users: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let ids: HashMap<String, &str> = app_users
            .into_iter()
            .map(|(email, id)| (email.trim().to_lowercase(), id))
            .collect();
        let mut team = Self::default();
        for member in members {
            let email = member.email.trim().to_lowercase();
            let key = ids.get(&email).map_or(email.as_str(), |id| id).to_owned();
            if let Some(user) = &member.close_user_id {
                let first = team.by_close_user.entry(user.clone());
                first.or_insert_with(|| key.clone());
            }
            if !team.by_email.contains_key(&email) {
                team.by_email.insert(email.clone(), key.clone());
                let name = member.name.clone();
                let token = token_of(&key);
                team.members.push(Member {
                    key,
                    email,
                    name,
                    token,
                });
            }
        }
        team
    }

    /// Everybody once, in the configured order.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member with this key, address or token.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Member> {
        let key = self.host(name).unwrap_or(name);
        let is = |member: &&Member| member.key == key || member.token == key;
        self.members.iter().find(is)
    }

    /// What stands for a key in links.
    #[must_use]
    pub fn token<'a>(&'a self, key: &'a str) -> &'a str {
        let member = self.members.iter().find(|member| member.key == key);
        member.map_or(key, |member| &member.token)
    }

    /// The member who hosts under this address; `None` for anybody else.
    #[must_use]
    pub fn host(&self, email: &str) -> Option<&str> {
        let email = email.trim().to_lowercase();
        self.by_email.get(&email).map(String::as_str)
    }

    /// The member with this user of the CRM.
    #[must_use]
    pub fn close_user(&self, user_id: &str) -> Option<&str> {
        self.by_close_user.get(user_id).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TeamRole;

    #[test]
    fn a_member_is_found_by_either_name() {
        let member = |email: &str, user: Option<&str>| TeamMember {
            email: email.to_owned(),
            name: "A".to_owned(),
            role: TeamRole::Closer,
            close_user_id: user.map(str::to_owned),
        };
        let members = [
            member("Ann@co.test", Some("user_ann")),
            member("bob@co.test", None),
        ];
        let team = Team::new(&members, [("ann@CO.test", "u-1")]);
        assert_eq!(team.host(" ANN@co.test"), Some("u-1"));
        assert_eq!(team.close_user("user_ann"), Some("u-1"));
        assert_eq!(team.host("bob@co.test"), Some("bob@co.test"));
        assert_eq!(team.host("stranger@co.test"), None);
        assert_eq!(team.close_user("user_bob"), None);
        let keys: Vec<&str> = team.members().iter().map(|m| m.key.as_str()).collect();
        assert_eq!(keys, ["u-1", "bob@co.test"]);
        for name in ["u-1", "Ann@co.test"] {
            assert_eq!(
                team.find(name).map(|m| m.email.as_str()),
                Some("ann@co.test")
            );
        }
        assert_eq!(team.find("user_ann"), None);
        assert_eq!(team.token("u-1"), "u-1");
        let bob = team.token("bob@co.test");
        assert!(bob.starts_with('m') && !bob.contains('@'), "{bob}");
        assert_eq!(team.find(bob).map(|m| m.key.as_str()), Some("bob@co.test"));
    }
}
