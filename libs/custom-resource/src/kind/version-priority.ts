/** Kubernetes' order of versions: stable before beta before alpha, newer first, other names last in their order. */
export function byVersionPriority(a: string, b: string): number {
  const [left, right] = [a, b].map(parsedVersion);
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

const stabilities = ['alpha', 'beta', ''];

function parsedVersion(name: string): { stability: number; major: number; minor: number } | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name);
  if (!match) return undefined;
  const [, major, stability = '', minor = '0'] = match;
  return { stability: stabilities.indexOf(stability), major: Number(major), minor: Number(minor) };
}
