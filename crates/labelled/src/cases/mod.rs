//! The cases: who is in each, and which records they leave.

mod groups;
mod one_person;
mod slips;

use strum::IntoEnumIterator as _;

use crate::Kind;
use crate::world::World;

/// Adds a case of some kind, the common ones more often.
pub(crate) fn one(world: &mut World) {
    let sum: usize = Kind::iter().map(Kind::weight).sum();
    let mut drawn = world.rng.usize(..sum);
    let kind = Kind::iter().find(|kind| {
        let hit = drawn < kind.weight();
        drawn = drawn.saturating_sub(kind.weight());
        hit
    });
    world.kind = kind.unwrap_or(Kind::OneAddress);
    case(world);
}

fn case(world: &mut World) {
    match world.kind {
        Kind::OneAddress => one_person::one_address(world),
        Kind::NameTypo => one_person::name_typo(world),
        Kind::Nickname => one_person::nickname(world),
        Kind::ChangedPhone => one_person::changed_phone(world),
        Kind::PhoneWithoutAddress => one_person::phone_without_address(world),
        Kind::TwoAddressesInCrm => one_person::two_addresses_in_crm(world),
        Kind::PlusAddress => one_person::plus_address(world),
        Kind::TwoAddressesOnePhone => one_person::two_addresses_one_phone(world),
        Kind::MovedBooking => one_person::moved_booking(world),
        Kind::EmailTypoOnePhone => one_person::email_typo(world, true),
        Kind::EmailTypo => one_person::email_typo(world, false),
        Kind::NameTypoOnPhone => one_person::name_typo_on_phone(world),
        Kind::NicknameAtCompany => one_person::nickname_at_company(world),
        Kind::NameAlone => one_person::name_alone(world),
        Kind::Namesakes => groups::namesakes(world),
        Kind::Family => groups::family(world),
        Kind::FamilyOneAddress => groups::family_one_address(world),
        Kind::FamilyAlike => groups::family_alike(world),
        Kind::CompanyLine => groups::company_line(world),
        Kind::ReusedPhone => groups::reused_phone(world),
    }
}
