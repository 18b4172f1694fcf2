import { dnsLabelErrors } from '../../selectors/label-format.ts';

/** What upstream warns of where pods will be called after an object whose name is no label. */
export function podNameWarnings(name: string): string[] {
  const texts = dnsLabelErrors(name);
  if (texts.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${texts.join(' ')}]`,
  ];
}
