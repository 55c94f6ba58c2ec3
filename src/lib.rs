//! narthex
