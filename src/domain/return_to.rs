//! A place to go after sign-in, proven to be ours.
