//! Working days: weekends, statutory holidays and make-up days, as the catalogue's calendar tells.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Limit, LimitUnit};

/// The county's calendar, part of every catalogue release (`calendar.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// The last year whose holidays are announced. Dates reckoned beyond it are provisional.
    pub published_through: i16,
    /// Days that are not what their weekday says.
    pub days: Vec<CalendarDay>,
    /// Days after which an ended case lies at desks as a summary only; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_ended_days: Option<u16>,
}

/// Least days an ended case lies whole at desks: until then a county that was restored may need what it lost (design, ruling 9).
pub const LEAST_KEPT_DAYS: u16 = 31;

/// One day that is not what its weekday says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarDay {
    /// The day, `YYYY-MM-DD`.
    pub date: Date,
    /// What it is.
    pub kind: DayKind,
    /// Name of the holiday.
    #[serde(default)]
    pub name: String,
}

/// What a day is, other than its weekday says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// Off.
    Holiday,
    /// A weekend day that is worked (调休).
    MakeupWorkday,
}

/// A reckoned day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDay {
    /// The day.
    pub date: Date,
    /// It lies beyond the announced holidays and may move when they are announced.
    pub provisional: bool,
}

impl Calendar {
    /// Whether people work on that day.
    pub fn is_working_day(&self, day: Date) -> bool {
        match self.days.iter().find(|entry| entry.date == day) {
            Some(entry) => entry.kind == DayKind::MakeupWorkday,
            None => !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The day `count` working days after `start`; the first day is not counted.
    pub fn add_working_days(&self, start: Date, count: u16) -> DueDay {
        let mut day = start;
        let mut left = count;
        while left > 0 {
            day = next(day);
            if self.is_working_day(day) {
                left -= 1;
            }
            if day == Date::MAX {
                break;
            }
        }
        self.due(day)
    }

    /// The last day of a time limit that began on `start`; calendar days that end on a day off end on the next working day.
    pub fn limit_end(&self, start: Date, limit: Limit) -> DueDay {
        match limit.unit {
            LimitUnit::OnTheSpot => self.due(start),
            LimitUnit::WorkingDays => self.add_working_days(start, limit.amount),
            LimitUnit::CalendarDays => {
                let mut day = start.saturating_add(Span::new().days(i32::from(limit.amount)));
                while !self.is_working_day(day) && day != Date::MAX {
                    day = next(day);
                }
                self.due(day)
            }
        }
    }

    /// How many working days lie after `from` up to and with `to`; zero when `to` is not later.
    pub fn working_days_between(&self, from: Date, to: Date) -> u32 {
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = next(day);
            count += u32::from(self.is_working_day(day));
        }
        count
    }

    fn due(&self, date: Date) -> DueDay {
        DueDay { date, provisional: date.year() > self.published_through }
    }
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

#[cfg(test)]
mod tests;
