//! The environment: secrets, addresses and the log level. No other module reads it, except for what AWS's own tools set.

use std::collections::BTreeSet;
use std::path::Path;

use bookpath_app::access::SigningKeys;
use bookpath_app::inbox::keys::{KEY_VARIABLES, VendorKeys};
use bookpath_domain::Vendor;
use bookpath_platform_local::secrets::secret;
use tracing_subscriber::EnvFilter;

use crate::arguments::Command;
use crate::failure::Failure;
use crate::key_file::FileKeys;

/// `RUST_LOG`, else warnings and what the server itself does; the steps of bookings only with `RUST_LOG`. What goes wrong in
/// a simulation is meant to.
pub(crate) fn log_filter(command: &Command) -> EnvFilter {
    let usual = match command {
        Command::Simulate(_) => "off",
        _ => USUAL_LOG,
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    // The kernel of the Delta library logs names and addresses of people at debug level. Its errors are returned to the caller,
    // who reports them.
    let kernel = ["delta_kernel=off", "buoyant_kernel=off"];
    let off = kernel.iter().filter_map(|directive| directive.parse().ok());
    off.fold(filter, EnvFilter::add_directive)
}

/// A failure of AWS's configuration is told by the command itself, in its own words.
const USUAL_LOG: &str = "warn,bookpath=info,bookpath_app=info,bookpath_app::react=warn,bookpath_platform_local=info,aws_config=error";

/// The signing keys that are set, or that `bookpath webhooks create` has kept in the directory.
///
/// # Errors
/// Names every variable that can't be read, at once.
pub(crate) fn vendor_keys(dir: &Path) -> Result<VendorKeys, Failure> {
    let kept = FileKeys::new(dir).read()?;
    let mut faults = Vec::new();
    let mut values = std::collections::BTreeMap::new();
    for (_, name) in KEY_VARIABLES {
        let kept = kept.get(name).cloned().unwrap_or_default();
        match std::env::var(name) {
            Ok(text) => drop(values.insert(name, format!("{kept},{text}"))),
            Err(std::env::VarError::NotPresent) => drop(values.insert(name, kept)),
            Err(error @ std::env::VarError::NotUnicode(_)) => {
                faults.push(format!("{name}: {error}"))
            }
        }
    }
    match VendorKeys::read(|name| values.get(name).cloned()) {
        Ok(keys) if faults.is_empty() => Ok(keys),
        read => Err(Failure::Usage(
            faults
                .into_iter()
                .chain(read.err().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("; "),
        )),
    }
}

/// Where the vendors' APIs are and who we are there.
#[derive(Clone)]
pub(crate) struct VendorApis {
    pub(crate) stripe_base: String,
    pub(crate) stripe_key: String,
    pub(crate) calendly_base: String,
    /// With the right to write: cancels and books.
    pub(crate) calendly_token: String,
    /// Only reads: lists and subscriptions (X54).
    pub(crate) calendly_read_token: String,
    pub(crate) typeform_base: String,
    pub(crate) typeform_token: String,
    pub(crate) close_base: String,
    pub(crate) close_key: String,
    /// This process plays the vendor, because neither a key nor a base address is set. It never does so beside the real
    /// vendor: a stand-in can say that a booking is paid.
    pub(crate) stripe_sandbox: bool,
    pub(crate) calendly_sandbox: bool,
    pub(crate) typeform_sandbox: bool,
    pub(crate) close_sandbox: bool,
    /// Real vendors of whom no key is set that may change anything.
    pub(crate) keyless: BTreeSet<Vendor>,
    /// Where customers find their bookings: BOOKPATH_PUBLIC_URL, else this process's own address.
    pub(crate) public_url: String,
}

impl VendorApis {
    /// All vendors at one address, under no key of anybody's.
    pub(crate) fn nowhere(address: &str) -> Self {
        let (base, key) = (|| address.to_owned(), || "simulation".to_owned());
        Self {
            stripe_base: base(),
            stripe_key: key(),
            calendly_base: base(),
            calendly_token: key(),
            calendly_read_token: key(),
            typeform_base: base(),
            typeform_token: key(),
            close_base: base(),
            close_key: key(),
            stripe_sandbox: false,
            calendly_sandbox: false,
            typeform_sandbox: false,
            close_sandbox: false,
            keyless: BTreeSet::new(),
            public_url: base(),
        }
    }
}

/// What a variable holds, if anything.
fn set(name: &str) -> Option<String> {
    let text = std::env::var(name).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The vendors that are not played here and whose variable holds no key.
fn keyless(vendors: [(Vendor, bool, &str); 3]) -> BTreeSet<Vendor> {
    let real = vendors.into_iter().filter(|(_, played, _)| !played);
    let keyless = real.filter(|(_, _, name)| set(name).is_none());
    keyless.map(|(vendor, ..)| vendor).collect()
}

/// The vendors' APIs of a process that is reachable at `own`. The process plays a vendor that has neither a key nor a
/// base address.
pub(crate) fn vendor_apis(own: &str) -> VendorApis {
    let api = |vendor: &str, base: &str, key: &[&str], public: &str| {
        let key = key.iter().find_map(|name| set(name));
        let base = set(base).or_else(|| key.as_ref().map(|_| public.to_owned()));
        let sandbox = base.is_none();
        (
            base.unwrap_or_else(|| format!("{own}/sandbox/{vendor}")),
            key.unwrap_or_else(|| "sandbox".to_owned()),
            sandbox,
        )
    };
    let (stripe_base, stripe_key, stripe_sandbox) = api(
        "stripe",
        "STRIPE_API_BASE",
        &["STRIPE_API_KEY"],
        "https://api.stripe.com",
    );
    let (calendly_base, calendly_token, calendly_sandbox) = api(
        "calendly",
        "CALENDLY_API_BASE",
        &["CALENDLY_WRITE_TOKEN", "CALENDLY_API_TOKEN"],
        "https://api.calendly.com",
    );
    let calendly_read_token = set("CALENDLY_API_TOKEN").unwrap_or_else(|| calendly_token.clone());
    let (typeform_base, typeform_token, typeform_sandbox) = api(
        "typeform",
        "TYPEFORM_API_BASE",
        &["TYPEFORM_API_TOKEN"],
        "https://api.typeform.com",
    );
    let (close_base, close_key, close_sandbox) = api(
        "close",
        "CLOSE_API_BASE",
        &["CLOSE_API_KEY"],
        "https://api.close.com/api/v1",
    );
    let keyless = keyless([
        (Vendor::Calendly, calendly_sandbox, "CALENDLY_WRITE_TOKEN"),
        (Vendor::Typeform, typeform_sandbox, "TYPEFORM_API_TOKEN"),
        (Vendor::Close, close_sandbox, "CLOSE_API_KEY"),
    ]);
    let public_url = set("BOOKPATH_PUBLIC_URL").unwrap_or_else(|| own.to_owned());
    VendorApis {
        stripe_base,
        stripe_key,
        calendly_base,
        calendly_token,
        calendly_read_token,
        typeform_base,
        typeform_token,
        close_base,
        close_key,
        stripe_sandbox,
        calendly_sandbox,
        typeform_sandbox,
        close_sandbox,
        keyless,
        public_url,
    }
}

/// Where a vendor is to post: below BOOKPATH_PUBLIC_URL. `None` where that is not set, because nobody outside reaches a
/// loopback address.
pub(crate) fn webhook_url(vendor: Vendor) -> Option<String> {
    let public = std::env::var("BOOKPATH_PUBLIC_URL").ok()?;
    let public = public.trim().trim_end_matches('/');
    (!public.is_empty()).then(|| format!("{public}/api/webhooks/{vendor}"))
}

/// `JWT_SECRET`: the keys that sign logins, the first of them the present one. `None` where it is not set.
///
/// # Errors
/// A key is too short.
pub(crate) fn jwt_keys() -> Result<Option<SigningKeys>, Failure> {
    match std::env::var("JWT_SECRET") {
        Ok(text) if !text.trim().is_empty() => SigningKeys::list(&text)
            .map(Some)
            .map_err(|e| Failure::Usage(format!("JWT_SECRET: {e}"))),
        _ => Ok(None),
    }
}

/// What logins and the links in e-mails are signed with: `JWT_SECRET`; without it a key of the directory's own.
///
/// # Errors
/// A key is too short, or the directory can't be used.
pub(crate) fn signing_keys(dir: &Path) -> Result<SigningKeys, Failure> {
    match jwt_keys()? {
        Some(keys) => Ok(keys),
        None => SigningKeys::new(vec![secret(dir, "jwt")?]).map_err(Failure::new),
    }
}
