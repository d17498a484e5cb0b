//! `bookpath contacts`: who is who.

use std::sync::Arc;

use bookpath_app::lake::etl;
use bookpath_app::lake::rebuild::Rebuilder;
use bookpath_app::people::{
    CandidatePair, DecideError, Decided, Decider, Known, candidates, known,
};
use bookpath_app::ports::{Clock, LakeEngine, ObjectStore, RandomIds, Store, TableRow};
use bookpath_domain::BusinessConfig;
use serde_json::{Value, json};

use super::output::{count, print, table};
use super::query::rows_table;
use crate::arguments::{Common, ContactsCommand, DecisionArgs, Target};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// Moves that are listed for people.
const MOVES_MAX: usize = 50;

/// What the commands about people work with.
pub(super) struct PeopleParts {
    pub(super) store: Arc<dyn Store>,
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) lake: Arc<dyn LakeEngine>,
    /// What builds the tables again after an erasure; on AWS only the state machine writes to them.
    pub(super) tables: Option<Rebuilder>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rules: Arc<BusinessConfig>,
}

impl PeopleParts {
    pub(super) async fn open(common: &Common) -> Result<Self, Failure> {
        match common.target {
            Target::Embedded => {
                let node = Node::open(common)?;
                Ok(Self {
                    store: node.database.clone(),
                    objects: node.objects.clone(),
                    lake: Arc::new(node.lake()?),
                    tables: Some(node.rebuilder()?),
                    clock: node.clock.clone(),
                    rules: node.rules.clone(),
                })
            }
            Target::Aws => {
                let stack = Stack::open(common).await?;
                Ok(Self {
                    store: stack.store.clone(),
                    objects: stack.objects.clone(),
                    lake: stack.lake()?,
                    tables: None,
                    clock: stack.clock.clone(),
                    rules: stack.rules.clone(),
                })
            }
        }
    }

    /// What is known at the last run's instant.
    pub(super) async fn known(&self) -> Result<Known, Failure> {
        let last_run = etl::as_of(self.store.as_ref()).await?;
        let at = last_run.unwrap_or_else(|| self.clock.now());
        let known = known(self.store.as_ref(), self.lake.as_ref(), &self.rules, at).await;
        known.map_err(Failure::new)
    }

    fn decider<'a>(&'a self, known: &'a Known, args: &'a DecisionArgs) -> Decider<'a> {
        Decider {
            store: self.store.as_ref(),
            ids: &RandomIds,
            rules: &self.rules,
            known,
            now: self.clock.now(),
            actor: "cli",
            reason: args.reason.as_deref(),
            dry_run: args.dry_run,
        }
    }
}

pub(crate) async fn run(common: &Common, command: &ContactsCommand) -> Result<(), Failure> {
    let place = PeopleParts::open(common).await?;
    let known = place.known().await?;
    let decided = match command {
        ContactsCommand::Candidates(args) => {
            let mut pairs = candidates(&known);
            pairs.truncate(args.limit);
            return print(common, &json!({ "items": pairs }), |_| listed(&pairs));
        }
        ContactsCommand::Merge(args) => {
            let decider = place.decider(&known, &args.decision);
            decider.merge(&args.into, &args.from).await
        }
        ContactsCommand::Unmerge(args) => {
            let decider = place.decider(&known, &args.decision);
            decider.unmerge(&args.merge_id).await
        }
        ContactsCommand::Reject(args) => {
            let decider = place.decider(&known, &args.decision);
            decider.reject(&args.one, &args.other).await
        }
    };
    match decided {
        Ok(decided) => print(common, &decided, words),
        Err(DecideError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

fn words(decided: &Decided) -> String {
    let rows: Vec<TableRow> = decided
        .moves
        .iter()
        .take(MOVES_MAX)
        .filter_map(|moved| match json!(moved) {
            Value::Object(row) => Some(row),
            _ => None,
        })
        .collect();
    let total = count(decided.moves.len() as u64, "value", "values");
    let end = match &decided.merge_id {
        Some(id) => format!("{total} move. Take it back: bookpath contacts unmerge {id}"),
        None => format!("{total} would move; nothing was changed."),
    };
    format!("{}\n\n{end}", rows_table(&rows))
        .trim_start()
        .to_owned()
}

fn listed(pairs: &[CandidatePair]) -> String {
    if pairs.is_empty() {
        return "No two contacts look like one person.".to_owned();
    }
    let rows = pairs.iter().map(|pair| {
        let [a, b] = &pair.contact_ids;
        let evidence = pair.evidence.iter().map(|part| {
            let kind = json!(part.kind);
            let kind = kind.as_str().unwrap_or_default().to_owned();
            match &part.value {
                Some(value) => format!("{kind} {value}"),
                None => kind,
            }
        });
        let evidence: Vec<String> = evidence.collect();
        vec![
            json!(pair.score),
            json!(a),
            json!(b),
            json!(evidence.join(", ")),
        ]
    });
    table(["score", "contact", "contact", "evidence"], rows)
}
