//! What each contact's bookings add up to, derived when somebody looks (X13).

use bookpath_domain::bookings::attendance::{Attendance, AttendanceSource, NoShowMarks};
use bookpath_domain::people::customer::{Call, CallSummary, Standing, summarize};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ports::{LakeEngine, LakeFailure, TableRow};

/// The columns of a silver row that a summary needs.
#[derive(Debug, Clone, Deserialize)]
struct ChainRow {
    contact: String,
    chain_id: String,
    invitee_uri: String,
    invitee_name: Option<String>,
    invitee_updated_at: Timestamp,
    invitee_canceled: bool,
    invitee_rescheduled: bool,
    event_start_time: Timestamp,
    host_name: Option<String>,
    host_email: Option<String>,
    attendance: Attendance,
    attendance_source: AttendanceSource,
}

/// One contact and its calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Customer {
    /// Opaque and stable: the same person has the same id in every answer.
    pub contact_id: String,
    pub email: String,
    pub name: Option<String>,
    #[serde(flatten)]
    pub calls: CallSummary,
}

/// A page of contacts by e-mail, summed up at `as_of`; `email` narrows it to one.
///
/// # Errors
/// Whatever the lake refuses; [`LakeFailure::Broken`] for a row that is not of silver's shape.
pub async fn customers(
    lake: &dyn LakeEngine,
    email: Option<&str>,
    limit: usize,
    offset: usize,
    health_base: i32,
    as_of: Timestamp,
) -> Result<Vec<Customer>, LakeFailure> {
    let rows = lake.contact_chains(email, limit, offset).await?;
    let members = rows
        .into_iter()
        .map(member)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(members
        .chunk_by(|a, b| a.contact == b.contact)
        .map(|of_one| customer(of_one, health_base, as_of))
        .collect())
}

fn member(row: TableRow) -> Result<ChainRow, LakeFailure> {
    serde_json::from_value(Value::Object(row))
        .map_err(|e| LakeFailure::Broken(format!("a row of silver.invitees can't be read: {e}")))
}

/// Sums up the rows of one contact, ordered by chain and age.
fn customer(members: &[ChainRow], health_base: i32, as_of: Timestamp) -> Customer {
    let chains = || members.chunk_by(|a, b| a.chain_id == b.chain_id);
    let calls: Vec<Call> = chains().filter_map(call).collect();
    let email = members
        .first()
        .map(|m| m.contact.clone())
        .unwrap_or_default();
    let newest = members.iter().max_by_key(|m| m.invitee_updated_at);
    Customer {
        contact_id: contact_id(&email),
        name: newest.and_then(|m| m.invitee_name.clone()),
        calls: summarize(&calls, &Standing::default(), health_base, as_of),
        email,
    }
}

/// A chain by its newest known member.
fn call(members: &[ChainRow]) -> Option<Call> {
    let newest = members.last()?;
    let successor_missing = newest.invitee_canceled && newest.invitee_rescheduled;
    let others = members.len() - usize::from(!successor_missing);
    Some(Call {
        invitee_uri: newest.invitee_uri.clone(),
        start: newest.event_start_time,
        updated_at: newest.invitee_updated_at,
        canceled: newest.invitee_canceled,
        no_show: marks(newest),
        superseded_rows: u32::try_from(others).unwrap_or(u32::MAX),
        successor_missing,
        host_name: newest.host_name.clone(),
        host_email: newest.host_email.clone(),
    })
}

/// The mark that silver's attendance speaks of; the exact instants are of no consequence here.
fn marks(member: &ChainRow) -> NoShowMarks {
    let at = Some(member.event_start_time);
    match (member.attendance, member.attendance_source) {
        (Attendance::NoShow, _) => NoShowMarks {
            created_at: at,
            deleted_at: None,
        },
        (Attendance::Attended, AttendanceSource::Calendly) => NoShowMarks {
            created_at: at,
            deleted_at: at,
        },
        _ => NoShowMarks::default(),
    }
}

/// Derived from the match key, so it needs no table; in the form of a UUID (version 8, a custom hash).
pub(crate) fn contact_id(email: &str) -> String {
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&Sha256::digest(format!("contact:{email}"))[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
