//! The people affected by a change: rows of silver that are linked to it by addresses, telephones, chains, leads, deals
//! and decisions.
//!
//! What [`super::resolved`] says of these people it says also when it sees their rows alone, because whatever joins two
//! rows there is a link here. There are more links than joins: a telephone links all who list it, also where two
//! people share it.

mod row;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::people::identity::{Decision, Verdict};
use crate::people::resolved::Currencies;
use crate::people::sources::{Directory, Sources, SpendRow};
use row::{Link, Row, of_node, row_at, rows};

/// All rows, found by what links them.
#[derive(Debug)]
pub struct Related {
    /// Rows as they were at the beginning, then those of each change.
    parts: Vec<Arc<Sources>>,
    /// Number of the first row of each part.
    starts: Vec<u32>,
    /// Rows by link, of the first part; sorted.
    links: Vec<(Link, u32)>,
    /// Rows by link, of the other parts.
    later_links: HashMap<Link, Vec<u32>>,
    /// Rows by the instants at which calls begin and end, of the first part; sorted.
    turns: Vec<(Timestamp, u32)>,
    later_turns: BTreeSet<(Timestamp, u32)>,
    /// Rows that are replaced or deleted.
    gone: HashSet<u32>,
    spend: Vec<SpendRow>,
    /// Rows by their currency.
    money: BTreeMap<Option<String>, u64>,
    decisions: Decisions,
}

/// Rows that changed; a row with another content is in both.
#[derive(Debug, Default)]
pub struct Changed {
    pub gone: Sources,
    pub fresh: Sources,
    /// All rows of spend as they are now, where one of them changed.
    pub spend: Option<Vec<SpendRow>>,
}

/// The rows of everybody whom a change touches, as they were and as they are. Of spend those that changed.
#[derive(Debug)]
pub struct Touched {
    pub before: Sources,
    pub after: Sources,
    /// Of all rows, as they were and as they are.
    pub currencies: [Currencies; 2],
}

/// Directories and instants of two runs.
#[derive(Debug, Clone, Copy)]
pub struct Between<'a> {
    pub before: &'a Directory,
    pub after: &'a Directory,
    /// The instants that the runs answered for.
    pub as_of: [Timestamp; 2],
}

/// Whom the decisions name; what is no longer in force links, too.
#[derive(Debug, Default)]
struct Decisions {
    links: HashMap<Link, Vec<Link>>,
    by_id: HashMap<String, Vec<Link>>,
}

impl Related {
    /// These rows. `decisions` are all that there are, of whatever time.
    #[must_use]
    pub fn new(sources: Arc<Sources>, decisions: &[Decision]) -> Self {
        let mut related = Self {
            parts: Vec::new(),
            starts: Vec::new(),
            links: Vec::new(),
            later_links: HashMap::new(),
            turns: Vec::new(),
            later_turns: BTreeSet::new(),
            gone: HashSet::new(),
            spend: sources.spend.clone(),
            money: BTreeMap::new(),
            decisions: Decisions::new(decisions),
        };
        for (number, row) in (0_u32..).zip(rows(&sources)) {
            let linked = row.links().into_iter().map(|link| (link, number));
            related.links.extend(linked);
            let turns = row.turns().into_iter().flatten();
            related.turns.extend(turns.map(|at| (at, number)));
            *related.money.entry(row.currency()).or_default() += 1;
        }
        related.links.sort_unstable();
        related.turns.sort_unstable();
        related.starts.push(0);
        related.parts.push(sources);
        related
    }

    /// Takes a change in.
    pub fn apply(&mut self, changed: Changed) {
        let (gone, _) = self.add(changed);
        self.gone.extend(gone);
    }

    /// Takes a change in, and gives the rows of everybody who may be another one by it, by what was decided, or by the
    /// time that passed.
    pub fn touched(&mut self, changed: Changed, between: &Between<'_>) -> Touched {
        let currencies = self.currencies();
        let spend = changed.spend.is_some().then(|| self.spend.clone());
        let (gone, fresh) = self.add(changed);
        let currencies = [currencies, self.currencies()];
        let mut open: Vec<Link> = Vec::new();
        for number in gone.iter().chain(&fresh) {
            open.extend(self.row(*number).into_iter().flat_map(Row::links));
        }
        let decided = self.decided(between);
        let everybody = decided.is_none() || currencies[0].main != currencies[1].main;
        open.extend(decided.into_iter().flatten());
        for number in self.turned(between.as_of) {
            open.extend(self.row(number).into_iter().flat_map(Row::links));
        }
        let found = if everybody {
            self.all()
        } else {
            self.closed(open)
        };
        let (mut before, mut after) = (Sources::default(), Sources::default());
        for number in found {
            let Some(row) = self.row(number) else {
                continue;
            };
            if !fresh.contains(&number) {
                row.copy_to(&mut before);
            }
            if !gone.contains(&number) {
                row.copy_to(&mut after);
            }
        }
        if let Some(spend) = spend {
            before.spend = unlike(&spend, &self.spend);
            after.spend = unlike(&self.spend, &spend);
        }
        self.gone.extend(gone);
        Touched {
            before,
            after,
            currencies,
        }
    }

