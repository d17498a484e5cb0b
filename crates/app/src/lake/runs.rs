//! Counts of several steps as the counts of one run.

use crate::ports::TableRuns;

/// Adds the counts of a step to those of the steps before it. Of times the longest counts: steps run side by side.
pub(crate) fn add(total: &mut TableRuns, runs: TableRuns) {
    for (table, run) in runs {
        let sum = total.entry(table).or_default();
        sum.rows_read += run.rows_read;
        sum.rows_written += run.rows_written;
        sum.keys_recomputed += run.keys_recomputed;
        sum.commits += run.commits;
        sum.duration_ms = sum.duration_ms.max(run.duration_ms);
    }
}
