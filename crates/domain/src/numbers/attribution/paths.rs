//! The touches of each contact, and the paths that they make.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{By, Options, Touch};
use crate::marketing::channel::UNKNOWN;
use crate::numbers::kpi::{DealCause, DealLine};
use crate::numbers::month::Month;

/// A touch with its day in the reporting zone.
type Dated<'a> = (Date, &'a Touch);

/// All touches by contact, in order of time.
pub(super) struct Journeys<'a> {
    touches: HashMap<&'a str, Vec<Dated<'a>>>,
    options: &'a Options,
}

/// A path of channels, for the models that look at all contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path<'a> {
    pub(super) channels: Vec<&'a str>,
    pub(super) converted: bool,
}

impl<'a> Journeys<'a> {
    pub(super) fn new(touches: &'a [Touch], zone: &TimeZone, options: &'a Options) -> Self {
        let mut by_contact: HashMap<&str, Vec<Dated<'_>>> = HashMap::new();
        for touch in touches {
            let day = zone.to_datetime(touch.at).date();
            let own = by_contact.entry(&touch.contact_id).or_default();
            own.push((day, touch));
        }
        for own in by_contact.values_mut() {
            own.sort_by_key(|(_, touch)| (touch.at, &touch.row_id));
        }
        Self {
            touches: by_contact,
            options,
        }
    }

    /// The touches of a contact at most `window_days` before a day, that day included, and how many days
    /// before it each one was.
    ///
    /// Direct touches are left out where the options say so, unless there are no others.
    pub(super) fn until(&self, contact: &str, day: Date) -> (Vec<&'a Touch>, Vec<i64>) {
        let own = self.touches.get(contact).map_or(&[][..], Vec::as_slice);
        let window = i64::from(self.options.window_days);
        let inside = own.iter().filter_map(|(on, touch)| {
            let before = i64::from(day.since(*on).ok()?.get_days());
            (0..=window).contains(&before).then_some((*touch, before))
        });
        let inside: Vec<(&Touch, i64)> = inside.collect();
        let is_direct = |touch: &Touch| touch.channel.eq_ignore_ascii_case(super::DIRECT);
        let drop = self.options.exclude_direct && !inside.iter().all(|(t, _)| is_direct(t));
        let kept = inside.into_iter().filter(|(t, _)| !drop || !is_direct(t));
        kept.unzip()
    }

    /// The path of every contact for the table of `month`, each contact once: up to its deal won in that
    /// month, else up to its newest deal, else up to `today`.
    ///
    /// A deal without touches is a path of `unknown`.
    pub(super) fn of_month(&self, won: &Won<'a>, month: Month, today: Date) -> Vec<Path<'a>> {
        let path = |contact: &str, day, converted| {
            let (touches, _) = self.until(contact, day);
            let name = |touch: &&'a Touch| match self.options.by {
                By::Channel => touch.channel.as_str(),
                By::Campaign => touch.campaign.as_deref().unwrap_or_default(),
            };
            let channels = touches.iter().map(name).collect();
            Path {
                channels,
                converted,
            }
        };
        let converted = won.by_contact.iter().map(|(contact, days)| {
            let of_month = days.iter().rfind(|day| Month::containing(**day) == month);
            let day = of_month.or(days.last()).copied().unwrap_or(today);
            let mut path = path(contact, day, true);
            if path.channels.is_empty() {
                path.channels.push(match self.options.by {
                    By::Channel => UNKNOWN,
                    By::Campaign => "",
                });
            }
            path
        });
        let others = self.touches.keys();
        let others = others.filter(|contact| !won.by_contact.contains_key(*contact));
        let others = others.map(|contact| path(contact, today, false));
        let mut paths: Vec<Path<'_>> = converted.chain(others).collect();
        paths.retain(|path| !path.channels.is_empty());
        paths
    }
}

/// The deals that were won.
pub(super) struct Won<'a> {
    /// By opportunity: the line that opened it.
    pub(super) opening: HashMap<&'a str, &'a DealLine>,
    /// By contact: the days of its won deals, in order.
    by_contact: BTreeMap<&'a str, Vec<Date>>,
}

impl<'a> Won<'a> {
    pub(super) fn new(deals: &'a [DealLine]) -> Self {
        let mut by_contact: BTreeMap<&str, Vec<Date>> = BTreeMap::new();
        let mut opening = HashMap::new();
        for line in deals.iter().filter(|line| line.cause == DealCause::Won) {
            by_contact
                .entry(&line.contact_id)
                .or_default()
                .push(line.on);
            opening.insert(&*line.opportunity_id, line);
        }
        for days in by_contact.values_mut() {
            days.sort_unstable();
        }
        Self {
            opening,
            by_contact,
        }
    }

    /// The deal whose shares a payment or refund of this day follows: the contact's newest deal won by
    /// then, else its first one after.
    pub(super) fn deal_of(&self, contact: &str, day: Date) -> Option<&'a DealLine> {
        let own = || {
            let lines = self.opening.values().copied();
            lines.filter(|line| line.contact_id == contact)
        };
        self.by_contact.get(contact)?;
        let key = |line: &&DealLine| (line.on, line.opportunity_id.clone());
        let before = own().filter(|line| line.on <= day).max_by_key(key);
        before.or_else(|| own().min_by_key(key))
    }
}
