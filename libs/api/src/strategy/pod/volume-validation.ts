import { duplicateValue, type FieldError, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { Volume } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateVolumeSource } from './volume-source-validation.ts';

/** The well-formed volumes by name, and what is wrong with the others. `podName` is empty in templates. */
export function validateVolumes(
  volumes: readonly Volume[],
  podName: string,
  path: string,
): { readonly volumes: ReadonlyMap<string, Volume>; readonly findings: FieldError[] } {
  const wellFormed = new Map<string, Volume>();
  const ownClaims = new Set(volumes.filter(({ ephemeral }) => ephemeral).map(({ name }) => `${podName}-${name}`));
  const findings = volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`;
    const { name = '', persistentVolumeClaim: claim } = volume;
    const own = validateVolumeSource(volume, podName, at);
    if (name === '') own.push(required(`${at}.name`));
    else own.push(...invalidTexts(`${at}.name`, name, dnsLabelErrors(name)));
    if (wellFormed.has(name)) own.push(duplicateValue(`${at}.name`, name));
    if (own.length === 0) wellFormed.set(name, volume);
    if (claim && podName !== '' && ownClaims.has(claim.claimName)) {
      const text = 'must not reference a PVC that gets created for an ephemeral volume';
      own.push(invalidValue(`${at}.persistentVolumeClaim.claimName`, claim.claimName, text));
    }
    return own;
  });
  return { volumes: wellFormed, findings };
}
