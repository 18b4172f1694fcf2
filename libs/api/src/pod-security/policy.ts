import { type FieldError, invalidValue } from '../errors/field-error.ts';

/** How strict: each level refuses all that those before it refuse. */
export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** The standard as of a minor version of Kubernetes 1, or as of the newest. */
export type PodSecurityVersion = number | 'latest';

export interface PodSecurityStandard {
  readonly level: PodSecurityLevel;
  readonly version: PodSecurityVersion;
}

/** What a namespace asks of its pods. */
export interface PodSecurityPolicy {
  readonly enforce: PodSecurityStandard;
  readonly audit: PodSecurityStandard;
  readonly warn: PodSecurityStandard;
}

type Mode = keyof PodSecurityPolicy;

const levels: readonly PodSecurityLevel[] = ['privileged', 'baseline', 'restricted'];
const labelPrefix = 'pod-security.kubernetes.io/';
const privileged: PodSecurityStandard = { level: 'privileged', version: 'latest' };

/** What one label says; `error` where it says nothing valid. */
interface Parsed<T> {
  readonly value: T;
  readonly error?: string;
}

/** `restricted:latest`, `baseline:v1.30`. */
export function standardText({ level, version }: PodSecurityStandard): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

/** Positive where `a` is stricter than `b`. */
export function compareLevels(a: PodSecurityLevel, b: PodSecurityLevel): number {
  return levels.indexOf(a) - levels.indexOf(b);
}

export function sameStandard(a: PodSecurityStandard, b: PodSecurityStandard): boolean {
  return a.level === b.level && a.version === b.version;
}

/**
 * The policy of a namespace with these labels. There always is one: a wrong label enforces the strictest standard, and neither audits nor
 * warns. Where nothing is said of warnings, they come with what is enforced.
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): {
  readonly policy: PodSecurityPolicy;
  readonly errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const take = <T>(name: string, parse: (text: string) => Parsed<T>): Parsed<T> | undefined => {
    const text = labels[labelPrefix + name];
    if (text === undefined) return undefined;
    const parsed = parse(text);
    const { error } = parsed;
    if (error !== undefined) errors.push(invalidValue(`metadata.labels[${labelPrefix}${name}]`, text, error));
    return parsed;
  };
  const read = (mode: Mode) => ({ level: take(mode, parseLevel), version: take(`${mode}-version`, parseVersion) });
  const [enforce, audit, warn] = [read('enforce'), read('audit'), read('warn')];
  const enforced = { level: enforce.level?.value ?? 'privileged', version: enforce.version?.value ?? 'latest' };
  const policy = {
    enforce: enforced,
    audit: lenient(audit),
    warn: warn.level === undefined && enforce.level?.error === undefined ? warnedAs(enforced, warn) : lenient(warn),
  };
  return { policy, errors };
}

interface ReadLabels {
  readonly level: Parsed<PodSecurityLevel> | undefined;
  readonly version: Parsed<PodSecurityVersion> | undefined;
}

function lenient({ level, version }: ReadLabels): PodSecurityStandard {
  const isValid = level !== undefined && level.error === undefined;
  return { level: isValid ? level.value : privileged.level, version: version?.value ?? privileged.version };
}

function warnedAs(enforced: PodSecurityStandard, { version }: ReadLabels): PodSecurityStandard {
  return {
    level: enforced.level,
    version: version?.value ?? (enforced.level === 'privileged' ? 'latest' : enforced.version),
  };
}

function parseLevel(text: string): Parsed<PodSecurityLevel> {
  const level = levels.find((known) => known === text);
  return level === undefined ? { value: 'restricted', error: `must be one of ${levels.join(', ')}` } : { value: level };
}

function parseVersion(text: string): Parsed<PodSecurityVersion> {
  if (text === 'latest') return { value: 'latest' };
  const minor = /^v1\.(\d|[1-9]\d*)$/.exec(text)?.[1];
  return minor === undefined ? { value: 'latest', error: 'must be "latest" or "v1.x"' } : { value: Number(minor) };
}
