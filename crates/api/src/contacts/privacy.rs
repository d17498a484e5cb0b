//! `GET /api/contacts/{id}/export`, `DELETE /api/contacts/{id}/forget`.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use bookpath_app::access::audit_write;
use bookpath_app::ports::Commit;
use bookpath_app::privacy::{ErasureSubject, Export, Forget, Forgotten, export, forget, subject};
use serde::Deserialize;
use utoipa::IntoParams;

use super::judged::{Judged, judged};
use crate::instants::Instants;
use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

/// All that is known of a person, as one document: the merged view, bookings, texts, and what the vendors sent. Each
/// export is a line of the audit.
#[utoipa::path(
    get, path = "/api/contacts/{id}/export", tag = "contacts",
    params(("id" = String, Path, description = "id of a contact, or an e-mail address")),
    responses((status = 200, description = "the document", body = Object))
)]
pub(super) async fn get_export(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<Export>, Problem> {
    let (Judged { known, .. }, now) = (judged(&api, Instants::default()).await?, api.clock.now());
    let whom = subject(&known, &id).ok_or_else(nobody)?;
    let (store, objects) = (api.store.as_ref(), api.objects.as_ref());
    let exported = export(store, objects, &api.rules, &known, &whom, now).await?;
    let exported = exported.ok_or_else(nobody)?;
    let (ids, who) = (&*api.access.ids, caller.user_id.as_str());
    let line = audit_write(ids, now, who, "contact_exported", &whom.contact_id)?;
    store.commit(Commit::new(vec![line])).await?;
    Ok(Json(exported))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Say what is there, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

/// Forgets a person: raw bodies go, everything that is counted stays under an anonymous address, and no late delivery or
/// replay brings the person back (X60, X61). `vendor_tasks` names what the vendors hold,
/// which is deleted there next; `GET /api/privacy/tasks` has how far that is.
#[utoipa::path(
    delete, path = "/api/contacts/{id}/forget", tag = "contacts",
    params(("id" = String, Path, description = "id of a contact, or an e-mail address"), Params),
    responses((status = 200, description = "what was erased, and what a search of every object found", body = Object))
)]
pub(super) async fn delete_contact(
    Allowed(caller, _): Allowed<Administer>,
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<Forgotten>, Problem> {
    let Query(Params { dry_run }) = params?;
    let Judged { known, .. } = judged(&api, Instants::default()).await?;
    let whom = subject(&known, &id).or_else(|| ErasureSubject::of_address(&id, &known));
    let whom = whom.ok_or_else(nobody)?;
    // In `serve` a task of its own ends what it began, also when the caller is gone. A function on AWS may stop with its
    // answer or its time; asking again finishes what was begun.
    let task = tokio::spawn(async move {
        let with = Forget {
            store: api.store.as_ref(),
            objects: api.objects.as_ref(),
            lake: api.lake.as_ref(),
            tables: api.tables.as_deref(),
            ids: &*api.access.ids,
            rules: &api.rules,
            now: api.clock.now(),
            actor: &caller.user_id,
            dry_run,
        };
        forget(&with, &whom).await
    });
    let forgotten = task.await.map_err(Problem::internal)??;
    Ok(Json(forgotten.ok_or_else(nobody)?))
}

fn nobody() -> Problem {
    Problem::not_found("there is no such contact")
}
