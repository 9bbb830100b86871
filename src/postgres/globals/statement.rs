//! Takes a script of globals apart, statement by statement.
