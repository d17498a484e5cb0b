//! Chains of the working set, before and after a run, and what gold must hear of the difference.

use std::collections::BTreeSet;

use crate::chain::{Link, booking, components};
use crate::changes::ChangeSet;
use crate::hash::{HashedMap, HashedSet};
use crate::refine::session::{Member, Session};
use crate::refine::state::Dangling;
use crate::row::Head;
use crate::time::Zone;

/// One chain: positions of its members, oldest first.
type Chain = Vec<usize>;

/// What the run decides for a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decided {
    /// Position of the chain's first member.
    pub first: usize,
    /// (uri hash, created_at) of the other members, sorted.
    pub peers: Vec<(u64, i64)>,
}

/// The chains of some heads, each sorted by (created_at, uri).
fn chains<'a>(
    session: &Session<'_>,
    heads: impl Fn(&'a Member) -> Option<&'a Head>,
    members: &'a [Member],
) -> Vec<Chain> {
    let present: Vec<(usize, &Head)> = members
        .iter()
        .enumerate()
        .filter_map(|(at, m)| heads(m).map(|h| (at, h)))
        .collect();
    let links: Vec<Link> = present
        .iter()
        .map(|(_, h)| Link {
            member: h.uri_hash,
            names: h.names,
        })
        .collect();
    let mut groups = components(&links);
    for group in &mut groups {
        group.sort_by(|a, b| {
            let key = |at: &usize| (present[*at].1.created, session.rows.uri(present[*at].1));
            key(a).cmp(&key(b))
        });
        for at in group {
            *at = present[*at].0;
        }
    }
    groups
}

/// Decides chains and peers of all members, by position.
pub(crate) fn decide(session: &Session<'_>) -> (Vec<Chain>, Vec<Decided>) {
    let chains = chains(session, |m| Some(&m.after), &session.members);
    let mut decided = vec![Decided::default(); session.members.len()];
    for chain in &chains {
        let place = |at: &usize| {
            (
                session.members[*at].hash,
                session.members[*at].after.created,
            )
        };
        for at in chain {
            let mut peers: Vec<_> = chain
                .iter()
                .filter(|other| *other != at)
                .map(place)
                .collect();
            peers.sort_unstable();
            decided[*at] = Decided {
                first: chain[0],
                peers,
            };
        }
    }
    (chains, decided)
}

/// The bookings that leave and come: those of the set's chains before and after, without what is in both.
pub(crate) fn changes(
    session: &Session<'_>,
    after: &[Chain],
    as_of: i64,
    zone: &mut Zone,
) -> ChangeSet {
    let members = &session.members;
    let before = chains(session, |m| m.before.as_ref().map(|b| &b.head), members);
    let mut old = HashedMap::default();
    for chain in &before {
        let head = |at: usize| members[at].before.as_ref().map(|b| &b.head);
        if let (Some(first), Some(newest)) = (
            chain.first().and_then(|at| head(*at)),
            chain.last().and_then(|at| head(*at)),
        ) {
            old.insert(
                first.uri_hash,
                booking(&session.rows, first, newest, session.state.as_of, zone),
            );
        }
    }
    let mut set = ChangeSet::default();
    let mut same = HashedSet::default();
    let mut came = Vec::new();
    for chain in after {
        let (first, newest) = (
            &members[chain[0]].after,
            &members[chain[chain.len() - 1]].after,
        );
        let booking = booking(&session.rows, first, newest, as_of, zone);
        if old.get(&booking.chain) == Some(&booking) {
            same.insert(booking.chain);
        } else {
            came.push(booking);
        }
    }
    let mut left: Vec<_> = old.values().filter(|b| !same.contains(&b.chain)).collect();
    left.sort_by_key(|b| (b.created, b.chain));
    for booking in left {
        set.push(-1, booking);
    }
    came.sort_by_key(|b| (b.created, b.chain));
    for booking in &came {
        set.push(1, booking);
    }
    set
}

/// What the run changes about names that no row has, as entries of the index.
pub(crate) fn dangling(session: &Session<'_>) -> Vec<[u64; 3]> {
    let known = &session.by_hash;
    let mut after: BTreeSet<Dangling> = BTreeSet::new();
    for member in &session.members {
        for name in member
            .after
            .names
            .iter()
            .filter(|n| **n != 0 && !known.contains_key(*n))
        {
            after.insert(Dangling {
                name: *name,
                member: member.hash,
                created: member.after.created,
            });
        }
    }
    let before: BTreeSet<Dangling> = session
        .dangling
        .iter()
        .filter(|d| known.contains_key(&d.member))
        .copied()
        .collect();
    let gone = before.difference(&after).map(|d| d.entry(true));
    gone.chain(after.difference(&before).map(|d| d.entry(false)))
        .collect()
}
