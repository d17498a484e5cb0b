//! Where a touch came from, as its link says.

/// UTM values and the referrer of one touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tracking<'a> {
    pub utm_source: Option<&'a str>,
    pub utm_medium: Option<&'a str>,
    pub utm_campaign: Option<&'a str>,
    pub utm_content: Option<&'a str>,
    pub utm_term: Option<&'a str>,
    pub referrer: Option<&'a str>,
}
