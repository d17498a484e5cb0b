//! Several people who share something.

use super::one_person::addressed;
use crate::names::{ALIKE, FAMILY, GIVEN};
use crate::world::{Person, Source, World};

pub(super) fn namesakes(world: &mut World) {
    let one = world.person();
    let other = world.person_named(&one.given, &one.family);
    for who in [one, other] {
        addressed(world, &who, 1, 3);
    }
}

/// People of one family name on one telephone, with given names that differ.
fn members(world: &mut World, least: usize, most: usize) -> Vec<Person> {
    let family = world.one_of(&FAMILY);
    let count = world.rng.usize(least..=most);
    let given = world.rng.choose_multiple(GIVEN, count);
    let mut people: Vec<Person> = given
        .into_iter()
        .map(|given| world.person_named(given, family))
        .collect();
    let phone = world.phone();
    for person in &mut people {
        person.phone = phone;
    }
    people
}

pub(super) fn family(world: &mut World) {
    let people = members(world, 2, 4);
    for who in &people {
        let draft = world.addressed(who);
        world.put(draft.phone(who.phone));
        addressed(world, who, 0, 1);
    }
    let draft = world.bare(&people[0]);
    world.put(draft.phone(people[0].phone));
}

pub(super) fn family_one_address(world: &mut World) {
    let people = members(world, 2, 4);
    one_has_an_address(world, &people);
}

pub(super) fn family_alike(world: &mut World) {
    let (one, other) = world.one_of(&ALIKE);
    let family = world.one_of(&FAMILY);
    let one = world.person_named(one, family);
    let mut other = world.person_named(other, family);
    other.phone = one.phone;
    one_has_an_address(world, &[one, other]);
}

fn one_has_an_address(world: &mut World, people: &[Person]) {
    for (place, who) in people.iter().enumerate() {
        for _ in 0..world.rng.usize(1..=2) {
            let draft = if place == 0 {
                world.addressed(who)
            } else {
                world.bare(who)
            };
            world.put(draft.phone(who.phone));
        }
    }
}

pub(super) fn company_line(world: &mut World) {
    let (domain, phone) = (world.company(), world.phone());
    let staff = world.rng.usize(3..=12);
    for _ in 0..staff {
        let mut who = world.person();
        who.email = world.address(&who.given, &who.family, &domain);
        who.phone = phone;
        let draft = world.addressed(&who).company(&domain);
        world.put(draft.phone(phone));
        addressed(world, &who, 0, 1);
    }
    let desk = world.person();
    let draft = world.draft(&desk, Source::Close).name("Front Desk");
    world.put(draft.company(&domain).phone(phone));
}

/// The former holder is known with or without an address.
pub(super) fn reused_phone(world: &mut World) {
    let former = world.person();
    let mut holder = world.person();
    holder.phone = former.phone;
    let known = world.rng.bool();
    for _ in 0..2 {
        let draft = if known {
            world.addressed(&former)
        } else {
            world.bare(&former)
        };
        world.put(draft.phone(former.phone));
    }
    let draft = world.addressed(&holder);
    world.put(draft.phone(holder.phone));
    addressed(world, &holder, 0, 1);
}
