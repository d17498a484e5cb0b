//! The OpenAPI document: made from the handlers, completed with what every route has.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::Components;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{self, Ref, RefOr};
use utoipa::{OpenApi, ToSchema as _};

use crate::Problem;
use crate::permission::COOKIE;
use crate::row_types::KpiMonthlyRow;

/// Routes that ask for no login. A booking is opened by its own token as well.
const PUBLIC: [&str; 9] = [
    "/api/webhooks/{vendor}",
    "/webhook",
    "/api/auth/login",
    "/api/session-types",
    "/api/bookings/recover",
    "/api/bookings/session",
    "/healthz",
    "/api/openapi.json",
    "POST /api/bookings",
];
const PROBLEM_JSON: &str = "application/problem+json";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bookpath",
        description = "From the first form to cash: every booking, and an answer for every number."
    ),
    components(schemas(Problem, KpiMonthlyRow))
)]
struct Document;

/// The document of all these parts, with what every route has.
pub(crate) fn completed(parts: impl IntoIterator<Item = openapi::OpenApi>) -> openapi::OpenApi {
    let mut document = parts
        .into_iter()
        .fold(Document::openapi(), openapi::OpenApi::merge_from);
    for (path, item) in &mut document.paths.paths {
        complete(path, item);
    }
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKey::Cookie(ApiKeyValue::new(COOKIE));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    document
}

/// Adds to the methods of a path what every route may answer.
fn complete(path: &str, item: &mut PathItem) {
    let methods = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    for (method, operation) in methods {
        let Some(operation) = operation else { continue };
        let named = format!("{method} {path}");
        let public = PUBLIC.iter().any(|known| *known == path || *known == named);
        let takes = operation.parameters.is_some() || operation.request_body.is_some();
        let mut statuses = vec!["500", "503"];
        if !public {
            let none: [String; 0] = [];
            operation.security = Some(vec![
                SecurityRequirement::new("bearer", none.clone()),
                SecurityRequirement::new("cookie", none),
            ]);
            statuses.extend(["401", "403"]);
        }
        if takes {
            statuses.push("422");
        }
        if operation.request_body.is_some() {
            statuses.extend(["400", "413"]);
        }
        if path.contains('{') {
            statuses.push("404");
        }
        answers(operation, &statuses);
    }
}

/// Every error is a problem document; those of `statuses` are added where the route does not name them.
fn answers(operation: &mut Operation, statuses: &[&str]) {
    for (status, response) in &mut operation.responses.responses {
        let error = status.starts_with('4') || status.starts_with('5');
        if let (true, RefOr::T(response)) = (error, response) {
            *response = problem(&response.description);
        }
    }
    for status in statuses {
        operation
            .responses
            .responses
            .entry((*status).to_owned())
            .or_insert_with(|| RefOr::T(problem("")));
    }
}

fn problem(description: &str) -> Response {
    let schema = Ref::from_schema_name(Problem::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, content)
        .build()
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::document;

    /// Clients are generated from the file: a change of a route shows in its diff.
    #[test]
    fn the_snapshot_in_git_is_the_document() {
        let now = format!("{}\n", document().to_pretty_json().unwrap());
        expect_file!["../../../api/openapi.json"].assert_eq(&now);
    }

    #[test]
    fn every_error_is_a_problem_document() {
        let document = serde_json::to_value(document()).unwrap();
        let mut errors = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                for (status, response) in operation["responses"].as_object().unwrap() {
                    if status.starts_with(['4', '5']) {
                        let content = response["content"].as_object().unwrap();
                        assert!(
                            content.keys().eq([PROBLEM_JSON]),
                            "{method} {path} {status}"
                        );
                        errors += 1;
                    }
                }
            }
        }
        assert!(errors > 100, "{errors}");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = serde_json::to_value(document()).unwrap();
        let paths = document["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|methods| methods.as_object().unwrap().values());
        let mut seen = std::collections::BTreeSet::new();
        for operation in operations {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(seen.insert(name.clone()), "{name} is there twice");
        }
    }
}
