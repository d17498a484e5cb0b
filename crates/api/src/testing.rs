//! The routers over ports in memory, for the tests beside the routes.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use bookpath_app::access::{Access, NewUser, SigningKeys, add_user};
use bookpath_app::inbox::Inbox;
use bookpath_app::operators::bill::StoreMeters;
use bookpath_app::ports::{NoFaults, RandomIds};
use bookpath_domain::BusinessConfig;
use bookpath_domain::access::Role;
use bookpath_domain::people::sources::Sources;
use bookpath_testkit::{MemoryLake, MemoryObjects, MemoryStore, SetClock};
use jiff::SignedDuration;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Api, dashboard};

pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";
const PASSWORD: &str = "correct horse battery staple";

/// dashboard-api with a user of each role.
pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) lake: Arc<MemoryLake>,
    pub(crate) clock: Arc<SetClock>,
    router: Router,
    tokens: Vec<(Role, String)>,
}

impl World {
    /// A lake with these rows under these rules (`bookpath.toml`); nobody has run an ETL.
    pub(crate) async fn new(sources: Sources, rules: &str) -> Self {
        let (store, ids) = (Arc::new(MemoryStore::default()), Arc::new(RandomIds));
        let clock = Arc::new(SetClock::at(NOW));
        let objects = Arc::new(MemoryObjects::default());
        let lake = Arc::new(MemoryLake::with_sources(sources));
        let access = Access {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            keys: SigningKeys::new(vec![vec![7; 32]]).unwrap(),
            idle: SignedDuration::from_hours(1),
        };
        let inbox = Inbox {
            ids,
            store: store.clone(),
            objects: objects.clone(),
            faults: Arc::new(NoFaults),
        };
        let api = Api {
            meters: Arc::new(StoreMeters(store.clone())),
            store,
            objects,
            lake: lake.clone(),
            clock: clock.clone(),
            rules: Arc::new(BusinessConfig::from_toml(rules).unwrap()),
            access: Arc::new(access),
            inbox: Arc::new(inbox),
            resolutions: Arc::default(),
            tables: None,
            demo: false,
        };
        let mut tokens = Vec::new();
        for role in Role::ALL {
            tokens.push((role, token(&api, role).await));
        }
        Self {
            router: dashboard(&api),
            api,
            lake,
            clock,
            tokens,
        }
    }

    /// The token of the user of this role.
    pub(crate) fn token(&self, role: Role) -> &str {
        let found = self.tokens.iter().find(|(r, _)| *r == role);
        &found.unwrap().1
    }

    /// The status and body of an answer to a user of this role, or to nobody.
    pub(crate) async fn call(
        &self,
        role: Option<Role>,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(role) = role {
            let bearer = format!("Bearer {}", self.token(role));
            request = request.header("authorization", bearer);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request.header("content-type", "application/json");
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        )
    }

    /// The answer to an admin's GET, which must succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Some(Role::Admin), Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The status and body of an answer to an admin's POST.
    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let admin = Some(Role::Admin);
        self.call(admin, Method::POST, path, Some(body)).await
    }
}

async fn token(api: &Api, role: Role) -> String {
    let email = format!("{}@co.test", role.as_str());
    let new = NewUser {
        email: &email,
        name: None,
        role,
        password: PASSWORD,
        actor: "cli",
    };
    let now = api.clock.now();
    let store = api.store.as_ref();
    add_user(store, &*api.access.ids, now, &new).await.unwrap();
    let login = api.access.login(&email, PASSWORD, None, "127.0.0.1").await;
    login.unwrap().token
}
