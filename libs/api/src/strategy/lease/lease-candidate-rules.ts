import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { LeaseCandidate } from '../../generated/kinds.ts';
import { configKeyErrors } from '../config/config-key.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { oldestEmulationVersion, validateLeaseStrategy } from './lease-strategy-validation.ts';

const semanticVersion =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

export const leaseCandidateRules: KindRules<LeaseCandidate> = {
  allowsUnconditionalUpdate: false,
  allowsCreateOnUpdate: true,
  nameErrors: configKeyErrors,
  validate: ({ spec }) => {
    const { leaseName, binaryVersion = '', emulationVersion = '', strategy } = spec;
    return [
      ...(leaseName ? [] : [required('spec.leaseName')]),
      ...validateVersion(emulationVersion, 'spec.emulationVersion'),
      ...validateVersion(binaryVersion, 'spec.binaryVersion'),
      ...(isOlder(binaryVersion, emulationVersion)
        ? [invalidValue('spec.binaryVersion', binaryVersion, 'must be greater than or equal to `emulationVersion`')]
        : []),
      ...(strategy === oldestEmulationVersion ? validateVersionsKnown(binaryVersion, emulationVersion) : []),
      ...(strategy ? validateLeaseStrategy(strategy, 'spec.strategy') : [required('spec.strategy')]),
    ];
  },
  validateUpdate: ({ spec }, old) => validateImmutable(spec.leaseName, old.spec.leaseName, 'spec.leaseName'),
};

function validateVersion(version: string, field: string): FieldError[] {
  if (version === '' || semanticVersion.test(version)) return [];
  return [invalidValue(field, version, 'must be a valid semantic version')];
}

function validateVersionsKnown(binaryVersion: string, emulationVersion: string): FieldError[] {
  return Object.entries({ binaryVersion, emulationVersion })
    .filter(([, version]) => version === '0.0.0' || !semanticVersion.test(version))
    .map(([name]) => required(`spec.${name}`, `must be specified when \`strategy\` is '${oldestEmulationVersion}'`));
}

/** By major, minor and patch. Versions that are malformed are reported elsewhere. */
function isOlder(version: string, other: string): boolean {
  if (!semanticVersion.test(version) || !semanticVersion.test(other)) return false;
  const numbers = (text: string) => (text.split(/[-+]/)[0] ?? '').split('.').map(Number);
  const [a, b] = [numbers(version), numbers(other)];
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}
