//! Numbers that carry a check: provisional receipt numbers, credit codes, bank cards.
