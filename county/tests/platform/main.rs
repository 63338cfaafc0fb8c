//! The county platform as desks and its operator meet it: real TLS, real database, real files.

mod acceptance;
mod command;
mod enrolment;
mod files;
mod operator;
mod order;
mod publishing;
mod town;
