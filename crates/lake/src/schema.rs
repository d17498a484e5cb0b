//! Names and types of every table, in one place.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// Type of a column, as Delta and Arrow know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    String,
    Timestamp,
    Boolean,
    Date,
    Integer,
    Long,
    Double,
}

impl Type {
    const fn delta(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Double => "double",
        }
    }

    fn arrow(self) -> DataType {
        match self {
            Self::String => DataType::Utf8,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Integer => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
        }
    }
}

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// `silver.invitees`: one row per invitee_uri.
    Invitees,
    /// `silver.rejected`: records that are not valid rows.
    Rejected,
    /// `silver.ad_spend`: every revision of what was spent.
    AdSpend,
    /// `silver.payments`: every charge and refund of the ledger.
    Payments,
    /// `gold.booking_time_analysis`.
    BookingTimeAnalysis,
    /// `gold.bookings_trend`.
    BookingsTrend,
    /// `gold.channel_attribution`.
    ChannelAttribution,
    /// `gold.cost_per_booking`.
    CostPerBooking,
    /// `gold.daily_bookings_by_source`.
    DailyBookingsBySource,
}

use Type::{Boolean, Date, Double, Integer, Long, String as Str, Timestamp};

const INVITEES: &[(&str, Type)] = &[
    ("invitee_uri", Str),
    ("invitee_email", Str),
    ("invitee_name", Str),
    ("invitee_first_name", Str),
    ("invitee_last_name", Str),
    ("invitee_status", Str),
    ("invitee_timezone", Str),
    ("invitee_phone", Str),
    ("invitee_created_at", Timestamp),
    ("invitee_updated_at", Timestamp),
    ("invitee_canceled", Boolean),
    ("invitee_rescheduled", Boolean),
    ("event_name", Str),
    ("event_status", Str),
    ("event_type", Str),
    ("event_start_time", Timestamp),
    ("event_end_time", Timestamp),
    ("event_created_at", Timestamp),
    ("location_type", Str),
    ("location_join_url", Str),
    ("utm_campaign", Str),
    ("utm_source", Str),
    ("utm_medium", Str),
    ("utm_content", Str),
    ("utm_term", Str),
    ("marketing_channel", Str),
    ("booking_date", Date),
    ("booking_year", Integer),
    ("booking_month", Integer),
    ("booking_day_of_week", Str),
    ("booking_hour", Integer),
    ("processed_at", Timestamp),
    ("event_uri", Str),
    ("host_email", Str),
    ("host_name", Str),
    ("old_invitee_uri", Str),
    ("new_invitee_uri", Str),
    ("chain_id", Str),
    ("attendance", Str),
    ("attendance_source", Str),
    ("booking_hour_local", Integer),
    ("event_hour_local", Integer),
    ("raw_sha256", Str),
];
const REJECTED: &[(&str, Type)] = &[
    ("reason", Str),
    ("bronze_object", Str),
    ("line", Integer),
    ("record", Str),
    ("raw_sha256", Str),
    ("rejected_at", Timestamp),
];
const AD_SPEND: &[(&str, Type)] = &[
    ("day", Date),
    ("channel", Str),
    ("campaign", Str),
    ("amount_minor", Long),
    ("currency", Str),
    ("revision", Long),
    ("recorded_at", Timestamp),
];
const PAYMENTS: &[(&str, Type)] = &[
    ("payment_id", Str),
    ("contact_id", Str),
    ("booking_id", Str),
    ("kind", Str),
    ("amount_minor", Long),
    ("currency", Str),
    ("occurred_at", Timestamp),
    ("recorded_at", Timestamp),
];
const BOOKING_TIME_ANALYSIS: &[(&str, Type)] = &[
    ("booking_day_of_week", Str),
    ("booking_hour", Integer),
    ("marketing_channel", Str),
    ("bookings", Long),
    ("canceled", Long),
    ("attended", Long),
    ("no_show", Long),
    ("avg_lead_hours", Double),
    ("as_of", Timestamp),
];
const BOOKINGS_TREND: &[(&str, Type)] = &[
    ("booking_date", Date),
    ("bookings", Long),
    ("bookings_7d_avg", Double),
    ("bookings_28d_avg", Double),
    ("wow_change_pct", Double),
    ("as_of", Timestamp),
];
const CHANNEL_ATTRIBUTION: &[(&str, Type)] = &[
    ("month", Str),
    ("channel", Str),
    ("campaign", Str),
    ("model", Str),
    ("touches", Long),
    ("conversions_credit", Double),
    ("revenue_credit_minor", Long),
    ("cash_credit_minor", Long),
    ("cost_minor", Long),
    ("roas", Double),
    ("as_of", Timestamp),
];
const COST_PER_BOOKING: &[(&str, Type)] = &[
    ("booking_date", Date),
    ("channel", Str),
    ("campaign", Str),
    ("spend_minor", Long),
    ("bookings", Long),
    ("attended", Long),
    ("cost_per_booking_minor", Long),
    ("cost_per_attended_minor", Long),
    ("spend_status", Str),
    ("as_of", Timestamp),
];
const DAILY_BOOKINGS_BY_SOURCE: &[(&str, Type)] = &[
    ("booking_date", Date),
    ("utm_source", Str),
    ("marketing_channel", Str),
    ("bookings", Long),
    ("unique_contacts", Long),
    ("first_time_contacts", Long),
    ("as_of", Timestamp),
];

