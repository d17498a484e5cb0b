//! People, and their records as vendors get to know of them.

use std::collections::HashSet;

use bookpath_domain::Vendor;
use bookpath_domain::people::email::normalize;
use bookpath_domain::people::identity::{Record, RecordKey};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::people::resolved::{CONTACT, FORM, INVITEE};
use jiff::{SignedDuration, Timestamp};

use crate::names::{CAMPAIGNS, FAMILY, FIRMS, FREE_MAIL, GIVEN, TRADES};
use crate::{Kind, Labelled};

/// Seconds from the first record to the last.
const SPAN_S: i64 = 300 * 86_400;

/// 2026-01-01T00:00:00Z
const START_S: i64 = 1_767_225_600;

/// The first of the ten digits of national telephones; each further one is the next.
const PHONES_FROM: u64 = 2_010_000_000;

/// Where a record is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Calendly,
    Typeform,
    Close,
}

impl Source {
    pub(crate) const ALL: [Self; 3] = [Self::Calendly, Self::Typeform, Self::Close];
    /// Where a record need not have an address.
    pub(crate) const BARE: [Self; 2] = [Self::Typeform, Self::Close];
}

/// Who somebody is.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    label: u32,
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) email: String,
    /// Ten digits.
    pub(crate) phone: u64,
    /// When they are first heard of, in seconds since the start.
    since_s: i64,
}

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// A record before it is spelled.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    label: u32,
    from: Source,
    at_s: i64,
    name: String,
    emails: Vec<String>,
    phones: Vec<u64>,
    company: Option<String>,
    chain: Option<String>,
}

impl Draft {
    pub(crate) fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    pub(crate) fn email(mut self, email: &str) -> Self {
        self.emails.push(email.to_owned());
        self
    }

    pub(crate) fn phone(mut self, phone: u64) -> Self {
        self.phones.push(phone);
        self
    }

    pub(crate) fn company(mut self, company: &str) -> Self {
        self.company = Some(company.to_owned());
        self
    }

    pub(crate) fn chain(mut self, chain: &str) -> Self {
        self.chain = Some(chain.to_owned());
        self
    }
}

