//! Who may see a booking and act on it: whoever holds one of its tokens, or the link of an e-mail about it, or an admin.

use axum::http::{HeaderMap, Method, StatusCode, header};
use bookpath_app::bookings::repository::{self, BookingRow};
use bookpath_domain::access::Role;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::permission::{authenticate, bearer};
use crate::{BookingsApi, Problem};

/// The actor of who holds a booking's token.
pub(super) const CUSTOMER: &str = "customer";
/// Characters of a booking's token; a login's token is longer.
const TOKEN_CHARS: usize = 32;

/// The booking and who asks for it, if its own token or an admin's login opens it. A wrong token learns nothing:
/// the booking is not there for it.
pub(super) async fn owned(
    api: &BookingsApi,
    id: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(BookingRow, String), Problem> {
    let missing = || Problem::not_found("no such booking");
    if let Some(token) = token(headers) {
        return repository::by_id(api.store.as_ref(), id)
            .await?
            .filter(|f| opens(api, &f.row, token))
            .map(|f| (f.row, CUSTOMER.to_owned()))
            .ok_or_else(missing);
    }
    let caller = authenticate(&api.access, method, headers).await?;
    if caller.role != Role::Admin {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "the booking's own token or an admin opens it",
        ));
    }
    let found = repository::by_id(api.store.as_ref(), id).await?;
    found.map(|f| (f.row, caller.user_id)).ok_or_else(missing)
}

/// The booking's token that a request brings.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers).filter(|token| token.len() == TOKEN_CHARS)
}

/// Whether the token opens the booking. Every comparison takes the same time.
pub(super) fn opens(api: &BookingsApi, row: &BookingRow, token: &str) -> bool {
    let hash = token_hash(token);
    let known = row
        .token_hashes
        .iter()
        .map(|known| known.as_bytes().ct_eq(hash.as_bytes()));
    let held = bool::from(known.fold(Choice::from(0), |any, one| any | one));
    let (keys, now) = (&api.access.keys, api.clock.now());
    let written = row.booking.ids().map(|id| keys.opens_link(id, token, now));
    written.fold(held, |any, one| any | one)
}

/// 128 random bits as 32 hex characters.
pub(super) fn fresh_token(api: &BookingsApi) -> String {
    let ids = &api.performer.reactor.ids;
    let digest = Sha256::digest(format!("{}{}", ids.fresh(), ids.fresh()));
    hex::encode(&digest[..16])
}

/// The hash under which a token is stored.
pub(super) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

/// `If-Match` as the booking's version; absent or `*` is any.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if text == "*" {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| Problem::invalid("If-Match is no version of a booking"))
}
