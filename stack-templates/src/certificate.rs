//! A certificate for names of a zone.

use stack_core::aws::acm;
use stack_core::prelude::*;

use crate::dns::Zone;

/// A public certificate that AWS Certificate Manager issues and renews, proved by records in the
/// zone, which CloudFormation makes.
///
/// The names of a public certificate stand in public logs. `*.preview.shop.example` covers one
/// label of any name and gives none away.
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let zone = Zone::existing("Z0123456789SHOP", "shop.example");
/// let certificate = stack.add("Certificate", Certificate::new(&zone, "*.shop.example"));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::CertificateManager::Certificate` |
#[derive(Clone, Debug)]
pub struct Certificate {
    zone: Zone,
    name: String,
}

impl Certificate {
    /// For this name, which must lie in the zone; `*.` stands for one label. Another name makes
    /// another certificate.
    pub fn new(zone: &Zone, name: impl Into<String>) -> Certificate {
        Certificate {
            zone: zone.clone(),
            name: name.into(),
        }
    }
}

impl Build for Certificate {
    type Handle = Ref<acm::Certificate>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        crate::dns::check_name_in(scope, &self.zone, &self.name);
        let proof = acm::certificate::DomainValidationOption::new()
            .domain_name(&self.name)
            .hosted_zone_id(self.zone.id);
        scope.add(
            "",
            acm::Certificate::new()
                .domain_name(self.name)
                .validation_method("DNS")
                .domain_validation_options([proof]),
        )
    }
}
