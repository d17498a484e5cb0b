//! One person whose records differ.

use super::slips::{slip, slip_of_address};
use crate::names::{FAMILY, FREE_MAIL, SHORT};
use crate::world::{Person, Source, World};

/// Puts between `least` and `most` records under the main address, about half of them with the telephone.
pub(super) fn addressed(world: &mut World, who: &Person, least: usize, most: usize) {
    for _ in 0..world.rng.usize(least..=most) {
        let draft = world.addressed(who);
        let with = world.rng.bool();
        world.put(if with { draft.phone(who.phone) } else { draft });
    }
}

pub(super) fn one_address(world: &mut World) {
    let who = world.person();
    addressed(world, &who, 1, 5);
}

pub(super) fn name_typo(world: &mut World) {
    let who = world.person();
    addressed(world, &who, 1, 2);
    let name = slip(&mut world.rng, &who.name());
    let draft = world.addressed(&who).name(name);
    world.put(draft.phone(who.phone));
}

fn with_short_form(world: &mut World) -> (Person, String) {
    let (given, short) = world.one_of(&SHORT);
    let family = world.one_of(&FAMILY);
    let who = world.person_named(given, family);
    (who, format!("{short} {family}"))
}

pub(super) fn nickname(world: &mut World) {
    let (who, short) = with_short_form(world);
    addressed(world, &who, 1, 2);
    let draft = world.addressed(&who).name(short);
    world.put(draft.phone(who.phone));
}

pub(super) fn changed_phone(world: &mut World) {
    let who = world.person();
    let new = world.phone();
    for phone in [who.phone, new] {
        let draft = world.addressed(&who);
        world.put(draft.phone(phone));
        let draft = world.bare(&who);
        world.put(draft.phone(phone));
    }
}

/// Names of the others are full, short or missing, never those of two people.
pub(super) fn phone_without_address(world: &mut World) {
    let who = world.person();
    let draft = world.addressed(&who);
    world.put(draft.phone(who.phone));
    let initial = format!("{:.1}. {}", who.given, who.family);
    let turned = format!("{}, {}", who.family, who.given);
    let names = [
        who.name(),
        who.given.clone(),
        initial,
        turned,
        String::new(),
    ];
    for _ in 0..world.rng.usize(1..=3) {
        let name = world.rng.choice(&names).cloned().unwrap_or_default();
        let draft = world.bare(&who).name(name);
        world.put(draft.phone(who.phone));
    }
}

/// Another address of the person, at a free provider.
fn another_address(world: &mut World, who: &Person) -> String {
    let domain = world.one_of(&FREE_MAIL);
    world.address(&who.given, &who.family, domain)
}

pub(super) fn two_addresses_in_crm(world: &mut World) {
    let who = world.person();
    let other = another_address(world, &who);
    addressed(world, &who, 1, 2);
    let draft = world.draft(&who, Source::Calendly);
    world.put(draft.email(&other).phone(who.phone));
    let draft = world.draft(&who, Source::Close);
    world.put(draft.email(&who.email).email(&other));
}

pub(super) fn plus_address(world: &mut World) {
    let who = world.person();
    let (local, domain) = who.email.split_once('@').unwrap_or((&who.email, ""));
    let other = if domain == "gmail.com" && local.contains('.') && world.rng.bool() {
        format!("{}@{domain}", local.replace('.', ""))
    } else {
        let tag = world.one_of(&["calls", "news", "work"]);
        format!("{local}+{tag}@{domain}")
    };
    addressed(world, &who, 1, 2);
    let from = world.one_of(&Source::ALL);
    let draft = world.draft(&who, from).email(&other);
    let with = world.rng.bool();
    world.put(if with { draft.phone(who.phone) } else { draft });
}

pub(super) fn two_addresses_one_phone(world: &mut World) {
    let who = world.person();
    let other = another_address(world, &who);
    for email in [&who.email, &other] {
        for _ in 0..world.rng.usize(1..=2) {
            let from = world.one_of(&Source::ALL);
            let draft = world.draft(&who, from).email(email);
            world.put(draft.phone(who.phone));
        }
    }
}

pub(super) fn moved_booking(world: &mut World) {
    let who = world.person();
    let other = another_address(world, &who);
    let chain = format!("chain-{}", world.len());
    for email in [&who.email, &other] {
        let draft = world.draft(&who, Source::Calendly).email(email);
        world.put(draft.chain(&chain));
    }
}

pub(super) fn email_typo(world: &mut World, with_phone: bool) {
    let who = world.person();
    let mut other = slip_of_address(&mut world.rng, &who.email);
    while !world.take(&other) {
        other = slip_of_address(&mut world.rng, &who.email);
    }
    for email in [&who.email, &other] {
        let from = world.one_of(&Source::ALL);
        let draft = world.draft(&who, from).email(email);
        world.put(if with_phone {
            draft.phone(who.phone)
        } else {
            draft
        });
    }
}

pub(super) fn name_typo_on_phone(world: &mut World) {
    let who = world.person();
    let draft = world.addressed(&who);
    world.put(draft.phone(who.phone));
    let family = slip(&mut world.rng, &who.family);
    let draft = world.bare(&who).name(format!("{} {family}", who.given));
    world.put(draft.phone(who.phone));
}

pub(super) fn nickname_at_company(world: &mut World) {
    let (who, short) = with_short_form(world);
    let domain = world.company();
    let given = short.split(' ').next().unwrap_or_default();
    for (name, given) in [(who.name(), who.given.as_str()), (short.clone(), given)] {
        let email = world.address(given, &who.family, &domain);
        let from = world.one_of(&Source::ALL);
        let draft = world.draft(&who, from).name(name);
        world.put(draft.email(&email));
    }
}

pub(super) fn name_alone(world: &mut World) {
    let who = world.person();
    let draft = world.addressed(&who);
    world.put(draft.phone(who.phone));
    let company = world.company();
    let draft = world.draft(&who, Source::Close);
    world.put(draft.company(&company));
}
