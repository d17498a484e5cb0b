//! Drills of a row of attribution: a link from each figure to its rows.

use bookpath_domain::numbers::attribution::Model;
use bookpath_domain::numbers::opened::Figure;

use super::figure::{Drill, Drills, Opening};
use super::href::Filters;

/// The figures of a row; `None` is one that the row does not have, or that its rows do not add up to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) model: Model,
    /// Rows that open behind it.
    pub(super) parts: i64,
    pub(super) touches: Option<i64>,
    pub(super) conversions_micro: Option<i64>,
    pub(super) revenue_minor: i64,
    pub(super) cash_minor: i64,
}

impl Figures {
    /// The revenue; of model `booking` the bookings.
    pub(super) fn main(&self, filters: &Filters) -> Drill {
        let of_bookings = self.model == Model::Booking;
        Drill::new(Opening {
            href: href(filters, None),
            count: self.parts,
            sum_minor: (!of_bookings).then_some(self.revenue_minor),
            sum_micro: None,
        })
    }

    /// Every figure by its column.
    pub(super) fn all(&self, filters: &Filters) -> Drills {
        let of = |figure, count, sum_minor, sum_micro| {
            let href = href(filters, Some(figure));
            Drill::new(Opening {
                href,
                count,
                sum_minor,
                sum_micro,
            })
        };
        let money = |figure, sum| of(figure, self.parts, Some(sum), None);
        let mut drills = Drills::from([
            (
                "revenue_credit_minor",
                money(Figure::Revenue, self.revenue_minor),
            ),
            ("cash_credit_minor", money(Figure::Cash, self.cash_minor)),
        ]);
        if let Some(touches) = self.touches {
            drills.insert("touches", of(Figure::Touches, touches, None, None));
        }
        if let Some(sum) = self.conversions_micro {
            let drill = of(Figure::Conversions, self.parts, None, Some(sum));
            drills.insert("conversions_credit", drill);
        }
        drills
    }
}

fn href(filters: &Filters, figure: Option<Figure>) -> String {
    let figure = figure.map(|figure| figure.into_str());
    let filters = filters.clone().maybe("figure", figure.as_ref());
    filters.with("counted", &true).href("/api/rows/touches")
}