impl Table {
    /// Every table, silver first.
    pub const ALL: [Self; 9] = [
        Self::Invitees,
        Self::Rejected,
        Self::AdSpend,
        Self::Payments,
        Self::BookingTimeAnalysis,
        Self::BookingsTrend,
        Self::ChannelAttribution,
        Self::CostPerBooking,
        Self::DailyBookingsBySource,
    ];

    /// `silver.invitees`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invitees => "silver.invitees",
            Self::Rejected => "silver.rejected",
            Self::AdSpend => "silver.ad_spend",
            Self::Payments => "silver.payments",
            Self::BookingTimeAnalysis => "gold.booking_time_analysis",
            Self::BookingsTrend => "gold.bookings_trend",
            Self::ChannelAttribution => "gold.channel_attribution",
            Self::CostPerBooking => "gold.cost_per_booking",
            Self::DailyBookingsBySource => "gold.daily_bookings_by_source",
        }
    }

    /// The table called `name`: `silver.invitees`, or `invitees` alone.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|t| t.name() == name || t.short_name() == name)
    }

    /// `invitees`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        self.name().split_once('.').map_or("", |(_, name)| name)
    }

    /// Folder relative to the lake: `silver/invitees`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Invitees => "silver/invitees",
            Self::Rejected => "silver/rejected",
            Self::AdSpend => "silver/ad_spend",
            Self::Payments => "silver/payments",
            Self::BookingTimeAnalysis => "gold/booking_time_analysis",
            Self::BookingsTrend => "gold/bookings_trend",
            Self::ChannelAttribution => "gold/channel_attribution",
            Self::CostPerBooking => "gold/cost_per_booking",
            Self::DailyBookingsBySource => "gold/daily_bookings_by_source",
        }
    }

    /// Column names with their Delta types, in order.
    pub fn columns(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.typed_columns()
            .iter()
            .map(|(name, ty)| (*name, ty.delta()))
    }

    /// Columns whose values together name a row.
    #[must_use]
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Invitees => &["invitee_uri"],
            Self::Rejected => &["bronze_object", "line"],
            Self::AdSpend => &["day", "channel", "campaign", "revision"],
            Self::Payments => &["payment_id"],
            Self::BookingTimeAnalysis => {
                &["booking_day_of_week", "booking_hour", "marketing_channel"]
            }
            Self::BookingsTrend => &["booking_date"],
            Self::ChannelAttribution => &["month", "channel", "campaign", "model"],
            Self::CostPerBooking => &["booking_date", "channel", "campaign"],
            Self::DailyBookingsBySource => &["booking_date", "utm_source", "marketing_channel"],
        }
    }

    pub(crate) const fn typed_columns(self) -> &'static [(&'static str, Type)] {
        match self {
            Self::Invitees => INVITEES,
            Self::Rejected => REJECTED,
            Self::AdSpend => AD_SPEND,
            Self::Payments => PAYMENTS,
            Self::BookingTimeAnalysis => BOOKING_TIME_ANALYSIS,
            Self::BookingsTrend => BOOKINGS_TREND,
            Self::ChannelAttribution => CHANNEL_ATTRIBUTION,
            Self::CostPerBooking => COST_PER_BOOKING,
            Self::DailyBookingsBySource => DAILY_BOOKINGS_BY_SOURCE,
        }
    }

    pub(crate) fn arrow_schema(self) -> SchemaRef {
        let fields = self
            .typed_columns()
            .iter()
            .map(|(name, ty)| Field::new(*name, ty.arrow(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// `schemaString` of the Delta log.
    pub(crate) fn delta_schema(self) -> String {
        let fields: Vec<_> =
            self.columns().map(|(name, ty)| serde_json::json!({"name": name, "type": ty, "nullable": true, "metadata": {}})).collect();
        serde_json::json!({"type": "struct", "fields": fields}).to_string()
    }
}
