//! The body of `POST /api/bookings`, checked before anything is stored (S4-41).

use bookpath_domain::bookings::ClientPost;
use bookpath_domain::bookings::invitee::Contact;
use bookpath_domain::people::email;
use bookpath_domain::people::phone::Phone;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{BookingsApi, Problem, TEXT_MAX};

/// A new booking, as a customer's page sends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBooking {
    session_type_id: String,
    /// The scheduled event and the invitee that Calendly's widget names after booking.
    event_uri: Option<String>,
    invitee_uri: Option<String>,
    name: Option<String>,
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
    pub(super) fn post(self, api: &BookingsApi) -> Result<ClientPost, Problem> {
        let texts = [
            &self.event_uri,
            &self.invitee_uri,
            &self.name,
            &self.email,
            &self.phone,
            &self.timezone,
        ];
        if texts
            .into_iter()
            .flatten()
            .chain([&self.session_type_id])
            .any(|text| text.chars().count() > TEXT_MAX)
        {
            return Err(Problem::invalid_body(format!(
                "a text is longer than {TEXT_MAX} characters"
            )));
        }
        if !api
            .rules
            .session_types
            .iter()
            .any(|s| s.id == self.session_type_id)
        {
            return Err(Problem::invalid_body(format!(
                "there is no session type `{}`",
                self.session_type_id
            )));
        }
        for (name, uri) in [
            ("event_uri", &self.event_uri),
            ("invitee_uri", &self.invitee_uri),
        ] {
            if uri
                .as_ref()
                .is_some_and(|uri| url::Url::parse(uri).is_err())
            {
                return Err(Problem::invalid_body(format!("{name} is no uri")));
            }
        }
        if self
            .email
            .as_deref()
            .is_some_and(|text| email::normalize(text).is_none())
        {
            return Err(Problem::invalid_body("email is no e-mail address"));
        }
        if self
            .phone
            .as_deref()
            .is_some_and(|text| Phone::parse(text, &api.rules.default_country).is_none())
        {
            return Err(Problem::invalid_body("phone is no phone number"));
        }
        if self
            .timezone
            .as_deref()
            .is_some_and(|name| TimeZone::get(name).is_err())
        {
            return Err(Problem::invalid_body("timezone is no IANA time zone"));
        }
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
