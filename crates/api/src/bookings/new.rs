//! The body of `POST /api/bookings`, checked before anything is stored (S4-41).

use bookpath_domain::bookings::ClientPost;
use bookpath_domain::bookings::invitee::Contact;
use bookpath_domain::people::email;
use bookpath_domain::people::name::{is_plain, without_pictures};
use bookpath_domain::people::phone::Phone;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{BookingsApi, Problem};

/// Characters of any text of a customer.
pub(super) const TEXT_MAX: usize = 1024;

/// A new booking, as a customer's page sends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBooking {
    session_type_id: String,
    /// The scheduled event and the invitee that Calendly's widget names after booking.
    #[schema(format = "uri", max_length = 1024)]
    event_uri: Option<String>,
    #[schema(format = "uri", max_length = 1024)]
    invitee_uri: Option<String>,
    /// Letters, marks and spaces; no link.
    #[schema(max_length = 100)]
    name: Option<String>,
    #[schema(format = "email", max_length = 1024)]
    email: Option<String>,
    phone: Option<String>,
    /// IANA name.
    timezone: Option<String>,
    /// The start of an open slot that is to be booked for the customer, where that is configured; then name, email and
    /// timezone are needed, and no uri is.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_time: Option<Timestamp>,
}

impl NewBooking {
    /// Checked, as a fact.
    pub(super) fn post(mut self, api: &BookingsApi) -> Result<ClientPost, Problem> {
        // A name that is nothing but an emoji is no name; an empty one is a fault of the caller.
        let plain = |typed: String| {
            Some(without_pictures(&typed)).filter(|n| typed.is_empty() || !n.is_empty())
        };
        self.name = self.name.and_then(plain);
        self.text_faults()?;
        self.value_faults(api)?;
        self.slot_faults(api)?;
        let contact = Contact {
            name: self.name,
            first_name: None,
            email: self.email,
            phone: self.phone,
        };
        let session_type_id = Some(self.session_type_id);
        let Self {
            invitee_uri,
            event_uri,
            timezone,
            start_time: start,
            ..
        } = self;
        Ok(ClientPost {
            session_type_id,
            invitee_uri,
            event_uri,
            timezone,
            contact,
            start,
        })
    }

    fn text_faults(&self) -> Result<(), Problem> {
        let texts = [
            &self.event_uri,
            &self.invitee_uri,
            &self.name,
            &self.email,
            &self.phone,
            &self.timezone,
        ];
        let mut all = texts.into_iter().flatten().chain([&self.session_type_id]);
        if all.any(|text| text.chars().count() > TEXT_MAX) {
            return Err(Problem::invalid_body(format!(
                "a text is longer than {TEXT_MAX} characters"
            )));
        }
        Ok(())
    }

    fn value_faults(&self, api: &BookingsApi) -> Result<(), Problem> {
        let wrong = |text: &Option<String>, right: &dyn Fn(&str) -> bool| {
            text.as_deref().is_some_and(|text| !right(text))
        };
        let uri = |text: &str| url::Url::parse(text).is_ok();
        let country = &api.rules.default_country;
        let faults = [
            (wrong(&self.event_uri, &uri), "event_uri is no uri"),
            (wrong(&self.invitee_uri, &uri), "invitee_uri is no uri"),
            (
                wrong(&self.email, &|text| email::normalize(text).is_some()),
                "email is no e-mail address",
            ),
            (
                wrong(&self.name, &is_plain),
                "name is more than a name: it has at most 100 letters, marks and spaces, and no link",
            ),
            (
                wrong(&self.phone, &|text| Phone::parse(text, country).is_some()),
                "phone is no phone number",
            ),
            (
                wrong(&self.timezone, &|name| TimeZone::get(name).is_ok()),
                "timezone is no IANA time zone",
            ),
        ];
        if let Some((_, fault)) = faults.into_iter().find(|(wrong, _)| *wrong) {
            return Err(Problem::invalid_body(fault));
        }
        let known = &api.rules.session_types;
        if !known.iter().any(|s| s.id == self.session_type_id) {
            return Err(Problem::invalid_body(format!(
                "there is no session type `{}`",
                self.session_type_id
            )));
        }
        Ok(())
    }

    fn slot_faults(&self, api: &BookingsApi) -> Result<(), Problem> {
        let Some(start) = self.start_time else {
            return Ok(());
        };
        let rollout = &api.rules.calendly.scheduling_api;
        if !rollout.allows("scheduling_api", self.email.as_deref().unwrap_or_default()) {
            return Err(Problem::invalid_body(
                "start_time: times are booked on Calendly's own page here",
            ));
        }
        if self.invitee_uri.is_some() || self.event_uri.is_some() {
            return Err(Problem::invalid_body(
                "start_time: what names its invitee or event is booked already",
            ));
        }
        if start <= api.clock.now() {
            return Err(Problem::invalid_body("start_time has passed"));
        }
        let given =
            |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
        if !(given(&self.name) && given(&self.email) && given(&self.timezone)) {
            return Err(Problem::invalid_body(
                "start_time: name, email and timezone are needed to book it",
            ));
        }
        Ok(())
    }
}
