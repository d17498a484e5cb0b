//! Signed bookings added to the exact sums behind gold, and which keys they touch.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::chain::Outcome;
use crate::changes::ChangeSet;
use crate::error::{LakeError, Result};
use crate::gold::contacts::{Entry, PeopleChange, place_hash, place_of};
use crate::gold::state::{
    ComputeState, Daily, DayKey, HourKey, Hourly, Month, People, PeopleKey, month_name, month_of,
};
use crate::hash::HashedMap;
use crate::store::Store;
use crate::time::day_of_week;

/// The sums that one run adds.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    pub hourly: BTreeMap<HourKey, Hourly>,
    pub daily: BTreeMap<DayKey, Daily>,
    pub contacts: Vec<(Entry, i8)>,
}

/// Packed counters of one (day, dims) or (weekday, hour, channel).
#[derive(Default, Clone, Copy)]
struct Sums {
    bookings: i64,
    canceled: i64,
    attended: i64,
    no_show: i64,
    lead_us: i64,
}

impl Sums {
    fn add(&mut self, sign: i64, outcome: Outcome, lead_us: i64) {
        self.bookings += sign;
        self.lead_us += sign * lead_us;
        match outcome {
            Outcome::Canceled => self.canceled += sign,
            Outcome::Attended => self.attended += sign,
            Outcome::NoShow => self.no_show += sign,
            Outcome::Pending | Outcome::Superseded => {}
        }
    }
}

impl Deltas {
    /// Adds a change set.
    pub(crate) fn add(&mut self, set: &ChangeSet) {
        let mut hourly: HashedMap<Sums> = HashedMap::default();
        let mut daily: HashedMap<Sums> = HashedMap::default();
        let places: Vec<u64> = set.dims.iter().map(place_of).collect();
        self.contacts.reserve(set.len());
        for change in set.iter() {
            let sign = i64::from(change.sign);
            let weekday = day_of_week(change.days) as u64;
            let hour_key = weekday << 40 | u64::from(change.hour) << 32 | u64::from(change.dims);
            hourly
                .entry(hour_key)
                .or_default()
                .add(sign, change.outcome, change.lead_us);
            let day_key = u64::from(change.days.cast_unsigned()) << 32 | u64::from(change.dims);
            daily
                .entry(day_key)
                .or_default()
                .add(sign, change.outcome, change.lead_us);
            let entry = [
                change.contact,
                change.created.cast_unsigned(),
                places[change.dims as usize],
                change.chain,
            ];
            self.contacts.push((entry, change.sign));
        }
        for (key, sums) in hourly {
            let dims = &set.dims[(key & 0xFFFF_FFFF) as usize];
            let byte = |shift: u32| u8::try_from(key >> shift & 0xFF).unwrap_or(0);
            let slot = self
                .hourly
                .entry((byte(40), byte(32), dims.channel.clone()))
                .or_default();
            add_hourly(
                slot,
                &Hourly {
                    bookings: sums.bookings,
                    canceled: sums.canceled,
                    attended: sums.attended,
                    no_show: sums.no_show,
                    lead_us: sums.lead_us,
                },
            );
        }
        for (key, sums) in daily {
            let dims = &set.dims[(key & 0xFFFF_FFFF) as usize];
            let day = u32::try_from(key >> 32).unwrap_or(0).cast_signed();
            let key = (
                day,
                dims.channel.clone(),
                dims.campaign.clone(),
                dims.source.clone(),
            );
            let slot = self.daily.entry(key).or_default();
            slot.bookings += sums.bookings;
            slot.attended += sums.attended;
        }
    }
}

fn add_hourly(slot: &mut Hourly, add: &Hourly) {
    slot.bookings += add.bookings;
    slot.canceled += add.canceled;
    slot.attended += add.attended;
    slot.no_show += add.no_show;
    slot.lead_us += add.lead_us;
}

/// Months in memory during a run.
#[derive(Debug, Default)]
pub(crate) struct Months {
    pub loaded: BTreeMap<i32, Month>,
}

impl Months {
    /// Loads a month once; one that has no object is empty.
    pub(crate) async fn load(
        &mut self,
        store: &Store,
        state: &ComputeState,
        month: i32,
    ) -> Result<()> {
        if self.loaded.contains_key(&month) {
            return Ok(());
        }
        let loaded = match state.months.get(&month) {
            None => Month::default(),
            Some(key) => serde_json::from_slice(&store.read(key).await?)
                .map_err(|e| LakeError::state(key, e))?,
        };
        self.loaded.insert(month, loaded);
        Ok(())
    }

    /// Writes the months that changed and names their new objects in the state.
    pub(crate) async fn save(
        &self,
        store: &Store,
        state: &mut ComputeState,
        changed: &BTreeSet<i32>,
    ) -> Result<()> {
        for month in changed {
            let Some(content) = self.loaded.get(month) else {
                continue;
            };
            if content.daily.is_empty() && content.people.is_empty() {
                state.months.remove(month);
                continue;
            }
            let bytes = Bytes::from(serde_json::to_vec(content).map_err(LakeError::internal)?);
            let digest = twox_hash::XxHash3_64::oneshot(&bytes);
            let key = format!("state/months/{}-{digest:016x}", month_name(*month));
            store.put(&key, bytes).await?;
            state.months.insert(*month, key);
        }
        Ok(())
    }
}

