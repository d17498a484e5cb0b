//! Labelled records, and whose they are, as CSV.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use bookpath_domain::Vendor;
use bookpath_domain::people::identity::{People, Record, RecordKey};
use bookpath_domain::people::phone::Phone;
use bookpath_labelled::Labelled;
use csv::{Reader, ReaderBuilder, StringRecord, Writer};
use jiff::Timestamp;

use crate::Failure;

/// Main address and telephone stand alone, so that engines that know one of each can block by them.
const COLUMNS: [&str; 13] = [
    "unique_id",
    "person",
    "vendor",
    "kind",
    "id",
    "seen_at",
    "name",
    "email",
    "further_emails",
    "phone",
    "company",
    "campaign",
    "chain_id",
];

/// Writes the set; `unique_id` counts from 0.
pub(crate) fn write(path: &Path, set: &Labelled) -> Result<(), Failure> {
    let mut out = Writer::from_path(path)?;
    out.write_record(COLUMNS)?;
    let labelled = set.records.iter().zip(&set.people).enumerate();
    for (place, (record, person)) in labelled {
        let (email, further) = match record.emails.split_first() {
            Some((first, further)) => (first.as_str(), further.join(" ")),
            None => ("", String::new()),
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        out.write_record([
            place.to_string().as_str(),
            &person.to_string(),
            record.key.vendor.as_str(),
            &record.key.kind,
            &record.key.id,
            &record.seen_at.to_string(),
            &text(&record.name),
            email,
            &further,
            record.phones.first().map_or("", Phone::as_str),
            &text(&record.company),
            &text(&record.campaign),
            &text(&record.chain_id),
        ])?;
    }
    Ok(out.flush()?)
}

/// Reads the records, without their labels, on two threads: a line of [`write()`] is a record.
pub(crate) fn read(path: &Path) -> Result<Vec<Record>, Failure> {
    let middle = middle(path)?;
    let part = |from: u64, to: u64| -> Result<Vec<Record>, Failure> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut reader = ReaderBuilder::new()
            .has_headers(from == 0)
            .from_reader(file.take(to - from));
        let mut out = Vec::new();
        each_row(&mut reader, |row| {
            out.push(record(row)?);
            Ok(())
        })?;
        Ok(out)
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| part(middle, u64::MAX));
        let mut out = part(0, middle)?;
        out.append(&mut second.join().map_err(|_| Failure::Thread)??);
        Ok(out)
    })
}

/// The first beginning of a line in the second half of the file.
fn middle(path: &Path) -> Result<u64, Failure> {
    let mut file = BufReader::new(File::open(path)?);
    let half = file.get_ref().metadata()?.len() / 2;
    file.seek(SeekFrom::Start(half))?;
    Ok(half + file.skip_until(b'\n')? as u64)
}

/// Reads the labels alone.
pub(crate) fn read_truth(path: &Path) -> Result<Vec<u32>, Failure> {
    let mut out = Vec::new();
    rows(path, |row| {
        out.push(row[1].parse().map_err(|_| wrong(row, "no person"))?);
        Ok(())
    })?;
    Ok(out)
}

fn rows(
    path: &Path,
    each: impl FnMut(&StringRecord) -> Result<(), Failure>,
) -> Result<(), Failure> {
    each_row(&mut Reader::from_path(path)?, each)
}

fn each_row(
    reader: &mut Reader<impl Read>,
    mut each: impl FnMut(&StringRecord) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut row = StringRecord::new();
    while reader.read_record(&mut row)? {
        each(&row)?;
    }
    Ok(())
}

fn record(row: &StringRecord) -> Result<Record, Failure> {
    let some = |column: usize| Some(row[column].to_owned()).filter(|text| !text.is_empty());
    let vendor: Vendor = row[2].parse().map_err(|_| wrong(row, "no vendor"))?;
    let at: Timestamp = row[5].parse().map_err(|_| wrong(row, "no instant"))?;
    let further = row[8].split_whitespace().map(str::to_owned);
    Ok(Record {
        name: some(6),
        emails: some(7).into_iter().chain(further).collect(),
        phones: Phone::from_e164(&row[9]).into_iter().collect(),
        company: some(10),
        campaign: some(11),
        chain_id: some(12),
        ..Record::bare(RecordKey::new(vendor, &row[3], &row[4]), at)
    })
}

fn wrong(row: &StringRecord, what: &'static str) -> Failure {
    let line = row.position().map_or(0, csv::Position::line);
    Failure::Line { line, what }
}

/// Writes the contact of every record, named by its first record.
pub(crate) fn write_people(path: &Path, people: &People) -> Result<(), Failure> {
    let mut out = Writer::from_path(path)?;
    out.write_record(["unique_id", "person"])?;
    for contact in &people.contacts {
        let name = contact
            .records
            .first()
            .map_or(String::new(), u32::to_string);
        for record in &contact.records {
            out.write_record([&record.to_string(), &name])?;
        }
    }
    Ok(out.flush()?)
}

/// Reads which person each record belongs to, by `unique_id`. The lines may be in any order.
pub(crate) fn read_people(path: &Path) -> Result<Vec<String>, Failure> {
    let mut out: Vec<(u64, String)> = Vec::new();
    rows(path, |row| {
        let place = row[0].parse().map_err(|_| wrong(row, "no unique_id"))?;
        out.push((place, row[1].to_owned()));
        Ok(())
    })?;
    out.sort_unstable();
    Ok(out.into_iter().map(|(_, person)| person).collect())
}
