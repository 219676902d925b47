//! The engine in a model of CloudFormation under virtual time: whatever goes wrong, what is
//! promised holds at every step.

mod cloud;
mod scenarios;
mod world;

mod failures;
