//! Reschedule chains: invitees that name one another, or that name the same third one.

use crate::hash::HashedMap;
use crate::row::{Head, Rows, field};
use bookpath_domain::bookings::attendance::Attendance;

/// One member of a possible chain: who it is and whom it names (0 = nobody).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub member: u64,
    pub names: [u64; 2],
}

/// Connected groups of `links`, each a list of positions; a group of one is included.
///
/// Names that belong to no member connect all members that name them.
pub(crate) fn components(links: &[Link]) -> Vec<Vec<usize>> {
    let mut node_of: HashedMap<u32> =
        HashedMap::with_capacity_and_hasher(links.len() * 2, Default::default());
    let mut parent: Vec<u32> = Vec::with_capacity(links.len() * 2);
    let mut node = |hash: u64, parent: &mut Vec<u32>| -> u32 {
        *node_of.entry(hash).or_insert_with(|| {
            let id = u32::try_from(parent.len()).unwrap_or(u32::MAX);
            parent.push(id);
            id
        })
    };
    let mut members = Vec::with_capacity(links.len());
    for link in links {
        let own = node(link.member, &mut parent);
        members.push(own);
        for name in link.names.iter().filter(|n| **n != 0) {
            let other = node(*name, &mut parent);
            let (a, b) = (root(&mut parent, own), root(&mut parent, other));
            parent[a as usize] = b;
        }
    }
    let mut slot: Vec<u32> = vec![u32::MAX; parent.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (position, own) in members.into_iter().enumerate() {
        let top = root(&mut parent, own) as usize;
        if slot[top] == u32::MAX {
            slot[top] = u32::try_from(groups.len()).unwrap_or(u32::MAX);
            groups.push(Vec::new());
        }
        groups[slot[top] as usize].push(position);
    }
    groups
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        let up = parent[node as usize];
        parent[node as usize] = parent[up as usize];
        node = parent[node as usize];
    }
    node
}

/// What a chain counts as in gold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pending,
    Attended,
    NoShow,
    Canceled,
    /// The newest known member was rescheduled and its successor is not known yet.
    Superseded,
}

impl Outcome {
    /// Outcome of a chain whose newest member is `newest`.
    pub(crate) fn of(newest: &Head, as_of: i64) -> Self {
        match newest.attendance(as_of).0 {
            Attendance::CanceledEarly | Attendance::CanceledLate if newest.rescheduled => {
                Self::Superseded
            }
            Attendance::CanceledEarly | Attendance::CanceledLate => Self::Canceled,
            Attendance::NoShow => Self::NoShow,
            Attendance::Attended => Self::Attended,
            Attendance::Pending => Self::Pending,
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Attended => 1,
            Self::NoShow => 2,
            Self::Canceled => 3,
            Self::Superseded => 4,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Pending,
            1 => Self::Attended,
            2 => Self::NoShow,
            3 => Self::Canceled,
            4 => Self::Superseded,
            _ => return None,
        })
    }
}

/// One booking as gold counts it: once per chain, on its first member's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Booking<'a> {
    /// Hash of chain_id.
    pub chain: u64,
    pub contact: u64,
    /// invitee_created_at of the first member.
    pub created: i64,
    /// Newest start - first created, microseconds.
    pub lead_us: i64,
    /// booking_date, days since 1970-01-01.
    pub days: i32,
    pub hour: u8,
    pub outcome: Outcome,
    pub channel: &'a str,
    /// Empty = NULL.
    pub campaign: &'a str,
    /// Empty = NULL.
    pub source: &'a str,
}

/// The booking of a chain from its first and newest member.
pub(crate) fn booking<'a>(
    rows: &'a Rows,
    first: &Head,
    newest: &Head,
    as_of: i64,
    zone: &mut crate::time::Zone,
) -> Booking<'a> {
    let texts = rows.texts(first);
    let local = zone.local(first.created);
    Booking {
        chain: first.uri_hash,
        contact: crate::hash::contact_hash(texts[field::EMAIL]),
        created: first.created,
        lead_us: newest.start - first.created,
        days: local.days,
        hour: u8::try_from(local.hour).unwrap_or(0),
        outcome: Outcome::of(newest, as_of),
        channel: texts[field::CHANNEL],
        campaign: texts[field::UTM_CAMPAIGN],
        source: texts[field::UTM_SOURCE],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_unknown_name_connects() {
        let links = [
            Link {
                member: 1,
                names: [9, 0],
            },
            Link {
                member: 2,
                names: [0, 0],
            },
            Link {
                member: 3,
                names: [0, 9],
            },
            Link {
                member: 4,
                names: [2, 0],
            },
        ];
        let mut groups = components(&links);
        groups.sort();
        assert_eq!(groups, vec![vec![0, 2], vec![1, 3]]);
    }
}
