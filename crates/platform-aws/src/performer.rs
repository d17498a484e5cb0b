//! The parts of react, perform-effects, follow-up and bookings-api, put together from what each may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::texts::{SnsSettings, VoiceSettings};
use crate::{SesMailer, SnsTexts, StateMachineWaits, TopicOperators, VoiceTexts};
use bookpath_app::effects::{Circuits, Performer};
use bookpath_app::ports::{
    Calendar, CrmNotes, Mailer, NoFaults, Operators, Payments, PersonRecords, Store, TextSender,
    Waits,
};
use bookpath_app::react::Reactor;
use bookpath_domain::Vendor;
use bookpath_vendors::{
    CalendlyClient, ClientError, CloseClient, Secret, StripeClient, TypeformClient,
};

use crate::absent::{NoEmails, Unavailable};
use crate::platform::Platform;
use bookpath_function_runtime::Environment;
use bookpath_function_runtime::FunctionError;

/// What decisions need: every function that reacts or performs.
#[derive(Debug)]
pub struct Reaction {
    phone_secret: String,
}

impl Reaction {
    /// Reads which secret holds the key of the phone hash.
    pub fn read<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        Self {
            phone_secret: environment.secret("PHONE_SECRET_ID"),
        }
    }

    /// The reactor.
    ///
    /// # Errors
    /// The secret's: without its key nobody could be found opted out, so nothing starts.
    pub fn reactor(&self, platform: &Platform) -> Result<Arc<Reactor>, FunctionError> {
        let [key] = platform
            .secret(&self.phone_secret)?
            .require(["PHONE_HASH_SECRET"])?;
        Ok(Arc::new(Reactor {
            rules: platform.rules.clone(),
            store: platform.store(),
            clock: platform.clock.clone(),
            ids: platform.ids.clone(),
            faults: Arc::new(NoFaults),
            phone_secret: key.as_bytes().into(),
        }))
    }
}

/// Vendors and carriers that a function may call. A call to any other is refused with an error that names it.
#[derive(Default)]
pub struct Carriers {
    texts: Option<TextSettings>,
    vendors: Option<VendorSettings>,
    mail_from: Option<String>,
    public_url_parameter: Option<String>,
    /// The secret of the keys that links in e-mails are signed with.
    access_secret: Option<String>,
    topic: Option<String>,
    machine: Option<String>,
}

impl std::fmt::Debug for Carriers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Carriers").finish_non_exhaustive()
    }
}

struct TextSettings {
    carrier: String,
    identity: Option<String>,
    configuration_set: Option<String>,
}

struct VendorSettings {
    secret: String,
    stripe_base: String,
    calendly_base: String,
    close_base: Option<String>,
    typeform_base: Option<String>,
}

/// The vendors as a performer reaches them.
struct VendorClients {
    payments: Arc<dyn Payments>,
    calendar: Arc<dyn Calendar>,
    /// Close, where its key and its address are set.
    crm: Option<Arc<dyn CrmNotes>>,
    /// The vendors whose key and address are set, to delete records of people there.
    records: BTreeMap<Vendor, Arc<dyn PersonRecords>>,
}

impl VendorClients {
    fn new(payments: Arc<dyn Payments>, calendar: Arc<dyn Calendar>) -> Self {
        Self {
            payments,
            calendar,
            crm: None,
            records: BTreeMap::new(),
        }
    }
}

impl Carriers {
    /// Texts: `SMS_CARRIER` is `sns` or `end-user-messaging`.
    #[must_use]
    pub fn texts<F: Fn(&str) -> Option<String>>(
        mut self,
        environment: &mut Environment<F>,
    ) -> Self {
        self.texts = Some(TextSettings {
            carrier: environment.required("SMS_CARRIER"),
            identity: environment.optional("SMS_ORIGINATION_IDENTITY"),
            configuration_set: environment.optional("SMS_CONFIGURATION_SET"),
        });
        self
    }

    /// Stripe, Calendly, Close and Typeform.
    #[must_use]
    pub fn vendors<F: Fn(&str) -> Option<String>>(
        mut self,
        environment: &mut Environment<F>,
    ) -> Self {
        self.vendors = Some(VendorSettings {
            secret: environment.secret("VENDOR_SECRET_ID"),
            stripe_base: environment.required("STRIPE_API_BASE"),
            calendly_base: environment.required("CALENDLY_API_BASE"),
            close_base: environment.optional("CLOSE_API_BASE"),
            typeform_base: environment.optional("TYPEFORM_API_BASE"),
        });
        self
    }

    /// E-mails, with their links, and the people who run the system.
    #[must_use]
    pub fn emails<F: Fn(&str) -> Option<String>>(
        mut self,
        environment: &mut Environment<F>,
    ) -> Self {
        self.mail_from = environment.optional("MAIL_FROM");
        self.access_secret = Some(environment.secret("ACCESS_SECRET_ID"));
        self.public_url_parameter = Some(environment.parameter("PUBLIC_URL_PARAMETER"));
        self.topic = Some(environment.required("NOTIFICATION_TOPIC_ARN"));
        self
    }

    /// The follow-up's state machine.
    #[must_use]
    pub fn waits<F: Fn(&str) -> Option<String>>(
        mut self,
        environment: &mut Environment<F>,
    ) -> Self {
        self.machine = Some(environment.required("FOLLOW_UP_ARN"));
        self
    }