/// Keys of gold that a run must look at.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub hours: BTreeSet<HourKey>,
    /// Days whose bookings changed.
    pub days: BTreeSet<i32>,
    /// (day, channel, campaign).
    pub costs: BTreeSet<(i32, String, String)>,
    /// (month, channel, campaign).
    pub attribution: BTreeSet<(i32, String, String)>,
    pub people: BTreeSet<PeopleKey>,
    /// First and last day with bookings before the run; `None` if there were none.
    pub range_before: Option<(i32, i32)>,
}

/// First and last day with bookings.
pub(crate) fn day_range(state: &ComputeState) -> Option<(i32, i32)> {
    let days = i32::try_from(state.days.len()).unwrap_or(0);
    (days > 0).then(|| (state.first_day, state.first_day + days - 1))
}

/// Adds deltas to the sums and notes what they touch. The months of all touched days must be loaded.
pub(crate) fn apply(
    state: &mut ComputeState,
    months: &mut Months,
    deltas: Deltas,
    people: PeopleChange,
) -> Result<Touched> {
    let mut touched = Touched {
        range_before: day_range(state),
        ..Touched::default()
    };
    for (key, delta) in deltas
        .hourly
        .into_iter()
        .filter(|(_, d)| *d != Hourly::default())
    {
        let slot = state.hourly.entry(key.clone()).or_default();
        add_hourly(slot, &delta);
        if slot.bookings == 0 {
            state.hourly.remove(&key);
        }
        touched.hours.insert(key);
    }
    let mut by_day: BTreeMap<i32, i64> = BTreeMap::new();
    for (key, delta) in deltas
        .daily
        .into_iter()
        .filter(|(_, d)| *d != Daily::default())
    {
        let (day, channel, campaign, source) = key.clone();
        if delta.bookings != 0 {
            *by_day.entry(day).or_default() += delta.bookings;
            touched
                .attribution
                .insert((month_of(day), channel.clone(), campaign.clone()));
            touched.people.insert((day, source, channel.clone()));
        }
        touched.costs.insert((day, channel, campaign));
        let month = months
            .loaded
            .get_mut(&month_of(day))
            .ok_or_else(|| LakeError::internal("a month is not loaded"))?;
        let slot = month.daily.entry(key.clone()).or_default();
        slot.bookings += delta.bookings;
        slot.attended += delta.attended;
        if slot.bookings == 0 {
            month.daily.remove(&key);
        }
    }
    for (day, delta) in by_day.into_iter().filter(|(_, d)| *d != 0) {
        add_day(state, day, delta);
        touched.days.insert(day);
    }
    trim_days(state);
    apply_people(months, people, &mut touched)?;
    Ok(touched)
}

fn add_day(state: &mut ComputeState, day: i32, delta: i64) {
    if state.days.is_empty() {
        state.first_day = day;
    }
    if day < state.first_day {
        let missing = usize::try_from(state.first_day - day).unwrap_or(0);
        state.days.splice(0..0, std::iter::repeat_n(0, missing));
        state.first_day = day;
    }
    let at = usize::try_from(day - state.first_day).unwrap_or(0);
    if at >= state.days.len() {
        state.days.resize(at + 1, 0);
    }
    state.days[at] += delta;
}

/// The list begins and ends with a day that has bookings.
fn trim_days(state: &mut ComputeState) {
    while state.days.last() == Some(&0) {
        state.days.pop();
    }
    let leading = state.days.iter().take_while(|n| **n == 0).count();
    state.days.drain(..leading);
    state.first_day += i32::try_from(leading).unwrap_or(0);
}

fn apply_people(months: &mut Months, people: PeopleChange, touched: &mut Touched) -> Result<()> {
    // A place is a hash: its names are those of the keys that were there, or that came with this run.
    let mut names: HashedMap<(String, String)> = HashedMap::default();
    let known = months
        .loaded
        .values()
        .flat_map(|m| m.people.keys().map(|(_, s, c)| (s, c)));
    let came = months
        .loaded
        .values()
        .flat_map(|m| m.daily.keys().map(|(_, c, _, s)| (s, c)));
    for (source, channel) in known
        .chain(came)
        .chain(touched.people.iter().map(|(_, s, c)| (s, c)))
    {
        names
            .entry(place_hash(source, channel))
            .or_insert_with(|| (source.clone(), channel.clone()));
    }
    for (day, place, delta) in people.into_values() {
        let (source, channel) = names
            .get(&place)
            .cloned()
            .ok_or_else(|| LakeError::internal("a place of a contact has no name"))?;
        let month = months
            .loaded
            .get_mut(&month_of(day))
            .ok_or_else(|| LakeError::internal("a month is not loaded"))?;
        let key = (day, source, channel);
        let slot = month.people.entry(key.clone()).or_default();
        slot.unique += delta.unique;
        slot.first_time += delta.first_time;
        if *slot == People::default() {
            month.people.remove(&key);
        }
        touched.people.insert(key);
    }
    Ok(())
}
