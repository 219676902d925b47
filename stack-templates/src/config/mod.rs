//! Configuration files of containers: text that stands in the task definition, so that a change is
//! reviewed and rolled out like any other.

mod file;

#[cfg(feature = "text")]
mod nginx;
#[cfg(feature = "text")]
mod php_fpm;

pub(crate) use file::ConfigFiles;
pub use file::ConfigText;

#[cfg(feature = "text")]
pub use nginx::NginxConfig;
#[cfg(feature = "text")]
pub use php_fpm::PhpFpmConfig;