/// The set while it grows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) rng: fastrand::Rng,
    pub(crate) kind: Kind,
    set: Labelled,
    people: u32,
    phones: u64,
    companies: HashSet<String>,
    /// Addresses without what a provider ignores.
    taken: HashSet<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed),
            kind: Kind::OneAddress,
            set: Labelled::default(),
            people: 0,
            phones: PHONES_FROM,
            companies: HashSet::new(),
            taken: HashSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.set.records.len()
    }

    /// The set, in an order that says nothing.
    pub(crate) fn into_set(mut self) -> Labelled {
        let mut places: Vec<usize> = (0..self.len()).collect();
        self.rng.shuffle(&mut places);
        let mut out = Labelled::default();
        let mut records: Vec<Option<Record>> = self.set.records.into_iter().map(Some).collect();
        for place in places {
            out.records.extend(records[place].take());
            out.people.push(self.set.people[place]);
            out.kinds.push(self.set.kinds[place]);
        }
        out
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.usize(..all.len())]
    }

    /// Somebody new with an address at a free provider or at a small company of their own, and a telephone.
    pub(crate) fn person(&mut self) -> Person {
        let (given, family) = (self.one_of(&GIVEN), self.one_of(&FAMILY));
        self.person_named(given, family)
    }

    pub(crate) fn person_named(&mut self, given: &str, family: &str) -> Person {
        let domain = if self.rng.u8(..3) == 0 {
            self.company()
        } else {
            self.one_of(&FREE_MAIL).to_owned()
        };
        let email = self.address(given, family, &domain);
        self.people += 1;
        Person {
            label: self.people,
            given: given.to_owned(),
            family: family.to_owned(),
            email,
            phone: self.phone(),
            since_s: self.rng.i64(0..SPAN_S),
        }
    }

    /// The domain of a company that nobody has yet.
    pub(crate) fn company(&mut self) -> String {
        let mut number = 1;
        let (firm, trade) = (self.one_of(&FIRMS), self.one_of(&TRADES));
        let mut domain = format!("{firm}{trade}.example");
        while !self.companies.insert(domain.clone()) {
            number += 1 + self.rng.u32(..9);
            domain = format!("{firm}{trade}{number}.example");
        }
        domain
    }

    /// A telephone that nobody has yet.
    pub(crate) fn phone(&mut self) -> u64 {
        self.phones += 1;
        self.phones
    }

    /// An address that nobody has yet; digits follow when the plain ones are taken.
    pub(crate) fn address(&mut self, given: &str, family: &str, domain: &str) -> String {
        let plain = |text: &str| text.to_lowercase().replace('\'', "");
        let (given, family) = (plain(given), plain(family));
        let initial = given.get(..1).unwrap_or_default();
        let local = match self.rng.u8(..5) {
            0 => format!("{initial}{family}"),
            1 => format!("{family}.{given}"),
            2 => format!("{given}{family}"),
            3 => format!("{given}.{family}{}", self.rng.u16(50..100)),
            _ => format!("{given}.{family}"),
        };
        let mut email = format!("{local}@{domain}");
        while !self.take(&email) {
            email = format!("{local}{}@{domain}", self.rng.u32(1..1_000_000));
        }
        email
    }

    /// Makes the address somebody's; `false` when it was already.
    pub(crate) fn take(&mut self, email: &str) -> bool {
        let (local, domain) = email.split_once('@').unwrap_or((email, ""));
        let local = local.split('+').next().unwrap_or(local);
        let ignored = if domain == "gmail.com" { "." } else { "" };
        let local = local.replace(ignored, "");
        self.taken.insert(format!("{local}@{domain}"))
    }

    /// A record of the person with their full name, some days after they were first heard of, and no address.
    pub(crate) fn draft(&mut self, who: &Person, from: Source) -> Draft {
        Draft {
            label: who.label,
            from,
            at_s: who.since_s + self.rng.i64(0..20 * 86_400),
            name: who.name(),
            emails: Vec::new(),
            phones: Vec::new(),
            company: None,
            chain: None,
        }
    }

    /// A record of the person from any vendor, under their main address.
    pub(crate) fn addressed(&mut self, who: &Person) -> Draft {
        let from = self.one_of(&Source::ALL);
        self.draft(who, from).email(&who.email)
    }

    /// A record of the person from a vendor that asks for no address.
    pub(crate) fn bare(&mut self, who: &Person) -> Draft {
        let from = self.one_of(&Source::BARE);
        self.draft(who, from)
    }

    /// Writes the record down as somebody may have typed it and a vendor tells it.
    pub(crate) fn put(&mut self, draft: Draft) {
        let (vendor, kind) = match draft.from {
            Source::Calendly => (Vendor::Calendly, INVITEE),
            Source::Typeform => (Vendor::Typeform, FORM),
            Source::Close => (Vendor::Close, CONTACT),
        };
        let key = RecordKey::new(vendor, kind, &format!("{kind}-{}", self.len()));
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(START_S + draft.at_s);
        let emails = draft.emails.iter();
        let emails = emails.filter_map(|email| normalize(&self.typed_address(email)));
        let emails = emails.collect();
        let phones = draft.phones.iter();
        let phones = phones.filter_map(|phone| Phone::parse(&self.typed_phone(*phone), "US"));
        let record = Record {
            emails,
            phones: phones.collect(),
            name: Some(draft.name).filter(|name| !name.is_empty()),
            company: draft.company,
            campaign: (self.rng.u8(..3) == 0).then(|| self.one_of(&CAMPAIGNS).to_owned()),
            chain_id: draft.chain,
            ..Record::bare(key, at)
        };
        self.set.records.push(record);
        self.set.people.push(draft.label);
        self.set.kinds.push(self.kind);
    }

    fn typed_address(&mut self, email: &str) -> String {
        match self.rng.u8(..6) {
            0 => email.to_uppercase(),
            1 => format!(" {email} "),
            2 => email.replacen(|c: char| c.is_alphabetic(), &email[..1].to_uppercase(), 1),
            _ => email.to_owned(),
        }
    }

    fn typed_phone(&mut self, phone: u64) -> String {
        let digits = phone.to_string();
        let (area, exchange, line) = (&digits[..3], &digits[3..6], &digits[6..]);
        match self.rng.u8(..5) {
            0 => format!("({area}) {exchange}-{line}"),
            1 => format!("{area}-{exchange}-{line}"),
            2 => format!("+1 {area} {exchange} {line}"),
            3 => format!("1{digits}"),
            _ => format!("+1{digits}"),
        }
    }
}
