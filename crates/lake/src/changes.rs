//! The change set: bookings that left and bookings that came, from refine to compute.
//!
//! Layout (little endian): magic, flags, the dictionary of (channel, campaign, utm_source), then fixed-width rows.

use bytes::Bytes;

use crate::chain::{Booking, Outcome};
use crate::error::{LakeError, Result};
use crate::hash::{HashedMap, hash_name, hash64};

const MAGIC: u32 = 0x4250_4331;
const ROW_BYTES: usize = 48;
/// Where a row names its dictionary entry.
const DIMS_AT: usize = 4;

/// A (channel, campaign, utm_source); empty campaign and source are NULL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Dims {
    pub channel: String,
    pub campaign: String,
    pub source: String,
}

/// One signed booking: `sign` is +1 for the state after, -1 for the state before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub sign: i8,
    pub outcome: Outcome,
    pub hour: u8,
    pub dims: u32,
    pub days: i32,
    pub created: i64,
    pub lead_us: i64,
    pub contact: u64,
    pub chain: u64,
}

/// All signed bookings of one refine run.
#[derive(Debug, Default)]
pub(crate) struct ChangeSet {
    /// Everything before is void: compute starts from nothing.
    pub reset: bool,
    pub dims: Vec<Dims>,
    rows: Vec<u8>,
    by_text: HashedMap<Vec<u32>>,
}

impl ChangeSet {
    /// Adds one booking.
    pub(crate) fn push(&mut self, sign: i8, booking: &Booking<'_>) {
        let dims = self.dims_id(booking.channel, booking.campaign, booking.source);
        self.rows.push(sign.cast_unsigned());
        self.rows.push(booking.outcome.code());
        self.rows.push(booking.hour);
        self.rows.push(0);
        self.rows.extend_from_slice(&dims.to_le_bytes());
        self.rows.extend_from_slice(&booking.days.to_le_bytes());
        self.rows.extend_from_slice(&[0; 4]);
        self.rows.extend_from_slice(&booking.created.to_le_bytes());
        self.rows.extend_from_slice(&booking.lead_us.to_le_bytes());
        self.rows.extend_from_slice(&booking.contact.to_le_bytes());
        self.rows.extend_from_slice(&booking.chain.to_le_bytes());
    }

    fn dims_id(&mut self, channel: &str, campaign: &str, source: &str) -> u32 {
        let hash = hash64(channel).rotate_left(21)
            ^ hash_name(campaign).rotate_left(42)
            ^ hash_name(source);
        let ids = self.by_text.entry(hash).or_default();
        let found = ids.iter().find(|id| {
            let d = &self.dims[**id as usize];
            d.channel == channel && d.campaign == campaign && d.source == source
        });
        if let Some(id) = found {
            return *id;
        }
        let id = u32::try_from(self.dims.len()).unwrap_or(u32::MAX);
        self.dims.push(Dims {
            channel: channel.to_owned(),
            campaign: campaign.to_owned(),
            source: source.to_owned(),
        });
        ids.push(id);
        id
    }

    /// Adds the rows of another set.
    pub(crate) fn append(&mut self, other: &ChangeSet) {
        let ids: Vec<u32> = other
            .dims
            .iter()
            .map(|d| self.dims_id(&d.channel, &d.campaign, &d.source))
            .collect();
        self.rows.reserve(other.rows.len());
        for row in other.rows.as_chunks::<ROW_BYTES>().0 {
            let mut row = *row;
            let (_, dims) = row.split_at_mut(DIMS_AT);
            if let Some(dims) = dims.first_chunk_mut::<4>() {
                *dims = ids
                    .get(u32::from_le_bytes(*dims) as usize)
                    .copied()
                    .unwrap_or(u32::MAX)
                    .to_le_bytes();
            }
            self.rows.extend_from_slice(&row);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len() / ROW_BYTES
    }

    /// The signed bookings.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Change> + '_ {
        self.rows.chunks_exact(ROW_BYTES).filter_map(decode_row)
    }

    /// As one object.
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.rows.len() + 64 + self.dims.len() * 48);
        out.extend_from_slice(&MAGIC.to_le_bytes());
        out.push(u8::from(self.reset));
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        out.extend_from_slice(&count(self.dims.len()));
        for dims in &self.dims {
            for text in [&dims.channel, &dims.campaign, &dims.source] {
                out.extend_from_slice(&count(text.len()));
                out.extend_from_slice(text.as_bytes());
            }
        }
        out.extend_from_slice(&self.rows);
        Bytes::from(out)
    }

    /// Reads what [`Self::encode`] wrote; `key` names the object in an error.
    pub(crate) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        Self::try_decode(bytes).ok_or_else(|| LakeError::state(key, "not a change set"))
    }

    fn try_decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Cursor(bytes);
        if input.u32()? != MAGIC {
            return None;
        }
        let reset = input.take(1)?[0] != 0;
        let mut dims = Vec::new();
        for _ in 0..input.u32()? {
            dims.push(Dims {
                channel: input.text()?,
                campaign: input.text()?,
                source: input.text()?,
            });
        }
        if input.0.len() % ROW_BYTES != 0 {
            return None;
        }
        let set = Self {
            reset,
            dims,
            rows: input.0.to_vec(),
            by_text: HashedMap::default(),
        };
        let whole = set.iter().all(|c| (c.dims as usize) < set.dims.len());
        (whole && set.iter().count() == set.len()).then_some(set)
    }
}

fn decode_row(row: &[u8]) -> Option<Change> {
    let mut input = Cursor(row);
    let head = input.take(4)?;
    let (sign, outcome, hour) = (head[0].cast_signed(), Outcome::from_code(head[1])?, head[2]);
    let dims = input.u32()?;
    let days = input.u32()?.cast_signed();
    input.take(4)?;
    Some(Change {
        sign,
        outcome,
        hour,
        dims,
        days,
        created: input.u64()?.cast_signed(),
        lead_us: input.u64()?.cast_signed(),
        contact: input.u64()?,
        chain: input.u64()?,
    })
}

/// Reads little-endian values off the front of a slice.
pub(crate) struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let n = self.u32()? as usize;
        String::from_utf8(self.take(n)?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_survives_its_object() {
        let booking = Booking {
            chain: 7,
            contact: 8,
            created: -9,
            lead_us: 10,
            days: -11,
            hour: 12,
            outcome: Outcome::Superseded,
            channel: "c",
            campaign: "",
            source: "s",
        };
        let mut set = ChangeSet::default();
        set.push(-1, &booking);
        set.push(
            1,
            &Booking {
                campaign: "x",
                ..booking
            },
        );
        let back = ChangeSet::decode("k", &set.encode()).unwrap();
        assert_eq!(
            back.iter().collect::<Vec<_>>(),
            set.iter().collect::<Vec<_>>()
        );
        assert_eq!(back.dims, set.dims);
        let mut both = ChangeSet::default();
        both.push(
            1,
            &Booking {
                channel: "other",
                ..booking
            },
        );
        both.append(&set);
        let dims: Vec<_> = both
            .iter()
            .map(|c| both.dims[c.dims as usize].campaign.as_str())
            .collect();
        assert_eq!(dims, ["", "", "x"]);
        assert!(ChangeSet::decode("k", &set.encode()[..20]).is_err());
    }
}
