//! Slips of the finger.

/// The text with a letter lost, doubled, exchanged with the next one or with another one. Its first letter stays.
pub(super) fn slip(rng: &mut fastrand::Rng, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let inner: Vec<usize> = (1..letters.len())
        .filter(|place| letters[*place].is_alphabetic())
        .collect();
    let Some(place) = rng.choice(&inner).copied() else {
        return text.to_owned();
    };
    match rng.u8(..4) {
        0 if letters.len() > 3 => {
            letters.remove(place);
        }
        1 => letters.insert(place, letters[place]),
        2 if place > 1
            && letters[place - 1].is_alphabetic()
            && letters[place] != letters[place - 1] =>
        {
            letters.swap(place - 1, place);
        }
        _ => letters[place] = if letters[place] == 'e' { 'r' } else { 'e' },
    }
    letters.into_iter().collect()
}

/// The address with a slip in front of the `@` or behind it.
pub(super) fn slip_of_address(rng: &mut fastrand::Rng, email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let (name, ending) = domain.rsplit_once('.').unwrap_or((domain, ""));
    if rng.bool() {
        format!("{}@{domain}", slip(rng, local))
    } else {
        format!("{local}@{}.{ending}", slip(rng, name))
    }
}
