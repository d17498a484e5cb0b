//! Merging, taking back, and telling apart: decisions of admins about who is who.
//!
//! A decision is one more item of the append-only list with a line of the audit trail. Its dry run answers
//! exactly what it would move.

use bookpath_domain::BusinessConfig;
use bookpath_domain::people::identity::log::edges_of;
use bookpath_domain::people::identity::{Contact, Decision, Node, RecordKey, Verdict, taken_back};
use bookpath_domain::people::moves::{Moved, moves};
use bookpath_domain::people::person::{find, identity_of};
use bookpath_domain::people::resolved::{ResolvedContact, resolve};
use bookpath_domain::people::sources::Directory;
use jiff::Timestamp;
use serde::Serialize;

use super::Known;
use super::decisions::add;
use crate::access::audit_write;
use crate::ports::{Ids, Store, StoreError};

/// Characters of a reason.
pub const REASON_CHARS_MAX: usize = 500;

/// As [`Decision::holders`].
type Holders = [Vec<RecordKey>; 2];

/// Who decides, over what is known.
pub struct Decider<'a> {
    pub store: &'a dyn Store,
    pub ids: &'a dyn Ids,
    pub rules: &'a BusinessConfig,
    pub known: &'a Known,
    pub now: Timestamp,
    /// User id of the admin, or `cli`.
    pub actor: &'a str,
    pub reason: Option<&'a str>,
    /// Only answer what would move; change nothing.
    pub dry_run: bool,
}

impl std::fmt::Debug for Decider<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Decider");
        shown
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

/// What is to be decided.
#[derive(Debug, Clone, Copy)]
pub enum DecisionRequest<'a> {
    Merge { into: &'a str, from: &'a str },
    Unmerge { id: &'a str },
    Reject { a: &'a str, b: &'a str },
}

/// What was decided, or would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decided {
    /// The decision's id, under which it is taken back; `null` in a dry run.
    pub merge_id: Option<String>,
    pub dry_run: bool,
    /// Every value that comes out different, by table, key and column.
    pub moves: Vec<Moved>,
}

/// Why a decision was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    #[error("there is no contact `{0}`")]
    UnknownContact(String),
    #[error("both are the same contact already")]
    OneContact,
    #[error("there is no merge `{0}`")]
    UnknownMerge(String),
    #[error("`{0}` is taken back already")]
    TakenBack(String),
    #[error("another decision was made meanwhile; try again")]
    Meanwhile,
    #[error("the reason is longer than {REASON_CHARS_MAX} characters")]
    LongReason,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Decider<'_> {
    /// Decides what is asked.
    ///
    /// # Errors
    /// [`DecideError`]; after [`DecideError::Meanwhile`] it may be asked again over what is known then.
    pub async fn decide_on(&self, asked: DecisionRequest<'_>) -> Result<Decided, DecideError> {
        match asked {
            DecisionRequest::Merge { into, from } => self.merge(into, from).await,
            DecisionRequest::Unmerge { id } => self.unmerge(id).await,
            DecisionRequest::Reject { a, b } => self.reject(a, b).await,
        }
    }

    /// `from` is the person that `into` is; each named by a contact's id or an e-mail address.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn merge(&self, into: &str, from: &str) -> Result<Decided, DecideError> {
        let ((into, from), holders) = self.pair(into, from)?;
        self.decide(Verdict::Merge { into, from }, holders, "contacts_merged")
            .await
    }

    /// The merge, the "not the same", or the piece of evidence with this id does not count any more.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn unmerge(&self, id: &str) -> Result<Decided, DecideError> {
        let decisions = &self.known.directory.decisions;
        if taken_back(decisions).contains(id) {
            return Err(DecideError::TakenBack(id.to_owned()));
        }
        let decided = |decision: &Decision| {
            decision.id == id && !matches!(decision.verdict, Verdict::Unmerge { .. })
        };
        let records = &self.known.resolved.records;
        let of_record = || {
            let edges = records.iter().flat_map(edges_of);
            edges.into_iter().any(|edge| edge.edge_id == id)
        };
        if !decisions.iter().any(decided) && !of_record() {
            return Err(DecideError::UnknownMerge(id.to_owned()));
        }
        let edge_id = id.to_owned();
        let verdict = Verdict::Unmerge { edge_id };
        self.decide(verdict, Holders::default(), "contacts_unmerged")
            .await
    }

    /// These two are not the same: no candidates any more, and no telephone joins them.
    ///
    /// # Errors
    /// [`DecideError`].
    pub async fn reject(&self, a: &str, b: &str) -> Result<Decided, DecideError> {
        let ((a, b), holders) = self.pair(a, b)?;
        self.decide(Verdict::NotTheSame { a, b }, holders, "contacts_rejected")
            .await
    }

    /// The anchors of two different contacts, and the records that have these.
    fn pair(&self, one: &str, other: &str) -> Result<((Node, Node), Holders), DecideError> {
        let (one, other) = (self.contact(one)?, self.contact(other)?);
        if one.contact_id == other.contact_id {
            return Err(DecideError::OneContact);
        }
        let (one, other) = (self.identity(one)?, self.identity(other)?);
        let withdrawn = taken_back(&self.known.directory.decisions);
        let records = &self.known.resolved.records;
        let holders = [one, other].map(|contact| contact.holders(records, &withdrawn));
        Ok(((one.anchor.clone(), other.anchor.clone()), holders))
    }

    fn contact(&self, text: &str) -> Result<&ResolvedContact, DecideError> {
        let unknown = || DecideError::UnknownContact(text.to_owned());
        find(&self.known.resolved, text).ok_or_else(unknown)
    }

    fn identity(&self, contact: &ResolvedContact) -> Result<&Contact, DecideError> {
        let unknown = || DecideError::UnknownContact(contact.contact_id.clone());
        identity_of(&self.known.resolved, contact).ok_or_else(unknown)
    }

    async fn decide(
        &self,
        verdict: Verdict,
        holders: Holders,
        action: &str,
    ) -> Result<Decided, DecideError> {
        if self
            .reason
            .is_some_and(|reason| reason.chars().count() > REASON_CHARS_MAX)
        {
            return Err(DecideError::LongReason);
        }
        let decision = Decision {
            id: self.ids.fresh(),
            verdict,
            actor: self.actor.to_owned(),
            at: self.now,
            reason: self.reason.map(str::to_owned),
            holders,
        };
        let moves = self.moves(&decision);
        if !self.dry_run {
            let line = audit_write(self.ids, self.now, self.actor, action, &decision.id)?;
            let known = self.known.directory.decisions.len();
            if !add(self.store, &decision, known, line).await? {
                return Err(DecideError::Meanwhile);
            }
        }
        Ok(Decided {
            merge_id: (!self.dry_run).then_some(decision.id),
            dry_run: self.dry_run,
            moves,
        })
    }

    fn moves(&self, decision: &Decision) -> Vec<Moved> {
        let Known {
            sources,
            directory,
            resolved,
        } = self.known;
        let mut decisions = directory.decisions.clone();
        decisions.push(decision.clone());
        let users = directory.users.clone();
        let decided = Directory { decisions, users };
        let after = resolve(sources, &decided, self.rules, resolved.as_of);
        moves(sources, self.rules, resolved, &after)
    }
}