    /// The performer that reaches them.
    ///
    /// # Errors
    /// A secret's or a parameter's, or an address that is none.
    pub fn performer(
        &self,
        platform: &Platform,
        reactor: Arc<Reactor>,
    ) -> Result<Arc<Performer>, FunctionError> {
        let public_url = match &self.public_url_parameter {
            Some(name) => platform.parameter(name)?.to_owned(),
            None => String::new(),
        };
        let link_keys = match &self.access_secret {
            Some(secret) => Some(platform.signing_keys(secret)?),
            None => None,
        };
        let vendors = self.vendor_clients(platform, &public_url)?;
        Ok(Arc::new(Performer {
            payments: vendors.payments,
            calendar: vendors.calendar,
            crm: vendors.crm,
            records: vendors.records,
            texts: self.text_sender(platform)?,
            mailer: self.mailer(platform),
            waits: self.waiter(platform),
            operators: self.operators(platform, reactor.store.clone()),
            circuits: Circuits::default(),
            owner: platform.ids.fresh(),
            public_url,
            link_keys,
            reactor,
        }))
    }

    /// Builds the client of each vendor once, whatever it is used for.
    fn vendor_clients(
        &self,
        platform: &Platform,
        public_url: &str,
    ) -> Result<VendorClients, FunctionError> {
        let Some(settings) = &self.vendors else {
            let unused = Arc::new(Unavailable("this function calls no vendor"));
            return Ok(VendorClients::new(unused.clone(), unused));
        };
        let keys = platform.secret(&settings.secret)?;
        let key = |name: &str| keys.get(name).map(|key| Secret(key.to_owned()));
        let invalid = |e: ClientError| FunctionError::configuration(e.to_string());
        let mut clients = VendorClients::new(
            Arc::new(Unavailable(
                "STRIPE_API_KEY is not in the secret of the vendors' keys",
            )),
            Arc::new(Unavailable(
                "CALENDLY_WRITE_TOKEN is not in the secret of the vendors' keys",
            )),
        );
        if let Some(key) = key("STRIPE_API_KEY") {
            let client = StripeClient::new(&settings.stripe_base, key, public_url);
            clients.payments = Arc::new(client.map_err(invalid)?);
        }
        if let Some(key) = key("CALENDLY_WRITE_TOKEN") {
            let client = CalendlyClient::new(&settings.calendly_base, key).map_err(invalid)?;
            let client = Arc::new(client);
            clients.records.insert(Vendor::Calendly, client.clone());
            clients.calendar = client;
        }
        if let (Some(base), Some(key)) = (&settings.close_base, key("CLOSE_API_KEY")) {
            let client = Arc::new(CloseClient::new(base, key).map_err(invalid)?);
            clients.records.insert(Vendor::Close, client.clone());
            clients.crm = Some(client);
        }
        if let (Some(base), Some(key)) = (&settings.typeform_base, key("TYPEFORM_API_TOKEN")) {
            let client = TypeformClient::new(base, key, Vec::new()).map_err(invalid)?;
            clients.records.insert(Vendor::Typeform, Arc::new(client));
        }
        Ok(clients)
    }

    fn text_sender(&self, platform: &Platform) -> Result<Arc<dyn TextSender>, FunctionError> {
        let Some(TextSettings {
            carrier,
            identity,
            configuration_set,
        }) = &self.texts
        else {
            return Ok(Arc::new(Unavailable("this function sends no texts")));
        };
        match (carrier.as_str(), identity) {
            ("sns", identity) => {
                let settings = SnsSettings {
                    origination_number: identity.clone(),
                    ..SnsSettings::default()
                };
                Ok(Arc::new(SnsTexts::new(
                    &platform.session,
                    settings,
                    platform.clock.clone(),
                )))
            }
            ("end-user-messaging", Some(identity)) => {
                let settings = VoiceSettings {
                    origination_identity: identity.clone(),
                    configuration_set: configuration_set.clone(),
                    ..VoiceSettings::default()
                };
                Ok(Arc::new(VoiceTexts::new(
                    &platform.session,
                    settings,
                    platform.clock.clone(),
                )))
            }
            (carrier, _) => Err(FunctionError::configuration(format!(
                "SMS_CARRIER is `{carrier}`: it must be sns, or end-user-messaging with SMS_ORIGINATION_IDENTITY"
            ))),
        }
    }

    fn mailer(&self, platform: &Platform) -> Arc<dyn Mailer> {
        match &self.mail_from {
            Some(from) => Arc::new(SesMailer::new(&platform.session, from, None)),
            None => Arc::new(NoEmails),
        }
    }

    fn waiter(&self, platform: &Platform) -> Arc<dyn Waits> {
        match &self.machine {
            Some(arn) => Arc::new(StateMachineWaits::new(&platform.session, arn)),
            None => Arc::new(Unavailable("this function starts no waits")),
        }
    }

    fn operators(&self, platform: &Platform, store: Arc<dyn Store>) -> Arc<dyn Operators> {
        match &self.topic {
            Some(topic) => Arc::new(TopicOperators::new(
                &platform.session,
                topic,
                store,
                platform.clock.clone(),
            )),
            None => Arc::new(Unavailable("this function tells nobody")),
        }
    }
}
