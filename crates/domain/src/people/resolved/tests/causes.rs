//! Numbers move for a reason: whatever differs between two runs is named, with what was told in between.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::worlds::world;
use super::{at, crm_contact, form, invitee, resolved, rules};
use crate::numbers::attribution::{Model, Options, rows};
use crate::numbers::causes::{Cause, Causes, Moment, News, Telling};
use crate::numbers::kpi::monthly;
use crate::people::identity::{Decision, Node, Verdict};
use crate::people::resolved::resolve;
use crate::people::sources::{Directory, Sources};

pub(super) const NOW: &str = "2026-02-15T00:00:00Z";
pub(super) const EARLIER: &str = "2026-02-08T00:00:00Z";

pub(super) type Key = Vec<Option<String>>;

fn moment(sources: &Sources, as_of: &str) -> Moment {
    Moment {
        resolved: resolved(sources, as_of),
        sources: Arc::new(sources.clone()),
        directory: Directory::default(),
    }
}

/// The rows of these tables with all that they show.
fn shown(moment: &Moment) -> Vec<(&'static str, Key, String)> {
    let (found, zone) = (&moment.resolved, &TimeZone::UTC);
    let mut shown = Vec::new();
    for ((month, user, campaign), bases) in monthly(&found.facts, zone) {
        let key = vec![Some(month.to_string()), user, campaign];
        shown.push(("gold.kpi_monthly", key, format!("{bases:?}")));
    }
    for contact in &found.contacts {
        let emails = crate::people::person::shown(&contact.merged.emails);
        let all = format!("{:?} {:?}", contact.summary, emails.first());
        let key = vec![Some(contact.contact_id.clone())];
        shown.push(("gold.unified_customers", key, all));
    }
    let rules = rules();
    let options = Options::configured(&rules.attribution);
    let today = zone.to_datetime(found.as_of).date();
    for model in Model::all() {
        let credited = rows(found.attribution_input(), zone, &options, *model, today);
        for ((month, channel, campaign), row) in credited {
            let name: &'static str = (*model).into();
            let key = vec![
                Some(month.to_string()),
                Some(channel),
                campaign,
                Some(name.to_owned()),
            ];
            shown.push(("gold.channel_attribution", key, format!("{row:?}")));
        }
    }
    shown
}

/// Tables and keys of rows that are not the same in both.
pub(super) fn moved(before: &Moment, after: &Moment) -> BTreeSet<(&'static str, Key)> {
    let (then, now) = (shown(before), shown(after));
    let (then, now): (BTreeSet<_>, BTreeSet<_>) =
        (then.into_iter().collect(), now.into_iter().collect());
    let moved = then.symmetric_difference(&now);
    moved.map(|(table, key, _)| (*table, key.clone())).collect()
}

/// Each row with a webhook of its own, which is another one when the row says something else.
pub(super) fn with_webhooks(mut sources: Sources) -> Sources {
    fn hashed<T: std::fmt::Debug>(rows: &mut [T], of: fn(&mut T) -> &mut Option<String>) {
        for row in rows {
            let text = format!("{row:?}");
            *of(row) = Some(text);
        }
    }
    hashed(&mut sources.invitees, |row| &mut row.raw_sha256);
    hashed(&mut sources.forms, |row| &mut row.raw_sha256);
    hashed(&mut sources.crm_leads, |row| &mut row.raw_sha256);
    hashed(&mut sources.crm_contacts, |row| &mut row.raw_sha256);
    hashed(&mut sources.opportunities, |row| &mut row.raw_sha256);
    hashed(&mut sources.activities, |row| &mut row.raw_sha256);
    sources
}

/// What of `after` is not in `before`.
fn news(before: &Sources, after: &Sources) -> BTreeSet<Telling> {
    fn raws<'a, T>(
        rows: &'a [T],
        of: fn(&T) -> &Option<String>,
    ) -> impl Iterator<Item = Telling> + 'a {
        rows.iter()
            .filter_map(move |row| of(row).clone().map(Telling::Raw))
    }
    let all = |s: &Sources| -> BTreeSet<Telling> {
        let payments = s.payments.iter().map(|row| Telling::Payment {
            booking_id: row.booking_id.clone(),
            payment_id: row.payment_id.clone(),
        });
        raws(&s.invitees, |row| &row.raw_sha256)
            .chain(raws(&s.forms, |row| &row.raw_sha256))
            .chain(raws(&s.crm_leads, |row| &row.raw_sha256))
            .chain(raws(&s.crm_contacts, |row| &row.raw_sha256))
            .chain(raws(&s.opportunities, |row| &row.raw_sha256))
            .chain(raws(&s.activities, |row| &row.raw_sha256))
            .chain(payments)
            .collect()
    };
    let known = all(before);
    let payments = |telling: &Telling| matches!(telling, Telling::Payment { .. });
    all(after)
        .into_iter()
        .filter(|telling| payments(telling) || !known.contains(telling))
        .collect()
}

fn causes(before: &Moment, after: &Moment) -> Vec<(&'static str, Key, Cause)> {
    causes_of(moved(before, after), before, after)
}

