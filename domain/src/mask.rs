//! How personal data is shown by default: names, numbers and accounts with their middle covered.
