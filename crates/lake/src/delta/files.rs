//! The files of a table as one string of the state: a large table names hundreds, and every run reads them all.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Deserializer, Serializer, de};

use crate::changes::Cursor;
use crate::delta::log::DataFile;

pub(crate) fn serialize<S: Serializer>(files: &[DataFile], s: S) -> Result<S::Ok, S::Error> {
    let mut out = Vec::with_capacity(files.len() * 96);
    for file in files {
        let length = u32::try_from(file.path.len()).map_err(serde::ser::Error::custom)?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(file.path.as_bytes());
        let times = [file.modified_ms, file.lo, file.hi, file.next].map(i64::cast_unsigned);
        for word in [file.bytes, file.rows].into_iter().chain(times) {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
    s.serialize_str(&BASE64.encode(out))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<DataFile>, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
    let bytes = BASE64.decode(text.as_bytes()).map_err(de::Error::custom)?;
    let mut input = Cursor(&bytes);
    let mut files = Vec::with_capacity(bytes.len() / 96);
    while !input.0.is_empty() {
        files.push(file(&mut input).ok_or_else(|| de::Error::custom("the list of files is cut"))?);
    }
    Ok(files)
}

fn file(input: &mut Cursor<'_>) -> Option<DataFile> {
    Some(DataFile {
        path: input.text()?,
        bytes: input.u64()?,
        rows: input.u64()?,
        modified_ms: input.u64()?.cast_signed(),
        lo: input.u64()?.cast_signed(),
        hi: input.u64()?.cast_signed(),
        next: input.u64()?.cast_signed(),
    })
}

#[cfg(test)]
mod tests {
    use crate::delta::log::{DataFile, TableState};

    #[test]
    fn files_come_back_and_a_cut_list_is_refused() {
        let file = |n: i64| DataFile {
            path: format!("part-{n}.parquet"),
            bytes: 1,
            rows: 2,
            modified_ms: n,
            lo: -n,
            hi: i64::MAX,
            next: i64::MIN,
        };
        for files in [vec![], vec![file(1)], (0..300).map(file).collect()] {
            let state = TableState {
                version: 7,
                files,
                ..TableState::default()
            };
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(sonic_rs::from_str::<TableState>(&text).unwrap(), state);
            assert_eq!(serde_json::from_str::<TableState>(&text).unwrap(), state);
        }
        let mut state = serde_json::to_value(TableState {
            files: vec![file(1)],
            ..TableState::default()
        })
        .unwrap();
        let files = state["files"].as_str().unwrap();
        state["files"] = files[..files.len() - 4].into();
        assert!(serde_json::from_value::<TableState>(state).is_err());
    }
}