/// Why these rows moved.
pub(super) fn causes_of(
    moved: BTreeSet<(&'static str, Key)>,
    before: &Moment,
    after: &Moment,
) -> Vec<(&'static str, Key, Cause)> {
    let (told, rules) = (News::between(before, after), rules());
    let table = |name| Causes::new(name, before, after, &told, &rules);
    let (months, customers) = (table("gold.kpi_monthly"), table("gold.unified_customers"));
    let credits = table("gold.channel_attribution");
    moved
        .into_iter()
        .map(|(name, key)| {
            let of = match name {
                "gold.kpi_monthly" => &months,
                "gold.unified_customers" => &customers,
                _ => &credits,
            };
            let cause = of.of(&key, "revenue", false);
            (name, key, cause)
        })
        .collect()
}

/// The first rows of each table, as they had come by then.
pub(super) fn part(sources: &Sources, mut keep: impl FnMut(usize) -> usize) -> Sources {
    let mut part = sources.clone();
    part.invitees.truncate(keep(part.invitees.len()));
    part.forms.truncate(keep(part.forms.len()));
    part.crm_leads.truncate(keep(part.crm_leads.len()));
    part.crm_contacts.truncate(keep(part.crm_contacts.len()));
    part.opportunities.truncate(keep(part.opportunities.len()));
    part.activities.truncate(keep(part.activities.len()));
    part.payments.truncate(keep(part.payments.len()));
    part
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(16),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_told_names_every_difference(all in world(), other in world(), dice in any::<u64>(), mixed in any::<bool>()) {
        let all = with_webhooks(all);
        let mut dice = dice;
        let mut before = part(&all, |len| {
            dice = dice.rotate_left(7);
            if dice % 2 == 0 { len } else { (dice % 8) as usize }
        });
        if mixed {
            // Rows that said something else before.
            before.crm_contacts = with_webhooks(other).crm_contacts;
        }
        let (then, now) = (moment(&before, NOW), moment(&all, NOW));
        let news = news(&before, &all);
        for (table, key, cause) in causes(&then, &now) {
            let Cause::Told(told) = &cause else {
                return Err(TestCaseError::fail(format!("{table} {key:?}: {cause:?}")));
            };
            let gone = told.contains(&Telling::Record);
            prop_assert!(!told.is_empty() && (gone || told.is_subset(&news)), "{} {:?}: {:?}", table, key, told);
        }
    }

    #[test]
    fn where_nothing_was_told_time_passed(sources in world()) {
        let (then, now) = (moment(&sources, EARLIER), moment(&sources, NOW));
        for (table, key, cause) in causes(&then, &now) {
            prop_assert_eq!(cause, Cause::Time, "{} {:?}", table, key);
        }
    }
}

#[test]
fn a_decision_is_a_cause_and_so_are_users() {
    let sources = Sources {
        forms: vec![
            form("f1", Some("jane@acme.co"), EARLIER, "google"),
            form("f2", Some("j@home.net"), EARLIER, "email"),
        ],
        crm_contacts: vec![crm_contact("c1", "l1", "bob@acme.co", EARLIER)],
        ..Sources::default()
    };
    let before = moment(&sources, NOW);
    let email = |text: &str| Node::Email(text.to_owned());
    let directory = Directory {
        decisions: vec![Decision {
            id: "d1".to_owned(),
            verdict: Verdict::Merge {
                into: email("jane@acme.co"),
                from: email("j@home.net"),
            },
            actor: "ann".to_owned(),
            at: at(NOW),
            reason: None,
            holders: Default::default(),
        }],
        users: Vec::new(),
    };
    let after = Moment {
        resolved: resolve(&sources, &directory, &rules(), at(NOW)),
        directory,
        ..before.clone()
    };
    let found = causes(&before, &after);
    assert!(!found.is_empty());
    for (table, key, cause) in found {
        let actor = "ann".to_owned();
        assert_eq!(cause, Cause::Decision { actor }, "{table} {key:?}");
    }
    let (told, rules) = (News::between(&before, &before), rules());
    let months = Causes::new("gold.kpi_monthly", &before, &before, &told, &rules);
    let key = [Some("2026-02".to_owned()), Some("u-1".to_owned()), None];
    assert_eq!(months.of(&key, "leads", false), Cause::Settings);
}

/// Why columns of tables moved: by table, key and column.
fn why(before: &Moment, after: &Moment) -> impl Fn(&'static str, &[Option<&str>], &str) -> Cause {
    let (told, rules) = (News::between(before, after), rules());
    move |table, key, column| {
        let key: Key = key.iter().map(|text| text.map(str::to_owned)).collect();
        Causes::new(table, before, after, &told, &rules).of(&key, column, false)
    }
}

/// An invitee, a payment and a deal of one person in one run: each column names what moved it.
#[test]
fn each_column_names_the_news_that_is_about_it() {
    let mut lead = crm_contact("c1", "l1", "jane@acme.co", EARLIER);
    lead.raw_sha256 = Some("contact".to_owned());
    let known = Sources {
        crm_contacts: vec![lead],
        ..Sources::default()
    };
    let mut booked = invitee("i1", "jane@acme.co", "2026-02-12T10:00:00Z");
    booked.raw_sha256 = Some("invitee".to_owned());
    let mut deal = super::won("o1", Some("c1"), "l1", "2026-02-13", 500);
    deal.raw_sha256 = Some("deal".to_owned());
    let told = Sources {
        invitees: vec![booked.clone()],
        opportunities: vec![deal],
        ..known.clone()
    };
    let (before, after) = (moment(&known, EARLIER), moment(&told, NOW));
    let of = why(&before, &after);
    let raw = |name: &str| Cause::Told([Telling::Raw(name.to_owned())].into());
    let day = booked.created_at.to_zoned(TimeZone::UTC).date().to_string();
    let month = day.get(..7);
    assert_eq!(
        of("gold.bookings_trend", &[Some(&day)], "bookings"),
        raw("invitee")
    );
    let campaign = booked.campaign.as_deref();
    let key = [Some("2026-02"), None, campaign];
    assert_eq!(of("gold.kpi_monthly", &key, "revenue"), raw("deal"));
    assert_eq!(
        of("gold.kpi_monthly", &key, "triage_booked"),
        raw("invitee")
    );
    let channel = Some(booked.channel.as_str());
    let key = [month, channel, campaign, Some("booking")];
    let credited = of("gold.channel_attribution", &key, "conversions_credit");
    assert_eq!(credited, raw("invitee"));
}

/// A deal of the same person says nothing of a call that took place meanwhile.
#[test]
fn a_call_that_took_place_moved_by_time_whatever_else_was_told() {
    let mut booked = invitee("i1", "jane@acme.co", "2026-02-10T10:00:00Z");
    booked.raw_sha256 = Some("invitee".to_owned());
    let mut lead = crm_contact("c1", "l1", "jane@acme.co", EARLIER);
    lead.raw_sha256 = Some("contact".to_owned());
    let known = Sources {
        invitees: vec![booked.clone()],
        crm_contacts: vec![lead],
        ..Sources::default()
    };
    let mut deal = super::won("o1", Some("c1"), "l1", "2026-02-13", 500);
    deal.raw_sha256 = Some("deal".to_owned());
    let told = Sources {
        opportunities: vec![deal],
        ..known.clone()
    };
    let (before, after) = (moment(&known, EARLIER), moment(&told, NOW));
    let of = why(&before, &after);
    let day = booked.created_at.to_zoned(TimeZone::UTC).date().to_string();
    let key = [Some(day.as_str()), Some("google"), None];
    assert_eq!(of("gold.cost_per_booking", &key, "attended"), Cause::Time);
    let contact = after.resolved.contact_by_email("jane@acme.co").unwrap();
    let key = [Some(contact.contact_id.as_str())];
    let completed = of("gold.unified_customers", &key, "calls_completed");
    assert_eq!(completed, Cause::Time);
}

/// The same webhook says something else: nobody told it.
#[test]
fn a_row_that_other_rules_derive_moved_by_settings() {
    for webhook in [Some("invitee".to_owned()), None] {
        let mut booked = invitee("i1", "jane@acme.co", "2026-02-12T10:00:00Z");
        booked.raw_sha256 = webhook;
        let of_channel = |channel: &str| Sources {
            invitees: vec![crate::people::sources::InviteeRow {
                channel: channel.to_owned(),
                ..booked.clone()
            }],
            ..Sources::default()
        };
        let before = moment(&of_channel("google"), "2026-02-14T00:00:00Z");
        let after = moment(&of_channel("search"), NOW);
        let of = why(&before, &after);
        let day = booked.created_at.to_zoned(TimeZone::UTC).date().to_string();
        for channel in ["google", "search"] {
            let key = [Some(day.as_str()), None, Some(channel)];
            let cause = of("gold.daily_bookings_by_source", &key, "bookings");
            assert_eq!(cause, Cause::Settings, "{channel}");
        }
    }
}

#[test]
fn spend_is_a_cause_of_what_it_is_counted_in() {
    let before = moment(&Sources::default(), NOW);
    let sources = Sources {
        spend: vec![super::spend("2026-02-01", Some("x"), 4)],
        ..Sources::default()
    };
    let after = moment(&sources, NOW);
    let of = why(&before, &after);
    let channel = sources.spend[0].channel.clone();
    let channel = Some(channel.as_str());
    let month = Some("2026-02");
    assert_eq!(
        of("gold.kpi_monthly", &[month, None, Some("x")], "profit"),
        Cause::Spend
    );
    let key = [Some("2026-02-01"), channel, Some("x")];
    assert_eq!(
        of("gold.cost_per_booking", &key, "spend_status"),
        Cause::Spend
    );
    let key = [month, channel, None, Some("markov")];
    assert_eq!(
        of("gold.channel_attribution", &key, "cost_minor"),
        Cause::Spend
    );
    let key = [month, channel, Some("y"), Some("first")];
    assert_eq!(
        of("gold.channel_attribution", &key, "cost_minor"),
        Cause::Settings
    );
}
