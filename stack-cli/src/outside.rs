//! What is beyond this machine: AWS, in the programs that are built with the feature `aws`.

/// Who makes the calls.
#[cfg(feature = "aws")]
pub(crate) type Outside<'a> = dyn crate::aws::Aws + 'a;

/// Nobody makes calls.
#[cfg(not(feature = "aws"))]
#[derive(Debug)]
pub(crate) struct Outside;

/// Does something with AWS at hand; nothing of it is read or connected before the first call.
pub(crate) fn with<T>(work: impl FnOnce(&Outside) -> T) -> T {
    #[cfg(feature = "aws")]
    return work(&crate::aws::Sdk::default());
    #[cfg(not(feature = "aws"))]
    work(&Outside)
}
