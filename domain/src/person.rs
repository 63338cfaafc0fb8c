//! What identifies a villager: identity number, name, phone.