    /// Adds the rows of a change. The numbers of those that it replaces or deletes, and of its own.
    fn add(&mut self, changed: Changed) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let gone = rows(&changed.gone).filter_map(|row| self.number_of(row));
        let gone: BTreeSet<u32> = gone.collect();
        for number in &gone {
            let currency = self.row(*number).and_then(Row::currency);
            let count = self.money.entry(currency).or_default();
            *count = count.saturating_sub(1);
        }
        let first = self.end();
        let mut fresh = BTreeSet::new();
        for (number, row) in (first..).zip(rows(&changed.fresh)) {
            for link in row.links() {
                self.later_links.entry(link).or_default().push(number);
            }
            let turns = row.turns().into_iter().flatten();
            self.later_turns.extend(turns.map(|at| (at, number)));
            *self.money.entry(row.currency()).or_default() += 1;
            fresh.insert(number);
        }
        self.starts.push(first);
        self.parts.push(Arc::new(changed.fresh));
        if let Some(spend) = changed.spend {
            self.spend = spend;
        }
        (gone, fresh)
    }

    /// The number that the next row gets.
    fn end(&self) -> u32 {
        let last = self.parts.last().map_or(0, |part| rows(part).count());
        let start = self.starts.last().copied().unwrap_or_default();
        start + u32::try_from(last).unwrap_or(u32::MAX)
    }

    fn row(&self, number: u32) -> Option<Row<'_>> {
        let part = self.starts.partition_point(|start| *start <= number) - 1;
        row_at(self.parts.get(part)?, (number - self.starts[part]) as usize)
    }

    /// The row of this id that is there.
    fn number_of(&self, row: Row<'_>) -> Option<u32> {
        let is_same = |number: &u32| self.row(*number).is_some_and(|known| known.is_of(row));
        self.linked(row.own()).find(is_same)
    }

    /// The rows with this link that are there.
    fn linked(&self, link: Link) -> impl Iterator<Item = u32> + '_ {
        let first = self.links.partition_point(|(known, _)| *known < link);
        let own = self.links[first..].iter();
        let own = own.take_while(move |(known, _)| *known == link);
        let own = own.map(|(_, number)| *number);
        let later = self.later_links.get(&link).into_iter().flatten().copied();
        own.chain(later)
            .filter(|number| !self.gone.contains(number))
    }

    /// The rows of calls that began or ended between two instants.
    fn turned(&self, [one, other]: [Timestamp; 2]) -> Vec<u32> {
        let (from, to) = (one.min(other), one.max(other));
        let place = |at: Timestamp| self.turns.partition_point(|(turn, _)| *turn <= at);
        let own = self.turns[place(from)..place(to)].iter();
        let later = self.later_turns.range((from, u32::MAX)..=(to, u32::MAX));
        let turned = own.chain(later).map(|(_, number)| *number);
        turned
            .filter(|number| !self.gone.contains(number))
            .collect()
    }

    /// Whom new decisions name. `None` where a piece of evidence was withdrawn, which may be anybody's.
    fn decided(&self, between: &Between<'_>) -> Option<Vec<Link>> {
        let known = &between.before.decisions;
        let decisions = between.after.decisions.iter();
        let mut named = Vec::new();
        for decision in decisions.filter(|decision| !known.contains(decision)) {
            match &decision.verdict {
                Verdict::Unmerge { edge_id } => named.extend(self.decisions.by_id.get(edge_id)?),
                _ => named.extend(links_of(decision)),
            }
        }
        Some(named)
    }

    /// Every row that hangs together with these links.
    fn closed(&self, mut open: Vec<Link>) -> BTreeSet<u32> {
        let mut seen: HashSet<Link> = HashSet::new();
        let mut found = BTreeSet::new();
        while let Some(link) = open.pop() {
            if !seen.insert(link) {
                continue;
            }
            open.extend(self.decisions.links.get(&link).into_iter().flatten());
            for number in self.linked(link) {
                if found.insert(number) {
                    open.extend(self.row(number).into_iter().flat_map(Row::links));
                }
            }
        }
        found
    }

    fn all(&self) -> BTreeSet<u32> {
        let numbers = 0..self.end();
        numbers
            .filter(|number| !self.gone.contains(number))
            .collect()
    }

    fn currencies(&self) -> Currencies {
        let counts = self.money.iter().filter(|(_, count)| **count > 0);
        let counts = counts.filter_map(|(currency, count)| Some((currency.clone()?, *count)));
        let mut rows: BTreeMap<String, u64> = counts.collect();
        for spend in &self.spend {
            *rows.entry(spend.currency.to_ascii_uppercase()).or_default() += 1;
        }
        Currencies::from_counts(rows)
    }
}

impl Decisions {
    fn new(decisions: &[Decision]) -> Self {
        let mut out = Self::default();
        for decision in decisions {
            let named = links_of(decision);
            let Some(first) = named.first() else {
                continue;
            };
            // Each links the first one, and that links all: so many links, however many records are kept.
            for link in &named[1..] {
                out.links.entry(*first).or_default().push(*link);
                out.links.entry(*link).or_default().push(*first);
            }
            out.by_id.insert(decision.id.clone(), named);
        }
        out
    }
}

/// The links of both whom the decision is about; none of one that only takes back.
fn links_of(decision: &Decision) -> Vec<Link> {
    let sides = decision.sides().into_iter().flatten();
    let nodes = sides.flat_map(|side| side.nodes());
    nodes.map(|node| of_node(&node)).collect()
}

/// The rows of spend that the other list does not have, or has with another amount.
fn unlike(rows: &[SpendRow], other: &[SpendRow]) -> Vec<SpendRow> {
    let key = |row: &SpendRow| -> (Date, String, Option<String>) {
        (row.day, row.channel.clone(), row.campaign.clone())
    };
    let known: HashMap<_, &SpendRow> = other.iter().map(|row| (key(row), row)).collect();
    let unlike = rows.iter().filter(|row| known.get(&key(row)) != Some(row));
    unlike.cloned().collect()
}
