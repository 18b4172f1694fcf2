import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { ServiceCIDR } from '../../generated/kinds.ts';
import type { ServiceCIDRSpec } from '../../generated/networking-v1.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { isDualStack } from '../service/ip-validation.ts';
import { validateCanonicalNetwork } from './canonical-ip-validation.ts';

const cidrCountMax = 2;

export const serviceCidrRules: KindRules<ServiceCIDR> = {
  validate: ({ spec }, old) => (old ? [] : validateCidrs(spec, 'spec.cidrs')),
  validateUpdate: ({ spec }, old) => validateImmutable(spec.cidrs, old.spec.cidrs, 'spec.cidrs'),
};

/** The whole spec is shown, by the names of its Go fields, as upstream shows it. */
function validateCidrs({ cidrs = [] }: ServiceCIDRSpec, path: string): FieldError[] {
  const shown = { CIDRs: cidrs };
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')];
  if (cidrs.length > cidrCountMax) return [invalidValue(path, shown, 'may only hold up to 2 values')];
  if (cidrs.length === 2 && !isDualStack(cidrs)) {
    const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [invalidValue(path, shown, text)];
  }
  return cidrs.flatMap((cidr, i) => validateCanonicalNetwork(cidr, `${path}[${i}]`));
}
