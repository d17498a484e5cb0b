//! The demo's leads and hosts.

use fastrand::Rng;

/// First names, with and without accents.
const FIRST: [(&str, &str); 46] = [
    ("Ana", "ana"),
    ("Ben", "ben"),
    ("Chloé", "chloe"),
    ("Dmitri", "dmitri"),
    ("Elif", "elif"),
    ("Farah", "farah"),
    ("George", "george"),
    ("Hana", "hana"),
    ("Iván", "ivan"),
    ("José", "jose"),
    ("Kofi", "kofi"),
    ("Léa", "lea"),
    ("Maya", "maya"),
    ("Noah", "noah"),
    ("Olga", "olga"),
    ("Priya", "priya"),
    ("Quinn", "quinn"),
    ("Rosa", "rosa"),
    ("Søren", "soren"),
    ("Tomás", "tomas"),
    ("Uma", "uma"),
    ("Víctor", "victor"),
    ("Wei", "wei"),
    ("Ximena", "ximena"),
    ("Yusuf", "yusuf"),
    ("Zoë", "zoe"),
    ("Grace", "grace"),
    ("Liam", "liam"),
    ("Nora", "nora"),
    ("Oscar", "oscar"),
    ("Ruth", "ruth"),
    ("Sam", "sam"),
    ("Tess", "tess"),
    ("Will", "will"),
    ("Jane", "jane"),
    ("Marc", "marc"),
    ("Amara", "amara"),
    ("Bruno", "bruno"),
    ("Clara", "clara"),
    ("Davi", "davi"),
    ("Esther", "esther"),
    ("Felix", "felix"),
    ("Inès", "ines"),
    ("Kenji", "kenji"),
    ("Mina", "mina"),
    ("Petra", "petra"),
];
/// Last names, with and without accents.
const LAST: [(&str, &str); 32] = [
    ("Adams", "adams"),
    ("Bianchi", "bianchi"),
    ("Castro", "castro"),
    ("Dubois", "dubois"),
    ("Eriksson", "eriksson"),
    ("Fischer", "fischer"),
    ("García", "garcia"),
    ("Haddad", "haddad"),
    ("Ito", "ito"),
    ("Johnson", "johnson"),
    ("Kowalski", "kowalski"),
    ("López", "lopez"),
    ("Müller", "muller"),
    ("Novak", "novak"),
    ("O'Brien", "obrien"),
    ("Patel", "patel"),
    ("Quispe", "quispe"),
    ("Rossi", "rossi"),
    ("Smith", "smith"),
    ("Tanaka", "tanaka"),
    ("Usman", "usman"),
    ("Vega", "vega"),
    ("Williams", "williams"),
    ("Xu", "xu"),
    ("Yılmaz", "yilmaz"),
    ("Zhang", "zhang"),
    ("Mensah", "mensah"),
    ("Okafor", "okafor"),
    ("Andersson", "andersson"),
    ("Moreau", "moreau"),
    ("Silva", "silva"),
    ("Walker", "walker"),
];
/// Zones of North America, and the area codes whose numbers 555-0100 to 555-0199 belong to nobody.
const NORTH_AMERICA: [(&str, u32); 15] = [
    ("America/New_York", 212),
    ("America/New_York", 617),
    ("America/New_York", 305),
    ("America/New_York", 404),
    ("America/Chicago", 312),
    ("America/Chicago", 512),
    ("America/Denver", 303),
    ("America/Los_Angeles", 415),
    ("America/Los_Angeles", 206),
    ("America/New_York", 215),
    ("America/New_York", 919),
    ("America/Chicago", 713),
    ("America/Chicago", 615),
    ("America/Denver", 801),
    ("America/Los_Angeles", 503),
];

/// Somebody who books.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    /// E.164.
    pub(super) phone: String,
    pub(super) zone: &'static str,
}

impl Person {
    /// The lead with this number; no other of the first 1,400 has the same name, address or telephone.
    pub(super) fn new(number: u64) -> Self {
        // The step has no divisor in common with the count of names, so every name comes once before one comes again.
        let place = usize::try_from(number).unwrap_or(0) * 353 % (FIRST.len() * LAST.len());
        let (first, first_plain) = FIRST[place / LAST.len()];
        let (last, last_plain) = LAST[place % LAST.len()];
        let (zone, phone) = if number % 6 == 5 {
            ("Europe/London", format!("+447700900{:03}", number % 1_000))
        } else {
            let place = usize::try_from(number).unwrap_or(0) % NORTH_AMERICA.len();
            let (zone, area) = NORTH_AMERICA[place];
            let line = number / NORTH_AMERICA.len() as u64 % 100;
            (zone, format!("+1{area}55501{line:02}"))
        };
        Self {
            name: format!("{first} {last}"),
            email: format!("{first_plain}.{last_plain}@studio{number}.example"),
            phone,
            zone,
        }
    }
}

/// A member of the team.
#[derive(Debug, Clone, Copy)]
pub(super) struct Host {
    pub(super) id: &'static str,
    pub(super) email: &'static str,
    pub(super) name: &'static str,
}

pub(super) const ANN: Host = Host {
    id: "ann",
    email: "ann@demo.test",
    name: "Ann Setter",
};
pub(super) const CLEO: Host = Host {
    id: "cleo",
    email: "cleo@demo.test",
    name: "Cleo Closer",
};
const TARIQ: Host = Host {
    id: "tariq",
    email: "tariq@demo.test",
    name: "Tariq Setter",
};
const MARCO: Host = Host {
    id: "marco",
    email: "marco@demo.test",
    name: "Marco Closer",
};
const INGRID: Host = Host {
    id: "ingrid",
    email: "ingrid@demo.test",
    name: "Ingrid Closer",
};
/// Days before the demo's present since when the second setter and the third closer are there.
const JOINED: i64 = 170;

/// Who takes a triage call that is booked so many days before the present.
pub(super) fn setter(rng: &mut Rng, days_ago: i64) -> Host {
    if days_ago > JOINED {
        return ANN;
    }
    pick(rng, &[ANN, ANN, TARIQ])
}

/// Who takes a strategy session of a lead that came so many days before the present.
pub(super) fn closer(rng: &mut Rng, days_ago: i64) -> Host {
    if days_ago > JOINED {
        return pick(rng, &[CLEO, MARCO]);
    }
    pick(rng, &[CLEO, MARCO, INGRID])
}

/// Any of the items.
pub(super) fn pick<T: Copy, const N: usize>(rng: &mut Rng, items: &[T; N]) -> T {
    items[rng.usize(0..N)]
}
