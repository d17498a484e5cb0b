//! Kinds of cases, and what the rules promise for each.

use serde::Serialize;

/// What makes the records of a person hard to put together, or two people hard to keep apart.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    strum::EnumIter,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// One address at all vendors, in many spellings.
    OneAddress,
    /// One address; a slip in the name.
    NameTypo,
    /// One address; short forms of the name, also such as no list has.
    Nickname,
    /// One address; a second telephone follows the first, and records without an address list either.
    ChangedPhone,
    /// Records without an address on the telephone of one that has one.
    PhoneWithoutAddress,
    /// Two addresses that a contact of the CRM lists together.
    TwoAddressesInCrm,
    /// Two people of one name with nothing else in common.
    Namesakes,
    /// One address with and without a plus-part, or with other dots at Gmail.
    PlusAddress,
    /// Two addresses of one person on one telephone.
    TwoAddressesOnePhone,
    /// A booking was moved under another address.
    MovedBooking,
    /// A slip in the address; the telephone is the same.
    EmailTypoOnePhone,
    /// A slip in the name of a record without an address.
    NameTypoOnPhone,
    /// A family with an address each on one telephone, and a record of one of them without an address.
    Family,
    /// A family on one telephone of which one has given an address.
    FamilyOneAddress,
    /// The same, with given names that differ in a letter.
    FamilyAlike,
    /// Colleagues and a front desk on the telephone of their company.
    CompanyLine,
    /// A telephone that somebody else has now.
    ReusedPhone,
    /// A slip in the address, no telephone.
    EmailTypo,
    /// Two addresses at one company, the one under a short form of the name.
    NicknameAtCompany,
    /// A record with a name alone.
    NameAlone,
}

/// What the rules say of all pairs of records of one person in such a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// Each is joined.
    Joined,
    /// Each is joined or a candidate.
    Shown,
    /// Some are candidates: it takes more than one likeness.
    Likely,
}

impl Kind {
    /// What holds for the kind, and the rule that says so.
    #[must_use]
    pub const fn promise(self) -> (Promise, &'static str) {
        match self {
            Self::OneAddress | Self::NameTypo | Self::Nickname | Self::Namesakes => {
                (Promise::Joined, "S3-21")
            }
            Self::ChangedPhone | Self::PhoneWithoutAddress => (Promise::Joined, "X32"),
            Self::TwoAddressesInCrm => (Promise::Joined, "X33"),
            Self::PlusAddress | Self::MovedBooking => (Promise::Shown, "X33"),
            Self::TwoAddressesOnePhone
            | Self::EmailTypoOnePhone
            | Self::NameTypoOnPhone
            | Self::Family
            | Self::FamilyOneAddress
            | Self::FamilyAlike
            | Self::CompanyLine
            | Self::ReusedPhone => (Promise::Shown, "X32"),
            Self::EmailTypo => (Promise::Likely, "X33"),
            Self::NicknameAtCompany | Self::NameAlone => (Promise::Likely, "S3-23"),
        }
    }

    /// How often such a case is made, of [`crate::cases`]' sum.
    pub(crate) const fn weight(self) -> usize {
        match self {
            Self::OneAddress => 24,
            Self::PhoneWithoutAddress | Self::Family => 8,
            Self::ReusedPhone | Self::NameTypoOnPhone | Self::NameAlone | Self::FamilyAlike => 3,
            Self::CompanyLine => 2,
            _ => 5,
        }
    }
}
