//! The order in which models can be made.

use petgraph::algo::toposort;
use petgraph::graph::DiGraph;

use crate::{Model, ModelError};

/// Each model after those that it reads.
pub(super) fn by_dependency(models: Vec<Model>) -> Result<Vec<Model>, ModelError> {
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let nodes: Vec<_> = (0..models.len()).rev().map(|n| graph.add_node(n)).collect();
    let node = |at: usize| nodes[models.len() - 1 - at];
    for (at, model) in models.iter().enumerate() {
        for read in model.spec.tables_read() {
            let source = models.iter().position(|m| m.name == *read);
            let source = source.ok_or_else(|| ModelError::Wrong {
                name: model.name.clone(),
                reason: format!("it reads `{read}`, which is no table"),
            })?;
            graph.add_edge(node(source), node(at), ());
        }
    }
    let order = toposort(&graph, None).map_err(|cycle| ModelError::Wrong {
        name: models[graph[cycle.node_id()]].name.clone(),
        reason: "it reads itself through others".to_owned(),
    })?;
    let order: Vec<usize> = order.into_iter().map(|n| graph[n]).collect();
    let mut models: Vec<Option<Model>> = models.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|at| models[at].take())
        .collect())
}
