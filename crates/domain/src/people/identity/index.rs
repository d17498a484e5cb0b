//! Records by the addresses and numbers that they list, as small numbers.

use std::collections::{HashMap, HashSet};

use super::log::{Evidence, edge_id};
use super::record::{Node, Record, small};

/// Texts as numbers from 0 on.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    ids: HashMap<&'a str, u32>,
    texts: Vec<&'a str>,
}

impl<'a> Names<'a> {
    /// With room for so many: growing would read every text again.
    fn with_capacity(texts: usize) -> Self {
        Self {
            ids: HashMap::with_capacity(texts),
            texts: Vec::with_capacity(texts),
        }
    }

    fn id(&mut self, text: &'a str) -> u32 {
        *self.ids.entry(text).or_insert_with(|| {
            self.texts.push(text);
            small(self.texts.len() - 1)
        })
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn text(&self, id: u32) -> &'a str {
        self.texts.get(id as usize).copied().unwrap_or_default()
    }
}

/// The records of one run.
#[derive(Debug)]
pub(super) struct Index<'a> {
    pub(super) records: &'a [Record],
    pub(super) emails: Names<'a>,
    pub(super) phones: Names<'a>,
    /// `(record, email)`, by record: the addresses that make it one person's record.
    pub(super) email_of: Vec<(u32, u32)>,
    /// `(phone, record)`, sorted.
    pub(super) phone_of: Vec<(u32, u32)>,
}

impl<'a> Index<'a> {
    /// Pieces of evidence whose edge id is withdrawn are left out.
    pub(super) fn new(records: &'a [Record], withdrawn: &HashSet<&str>) -> Self {
        let counts = |record: &Record, evidence, value: &str| {
            withdrawn.is_empty()
                || !withdrawn.contains(edge_id(&record.key, evidence, value).as_str())
        };
        let mut index = Self {
            records,
            emails: Names::with_capacity(records.len() / 2),
            phones: Names::with_capacity(records.len() / 2),
            email_of: Vec::with_capacity(records.len()),
            phone_of: Vec::new(),
        };
        for (place, record) in records.iter().enumerate() {
            for email in record.joining_emails() {
                if counts(record, Evidence::Email, email) {
                    let email = index.emails.id(email);
                    index.email_of.push((small(place), email));
                }
            }
            for phone in &record.phones {
                if counts(record, Evidence::Phone, phone.as_str()) {
                    let phone = index.phones.id(phone.as_str());
                    index.phone_of.push((phone, small(place)));
                }
            }
        }
        index.phone_of.sort_unstable();
        index.phone_of.dedup();
        index
    }

    /// Records come first among the elements of the components, then addresses.
    pub(super) fn element_of_email(&self, email: u32) -> u32 {
        small(self.records.len()) + email
    }

    pub(super) fn elements(&self) -> usize {
        self.records.len() + self.emails.len()
    }

    /// The address counts as one of the record at this place.
    pub(super) fn has(&self, record: u32, email: u32) -> bool {
        let first = self.email_of.partition_point(|(of, _)| *of < record);
        let own = self.email_of[first..].iter();
        own.take_while(|(of, _)| *of == record)
            .any(|(_, own)| *own == email)
    }

    /// What the element stands for.
    pub(super) fn node_of(&self, element: u32) -> Option<Node> {
        let records = small(self.records.len());
        match element.checked_sub(records) {
            Some(email) => Some(Node::Email(self.emails.text(email).to_owned())),
            None => {
                let record = self.records.get(element as usize)?;
                Some(Node::Record(record.key.clone()))
            }
        }
    }

    /// A record that stands for the element.
    pub(super) fn record_of(&self, element: u32) -> Option<u32> {
        let records = small(self.records.len());
        let Some(email) = element.checked_sub(records) else {
            return Some(element);
        };
        let mut holders = self.email_of.iter();
        holders
            .find(|(_, e)| *e == email)
            .map(|(record, _)| *record)
    }
}
