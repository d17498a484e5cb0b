//! Pages as they were read last. A page is kept under the versions of the tables that it was read from, so it is never
//! older than they are.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::error::Result;
use crate::question::{Listed, Question};

/// About as many bytes of pages are kept.
const BYTES_MAX: u64 = 16 << 20;
/// A value of a row takes about as many.
const BYTES_PER_VALUE: usize = 128;
/// Larger pages, those of files, are not kept.
const ROWS_MAX: usize = 1_000;
/// A page that nobody has asked for this long is dropped.
const IDLE: Duration = Duration::from_secs(600);

/// Id and version of each table that a page is read from, `None` before it was made.
pub(crate) type Versions = Vec<Option<(String, i64)>>;

/// The pages of a process.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    kept: Cache<(Question, Versions), Arc<Listed>>,
}

impl Default for Pages {
    fn default() -> Self {
        let kept = Cache::builder()
            .weigher(|_, page: &Arc<Listed>| weight(page))
            .max_capacity(BYTES_MAX)
            .time_to_idle(IDLE)
            .build();
        Self { kept }
    }
}

fn weight(page: &Listed) -> u32 {
    let values = (page.rows.len() + 1) * page.columns.len().max(1);
    u32::try_from(values * BYTES_PER_VALUE).unwrap_or(u32::MAX)
}

impl Pages {
    /// The answer to a question about tables of these versions: the one that is kept, or what `read` finds.
    pub(crate) async fn get(
        &self,
        question: Question,
        versions: Versions,
        read: impl Future<Output = Result<Listed>>,
    ) -> Result<Listed> {
        if question.limit() > ROWS_MAX {
            return read.await;
        }
        let key = (question, versions);
        if let Some(page) = self.kept.get(&key) {
            return Ok(page.as_ref().clone());
        }
        let page = read.await?;
        self.kept.insert(key, Arc::new(page.clone()));
        Ok(page)
    }

    /// Drops all of them.
    pub(crate) fn clear(&self) {
        self.kept.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_page_is_read_once_and_a_file_each_time() {
        let (pages, reads) = (Pages::default(), Cell::new(0));
        let ask = async |table: &str, limit| {
            let question = Question::Rows {
                table: table.to_owned(),
                filters: Vec::new(),
                order: None,
                page: (limit, 0),
            };
            let read = async {
                reads.set(reads.get() + 1);
                Ok(Listed {
                    rows: Vec::new(),
                    total: reads.get(),
                    columns: Vec::new(),
                })
            };
            pages.get(question, Vec::new(), read).await.unwrap().total
        };
        assert_eq!((ask("a", 10).await, ask("a", 10).await), (1, 1));
        assert_eq!((ask("b", 10).await, ask("a", 11).await), (2, 3));
        assert_eq!((ask("a", 1_001).await, ask("a", 1_001).await), (4, 5));
        pages.clear();
        assert_eq!(ask("a", 10).await, 6);
    }
}
