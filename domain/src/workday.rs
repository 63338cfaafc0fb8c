//! Working days: weekends, statutory holidays and make-up days, as the catalogue's calendar tells.
